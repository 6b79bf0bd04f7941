"""Drafts: what somebody is typing and nobody else may see; autosaved, never in the document."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from schemas.errors import Conflict
from schemas.ids import DraftId, PersonId, SessionId
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft; `body` is the browser's own shape, JSON. updated_at: UTC seconds."""

    id: DraftId
    session_id: SessionId
    person_id: PersonId
    body: dict[str, Any]
    updated_at: float

    @property
    def size_bytes(self) -> int:
        """How long the body is as JSON in UTF-8."""
        return len(json.dumps(self.body, ensure_ascii=False).encode())


async def put(work: Work, draft: Draft) -> None:
    """Store a draft under its id, instead of what was there.

    Raises Conflict `draft.foreign` if the id is taken by somebody else's.
    """
    values = {
        "id": draft.id,
        "session_id": draft.session_id,
        "person_id": draft.person_id,
        "body": draft.body,
        "updated_at": draft.updated_at,
    }
    if await insert_once(work, tables.draft, **values):
        return
    column = tables.draft.c
    own = update(tables.draft).where(column.id == draft.id, column.person_id == draft.person_id)
    changed = own.values(body=draft.body, updated_at=draft.updated_at)
    if (await work.connection.execute(changed)).rowcount == 0:
        raise Conflict("draft.foreign", draft=draft.id)


async def remove(work: Work, draft_id: DraftId, person_id: PersonId) -> None:
    """Forget a draft of this person; nothing happens if there is none."""
    column = tables.draft.c
    await work.connection.execute(
        delete(tables.draft).where(column.id == draft_id, column.person_id == person_id)
    )


async def session_of(work: Work, draft_id: DraftId) -> SessionId | None:
    """Return the session of a draft, or None if there is no such draft."""
    asked = select(tables.draft.c.session_id).where(tables.draft.c.id == draft_id)
    found = (await work.connection.execute(asked)).scalar_one_or_none()
    return None if found is None else SessionId(found)


async def of_person(work: Work, person_id: PersonId) -> Sequence[Draft]:
    """Return a person's drafts, oldest change first."""
    column = tables.draft.c
    asked = select(tables.draft).where(column.person_id == person_id)
    return [
        Draft(
            DraftId(row.id),
            SessionId(row.session_id),
            PersonId(row.person_id),
            row.body,
            row.updated_at,
        )
        for row in rows(await work.connection.execute(asked.order_by(column.updated_at)))
    ]


async def count(work: Work, person_id: PersonId) -> int:
    """Return how many drafts a person has."""
    asked = select(func.count()).where(tables.draft.c.person_id == person_id)
    counted: int = (await work.connection.execute(asked)).scalar_one()
    return counted
