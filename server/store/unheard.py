"""Who was affected and not heard, whom a link has asked since, and what stands units have sent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from schemas.ids import EntryId, QuestionnaireId, ResponseId, StudyId, UnitId
from schemas.session import Bilingual
from schemas.taxonomy import EntryState, Stance
from server.domain.questionnaires import About, stance_in
from server.store import tables
from server.store.database import Work, rows
from server.store.questionnaires import Asked, State, about_of


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A unit was asked for its stand. number: the wording that it was asked about. Times: UTC."""

    questionnaire_id: QuestionnaireId
    response_id: ResponseId
    state: State
    due: str
    number: int
    entered_at: float | None
    released_at: float | None


@dataclass(frozen=True, slots=True)
class Stand:
    """What a unit sent on a wording of an entry. stance: None for words alone."""

    unit: Bilingual
    stance: Stance | None
    number: int
    text: str
    by: str
    at: float


async def of_entries(work: Work, study_id: StudyId) -> Mapping[EntryId, Sequence[UnitId]]:
    """Return the units that each entry in force concerns and that were not heard, in order."""
    concerned, entry, unit = tables.entry_unit.c, tables.entry.c, tables.unit.c
    asked = (
        select(concerned.entry_id, concerned.unit_id)
        .join(tables.entry, entry.id == concerned.entry_id)
        .join(tables.unit, unit.id == concerned.unit_id)
        .where(entry.study_id == study_id, entry.state == EntryState.ACTIVE.value)
        .where(concerned.heard.is_(False))
        .order_by(entry.order, entry.id, unit.order)
    )
    found: defaultdict[EntryId, list[UnitId]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        found[EntryId(row.entry_id)].append(UnitId(row.unit_id))
    return found


async def inquiries(work: Work, study_id: StudyId) -> Mapping[tuple[str, UnitId], Inquiry]:
    """Return the newest inquiry of each unit on each entry or proposal, by (its id, unit)."""
    sent, reply = tables.questionnaire.c, tables.response.c
    asked = (
        _stances()
        .add_columns(
            sent.id.label("questionnaire"),
            sent.state.label("sent_state"),
            sent.due,
            reply.id.label("response"),
            reply.unit_id,
            reply.entered_at,
            reply.released_at,
        )
        .where(sent.study_id == study_id)
        .order_by(sent.created_at, sent.id)
    )
    found: dict[tuple[str, UnitId], Inquiry] = {}
    for row in rows(await work.connection.execute(asked)):
        about, unit_id = about_of(row), UnitId(row.unit_id)
        if about is not None and unit_id in row.units:
            found[about.id, unit_id] = Inquiry(
                QuestionnaireId(row.questionnaire),
                ResponseId(row.response),
                State(row.sent_state),
                row.due,
                row.number,
                row.entered_at,
                row.released_at,
            )
    return found


async def stands(work: Work, entry_id: EntryId) -> Sequence[Stand]:
    """Return what units sent about an entry and released, in their protocol order."""
    answer, reply, unit = tables.answer.c, tables.response.c, tables.unit.c
    asked = (
        _stances()
        .add_columns(answer.text, answer.levels, unit.name_en, unit.name_zh)
        .add_columns(reply.released_at, reply.released_by)
        .join(
            tables.answer,
            (answer.question_id == tables.question.c.id) & (answer.response_id == reply.id),
        )
        .join(tables.unit, unit.id == reply.unit_id)
        .where(tables.question.c.entry_id == entry_id, reply.released_at.is_not(None))
        .order_by(unit.order, unit.id, reply.released_at)
    )
    return [_stand(row) for row in rows(await work.connection.execute(asked))]


def current(about: About, found: Inquiry | None) -> Inquiry | None:
    """Return the inquiry that still runs, or was answered; None where the unit can be asked."""
    if found is None or (found.state is not State.OPEN and found.released_at is None):
        return None
    return found if found.number == about.number or found.released_at is None else None


def _stances() -> Select[Any]:
    """Questions that ask a stand, each with every response to its questionnaire."""
    question, sent, reply = tables.question.c, tables.questionnaire.c, tables.response.c
    chosen = (question.entry_id, question.proposal_id, question.number, question.units)
    return (
        select(*chosen)
        .join(tables.questionnaire, sent.id == question.questionnaire_id)
        .join(tables.response, reply.questionnaire_id == sent.id)
        .where(question.kind == Asked.STANCE.value)
    )


def _stand(row: Any) -> Stand:
    return Stand(
        Bilingual(row.name_en, row.name_zh),
        stance_in(row.levels),
        row.number,
        row.text,
        row.released_by,
        row.released_at,
    )
