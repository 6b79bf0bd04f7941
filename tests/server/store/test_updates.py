"""The update log on both engines, and in memory where it must behave the same."""

import sqlite3
from collections.abc import AsyncIterator

import anyio
import asyncpg
import pytest
from sqlalchemy.engine import make_url

from realtime.log import MemoryLog, UpdateLog, UpdateRow
from schemas.errors import Conflict, Unavailable
from schemas.ids import SessionId
from server.store.database import Database
from server.store.leases import Leases
from server.store.updates import open_update_log

pytestmark = pytest.mark.anyio

DOC, OTHER = "d" * 32, "e" * 32


@pytest.fixture
async def leases(database: Database) -> Leases:
    """The leases of a node that owns both documents of these tests, under epoch 1."""
    here = Leases(database, "here")
    for doc in (DOC, OTHER):
        assert await here.take(SessionId(doc)) == 1
    return here


@pytest.fixture
async def update_log(database_url: str, leases: Leases) -> AsyncIterator[UpdateLog]:
    async with open_update_log(database_url) as opened:
        yield opened


def row(seq: int, payload: bytes = b"", doc: str = DOC, epoch: int = 1) -> UpdateRow:
    content = payload or f"更新{seq}".encode()
    return UpdateRow(doc, seq, epoch, "p1", (1 << 53) - 1, 1_700_000_000.25, content)


async def test_an_unknown_document_is_empty(update_log: UpdateLog) -> None:
    stored = await update_log.load(DOC)

    assert (stored.snapshot, stored.snapshot_seq, list(stored.updates)) == (None, 0, [])
    assert dict(stored.clients) == {}


async def test_rows_come_back_as_they_were(update_log: UpdateLog) -> None:
    rows = [row(n) for n in range(1, 601)]

    await update_log.append(rows)
    await update_log.append([row(1, doc=OTHER), row(601)])

    assert list((await update_log.load(DOC)).updates) == [*rows, row(601)]


async def test_a_repeated_row_is_stored_once(update_log: UpdateLog) -> None:
    await update_log.append([row(1), row(2)])

    await update_log.append([row(2), row(3)])

    assert [found.seq for found in (await update_log.load(DOC)).updates] == [1, 2, 3]


async def test_another_payload_under_a_number_is_refused(update_log: UpdateLog) -> None:
    await update_log.append([row(1)])

    with pytest.raises(Conflict):
        await update_log.append([row(1, b"somebody else's")])

    assert list((await update_log.load(DOC)).updates) == [row(1)]


async def test_rows_of_an_owner_that_was_replaced_are_refused_and_the_others_stored(
    update_log: UpdateLog, leases: Leases
) -> None:
    await update_log.append([row(1), row(1, doc=OTHER)])
    assert await leases.take(SessionId(DOC)) == 2

    refused = await update_log.append([row(2), row(2, doc=OTHER)])
    again = await update_log.append([row(2), row(3)])
    newer = await update_log.append([row(2, b"of the new owner", epoch=2)])

    assert (refused, again, newer) == ({(DOC, 1)}, {(DOC, 1)}, frozenset())
    stored = [(found.seq, found.epoch) for found in (await update_log.load(DOC)).updates]
    assert stored == [(1, 1), (2, 2)]
    assert [found.seq for found in (await update_log.load(OTHER)).updates] == [1, 2]


async def test_a_document_that_nobody_owns_takes_nothing(update_log: UpdateLog) -> None:
    unowned = "f" * 32

    assert await update_log.append([row(1, doc=unowned)]) == {(unowned, 1)}

    assert list((await update_log.load(unowned)).updates) == []


async def test_appends_and_takings_at_the_same_moment_never_mix_epochs(
    update_log: UpdateLog, leases: Leases
) -> None:
    """Whoever takes the lease and then loads sees every row that was taken under older epochs."""
    seen: list[int] = []

    async def write() -> None:
        for seq in range(1, 200):
            if await update_log.append([row(seq)]):
                return
            seen.append(seq)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        while len(seen) < 20:
            await anyio.lowlevel.checkpoint()
        await leases.take(SessionId(DOC))
        loaded = [found.seq for found in (await update_log.load(DOC)).updates]

    assert loaded == [found.seq for found in (await update_log.load(DOC)).updates]
    assert loaded == seen


async def test_a_rewritten_history_is_of_the_next_generation(update_log: UpdateLog) -> None:
    await update_log.append([row(1), row(2)])
    first = (await update_log.load(DOC)).generation

    await update_log.rewrite(DOC, 2, b"state")
    await update_log.rewrite(DOC, 2, b"state")

    assert (first, (await update_log.load(DOC)).generation) == (1, 3)


async def test_a_snapshot_stands_for_the_rows_before_it(update_log: UpdateLog) -> None:
    await update_log.append([row(n) for n in range(1, 7)])

    await update_log.snapshot(DOC, 3, b"state 3")
    first = await update_log.load(DOC)
    await update_log.snapshot(DOC, 5, b"state 5")
    await update_log.snapshot(DOC, 6, b"state 6" * 1000)
    last = await update_log.load(DOC)

    assert (first.snapshot, [found.seq for found in first.updates]) == (b"state 3", [4, 5, 6])
    assert (last.snapshot, list(last.updates)) == (b"state 6" * 1000, [])


async def test_a_client_id_stays_with_its_first_person(update_log: UpdateLog) -> None:
    assert await update_log.claim(DOC, 7, "alice")
    assert await update_log.claim(DOC, 7, "alice")
    assert not await update_log.claim(DOC, 7, "mallory")
    assert await update_log.claim(OTHER, 7, "mallory")

    assert dict((await update_log.load(DOC)).clients) == {7: "alice"}


async def test_claims_at_the_same_moment_have_one_winner(update_log: UpdateLog) -> None:
    won = []

    async def claim(person: str) -> None:
        if await update_log.claim(DOC, 9, person):
            won.append(person)

    async with anyio.create_task_group() as tasks:
        for n in range(8):
            tasks.start_soon(claim, f"p{n}")

    assert len(won) == 1


async def _spoil_newest_snapshot(url: str) -> None:
    statement = (
        "UPDATE doc_snapshot SET state = {damaged}"
        f" WHERE doc = '{DOC}' AND seq = (SELECT max(seq) FROM doc_snapshot WHERE doc = '{DOC}')"
    )
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        connection = sqlite3.connect(parsed.database or "")
        connection.execute(statement.format(damaged="x'00ff'"))
        connection.commit()
        connection.close()
    else:
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        opened = await asyncpg.connect(plain)
        await opened.execute(statement.format(damaged=r"'\x00ff'::bytea"))
        await opened.close()


async def test_a_damaged_snapshot_gives_way_to_the_one_before(
    update_log: UpdateLog, database_url: str
) -> None:
    await update_log.append([row(n) for n in range(1, 7)])
    await update_log.snapshot(DOC, 3, b"state 3")
    await update_log.snapshot(DOC, 5, b"state 5")

    await _spoil_newest_snapshot(database_url)
    stored = await update_log.load(DOC)

    assert (stored.snapshot, [found.seq for found in stored.updates]) == (b"state 3", [4, 5, 6])


async def test_half_a_document_is_none(update_log: UpdateLog, database_url: str) -> None:
    await update_log.append([row(n) for n in range(1, 4)])
    await update_log.snapshot(DOC, 2, b"state 2")
    await update_log.snapshot(DOC, 3, b"state 3")
    await _spoil_newest_snapshot(database_url)
    await update_log.append([row(5)])

    with pytest.raises(Unavailable) as caught:
        await update_log.load(DOC)

    assert caught.value.code == "log.damaged"


async def test_the_log_in_memory_cuts_like_the_real_ones() -> None:
    log = MemoryLog()
    await log.append([row(n) for n in range(1, 7)])

    for seq in (3, 5, 6):
        await log.snapshot(DOC, seq, f"state {seq}".encode())

    stored = await log.load(DOC)
    assert (stored.snapshot, stored.snapshot_seq, stored.updates) == (b"state 6", 6, [])


async def test_a_file_that_is_gone_is_unavailable(tmp_path: object) -> None:
    async with open_update_log(f"sqlite+aiosqlite:///{tmp_path}/empty.sqlite") as log:
        with pytest.raises(Unavailable):
            await log.load(DOC)
