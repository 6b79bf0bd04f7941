"""Assessments of solutions: versions that are only added to; the newest is what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from schemas.ids import AnnotationId, EntryId, StudyId, UnitId, new_id
from server.domain.solutions import Assessment, Cost, Feasibility, Horizon, Solution
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Assessed:
    """One version of an assessment: what it says, who wrote it when."""

    solution: Solution
    version: int
    assessment: Assessment
    by: str
    at: float


async def of_study(work: Work, study_id: StudyId) -> Mapping[Solution, Assessed]:
    """Return what stands for each assessed solution of a study."""
    column = tables.solution_assessment.c
    asked = select(tables.solution_assessment).where(column.study_id == study_id)
    found = [_assessed(row) for row in rows(await work.connection.execute(asked))]
    return {one.solution: one for one in sorted(found, key=lambda one: one.version)}


async def versions(work: Work, study_id: StudyId, solution: Solution) -> Sequence[Assessed]:
    """Return every version of a solution's assessment, oldest first."""
    column = tables.solution_assessment.c
    asked = select(tables.solution_assessment).where(
        column.study_id == study_id,
        column.entry_id == solution.entry_id,
        column.annotation_id == solution.annotation_id,
    )
    found = await work.connection.execute(asked.order_by(column.version))
    return [_assessed(row) for row in rows(found)]


async def add(work: Work, study_id: StudyId, one: Assessed) -> None:
    """Store a new version; the caller holds the study's lock."""
    said = one.assessment
    await work.connection.execute(
        insert(tables.solution_assessment).values(
            id=new_id(),
            study_id=study_id,
            entry_id=one.solution.entry_id,
            annotation_id=one.solution.annotation_id,
            version=one.version,
            lead_id=said.lead,
            supporting=list(said.supporting),
            feasibility=said.feasibility.value,
            reason=said.reason,
            depends_on=said.depends_on,
            horizon=said.horizon.value,
            cost=said.cost.value,
            regulation=said.regulation,
            by=one.by,
            at=one.at,
        )
    )


async def shelf_holds(work: Work, study_id: StudyId, annotation_id: AnnotationId) -> bool:
    """Whether an annotation is a solution of this study that was not withdrawn."""
    note, session = tables.annotation.c, tables.session.c
    asked = (
        select(note.id)
        .join(tables.session, session.id == note.session_id)
        .where(session.study_id == study_id, note.id == annotation_id)
        .where(note.kind == "solution", note.withdrawn.is_(False))
    )
    return (await work.connection.execute(asked)).one_or_none() is not None


def _assessed(row: Any) -> Assessed:
    return Assessed(
        Solution(
            None if row.entry_id is None else EntryId(row.entry_id),
            None if row.annotation_id is None else AnnotationId(row.annotation_id),
        ),
        row.version,
        Assessment(
            lead=None if row.lead_id is None else UnitId(row.lead_id),
            supporting=tuple(UnitId(one) for one in row.supporting),
            feasibility=Feasibility(row.feasibility),
            reason=row.reason,
            depends_on=row.depends_on,
            horizon=Horizon(row.horizon),
            cost=Cost(row.cost),
            regulation=row.regulation,
        ),
        row.by,
        row.at,
    )
