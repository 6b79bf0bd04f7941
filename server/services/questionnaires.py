"""Preparing and leading questionnaires: questions, links of the units, who has answered, reopening.

Owners of a study change and open; everybody who runs it sees the board and the answers.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import QuestionId, QuestionnaireId, ResponseId, StudyId, ThemeId, UnitId, new_id
from schemas.session import Bilingual, Unit
from server.domain.questionnaires import MAX_CITIES, MAX_QUESTIONS, MAX_TEXT, asked_of
from server.services import links
from server.services.agendas import require_runs
from server.services.passages import Coded, coded
from server.services.preparing import require_owner
from server.store import events, passages, questionnaires, studies
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.questionnaires import Answer, Asked, Question, Questionnaire, Response, State
from server.store.studies import Study, Theme

PURPOSE = "response"
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})?")


@dataclass(frozen=True, slots=True)
class Words:
    """What the first form of a questionnaire asks."""

    title: Bilingual
    intro: Bilingual = field(default_factory=Bilingual)
    cities: tuple[str, ...] = ()
    due: str = ""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One row of the list of questions; an empty id is a new one."""

    id: str
    text: Bilingual
    kind: Asked
    theme_id: ThemeId | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one unit is. asked: how many questions it has. path: its link."""

    unit: Unit
    response: Response
    asked: int
    answered: int
    path: str


@dataclass(frozen=True, slots=True)
class Board:
    """A questionnaire with its questions and how far every unit is; no units while prepared."""

    study: Study
    themes: Sequence[Theme]
    questionnaire: Questionnaire
    questions: Sequence[Question]
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Results:
    """Released answers: words as passages, levels by unit and question."""

    board: Board
    units: Mapping[UnitId, Unit]
    coded: Coded
    levels: Mapping[tuple[UnitId, QuestionId], Answer]


class Questionnaires:
    """Makes, opens and closes questionnaires. key: the installation's own, for the units' links."""

    def __init__(
        self, database: Database, key: bytes, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = key
        self._now = now

    async def of_study(
        self, account: Account, study_id: StudyId
    ) -> tuple[Study, Sequence[Questionnaire]]:
        """Return the study and its questionnaires. Raises NotFound."""
        async with self._database.read() as work:
            await require_runs(work, account, study_id)
            return await studies.get(work, study_id), await questionnaires.of_study(work, study_id)

    async def create(self, account: Account, study_id: StudyId, words: Words) -> QuestionnaireId:
        """Prepare a questionnaire. Raises NotFound, Forbidden or Invalid."""
        _check(words)
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            stages = await studies.stages(work, study_id)
            if not stages:
                raise Conflict("source.no_stage")
            made = Questionnaire(
                QuestionnaireId(new_id()),
                study_id,
                stages[min(1, len(stages) - 1)].id,
                words.title,
                words.intro,
                words.cities,
                words.due,
                State.PREPARED,
            )
            await questionnaires.add(work, made, at=self._now())
            await self._record(work, made, "questionnaire.prepared", account)
        return made.id

    async def change(self, account: Account, found_id: QuestionnaireId, words: Words) -> None:
        """Give it other words. Raises NotFound, Forbidden or Invalid."""
        _check(words)
        async with self._database.write() as work:
            found = await self._owned(work, account, found_id)
            changed = replace(
                found, title=words.title, intro=words.intro, cities=words.cities, due=words.due
            )
            await questionnaires.change(work, changed)

    async def set_questions(
        self, account: Account, found_id: QuestionnaireId, sent: Sequence[QuestionRow]
    ) -> None:
        """Make these its questions, while it is prepared.

        Raises NotFound, Forbidden, Conflict `questionnaire.opened`, or Invalid `question.row`,
        `question.rows`.
        """
        async with self._database.write() as work:
            found = await self._owned(work, account, found_id)
            if found.state is not State.PREPARED:
                raise Conflict("questionnaire.opened")
            themes = {theme.id for theme in await studies.themes(work, found.study_id)}
            known = {str(one.id) for one in await questionnaires.questions(work, found_id)}
            await questionnaires.set_questions(work, found_id, _questions(sent, known, themes))

    async def open(self, account: Account, found_id: QuestionnaireId) -> None:
        """Let the units answer: each that is asked something gets its link.

        Raises NotFound, Forbidden or Conflict `questionnaire.no_questions`. Closed, it opens again.
        """
        async with self._database.write() as work:
            found = await self._owned(work, account, found_id)
            questions = await questionnaires.questions(work, found_id)
            if not questions:
                raise Conflict("questionnaire.no_questions")
            themes = await studies.themes(work, found.study_id)
            theme_of = {unit.id: theme.id for theme in themes for unit in theme.units}
            named = {unit_id for one in questions for unit_id in one.units}
            for unit_id in (*theme_of, *sorted(named - theme_of.keys())):
                if asked_of(unit_id, theme_of.get(unit_id), questions):
                    await expect(work, self._key, found_id, unit_id)
            await questionnaires.change(work, replace(found, state=State.OPEN))
            await self._record(work, found, "questionnaire.opened", account)

    async def close(self, account: Account, found_id: QuestionnaireId) -> None:
        """Take no more answers. Raises NotFound or Forbidden."""
        async with self._database.write() as work:
            found = await self._owned(work, account, found_id)
            await questionnaires.change(work, replace(found, state=State.CLOSED))
            await self._record(work, found, "questionnaire.closed", account)

    async def reopen(
        self, account: Account, found_id: QuestionnaireId, response_id: ResponseId, reason: str
    ) -> None:
        """Let a unit change what it released. Raises NotFound, Forbidden, Invalid or Conflict."""
        why = " ".join(reason.split())
        if not 1 <= len(why) <= MAX_TEXT:
            raise Invalid("response.reason")
        async with self._database.write() as work:
            found = await self._owned(work, account, found_id)
            one = await _its(work, found, response_id)
            if not one.is_released:
                raise Conflict("response.not_released")
            await questionnaires.change_response(
                work, one.id, released_at=None, reopened_at=self._now(), reopen_reason=why
            )
            await self._record(work, found, "response.reopened", account, response=one.id)

    async def name_contact(
        self, account: Account, found_id: QuestionnaireId, response_id: ResponseId, name: str
    ) -> None:
        """Say who is to release a unit's answer. Raises NotFound, Forbidden or Invalid."""
        said = " ".join(name.split())
        if len(said) > MAX_TEXT:
            raise Invalid("response.name")
        async with self._database.write() as work:
            found = await self._owned(work, account, found_id)
            one = await _its(work, found, response_id)
            await questionnaires.change_response(work, one.id, contact=said)

    async def reminded(self, account: Account, found_id: QuestionnaireId) -> int:
        """Note that the units which have not released were reminded now; return how many."""
        async with self._database.write() as work:
            await self._owned(work, account, found_id)
            late = [o for o in await questionnaires.responses(work, found_id) if not o.is_released]
            for one in late:
                await questionnaires.change_response(work, one.id, reminded_at=self._now())
        return len(late)

    async def board(self, account: Account, found_id: QuestionnaireId) -> Board:
        """Return how far every unit is. Raises NotFound `questionnaire.unknown`."""
        async with self._database.read() as work:
            return await self._board(work, account, found_id)

    async def results(self, account: Account, found_id: QuestionnaireId) -> Results:
        """Return what units released, question by question. Raises NotFound."""
        async with self._database.read() as work:
            board = await self._board(work, account, found_id)
            by_response = {s.response.id: s for s in board.standings if s.response.is_released}
            given = await questionnaires.answers_of(work, found_id)
            known = await passages.of_answers(work, [one.id for one in given])
            order = {one.id: one.order for one in board.questions}
            place = {s.response.id: number for number, s in enumerate(board.standings)}
            given = sorted(given, key=lambda o: (order.get(o.question_id, 0), place[o.response_id]))
            shown = [known[one.id] for one in given if one.id in known]
            levels = {
                (by_response[one.response_id].unit.id, one.question_id): one
                for one in given
                if one.levels and one.response_id in by_response
            }
            units = {unit.id: unit for unit in await studies.units(work, board.study.id)}
            return Results(board, units, await coded(work, board.study.id, shown), levels)

    async def _board(self, work: Work, account: Account, found_id: QuestionnaireId) -> Board:
        found = await questionnaires.get(work, found_id)
        await require_runs(work, account, found.study_id)
        themes = await studies.themes(work, found.study_id)
        theme_of = {unit.id: theme.id for theme in themes for unit in theme.units}
        units = {unit.id: unit for unit in await studies.units(work, found.study_id)}
        questions = await questionnaires.questions(work, found_id)
        counts = await questionnaires.counts(work, found_id)
        standings = [
            Standing(
                units[one.unit_id],
                one,
                len(asked_of(one.unit_id, theme_of.get(one.unit_id), questions)),
                counts.get(one.id, 0),
                path_of(self._key, found_id, one.unit_id),
            )
            for one in await questionnaires.responses(work, found_id)
        ]
        study = await studies.get(work, found.study_id)
        return Board(study, themes, found, questions, standings)

    async def _owned(
        self, work: Work, account: Account, found_id: QuestionnaireId
    ) -> Questionnaire:
        found = await questionnaires.get(work, found_id)
        await require_owner(work, found.study_id, account)
        return found

    async def _record(
        self, work: Work, found: Questionnaire, action: str, account: Account, **more: str
    ) -> None:
        body = {"by": account.name, **more}
        await events.record(work, found.study_id, action, found.id, body=body, at=self._now())


def path_of(key: bytes, found_id: QuestionnaireId, unit_id: UnitId) -> str:
    """Return where a unit's own link to a questionnaire leads; the same every time."""
    return f"/reply/{links.derived_token(key, PURPOSE, f'{found_id}:{unit_id}')}"


async def expect(work: Work, key: bytes, found_id: QuestionnaireId, unit_id: UnitId) -> None:
    """Let a unit answer by its own link, unless it may already."""
    token = links.derived_token(key, PURPOSE, f"{found_id}:{unit_id}")
    made = Response(ResponseId(new_id()), found_id, unit_id, "")
    await questionnaires.add_response(work, made, links.sha256(token))


async def _its(work: Work, found: Questionnaire, response_id: ResponseId) -> Response:
    one = await questionnaires.response(work, response_id, lock=True)
    if one.questionnaire_id != found.id:
        raise NotFound("response.unknown", response=response_id)
    return one


def _check(words: Words) -> None:
    title, intro = words.title, words.intro
    if not (title.en or title.zh) or max(len(title.en), len(title.zh)) > MAX_TEXT:
        raise Invalid("questionnaire.title")
    if max(len(intro.en), len(intro.zh)) > 4 * MAX_TEXT:
        raise Invalid("questionnaire.intro")
    if len(words.cities) > MAX_CITIES or any(len(one) > 60 for one in words.cities):
        raise Invalid("questionnaire.cities", most=MAX_CITIES)
    if not _DATE.fullmatch(words.due):
        raise Invalid("questionnaire.due")


def _questions(
    sent: Sequence[QuestionRow], known: set[str], themes: set[ThemeId]
) -> Sequence[Question]:
    found: list[Question] = []
    for number, row in enumerate(sent, 1):
        if not (row.id or row.text.en or row.text.zh):
            continue
        longest = max(len(row.text.en), len(row.text.zh))
        if not 1 <= longest <= MAX_TEXT or row.theme_id not in {None, *themes}:
            raise Invalid("question.row", row=number)
        question_id = QuestionId(row.id if row.id in known else new_id())
        found.append(Question(question_id, len(found) + 1, row.theme_id, row.kind, row.text))
    if len(found) > MAX_QUESTIONS:
        raise Invalid("question.rows", most=MAX_QUESTIONS)
    return found
