"""What is spoken in a session and how it is written; and the words that may be said in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from schemas.ids import SessionId, StudyId, UnitId
from schemas.session import Bilingual, Script
from schemas.taxonomy import EntryState
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Speech:
    """is_either: Chinese and English both; else the language of each track only."""

    is_either: bool = False
    script: Script = Script.HANS


async def get(work: Work, session_id: SessionId) -> Speech:
    """Return what is declared of a session; the default where nothing was."""
    table = tables.speech
    asked = select(table).where(table.c.session_id == session_id)
    row = (await work.connection.execute(asked)).one_or_none()
    return Speech() if row is None else Speech(row.either, Script(row.script))


async def declare(work: Work, session_id: SessionId, speech: Speech) -> None:
    """Store what is spoken and written in a session."""
    table = tables.speech
    await work.connection.execute(delete(table).where(table.c.session_id == session_id))
    await work.connection.execute(
        insert(table).values(
            session_id=session_id, either=speech.is_either, script=speech.script.value
        )
    )


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of a session, by name, and their unit."""

    name: str
    unit_id: UnitId | None


async def guests(work: Work, session_id: SessionId) -> Sequence[Guest]:
    """Return who is invited to a session or has come, in the order in which they were added."""
    person = tables.person.c
    asked = select(person.name, person.unit_id).where(person.session_id == session_id)
    found = rows(await work.connection.execute(asked.order_by(person.created_at, person.id)))
    return [Guest(row.name, None if row.unit_id is None else UnitId(row.unit_id)) for row in found]


async def labels(work: Work, study_id: StudyId) -> Sequence[Bilingual]:
    """Return the labels of a study's entries in force, the newest first."""
    entry = tables.entry.c
    asked = (
        select(entry.label_en, entry.label_zh)
        .where(entry.study_id == study_id, entry.state == EntryState.ACTIVE.value)
        .order_by(entry.created_at.desc(), entry.order.desc())
    )
    return [
        Bilingual(row.label_en, row.label_zh) for row in rows(await work.connection.execute(asked))
    ]
