"""Terms of a study that somebody corrected a wrong word to: hotwords for the ear."""

from collections.abc import Sequence

from sqlalchemy import select

from schemas.ids import PersonId, StudyId
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once

MOST_CHARACTERS = 80


async def add(work: Work, study_id: StudyId, text: str, *, by: PersonId, at: float) -> None:
    """Remember a term, once; longer than a term is no term."""
    if len(text) <= MOST_CHARACTERS:
        await insert_once(work, tables.term, study_id=study_id, text=text, by=by, at=at)


async def of_study(work: Work, study_id: StudyId) -> Sequence[str]:
    """Return the study's terms, newest first."""
    term = tables.term.c
    asked = select(term.text).where(term.study_id == study_id).order_by(term.at.desc(), term.text)
    return [row.text for row in rows(await work.connection.execute(asked))]
