"""Idempotency: a command sent again is answered, not done again."""

import anyio
import pytest

from schemas.errors import Conflict, Invalid
from server.store import commands, events
from server.store.commands import Answer
from server.store.database import Database
from tests.server.method import LI, STUDY, WANG, key, small_study

pytestmark = pytest.mark.anyio


async def _send(database: Database, by: str, number: int, name: str = "put") -> Answer:
    async with database.write() as work:

        async def do() -> Answer:
            return {"seq": await events.record(work, STUDY, name, by)}

        return await commands.once(work, key(number), LI.id if by == "li" else WANG.id, name, do)


async def test_the_same_key_by_the_same_person_gives_the_first_answer(database: Database) -> None:
    await small_study(database)

    first = await _send(database, "li", 1)
    again = await _send(database, "li", 1)

    assert first == again == {"seq": 1}


async def test_another_person_may_use_the_same_key(database: Database) -> None:
    await small_study(database)

    await _send(database, "li", 1)
    other = await _send(database, "wang", 1)

    assert other == {"seq": 2}


async def test_two_at_once_are_done_once(database: Database) -> None:
    await small_study(database)
    answers: list[Answer] = []

    async def send() -> None:
        answers.append(await _send(database, "li", 1))

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(send)

    assert answers == [{"seq": 1}] * 4


async def test_what_failed_is_not_remembered(database: Database) -> None:
    await small_study(database)

    async def fail() -> Answer:
        raise Conflict("test.moved_on")

    with pytest.raises(Conflict):
        async with database.write() as work:
            await commands.once(work, key(1), LI.id, "put", fail)

    assert await _send(database, "li", 1) == {"seq": 1}


async def test_a_key_of_another_command_is_refused(database: Database) -> None:
    await small_study(database)
    await _send(database, "li", 1)

    with pytest.raises(Conflict) as refused:
        await _send(database, "li", 1, name="drop")

    assert refused.value.code == "command.key_reused"


@pytest.mark.parametrize("bad", ["", "short", "x" * 65])
async def test_a_key_of_a_wrong_length_is_refused(database: Database, bad: str) -> None:
    async def do() -> Answer:
        return {}

    with pytest.raises(Invalid) as refused:
        async with database.write() as work:
            await commands.once(work, bad, LI.id, "put", do)

    assert refused.value.code == "command.key"
