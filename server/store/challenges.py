"""Challenges of entries, and what was answered; a list takes one query."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from schemas.errors import NotFound
from schemas.ids import EntryId, PersonId, SessionId, StudyId, UnitId
from schemas.session import Bilingual
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a unit holds against an entry; `answer` is empty while it waits.

    session_id, person_id: None where it came in writing, by the unit's link.
    """

    id: str
    study_id: StudyId
    entry_id: EntryId
    session_id: SessionId | None
    unit_id: UnitId | None
    person_id: PersonId | None
    reason: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Voiced:
    """A challenge with the name of its unit."""

    challenge: Challenge
    unit: Bilingual


async def add(work: Work, challenge: Challenge) -> None:
    """Insert a challenge that waits for its answer."""
    await work.connection.execute(
        insert(tables.challenge).values(
            id=challenge.id,
            study_id=challenge.study_id,
            entry_id=challenge.entry_id,
            session_id=challenge.session_id,
            unit_id=challenge.unit_id,
            person_id=challenge.person_id,
            reason=challenge.reason,
            answer="",
            at=time.time(),
        )
    )


async def get(work: Work, challenge_id: str) -> Challenge:
    """Return one challenge. Raises NotFound `challenge.unknown`."""
    found = await _load(work, tables.challenge.c.id == challenge_id)
    if not found:
        raise NotFound("challenge.unknown", challenge=challenge_id)
    return found[0].challenge


async def of_entry(work: Work, entry_id: EntryId) -> Sequence[Voiced]:
    """Return the challenges of an entry, oldest first."""
    return await _load(work, tables.challenge.c.entry_id == entry_id)


async def answer(work: Work, challenge_id: str, text: str) -> None:
    """Write the answer."""
    await work.connection.execute(
        update(tables.challenge)
        .where(tables.challenge.c.id == challenge_id)
        .values(answer=text, answered_at=time.time())
    )


async def _load(work: Work, chosen: Any) -> Sequence[Voiced]:
    asked = (
        select(tables.challenge, tables.unit.c.name_en, tables.unit.c.name_zh)
        .outerjoin(tables.unit, tables.unit.c.id == tables.challenge.c.unit_id)
        .where(chosen)
        .order_by(tables.challenge.c.at, tables.challenge.c.id)
    )
    return [
        Voiced(
            Challenge(
                id=row.id,
                study_id=row.study_id,
                entry_id=row.entry_id,
                session_id=row.session_id,
                unit_id=row.unit_id,
                person_id=row.person_id,
                reason=row.reason,
                answer=row.answer,
            ),
            Bilingual(row.name_en or "", row.name_zh or ""),
        )
        for row in rows(await work.connection.execute(asked))
    ]
