"""Assessments of solutions: versions that are only added to; the newest is what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_, select

from schemas.ids import AnnotationId, EntryId, LineId, SessionId, StudyId, UnitId, new_id
from schemas.session import Bilingual
from server.domain.solutions import Assessment, Cost, Feasibility, Horizon, Solution
from server.store import tables
from server.store.database import Work, rows
from server.store.search import Scope


@dataclass(frozen=True, slots=True)
class Shelved:
    """A solution that somebody noted: its words, whose they are, and where that was.

    at: seconds of the session's time of its line, None where the line was struck.
    """

    id: AnnotationId
    text: str
    voice: str
    unit: Bilingual
    session_id: SessionId
    session: Bilingual
    step: Bilingual
    line_id: LineId
    at: float | None


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
        .where(session.study_id == study_id, note.id == annotation_id, _lies_there())
    )
    return (await work.connection.execute(asked)).one_or_none() is not None


async def shelf(work: Work, study_id: StudyId, scope: Scope) -> Sequence[Shelved]:
    """Return the solutions noted in the sessions of a study that `scope` may read, oldest first."""
    note, session, line = tables.annotation.c, tables.session.c, tables.line.c
    unit, step = tables.unit.c, tables.step.c
    asked = (
        select(
            note.id, note.text, note.voice_name, note.line_id, note.session_id, line.at,
            unit.name_en, unit.name_zh,
            session.title_en.label("session_en"), session.title_zh.label("session_zh"),
            step.title_en.label("step_en"), step.title_zh.label("step_zh"),
        )
        .join(tables.session, session.id == note.session_id)
        .outerjoin(tables.line, line.id == note.line_id)
        .outerjoin(tables.unit, unit.id == note.unit_id)
        .outerjoin(tables.step, step.id == line.step_id)
        .where(session.study_id == study_id, _lies_there(), _readable(scope))
        .order_by(session.created_at, session.id, note.at, note.id)
    )  # fmt: skip
    return [
        Shelved(
            AnnotationId(row.id),
            row.text,
            row.voice_name,
            Bilingual(row.name_en or "", row.name_zh or ""),
            SessionId(row.session_id),
            Bilingual(row.session_en, row.session_zh),
            Bilingual(row.step_en or "", row.step_zh or ""),
            LineId(row.line_id),
            row.at,
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def agreed_from(work: Work, study_id: StudyId) -> Mapping[AnnotationId, EntryId]:
    """Return which notes became, or back, which solution in force."""
    entry, evidence = tables.entry.c, tables.evidence.c
    asked = (
        select(evidence.annotation_id, evidence.entry_id)
        .join(tables.entry, entry.id == evidence.entry_id)
        .where(entry.study_id == study_id, entry.kind == "solution", entry.state == "active")
        .where(evidence.annotation_id.is_not(None))
    )
    found = rows(await work.connection.execute(asked))
    return {AnnotationId(row.annotation_id): EntryId(row.entry_id) for row in found}


def _lies_there() -> ColumnElement[bool]:
    """A note that proposes a solution; the draft of a wording is none.

    What its unit withdrew from the record nobody reads again, nor what was noted on it.
    """
    note, item = tables.annotation.c, tables.return_item.c
    gone = exists().where(item.kind == "withdraw", item.line_id == note.line_id)
    found: ColumnElement[bool] = note.kind == "solution"
    return found & note.withdrawn.is_(False) & note.opened.is_(False) & ~gone


def _readable(scope: Scope) -> ColumnElement[bool]:
    session = tables.session.c
    return or_(session.study_id.in_(scope.studies), session.id.in_(scope.sessions))


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
