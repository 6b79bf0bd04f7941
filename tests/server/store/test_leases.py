"""Leases of sessions on both engines: one owner at a time, and a dead one is replaced."""

from pathlib import Path

import anyio
import pytest
from sqlalchemy import text, update

from schemas.errors import Unavailable
from schemas.ids import SessionId
from server.store import tables
from server.store.database import Database
from server.store.leases import Leases, fence, node_name

pytestmark = pytest.mark.anyio

ONE, TWO = SessionId("one"), SessionId("two")


async def let_expire(database: Database) -> None:
    async with database.write() as work:
        await work.connection.execute(update(tables.session_lease).values(expires=1.0))


async def test_a_session_has_one_owner_and_each_taking_counts_up(database: Database) -> None:
    here, there = Leases(database, "here"), Leases(database, "there")

    assert await here.take(ONE) == 1
    assert await there.take(TWO) == 1
    with pytest.raises(Unavailable) as caught:
        await there.take(ONE)

    assert caught.value.code == "room.elsewhere"
    assert await here.take(ONE) == 2


async def test_a_lease_that_ran_out_or_was_released_is_anybodys(database: Database) -> None:
    here, there = Leases(database, "here"), Leases(database, "there")
    await here.take(ONE)
    await here.take(TWO)

    await here.release({ONE: 1})
    first = await there.take(ONE)
    await let_expire(database)
    second = await there.take(TWO)

    assert (first, second) == (2, 2)
    assert await here.renew({ONE: 1, TWO: 1}) == frozenset()
    assert await there.renew({ONE: 2, TWO: 2}) == {ONE, TWO}


async def test_what_is_no_longer_ours_cannot_be_released(database: Database) -> None:
    here, there = Leases(database, "here"), Leases(database, "there")
    await here.take(ONE)
    await let_expire(database)
    await there.take(ONE)

    await here.release({ONE: 1})

    with pytest.raises(Unavailable):
        await here.take(ONE)


async def test_takings_at_the_same_moment_have_one_winner(database: Database) -> None:
    won = []

    async def take(node: str) -> None:
        try:
            await Leases(database, node).take(ONE)
        except Unavailable:
            return
        won.append(node)

    async with anyio.create_task_group() as tasks:
        for n in range(8):
            tasks.start_soon(take, f"node{n}")

    assert len(won) == 1


async def test_a_renewed_lease_runs_on(postgres_url: str) -> None:
    database = Database(postgres_url)
    here, there = Leases(database, "here"), Leases(database, "there")
    await here.take(ONE)
    await let_expire(database)

    assert await here.renew({ONE: 1}) == {ONE}

    with pytest.raises(Unavailable):
        await there.take(ONE)
    await database.close()


def test_a_node_keeps_its_name(tmp_path: Path) -> None:
    assert node_name(tmp_path) == node_name(tmp_path)
    assert len(node_name(tmp_path)) == 32


async def test_what_was_read_under_a_lease_is_refused_once_another_followed(
    database: Database,
) -> None:
    here, there = Leases(database, "here"), Leases(database, "there")
    epoch = await here.take(ONE)

    async with database.write() as work:
        await fence(work, ONE, epoch)
        await fence(work, TWO, 0)
    await let_expire(database)
    async with database.write() as work:
        await fence(work, ONE, epoch)  # nobody else was interested
    await there.take(ONE)

    with pytest.raises(Unavailable) as caught:
        async with database.write() as work:
            await fence(work, ONE, epoch)
    assert caught.value.code == "room.elsewhere"


async def test_nobody_takes_a_session_while_a_fenced_unit_of_work_is_under_way(
    database: Database,
) -> None:
    here, there = Leases(database, "here"), Leases(database, "there")
    epoch = await here.take(ONE)
    await let_expire(database)
    order: list[str] = []

    async def take() -> None:
        await there.take(ONE)
        order.append("taken")

    async with anyio.create_task_group() as tasks, database.write() as work:
        await fence(work, ONE, epoch)
        tasks.start_soon(take)
        if work.dialect == "postgresql":  # SQLite has one writer, who is us
            await somebody_waits(database)
        order.append("written")

    assert order == ["written", "taken"]


async def somebody_waits(database: Database) -> None:
    """Return once a connection to this database waits for another one's lock."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with anyio.fail_after(20):
        waiting = 0
        while not waiting:
            await anyio.lowlevel.checkpoint()  # a unit of work cannot be cut off
            async with database.read() as work:
                waiting = (await work.connection.execute(text(asked))).scalar_one()
