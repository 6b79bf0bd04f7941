"""Questionnaires with their questions, the responses of units, and the answers in them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from schemas.errors import NotFound
from schemas.ids import QuestionId, QuestionnaireId, ResponseId, StageId, StudyId, ThemeId, UnitId
from schemas.session import Bilingual
from server.domain.questionnaires import About
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once


class State(StrEnum):
    """Where a questionnaire is: prepared, open to the units, closed."""

    PREPARED = "prepared"
    OPEN = "open"
    CLOSED = "closed"


class Asked(StrEnum):
    """What a question asks for: words, a level beside named cities, a stand on a wording."""

    OPEN = "open"
    LEVEL = "level"
    STANCE = "stance"


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Questions to the units of a study. cities: names to compare with. due: YYYY-MM-DD or ""."""

    id: QuestionnaireId
    study_id: StudyId
    stage_id: StageId
    title: Bilingual
    intro: Bilingual
    cities: tuple[str, ...]
    due: str
    state: State


@dataclass(frozen=True, slots=True)
class Question:
    """One question. theme_id: only the units of this theme are asked; None: all.

    units: these alone are asked, whatever their theme. about: what a stand is asked on.
    """

    id: QuestionId
    order: int
    theme_id: ThemeId | None
    kind: Asked
    text: Bilingual
    units: tuple[UnitId, ...] = ()
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What one unit answers. contact: who is to release it. Times are UTC seconds."""

    id: ResponseId
    questionnaire_id: QuestionnaireId
    unit_id: UnitId
    contact: str
    entered_at: float | None = None
    begun_at: float | None = None
    released_at: float | None = None
    released_by: str = ""
    reopened_at: float | None = None
    reopen_reason: str = ""
    reminded_at: float | None = None

    @property
    def is_released(self) -> bool:
        """Whether the unit has said that this is its answer."""
        return self.released_at is not None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it stands. version: counts its changes from 1; by: who typed it last."""

    id: str
    response_id: ResponseId
    question_id: QuestionId
    text: str
    levels: Mapping[str, int]
    version: int
    by: str
    at: float


async def add(work: Work, found: Questionnaire, *, at: float) -> None:
    """Store a questionnaire without questions."""
    values = {"id": found.id, "study_id": found.study_id, "created_at": at, **_values(found)}
    await work.connection.execute(insert(tables.questionnaire).values(values))


async def change(work: Work, found: Questionnaire) -> None:
    """Give a questionnaire other words, cities, date or state."""
    changed = update(tables.questionnaire).where(tables.questionnaire.c.id == found.id)
    await work.connection.execute(changed.values(_values(found)))


async def get(work: Work, questionnaire_id: QuestionnaireId) -> Questionnaire:
    """Return one questionnaire. Raises NotFound `questionnaire.unknown`."""
    found = await _questionnaires(work, tables.questionnaire.c.id == questionnaire_id)
    if not found:
        raise NotFound("questionnaire.unknown", questionnaire=questionnaire_id)
    return found[0]


async def of_study(work: Work, study_id: StudyId) -> Sequence[Questionnaire]:
    """Return the questionnaires of a study, oldest first."""
    return await _questionnaires(work, tables.questionnaire.c.study_id == study_id)


async def set_questions(
    work: Work, questionnaire_id: QuestionnaireId, found: Sequence[Question]
) -> None:
    """Make these the questions, in this order; those that are left out go."""
    table = tables.question
    kept = [one.id for one in found]
    gone = delete(table).where(table.c.questionnaire_id == questionnaire_id, ~table.c.id.in_(kept))
    await work.connection.execute(gone)
    for one in found:
        values = {
            "questionnaire_id": questionnaire_id,
            "order": one.order,
            "theme_id": one.theme_id,
            "kind": one.kind.value,
            "text_en": one.text.en,
            "text_zh": one.text.zh,
            "units": list(one.units),
            **_subject(one.about),
        }
        if not await insert_once(work, table, id=one.id, **values):
            await work.connection.execute(update(table).where(table.c.id == one.id).values(values))


async def questions(work: Work, questionnaire_id: QuestionnaireId) -> Sequence[Question]:
    """Return the questions in order."""
    question = tables.question.c
    asked = select(tables.question).where(question.questionnaire_id == questionnaire_id)
    return [
        Question(
            QuestionId(row.id),
            row.order,
            None if row.theme_id is None else ThemeId(row.theme_id),
            Asked(row.kind),
            Bilingual(row.text_en, row.text_zh),
            tuple(UnitId(one) for one in row.units),
            about_of(row),
        )
        for row in rows(await work.connection.execute(asked.order_by(question.order, question.id)))
    ]


def about_of(row: Any) -> About | None:
    """Return what a row of `question` asks a stand on."""
    if row.entry_id is not None:
        return About("entry", row.entry_id, row.number)
    return None if row.proposal_id is None else About("proposal", row.proposal_id, row.number)


def _subject(about: About | None) -> dict[str, object]:
    number = 0 if about is None else about.number
    found: dict[str, object] = {"entry_id": None, "proposal_id": None, "number": number}
    return found if about is None else found | {f"{about.of}_id": about.id}


async def add_response(work: Work, found: Response, token_sha256: str) -> None:
    """Store a unit's response, unless it has one already."""
    await insert_once(
        work,
        tables.response,
        id=found.id,
        questionnaire_id=found.questionnaire_id,
        unit_id=found.unit_id,
        token_sha256=token_sha256,
        contact=found.contact,
        released_by="",
        reopen_reason="",
    )


async def change_response(work: Work, response_id: ResponseId, **values: object) -> None:
    """Write these columns of a response and no others: somebody else may be changing those."""
    changed = update(tables.response).where(tables.response.c.id == response_id)
    await work.connection.execute(changed.values(**values))


async def responses(work: Work, questionnaire_id: QuestionnaireId) -> Sequence[Response]:
    """Return the responses to a questionnaire in the units' protocol order."""
    return await _responses(work, tables.response.c.questionnaire_id == questionnaire_id)


async def response(work: Work, response_id: ResponseId, *, lock: bool = False) -> Response:
    """Return one response; `lock` holds others off. Raises NotFound `response.unknown`."""
    if lock:
        held = select(tables.response.c.id).where(tables.response.c.id == response_id)
        await work.connection.execute(held.with_for_update())
    found = await _responses(work, tables.response.c.id == response_id)
    if not found:
        raise NotFound("response.unknown", response=response_id)
    return found[0]


async def response_of_token(work: Work, token_sha256: str) -> Response | None:
    """Return the response that a link leads to, or None."""
    found = await _responses(work, tables.response.c.token_sha256 == token_sha256)
    return found[0] if found else None


async def let_in(work: Work, token_sha256: str, response_id: ResponseId) -> None:
    """Let a login's browser answer for a unit."""
    await insert_once(
        work, tables.response_login, token_sha256=token_sha256, response_id=response_id, name=""
    )


async def is_in(work: Work, token_sha256: str, response_id: ResponseId) -> bool:
    """Whether a login came by the response's link."""
    known = tables.response_login.c
    asked = select(known.response_id).where(
        known.token_sha256 == token_sha256, known.response_id == response_id
    )
    return (await work.connection.execute(asked)).first() is not None


async def answers(work: Work, response_id: ResponseId) -> Mapping[QuestionId, Answer]:
    """Return a unit's answers by question."""
    found = await _answers(work, tables.answer.c.response_id == response_id)
    return {one.question_id: one for one in found}


async def answers_of(work: Work, questionnaire_id: QuestionnaireId) -> Sequence[Answer]:
    """Return all answers to a questionnaire."""
    return await _answers(
        work,
        tables.answer.c.response_id.in_(
            select(tables.response.c.id).where(
                tables.response.c.questionnaire_id == questionnaire_id
            )
        ),
    )


async def write_answer(work: Work, found: Answer) -> bool:
    """Write an answer as the next version of `found.version - 1`; False if that is not the last.

    Nobody's words are written over: the condition stands in the statement itself.
    """
    values = {"text": found.text, "levels": dict(found.levels), "by": found.by, "at": found.at}
    answer = tables.answer.c
    if found.version == 1:
        return await insert_once(
            work,
            tables.answer,
            id=found.id,
            response_id=found.response_id,
            question_id=found.question_id,
            version=1,
            **values,
        )
    changed = update(tables.answer).where(
        answer.response_id == found.response_id,
        answer.question_id == found.question_id,
        answer.version == found.version - 1,
    )
    done = await work.connection.execute(changed.values(version=found.version, **values))
    return bool(done.rowcount)


async def counts(work: Work, questionnaire_id: QuestionnaireId) -> Mapping[ResponseId, int]:
    """Return how many questions each unit has answered so far; units without are absent."""
    answer, response_ = tables.answer.c, tables.response.c
    asked = (
        select(answer.response_id, answer.text, answer.levels)
        .join(tables.response, response_.id == answer.response_id)
        .where(response_.questionnaire_id == questionnaire_id)
    )
    found = rows(await work.connection.execute(asked))
    return Counter(ResponseId(row.response_id) for row in found if row.text or row.levels)


def _values(found: Questionnaire) -> dict[str, object]:
    return {
        "stage_id": found.stage_id,
        "title_en": found.title.en,
        "title_zh": found.title.zh,
        "intro_en": found.intro.en,
        "intro_zh": found.intro.zh,
        "cities": list(found.cities),
        "due": found.due,
        "state": found.state.value,
    }


async def _questionnaires(work: Work, which: ColumnElement[bool]) -> Sequence[Questionnaire]:
    asked = select(tables.questionnaire).where(which)
    asked = asked.order_by(tables.questionnaire.c.created_at, tables.questionnaire.c.id)
    return [
        Questionnaire(
            QuestionnaireId(row.id),
            StudyId(row.study_id),
            StageId(row.stage_id),
            Bilingual(row.title_en, row.title_zh),
            Bilingual(row.intro_en, row.intro_zh),
            tuple(row.cities),
            row.due,
            State(row.state),
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def _responses(work: Work, which: ColumnElement[bool]) -> Sequence[Response]:
    asked = (
        select(tables.response)
        .join(tables.unit, tables.unit.c.id == tables.response.c.unit_id)
        .where(which)
        .order_by(tables.unit.c.order, tables.unit.c.id)
    )
    return [_response(row) for row in rows(await work.connection.execute(asked))]


def _response(row: Any) -> Response:
    return Response(
        ResponseId(row.id),
        QuestionnaireId(row.questionnaire_id),
        UnitId(row.unit_id),
        row.contact,
        row.entered_at,
        row.begun_at,
        row.released_at,
        row.released_by,
        row.reopened_at,
        row.reopen_reason,
        row.reminded_at,
    )


async def _answers(work: Work, which: ColumnElement[bool]) -> Sequence[Answer]:
    asked = select(tables.answer).where(which).order_by(tables.answer.c.id)
    return [
        Answer(
            row.id,
            ResponseId(row.response_id),
            QuestionId(row.question_id),
            row.text,
            row.levels,
            row.version,
            row.by,
            row.at,
        )
        for row in rows(await work.connection.execute(asked))
    ]
