"""Drafts: a note is its author's alone until it is sent; nothing typed is lost meanwhile."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import DraftId, SessionId
from schemas.session import Person
from server.domain.permissions import Action, require
from server.store import drafts, sessions
from server.store.database import Database
from server.store.drafts import Draft

MAX_BYTES = 32 * 1024
"""Of one body: the longest wording in UTF-8 and as much again for its targets."""
MAX_DRAFTS = 500
"""Of one person in one session: more than a day of notes."""


class Drafts:
    """Keeps what people are typing; nobody but the author ever gets a byte of it."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def of(self, person: Person) -> Sequence[Draft]:
        """Return a person's own drafts, oldest change first."""
        async with self._database.read() as work:
            return await drafts.of_person(work, person.id)

    async def keep(self, person: Person, draft_id: DraftId, body: dict[str, Any]) -> None:
        """Store a draft as it now stands; the last one kept holds.

        Raises Forbidden, Invalid `draft.too_large`, Conflict `draft.too_many` or `draft.foreign`.
        """
        draft = Draft(draft_id, person.session_id, person.id, body, self._now())
        if draft.size_bytes > MAX_BYTES:
            raise Invalid("draft.too_large", limit_bytes=MAX_BYTES)
        async with self._database.write() as work:
            session = await sessions.get(work, person.session_id)
            require(person.role, Action.KEEP_DRAFT, session.state)
            await drafts.put(work, draft)
            if await drafts.count(work, person.id) > MAX_DRAFTS:
                raise Conflict("draft.too_many", limit=MAX_DRAFTS)

    async def session_of(self, draft_id: DraftId) -> SessionId:
        """Return the session a draft belongs to. Raises NotFound `draft.unknown`."""
        async with self._database.read() as work:
            found = await drafts.session_of(work, draft_id)
        if found is None:
            raise NotFound("draft.unknown", draft=draft_id)
        return found

    async def remove(self, person: Person, draft_id: DraftId) -> None:
        """Forget an own draft; nothing happens if there is none."""
        async with self._database.write() as work:
            await drafts.remove(work, draft_id, person.id)
