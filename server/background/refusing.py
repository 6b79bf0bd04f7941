"""Writes down what rooms refused: a hostile browser is seen the next day, and what it sent is not.

Counted in memory and added every few seconds, one row for a person, session and code, so that a
flood of refusals costs no more than one.
"""

import time
from collections import Counter

import anyio
import structlog

from schemas.errors import Unavailable
from schemas.ids import PersonId, SessionId
from server.services.outliving import outlived
from server.store import refusals
from server.store.database import Database

EVERY_SECONDS = 5.0

log = structlog.get_logger()


class RefusalBook:
    """Let `book.run` go on, and give `book.note` to the rooms."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: Counter[tuple[SessionId, PersonId, str]] = Counter()

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

    async def run(self) -> None:
        """Write every few seconds, and what is left at the end."""
        try:
            while True:
                await anyio.sleep(EVERY_SECONDS)
                with outlived("refusals.lost"):  # of a study that was deleted, say
                    await self.write()
        finally:
            with anyio.move_on_after(EVERY_SECONDS, shield=True):
                await self.write()
