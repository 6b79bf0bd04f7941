"""A unit answers over HTTP: its link, its sheet, answers saved as they are typed, the release."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Forbidden, Invalid
from schemas.ids import QuestionId, ResponseId
from server.domain import dates
from server.domain.questionnaires import LEVELS, OWN, STANCE, STANCES, stance_in
from server.routes import cookies
from server.routes.errors import status_of
from server.routes.preparing import SEE_OTHER, problems
from server.routes.request import (
    address_of,
    app_state,
    form_fields,
    json_body,
    known_login,
    language_of,
    login_of,
    page,
)
from server.services.responses import Sent, Sheet
from server.store.questionnaires import Answer, Asked, Question
from web.i18n import Translator, translator
from web.questionnaire_views import AskedRow, LevelRow, ResponseView
from web.views import Choice

_TOLD = ("saving", "saved", "offline", "refused", "differs", "theirs", "mine", "both", "loaded")
"""Words of `reply.*` that the page's script says."""


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, lt=1 << 31)
    text: str
    levels: Annotated[dict[str, int], Field(max_length=20)] = Field(default_factory=dict)
    name: str = Field(default="", max_length=200)


async def enter(request: Request) -> Response:
    """`GET /reply/{token}`: a unit's link: signs in, goes to the sheet."""
    if request.method == "HEAD":
        return Response(status_code=204)
    response_id, cookie = await app_state(request).responses.enter(
        request.path_params["token"], known_login(request), address=address_of(request)
    )
    answer = RedirectResponse(f"/responses/{response_id}", SEE_OTHER)
    if cookie is not None:
        cookies.set_login(answer, request, cookie)
    return answer


async def response(request: Request) -> Response:
    """`GET, POST /responses/{response}`: the sheet; POST keeps all answers, and may release."""
    if request.method != "POST":
        return await _page(request)
    form, service, login = (
        await form_fields(request),
        app_state(request).responses,
        login_of(request),
    )
    try:
        sheet = await service.sheet(login, _id(request))
        for question in sheet.questions:
            sent = _from_form(question, sheet, form)
            if sent is not None:
                await service.save(login, _id(request), question.id, sent)
        if form.get("do") == "release":
            await service.release(login, _id(request), form.get("released_by", ""))
    except (Invalid, Conflict, Forbidden) as error:
        return await _page(request, error, form)
    return RedirectResponse(f"/responses/{_id(request)}?saved=1", SEE_OTHER)


async def answers(request: Request) -> Response:
    """`GET /api/responses/{response}`: how all answers stand, for colleagues who type together."""
    sheet = await app_state(request).responses.sheet(login_of(request), _id(request))
    found = {one.question_id: _told(one) for one in sheet.answers.values()}
    return JSONResponse({"answers": found, "may_write": sheet.may_write})


async def save(request: Request) -> Response:
    """`PUT /api/responses/{response}/answers/{question}`: one answer, on a version."""
    body = await json_body(request, _Sent)
    kept = await app_state(request).responses.save(
        login_of(request),
        _id(request),
        QuestionId(request.path_params["question"]),
        Sent(body.version, body.text, body.levels, body.name),
    )
    return JSONResponse(_told(kept))


def _told(one: Answer) -> dict[str, object]:
    return {"version": one.version, "text": one.text, "levels": dict(one.levels), "by": one.by}


def _from_form(question: Question, sheet: Sheet, form: Mapping[str, str]) -> Sent | None:
    version = form.get(f"version-{question.id}", "")
    if not (version.isascii() and version.isdigit() and len(version) < 9):
        return None
    names = (OWN, *sheet.questionnaire.cities) if question.kind is Asked.LEVEL else ()
    levels: dict[str, object] = {}
    stand = form.get(f"stance-{question.id}", "")
    if question.kind is Asked.STANCE and stand in {str(n) for n in range(1, len(STANCES) + 1)}:
        levels[STANCE] = int(stand)
    for number, name in enumerate(names):
        level = form.get(f"level-{question.id}-{number}", "")
        if level in {str(one) for one in LEVELS}:
            levels[name] = int(level)
    text = form.get(f"text-{question.id}", "")
    if question.id not in sheet.answers and not text.strip() and not levels:
        return None
    return Sent(int(version), text, levels, form.get("name", ""))


async def _page(
    request: Request, error: ColloquyError | None = None, form: Mapping[str, str] | None = None
) -> Response:
    """The sheet; what was sent and refused stands there again, on the newest version."""
    into = translator(language_of(request))
    sheet = await app_state(request).responses.sheet(login_of(request), _id(request))
    one, asked = sheet.response, sheet.questionnaire
    view = ResponseView(
        id=one.id,
        title=asked.title.in_(into.language),
        study_title=sheet.study.title.in_(into.language),
        unit=sheet.unit.name.in_(into.language),
        intro=asked.intro.in_(into.language),
        due=asked.due,
        rows=tuple(
            _row(number, each, sheet, form or {}, into)
            for number, each in enumerate(sheet.questions, 1)
        ),
        may_write=sheet.may_write,
        is_released=one.is_released,
        released=into.text(
            "reply.released", name=one.released_by, when=dates.moment(one.released_at)
        )
        if one.is_released
        else "",
        reopened="" if one.is_released else one.reopen_reason,
        contact=one.contact,
        messages={key: into.text(f"reply.{key}") for key in _TOLD},
        saved=bool(request.query_params.get("saved")),
        problems=() if error is None else problems(error, into),
    )
    return page(request, view, 200 if error is None else status_of(error))


def _row(
    number: int, question: Question, sheet: Sheet, form: Mapping[str, str], into: Translator
) -> AskedRow:
    answer = sheet.answers.get(question.id)
    return AskedRow(
        question.id,
        number,
        question.text.in_(into.language),
        form.get(f"text-{question.id}", "" if answer is None else answer.text),
        0 if answer is None else answer.version,
        "" if answer is None else answer.by,
        _levels(question, sheet, answer, into) if question.kind is Asked.LEVEL else (),
        _stances(answer, into) if question.kind is Asked.STANCE else (),
    )


def _stances(answer: Answer | None, into: Translator) -> tuple[Choice, ...]:
    taken = None if answer is None else stance_in(answer.levels)
    return tuple(
        Choice(str(number), into.text(f"stance.{one.value}"), selected=one is taken)
        for number, one in enumerate(STANCES, 1)
    )


def _levels(
    question: Question, sheet: Sheet, answer: Answer | None, into: Translator
) -> tuple[LevelRow, ...]:
    given = {} if answer is None else answer.levels
    own = sheet.study.city.in_(into.language) or into.text("reply.own")
    named = [(OWN, own), *((city, city) for city in sheet.questionnaire.cities)]
    return tuple(
        LevelRow(
            f"level-{question.id}-{number}",
            name,
            label,
            tuple(
                Choice(str(one), into.text(f"level_of.{one}"), selected=given.get(name) == one)
                for one in LEVELS
            ),
        )
        for number, (name, label) in enumerate(named)
    )


def _id(request: Request) -> ResponseId:
    return ResponseId(request.path_params["response"])
