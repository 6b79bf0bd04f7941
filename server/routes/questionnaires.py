"""Preparing and leading questionnaires over HTTP: list, questions, board, reminders, answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import mean
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import QuestionnaireId, ResponseId, StudyId, ThemeId
from schemas.session import Bilingual
from server.domain import dates, sheets
from server.domain.questionnaires import OWN, stance_in
from server.routes.errors import status_of
from server.routes.literature import preview
from server.routes.passages import desk
from server.routes.preparing import SEE_OTHER, bilingual, choices, problems
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_rows,
    form_sheet,
    language_of,
    origin_of,
    page,
)
from server.services.questionnaires import Board, QuestionRow, Results, Standing, Words
from server.services.survey_import import ImportedAnswers
from server.store.questionnaires import Asked, Question, Questionnaire, State
from web.i18n import Translator, translator
from web.qr import qr_path
from web.questionnaire_views import (
    AnswersView,
    Letter,
    QuestionFields,
    QuestionnaireForm,
    QuestionnairesView,
    QuestionnaireView,
    RemindersView,
    StandingRow,
    SurveyView,
)
from web.report_views import Table
from web.views import Link

_QUESTION = ("id", "en", "zh", "kind", "theme")
_WRITTEN = (Asked.OPEN, Asked.LEVEL)
"""What questions are written by hand; stands are asked from the list of who was not heard."""


async def questionnaires(request: Request) -> Response:
    """`GET, POST /studies/{study}/questionnaires`: the list; POST prepares a new one."""
    account, study_id = account_of(request), StudyId(request.path_params["study"])
    into, service = translator(language_of(request)), app_state(request).questionnaires
    form, error = QuestionnaireForm(), None
    if request.method == "POST":
        fields = await form_fields(request)
        try:
            made = await service.create(account, study_id, _words(fields))
            return RedirectResponse(f"/questionnaires/{made}", SEE_OTHER)
        except (Invalid, Conflict) as refused:
            form, error = _sent(fields), refused
    study, found = await service.of_study(account, study_id)
    view = QuestionnairesView(
        Link(f"/studies/{study_id}", study.title.in_(into.language)),
        f"/studies/{study_id}/questionnaires",
        tuple(
            Link(
                f"/questionnaires/{one.id}",
                one.title.in_(into.language),
                into.text(f"questionnaire_state.{one.state.value}"),
            )
            for one in found
        ),
        form,
        problems(error, into) if error else (),
    )
    return page(request, view, 200 if error is None else status_of(error))


async def questionnaire(request: Request) -> Response:
    """`GET, POST /questionnaires/{questionnaire}`: POST changes its words."""
    if request.method != "POST":
        return await _page(request)
    fields = await form_fields(request)
    service = app_state(request).questionnaires
    try:
        await service.change(account_of(request), _id(request), _words(fields))
    except Invalid as error:
        return await _page(request, error, form=_sent(fields))
    return _saved(request, "words")


async def questions(request: Request) -> Response:
    """`POST /questionnaires/{questionnaire}/questions`: the list as a whole, row by row."""
    rows = await form_rows(request, _QUESTION)
    service = app_state(request).questionnaires
    try:
        sent = [
            QuestionRow(
                row["id"],
                Bilingual(" ".join(row["en"].split()), " ".join(row["zh"].split())),
                Asked(row["kind"]) if row["kind"] in _WRITTEN else Asked.OPEN,
                ThemeId(row["theme"]) if row["theme"] else None,
            )
            for row in rows
        ]
        await service.set_questions(account_of(request), _id(request), sent)
    except (Invalid, Conflict) as error:
        return await _page(request, error, questions=[QuestionFields(**row) for row in rows])
    return _saved(request, "questions")


async def lead(request: Request) -> Response:
    """`POST /questionnaires/{questionnaire}/lead`: `do` = open, close, remind, reopen, contact."""
    account, form = account_of(request), await form_fields(request)
    service, found_id = app_state(request).questionnaires, _id(request)
    response_id = ResponseId(form.get("response", ""))
    try:
        match form.get("do", ""):
            case "open":
                await service.open(account, found_id)
            case "close":
                await service.close(account, found_id)
            case "remind":
                await service.reminded(account, found_id)
            case "reopen":
                await service.reopen(account, found_id, response_id, form.get("reason", ""))
            case "contact":
                await service.name_contact(account, found_id, response_id, form.get("name", ""))
            case _:
                raise Invalid("request.form", reason="do")
    except (Invalid, Conflict) as error:
        return await _page(request, error)
    return _saved(request, "board")


async def survey(request: Request) -> Response:
    """`GET, POST /questionnaires/{questionnaire}/import`: `sheet` or `rows`, `do` = check, import."""
    account, into, state = account_of(request), translator(language_of(request)), app_state(request)
    board = await state.questionnaires.board(account, _id(request))
    rows: Sequence[ImportedAnswers] = ()
    text, error = "", None
    if request.method == "POST":
        form = await form_fields(request)
        try:
            sheet = await form_sheet(request, "sheet", "rows")
            text = sheets.written(sheet)
            if form.get("do") == "import":
                await state.survey_import.store(account, _id(request), sheet)
                return _saved(request, "board")
            rows = await state.survey_import.check(account, _id(request), sheet)
        except (Invalid, Conflict) as refused:
            error = refused
    here = f"/questionnaires/{_id(request)}"
    view = SurveyView(
        board.questionnaire.title.in_(into.language),
        Link(here, into.text("questionnaire.board")),
        f"{here}/import",
        preview(_SURVEY, [_survey_cells(row) for row in rows], text, into),
        problems(error, into) if error else (),
    )
    return page(request, view, 200 if error is None else status_of(error))


_SURVEY = ("facet.unit", "questionnaire.by", "questionnaire.answers")


def _survey_cells(row: ImportedAnswers) -> tuple[int, tuple[str, ...], str]:
    levels = [
        ", ".join(f"{city} {level}" for city, level in one.items()) for one in row.levels.values()
    ]
    return row.number, (row.unit, row.name, " · ".join([*row.texts.values(), *levels])), row.problem


async def reminders(request: Request) -> Response:
    """`GET /questionnaires/{questionnaire}/reminders`: letters with the link, to print or mail."""
    into = translator(language_of(request))
    board = await app_state(request).questionnaires.board(account_of(request), _id(request))
    late = [one for one in board.standings if not one.response.is_released]
    view = RemindersView(
        board.questionnaire.title.in_(into.language),
        board.study.title.in_(into.language),
        board.study.city.in_(into.language),
        board.questionnaire.due,
        board.study.marking,
        Link(f"/questionnaires/{board.questionnaire.id}", into.text("questionnaire.board")),
        f"/questionnaires/{board.questionnaire.id}/lead",
        tuple(_letter(one, board, origin_of(request), into) for one in late),
    )
    return page(request, view)


async def answers(request: Request) -> Response:
    """`GET /questionnaires/{questionnaire}/answers`: what was released, as passages and tables."""
    account, into = account_of(request), translator(language_of(request))
    found = await app_state(request).questionnaires.results(account, _id(request))
    board, here = found.board, f"/questionnaires/{_id(request)}"
    released = sum(one.response.is_released for one in board.standings)
    by = [
        found.units[one.unit_id].name.in_(into.language) if one.unit_id else ""
        for one in found.coded.passages
    ]
    asked = {one.order: one.text.in_(into.language) for one in board.questions}
    shown = [replace(one, heading=asked.get(one.number, "")) for one in found.coded.passages]
    found = replace(found, coded=replace(found.coded, passages=shown))
    view = AnswersView(
        board.questionnaire.title.in_(into.language),
        Link(f"/studies/{board.study.id}", board.study.title.in_(into.language)),
        Link(here, into.text("questionnaire.board")),
        into.text("questionnaire.count", released=released, all=len(board.standings)),
        (
            *(_compared(one, found, into) for one in board.questions if one.kind is Asked.LEVEL),
            *(_stands(one, found, into) for one in board.questions if one.kind is Asked.STANCE),
        ),
        desk(found.coded, f"{here}/answers", into, account=account.id, asked=request, by=by),
    )
    return page(request, view)


def _compared(question: Question, found: Results, into: Translator) -> Table:
    """A row for each unit that answered, the mean last; a column for the own city and each other."""
    cities = found.board.questionnaire.cities
    own = found.board.study.city.in_(into.language) or into.text("reply.own")
    given = [
        (one.unit.name.in_(into.language), found.levels[one.unit.id, question.id].levels)
        for one in found.board.standings
        if (one.unit.id, question.id) in found.levels
    ]
    names = (OWN, *cities)
    rows = [(unit, *(str(levels.get(name, "–")) for name in names)) for unit, levels in given]
    if given:
        rows.append((into.text("questionnaire.mean"), *(_mean(given, name) for name in names)))
    head = (into.text("facet.unit"), own, *cities)
    return Table(question.text.in_(into.language), head, tuple(rows))


def _stands(question: Question, found: Results, into: Translator) -> Table:
    """A row for each unit that took its stand."""
    given = [
        (one.unit.name.in_(into.language), stance_in(found.levels[one.unit.id, question.id].levels))
        for one in found.board.standings
        if (one.unit.id, question.id) in found.levels
    ]
    rows = [(unit, into.text(f"stance.{stance.value}")) for unit, stance in given if stance]
    head = (into.text("facet.unit"), into.text("unheard.stand"))
    return Table(question.text.in_(into.language), head, tuple(rows))


def _mean(given: Sequence[tuple[str, Mapping[str, int]]], name: str) -> str:
    values = [levels[name] for _, levels in given if name in levels]
    return f"{mean(values):.1f} (n = {len(values)})" if values else "–"


def _letter(one: Standing, board: Board, origin: str, into: Translator) -> Letter:
    unit, url = one.unit.name.in_(into.language), f"{origin}{one.path}"
    title = board.questionnaire.title.in_(into.language)
    body = into.text("questionnaire.mail", unit=unit, title=title, url=url)
    mail = f"mailto:?subject={quote(title)}&body={quote(body)}"
    return Letter(unit, one.response.contact, url, mail, qr_path(url))


async def _page(
    request: Request,
    error: ColloquyError | None = None,
    *,
    form: QuestionnaireForm | None = None,
    questions: Sequence[QuestionFields] | None = None,
) -> Response:
    account, state = account_of(request), app_state(request)
    into = translator(language_of(request))
    board = await state.questionnaires.board(account, _id(request))
    one, study = board.questionnaire, board.study
    prepared = await state.preparing.prepared(account, study.id)
    rows = tuple(_standing(each, origin_of(request), into) for each in board.standings)
    fields = [
        QuestionFields(q.id, q.text.en, q.text.zh, q.kind.value, q.theme_id or "")
        for q in board.questions
    ]
    states = ("waiting", "opened", "begun", "released")
    view = QuestionnaireView(
        title=one.title.in_(into.language),
        study=Link(f"/studies/{study.id}", study.title.in_(into.language)),
        list=Link(f"/studies/{study.id}/questionnaires", into.text("questionnaire.list")),
        base=f"/questionnaires/{one.id}",
        form=form or _stored(one),
        questions=tuple(questions if questions is not None else [*fields, QuestionFields()]),
        kinds=choices([(k.value, into.text(f"question_kind.{k.value}")) for k in _WRITTEN], ""),
        themes=choices(
            [
                ("", into.text("question.every")),
                *((t.id, t.title.in_(into.language)) for t in board.themes),
            ],
            "",
        ),
        state=one.state.value,
        state_label=into.text(f"questionnaire_state.{one.state.value}"),
        is_owner=prepared.share.value == "owner",
        can_ask=one.state is State.PREPARED,
        rows=rows,
        tally=tuple(
            (into.text(f"response_state.{each}"), sum(row.state == each for row in rows))
            for each in states
        ),
        saved=request.query_params.get("saved", ""),
        problems=problems(error, into) if error else (),
    )
    return page(request, view, 200 if error is None else status_of(error))


def _standing(one: Standing, origin: str, into: Translator) -> StandingRow:
    at = one.response
    if at.is_released:
        state, when = "released", at.released_at
    elif at.begun_at is not None:
        state, when = "begun", at.begun_at
    elif at.entered_at is not None:
        state, when = "opened", at.entered_at
    else:
        state, when = "waiting", None
    return StandingRow(
        at.id,
        one.unit.name.in_(into.language),
        state,
        into.text(f"response_state.{state}"),
        f"{one.answered} / {one.asked}",
        dates.moment(when),
        at.released_by if at.is_released else "",
        at.contact,
        f"{origin}{one.path}",
        dates.moment(at.reminded_at),
        at.is_released,
    )


def _words(fields: Mapping[str, str]) -> Words:
    cities = (" ".join(line.split()) for line in fields.get("cities", "").splitlines())
    return Words(
        bilingual(fields, "title"),
        bilingual(fields, "intro"),
        tuple(dict.fromkeys(city for city in cities if city)),
        fields.get("due", "").strip(),
    )


def _sent(fields: Mapping[str, str]) -> QuestionnaireForm:
    names = QuestionnaireForm.__dataclass_fields__
    return QuestionnaireForm(**{name: fields.get(name, "") for name in names})


def _stored(one: Questionnaire) -> QuestionnaireForm:
    return QuestionnaireForm(
        one.title.en, one.title.zh, one.intro.en, one.intro.zh, "\n".join(one.cities), one.due
    )


def _id(request: Request) -> QuestionnaireId:
    return QuestionnaireId(request.path_params["questionnaire"])


def _saved(request: Request, part: str) -> Response:
    return RedirectResponse(f"/questionnaires/{_id(request)}?saved={part}#{part}", SEE_OTHER)
