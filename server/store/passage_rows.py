"""Passages of a study as exports take them along: of its sources in order, then its answers."""

from collections.abc import Sequence

from sqlalchemy import select

from schemas.ids import StudyId, UnitId
from server.domain.corpus import Passage
from server.store import tables
from server.store.database import Work, rows


async def of_study(work: Work, study_id: StudyId) -> Sequence[Passage]:
    """Return the passages of a study; an answer has one only once it was released."""
    passage = tables.passage.c
    asked = (
        select(tables.passage)
        .where(passage.study_id == study_id)
        .order_by(passage.source_id, passage.number, passage.created_at, passage.id)
    )
    return [
        Passage(
            row.id,
            row.source_id,
            None if row.unit_id is None else UnitId(row.unit_id),
            row.number,
            row.heading,
            row.text,
        )
        for row in rows(await work.connection.execute(asked))
    ]
