"""Idempotent commands: the same key by the same person gives the first answer.

A browser that lost the answer on the way sends the command again with its key. The key is
claimed in the command's own unit of work, so a command either happened and is remembered, or
neither. Two at once: the second waits for the first's commit and then reads its answer.
"""

import time
from collections.abc import Awaitable, Callable

from sqlalchemy import select, update

from schemas.errors import Conflict, Invalid
from schemas.ids import PersonId
from server.store import tables
from server.store.database import Work
from server.store.once import insert_once

Answer = dict[str, object]
"""What a command answers, as JSON."""

KEY_LENGTHS = range(16, 65)
"""Long enough not to be met by chance, short enough for its column."""


async def once(
    work: Work, key: str, by: PersonId, name: str, do: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run `do` inside `work` unless `by` has sent this key before; return the answer.

    If `do` raises, nothing is remembered: the same key may be tried again.

    Raises Invalid `command.key` for a key of a wrong length and Conflict `command.key_reused`
    for a key that this person gave to another command.
    """
    if len(key) not in KEY_LENGTHS:
        raise Invalid("command.key", length=len(key))
    claim = {"key": key, "person_id": by, "name": name, "answer": {}, "at": time.time()}
    if not await insert_once(work, tables.command, **claim):
        return await earlier(work, key, by, name) or {}
    answer = await do()
    await work.connection.execute(
        update(tables.command)
        .where(tables.command.c.key == key, tables.command.c.person_id == by)
        .values(answer=answer)
    )
    return answer


async def earlier(work: Work, key: str, by: PersonId, name: str) -> Answer | None:
    """Return what this command answered the first time, None if it was never done.

    For commands that must look at the document before their unit of work begins.

    Raises Conflict `command.key_reused`.
    """
    asked = select(tables.command.c.name, tables.command.c.answer).where(
        tables.command.c.key == key, tables.command.c.person_id == by
    )
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        return None
    if row.name != name:
        raise Conflict("command.key_reused", command=row.name)
    answer: Answer = row.answer
    return answer
