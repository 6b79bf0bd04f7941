"""The study's log: numbered without gaps, in commit order, on both databases."""

import anyio
import pytest

from server.store import events
from server.store.database import Database
from tests.server.method import MODERATOR, SESSION, STUDY, small_study

pytestmark = pytest.mark.anyio


async def test_events_are_numbered_from_one_and_remember_who_what_and_when(
    database: Database,
) -> None:
    await small_study(database)

    async with database.write() as work:
        await events.record(work, STUDY, "study.made", STUDY)
        seq = await events.record(
            work,
            STUDY,
            "proposal.put",
            "p1",
            session_id=SESSION,
            person_id=MODERATOR.id,
            role="moderator",
            body={"number": 1},
            base_version=0,
            at=1012.5,
        )

    assert seq == 2
    async with database.read() as work:
        first, second = await events.of_study(work, STUDY)
        (about,) = await events.of_subjects(work, STUDY, ("p1",))
    assert (first.seq, first.role, first.session_time) == (1, "server", None)
    assert (second.action, second.body, second.session_time) == (
        "proposal.put",
        {"number": 1},
        12.5,
    )
    assert about == second


async def test_a_unit_that_failed_leaves_no_gap(database: Database) -> None:
    await small_study(database)

    async def fail() -> None:
        async with database.write() as work:
            await events.record(work, STUDY, "a", "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.write() as work:
        seq = await events.record(work, STUDY, "b", "x")

    assert seq == 1


async def test_writers_at_once_get_numbers_of_their_own(database: Database) -> None:
    await small_study(database)

    async def write(number: int) -> None:
        async with database.write() as work:
            await events.record(work, STUDY, "a", str(number))

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(write, number)

    async with database.read() as work:
        found = await events.of_study(work, STUDY)
    assert [one.seq for one in found] == list(range(1, 9))
    assert {one.subject for one in found} == {str(number) for number in range(8)}


async def test_reading_on_starts_after_a_number(database: Database) -> None:
    await small_study(database)
    async with database.write() as work:
        for name in "abcd":
            await events.record(work, STUDY, name, "x")

    async with database.read() as work:
        page = await events.of_study(work, STUDY, after=1, limit=2)

    assert [one.action for one in page] == ["b", "c"]
