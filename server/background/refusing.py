"""Writes down what rooms refused: a hostile browser is seen the next day, and what it sent is not.

Counted in memory and added every few seconds, one row for a person, session and code, so that a
flood of refusals costs no more than one.
"""

import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Self

import anyio
import structlog

from schemas.errors import Unavailable
from schemas.ids import PersonId, SessionId
from server.store import refusals
from server.store.database import Database

EVERY_SECONDS = 5.0

log = structlog.get_logger()


class RefusalBook:
    """`async with RefusalBook(database) as book`; give `book.note` to the rooms."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: Counter[tuple[SessionId, PersonId, str]] = Counter()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to write."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what is left and stop."""
        await self._stack.aclose()
        with anyio.move_on_after(EVERY_SECONDS, shield=True):
            await self.write()

    def note(self, session_id: SessionId, person_id: PersonId, code: str) -> None:
        """Count one refusal."""
        self._counted[session_id, person_id, code] += 1

    async def write(self) -> None:
        """Add what was counted to the rows; kept for the next time if the database is away."""
        if not self._counted:
            return
        counted, self._counted = self._counted, Counter()
        try:
            async with self._database.write() as work:
                await refusals.add(work, counted, time.time())
        except Unavailable as error:
            self._counted += counted
            log.warning("refusals.not_written", code=error.code)

    async def _run(self) -> None:
        while True:
            await anyio.sleep(EVERY_SECONDS)
            await self.write()
