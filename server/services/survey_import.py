"""Answers from a survey tool: a row for each unit, checked as a whole, stored all or none.

The first row names the columns: `unit` (any name of it), `name` of who answered, and the questions
by number or words; of a level question each city by `2: Shanghai`, the own one by `2`.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.errors import Conflict, Invalid
from schemas.ids import QuestionId, QuestionnaireId, UnitId, new_id
from server.domain.questionnaires import LEVELS, MAX_ANSWER, OWN, asked_of
from server.domain.sheets import Sheet
from server.services.accounts import MAX_NAME
from server.services.preparing import require_owner
from server.services.responses import publish, sheet_of
from server.store import questionnaires, studies
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.questionnaires import Answer, Asked, Question, Questionnaire, Response, State

_UNIT = ("unit", "单位", "单位名称")
_NAME = ("name", "填写人", "姓名")
_NUMBER = re.compile(r"(?:q|question|问题|第)?\s*(\d{1,3})\s*题?")


@dataclass(frozen=True, slots=True)
class ImportedAnswers:
    """One row as it would be stored. problem: an error code, "" for a good row."""

    number: int
    unit: str
    name: str
    response: Response | None
    texts: Mapping[QuestionId, str] = field(default_factory=dict)
    levels: Mapping[QuestionId, Mapping[str, int]] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Column:
    place: int
    question: Question
    city: str  # "" for words


class SurveyImport:
    """Checks and stores sheets of answers on behalf of a study's owners."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def check(
        self, account: Account, found_id: QuestionnaireId, sheet: Sheet
    ) -> Sequence[ImportedAnswers]:
        """Return every row with what is wrong with it.

        Raises NotFound, Forbidden, Conflict `response.closed`, or Invalid `survey.columns`,
        `import.empty`.
        """
        async with self._database.read() as work:
            return await _read(work, account, found_id, sheet)

    async def store(self, account: Account, found_id: QuestionnaireId, sheet: Sheet) -> int:
        """Store and release all rows; return how many.

        Raises as `check`, and Conflict (`import.bad_rows`): then nothing was stored.
        """
        async with self._database.write() as work:
            found = await _read(work, account, found_id, sheet)
            bad = [row.number for row in found if row.problem]
            if bad:
                raise Conflict("import.bad_rows", rows=", ".join(map(str, bad)))
            for row in found:
                await self._keep(work, row, account)
        return len(found)

    async def _keep(self, work: Work, row: ImportedAnswers, account: Account) -> None:
        assert row.response is not None  # a row without one has a problem
        response = await questionnaires.response(work, row.response.id, lock=True)
        if response.is_released:  # by the unit itself, since the rows were read
            raise Conflict("import.bad_rows", rows=str(row.number))
        before = await questionnaires.answers(work, response.id)
        for question_id in {*row.texts, *row.levels}:
            last = before.get(question_id)
            made = Answer(
                new_id() if last is None else last.id,
                response.id,
                question_id,
                row.texts.get(question_id, ""),
                row.levels.get(question_id, {}),
                1 if last is None else last.version + 1,
                row.name or account.name,
                self._now(),
            )
            if not await questionnaires.write_answer(work, made):
                raise Conflict("answer.version")
        await publish(
            work, await sheet_of(work, response), by=row.name or account.name, at=self._now()
        )


async def _read(
    work: Work, account: Account, found_id: QuestionnaireId, sheet: Sheet
) -> Sequence[ImportedAnswers]:
    found = await questionnaires.get(work, found_id)
    await require_owner(work, found.study_id, account)
    if found.state is not State.OPEN:
        raise Conflict("response.closed")
    if len(sheet) < 2:
        raise Invalid("import.empty")
    questions = await questionnaires.questions(work, found_id)
    unit_at, name_at, columns = _columns(sheet[0], questions, found)
    names = await _names(work, found)
    responses = {one.unit_id: one for one in await questionnaires.responses(work, found_id)}
    themes = await studies.themes(work, found.study_id)
    theme_of = {unit.id: theme.id for theme in themes for unit in theme.units}
    seen: set[UnitId] = set()
    rows: list[ImportedAnswers] = []
    for number, cells in enumerate(sheet[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        said = _cell(cells, unit_at)
        unit_id = names.get(_folded(said))
        response = None if unit_id is None else responses.get(unit_id)
        asked_unit = unit_id or UnitId("")
        asked = {one.id for one in asked_of(asked_unit, theme_of.get(asked_unit), questions)}
        row = _row(number, said, _cell(cells, name_at), response, cells, columns, asked)
        rows.append(row if unit_id not in seen else _bad(row, "survey.twice"))
        if unit_id is not None:
            seen.add(unit_id)
    if not rows:
        raise Invalid("import.empty")
    return rows


def _row(
    number: int,
    unit: str,
    name: str,
    response: Response | None,
    cells: Sequence[str],
    columns: Sequence[_Column],
    asked: set[QuestionId],
) -> ImportedAnswers:
    texts: dict[QuestionId, str] = {}
    levels: dict[QuestionId, dict[str, int]] = {}
    problem = ""
    for column in columns:
        said = _cell(cells, column.place)
        if not said:
            continue
        if column.question.id not in asked:
            problem = problem or "survey.not_asked"
        elif not column.city:
            texts[column.question.id] = said
        elif said in {str(one) for one in LEVELS}:
            levels.setdefault(column.question.id, {})[column.city] = int(said)
        else:
            problem = problem or "survey.level"
    if response is None:
        problem = "survey.unit"
    elif response.is_released:
        problem = "survey.released"
    elif not texts and not levels:
        problem = problem or "survey.nothing"
    elif max((len(one) for one in texts.values()), default=0) > MAX_ANSWER or len(name) > MAX_NAME:
        problem = problem or "import.too_long"
    return ImportedAnswers(number, unit, name, response, texts, levels, problem)


def _bad(row: ImportedAnswers, problem: str) -> ImportedAnswers:
    return ImportedAnswers(
        row.number, row.unit, row.name, row.response, row.texts, row.levels, row.problem or problem
    )


def _columns(
    header: Sequence[str], questions: Sequence[Question], found: Questionnaire
) -> tuple[int, int, Sequence[_Column]]:
    """Raises Invalid `survey.columns` naming the column that is no question, or lacking the unit."""
    unit_at = name_at = -1
    columns: list[_Column] = []
    for place, title in enumerate(header):
        folded = _folded(title)
        if folded in _UNIT:
            unit_at = place
        elif folded in _NAME:
            name_at = place
        elif folded:
            column = _column(place, folded, questions, found.cities)
            if column is None:
                raise Invalid("survey.columns", column=title)
            columns.append(column)
    if unit_at < 0 or not columns:
        raise Invalid("survey.columns", column="unit")
    return unit_at, name_at, columns


def _column(
    place: int, title: str, questions: Sequence[Question], cities: Sequence[str]
) -> _Column | None:
    head, _, city = title.replace("：", ":").rpartition(":")
    named = {_folded(one): one for one in cities}
    for said, of in ((title, OWN), (head.strip(), named.get(city.strip(), ""))):
        question = _question(said, questions) if said and of else None
        if question is not None and question.kind is Asked.LEVEL:
            return _Column(place, question, of)
        if question is not None and said == title:
            return _Column(place, question, "")
    return None


def _question(said: str, questions: Sequence[Question]) -> Question | None:
    number = _NUMBER.fullmatch(said)
    if number is not None and 1 <= int(number.group(1)) <= len(questions):
        return questions[int(number.group(1)) - 1]
    return next(
        (one for one in questions if said in {_folded(one.text.en), _folded(one.text.zh)}), None
    )


async def _names(work: Work, found: Questionnaire) -> Mapping[str, UnitId]:
    names: dict[str, UnitId] = {}
    for unit in await studies.units(work, found.study_id):
        for name in (unit.name.en, unit.name.zh, *unit.aliases):
            if name:
                names.setdefault(_folded(name), unit.id)
    return names


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if 0 <= place < len(cells) else ""


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
