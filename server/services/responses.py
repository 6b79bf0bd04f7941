"""Answering a questionnaire: one link for each unit, the same answers for all colleagues behind it.

Every answer carries a version. Who writes on an older one is refused with what stands there now
and the difference, so nobody's words are written over unseen. A named person releases the whole;
then the answers are passages of the study, and nothing changes until the owner reopens it.
"""

import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import PassageId, QuestionId, ResponseId, new_id
from schemas.session import Language, Unit
from schemas.taxonomy import Stance
from server.domain.negotiation import difference
from server.domain.questionnaires import MAX_ANSWER, asked_of, levels_of, stance_in, stand_of
from server.services import links, written
from server.services.accounts import MAX_NAME, open_login
from server.services.attempts import Attempts
from server.services.proposals import MAX_REASON_CHARACTERS
from server.store import (
    events,
    passages,
    questionnaires,
    search,
    searchables_passages,
    studies,
)
from server.store.database import Database, Work
from server.store.logins import Login
from server.store.passages import Passage
from server.store.questionnaires import Answer, Asked, Question, Questionnaire, Response, State
from server.store.searchable_facets import language_of
from server.store.studies import Study


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a unit is asked, and what it has answered so far."""

    study: Study
    unit: Unit
    questionnaire: Questionnaire
    response: Response
    questions: Sequence[Question]
    answers: Mapping[QuestionId, Answer]

    @property
    def may_write(self) -> bool:
        """Whether answers can be changed now."""
        return self.questionnaire.state is State.OPEN and not self.response.is_released


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer as a browser sends it. version: what it was written on, 0 for nothing."""

    version: int
    text: str
    levels: Mapping[str, object]
    name: str


class Responses:
    """Takes the answers of units. Only browsers that came by a unit's link reach it."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._attempts = Attempts("link")

    async def enter(
        self, token: str, login: Login | None, *, address: str
    ) -> tuple[ResponseId, str | None]:
        """Let this browser answer for the unit of a link; return it and a new cookie's token.

        Raises NotFound (`link.unusable`) or TooManyAttempts.
        """
        self._attempts.check(address)
        async with self._database.write() as work:
            found = await questionnaires.response_of_token(work, links.sha256(token))
            if found is not None:
                cookie = None
                if login is None:
                    cookie, login = await open_login(work, None, self._now())
                await questionnaires.let_in(work, login.token_sha256, found.id)
                if found.entered_at is None:
                    await questionnaires.change_response(work, found.id, entered_at=self._now())
                return found.id, cookie
        self._attempts.failed(address)
        raise NotFound("link.unusable")

    async def sheet(self, login: Login, response_id: ResponseId) -> Sheet:
        """Return a unit's sheet. Raises NotFound `response.unknown` for everybody else."""
        async with self._database.read() as work:
            return await _sheet(work, login, response_id)

    async def save(
        self, login: Login, response_id: ResponseId, question_id: QuestionId, sent: Sent
    ) -> Answer:
        """Write one answer on the version that its writer saw; return it as it stands.

        Raises NotFound, Forbidden `response.closed`, Invalid `answer.too_long`, or Conflict
        `answer.version` with version, text, levels, by and difference: nothing was written.
        """
        if len(sent.text) > MAX_ANSWER:
            raise Invalid("answer.too_long", most=MAX_ANSWER)
        async with self._database.write() as work:
            sheet = await _sheet(work, login, response_id, lock=True)
            if not sheet.may_write:
                raise Forbidden("response.closed")
            question = next((one for one in sheet.questions if one.id == question_id), None)
            if question is None:
                raise NotFound("question.unknown")
            last = sheet.answers.get(question_id)
            text = unicodedata.normalize("NFC", sent.text.replace("\r\n", "\n")).replace("\x00", "")
            levels = _levels(sheet, question, sent.levels)
            if last is not None and (last.text, last.levels) == (text, levels):
                return last
            made = Answer(
                new_id() if last is None else last.id,
                response_id,
                question_id,
                text,
                levels,
                sent.version + 1,
                " ".join(sent.name.split())[:MAX_NAME],
                self._now(),
            )
            if not await questionnaires.write_answer(work, made):
                raise _stale(last, text)
            if sheet.response.begun_at is None:
                await questionnaires.change_response(work, response_id, begun_at=self._now())
        return made

    async def release(self, login: Login, response_id: ResponseId, name: str) -> None:
        """Say in the name of the unit that these are its answers.

        Raises NotFound, Forbidden `response.closed`, Invalid `response.name`, or Conflict
        `response.empty` where nothing was answered.
        """
        said = " ".join(name.split())
        if not 1 <= len(said) <= MAX_NAME:
            raise Invalid("response.name")
        async with self._database.write() as work:
            sheet = await _sheet(work, login, response_id, lock=True)
            if not sheet.may_write:
                raise Forbidden("response.closed")
            await publish(work, sheet, by=said, at=self._now())


async def publish(work: Work, sheet: Sheet, *, by: str, at: float) -> None:
    """Make a unit's answers passages of the study, and take its stands.

    Raises Conflict `response.empty`, or Invalid `position.reason` for an objection without one.
    """
    given = [one for one in sheet.answers.values() if one.text.strip() or one.levels]
    if not given:
        raise Conflict("response.empty")
    _require_reasons(given)
    known = await passages.of_answers(work, [one.id for one in sheet.answers.values()])
    asked = {one.id: one for one in sheet.questions}
    ids: dict[str, PassageId] = {}
    for one in sheet.answers.values():
        question = asked.get(one.question_id)
        if question is None or not (one.text.strip() or one.id in known):
            continue
        heading = question.text.in_(Language(language_of(one.text)))
        if one.id in known:
            await passages.change(work, known[one.id].id, heading=heading, text=one.text.strip())
            ids[one.id] = known[one.id].id
        else:
            made = _passage(sheet, question, one, heading)
            await passages.add(work, [made], at=at)
            ids[one.id] = made.id
    begun_at = sheet.response.begun_at or at
    await questionnaires.change_response(
        work, sheet.response.id, released_at=at, released_by=by, begun_at=begun_at
    )
    await _take_stands(work, sheet, ids, by=by)
    shown = list(ids.values())
    found = {one.ref: one for one in await searchables_passages.of_passages(work, shown)}
    await search.put(work, list(found.values()))
    emptied = [one for one in shown if one not in found]  # after it was reopened
    await search.remove(work, "answer", emptied)
    body = {"response": sheet.response.id, "count": len(given)}
    subject = sheet.questionnaire.id
    await events.record(work, sheet.study.id, "response.released", subject, body=body, at=at)


async def _take_stands(work: Work, sheet: Sheet, ids: Mapping[str, PassageId], *, by: str) -> None:
    for question in sheet.questions:
        answer = sheet.answers.get(question.id)
        if question.about is None or answer is None:
            continue
        stance, text = stance_in(answer.levels), answer.text.strip()
        if stance is None and not text:
            continue
        passage_id = ids.get(answer.id) if text else None
        await written.take(
            work, sheet.study.id, sheet.unit.id, question.about, stance, text, passage_id, by=by
        )


def _require_reasons(given: Sequence[Answer]) -> None:
    for one in given:
        length = len(one.text.strip())
        if stance_in(one.levels) is Stance.OBJECT and not 1 <= length <= MAX_REASON_CHARACTERS:
            raise Invalid("position.reason", at_most=MAX_REASON_CHARACTERS)


def _levels(sheet: Sheet, question: Question, given: Mapping[str, object]) -> Mapping[str, int]:
    if question.kind is Asked.STANCE:
        return stand_of(given)
    return levels_of(given, sheet.questionnaire.cities)


async def sheet_of(work: Work, response: Response) -> Sheet:
    """Return the sheet of a response, whoever asks."""
    found = await questionnaires.get(work, response.questionnaire_id)
    themes = await studies.themes(work, found.study_id)
    units = {unit.id: unit for unit in await studies.units(work, found.study_id)}
    theme = next((t.id for t in themes if response.unit_id in {u.id for u in t.units}), None)
    return Sheet(
        await studies.get(work, found.study_id),
        units[response.unit_id],
        found,
        response,
        asked_of(response.unit_id, theme, await questionnaires.questions(work, found.id)),
        await questionnaires.answers(work, response.id),
    )


async def _sheet(work: Work, login: Login, response_id: ResponseId, *, lock: bool = False) -> Sheet:
    if not await questionnaires.is_in(work, login.token_sha256, response_id):
        raise NotFound("response.unknown", response=response_id)
    return await sheet_of(work, await questionnaires.response(work, response_id, lock=lock))


def _stale(last: Answer | None, text: str) -> Conflict:
    """What stands there now, and how what was sent differs from it."""
    if last is None:
        return Conflict("answer.version", version=0, text="", levels={}, by="", difference=[])
    return Conflict(
        "answer.version",
        version=last.version,
        text=last.text,
        levels=dict(last.levels),
        by=last.by,
        difference=difference(last.text, text),
    )


def _passage(sheet: Sheet, question: Question, answer: Answer, heading: str) -> Passage:
    return Passage(
        PassageId(new_id()),
        sheet.study.id,
        None,
        answer.id,
        sheet.unit.id,
        question.order,
        heading,
        answer.text.strip(),
    )
