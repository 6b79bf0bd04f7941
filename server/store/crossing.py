"""The voices of a study by unit, entry and stage, and how much of what was said has no unit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import case, func, select

from schemas.ids import EntryId, PersonId, StageId, StudyId, UnitId
from schemas.session import Bilingual, Language
from schemas.transcript import LineSource
from server.domain.crossing import HandOver, How, Voice
from server.domain.participation import Speech
from server.store import tables
from server.store.database import Work, rows


async def voices(work: Work, study_id: StudyId) -> Sequence[Voice]:
    """Return every voice behind an entry in force; a unit's newest position on a wording counts."""
    entry, session = tables.entry.c, tables.session.c
    evidence, line, note = tables.evidence.c, tables.line.c, tables.annotation.c
    mark, position, proposal = tables.mark.c, tables.position.c, tables.proposal.c
    unit = func.coalesce(note.unit_id, line.unit_id)
    said = (
        select(unit.label("unit"), evidence.entry_id, session.stage_id)
        .join(tables.entry, entry.id == evidence.entry_id)
        .join(tables.session, session.id == evidence.session_id)
        .outerjoin(tables.line, line.id == evidence.line_id)
        .outerjoin(tables.annotation, note.id == evidence.annotation_id)
        .where(entry.study_id == study_id, entry.state == "active", unit.is_not(None))
    )
    marked = (
        select(mark.unit_id.label("unit"), entry.id.label("entry_id"), session.stage_id)
        .join(tables.entry, entry.id == mark.ref)
        .join(tables.session, session.id == mark.session_id)
        .where(mark.study_id == study_id, mark.of == "entry", mark.shared.is_(True))
        .where(entry.state == "active")
    )
    shared = (
        select(mark.unit_id.label("unit"), evidence.entry_id, session.stage_id)
        .join(tables.evidence, evidence.annotation_id == mark.ref)
        .join(tables.entry, entry.id == evidence.entry_id)
        .join(tables.session, session.id == mark.session_id)
        .where(mark.study_id == study_id, mark.of == "annotation", mark.shared.is_(True))
        .where(entry.state == "active")
        .distinct()
    )
    stood = (
        select(position.unit_id.label("unit"), proposal.entry_id, session.stage_id)
        .join(tables.proposal, proposal.id == position.proposal_id)
        .join(tables.entry, entry.id == proposal.entry_id)
        .join(tables.session, session.id == proposal.session_id)
        .where(proposal.study_id == study_id, entry.state == "active")
        .distinct()
    )
    found: list[Voice] = []
    kinds: tuple[tuple[How, object], ...] = (
        ("evidence", said), ("mark", marked), ("mark", shared), ("position", stood),
    )  # fmt: skip
    for how, asked in kinds:
        for row in rows(await work.connection.execute(asked)):  # type: ignore[call-overload]  # selects of different columns
            found.append(Voice(UnitId(row.unit), EntryId(row.entry_id), StageId(row.stage_id), how))
    return found


async def hand_overs(work: Work, study_id: StudyId, language: Language) -> Sequence[HandOver]:
    """Return the steps of the study's agendas that one unit hands over to another."""
    step, session = tables.step.c, tables.session.c
    asked = (
        select(tables.step)
        .join(tables.session, session.id == step.session_id)
        .where(session.study_id == study_id, step.actor_unit_id.is_not(None))
        .order_by(session.created_at, session.id, step.order)
    )
    return [
        HandOver(
            UnitId(row.actor_unit_id),
            UnitId(row.detail["hand_over"]),
            Bilingual(row.title_en, row.title_zh).in_(language),
        )
        for row in rows(await work.connection.execute(asked))
        if row.detail.get("hand_over")
    ]


async def speech(work: Work, study_id: StudyId) -> Mapping[StageId, Sequence[Speech]]:
    """Return what was said in each stage, as far as its weight depends on it.

    The words come along only where no clock says how long they took.
    """
    line, session = tables.line.c, tables.session.c
    untimed = line.start.is_(None) | line.end.is_(None)
    asked = (
        select(
            session.stage_id, line.source, line.start, line.end, line.person_id, line.unit_id,
            line.presumed, case((untimed, line.text), else_="").label("text"),
        )
        .join(tables.session, session.id == line.session_id)
        .where(session.study_id == study_id, line.text != "")
    )  # fmt: skip
    found: defaultdict[StageId, list[Speech]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        found[StageId(row.stage_id)].append(
            Speech(
                LineSource(row.source),
                row.text,
                row.start,
                row.end,
                None if row.person_id is None else PersonId(row.person_id),
                None if row.unit_id is None else UnitId(row.unit_id),
                row.presumed,
            )
        )
    return found
