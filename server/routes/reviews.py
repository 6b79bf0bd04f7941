"""Review rounds over HTTP: begun and led by the study's moderators, coded by who has a link."""

import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from schemas.ids import SessionId, StepId
from server.domain.reviewing import FILLERS, Cut, Strategy, moments
from server.routes import cookies
from server.routes.errors import status_of
from server.routes.reports import document_file
from server.routes.request import (
    app_state,
    form_fields,
    journal_key,
    json_body,
    known_login,
    language_of,
    login_of,
    moderator_of,
    origin_of,
    page,
)
from server.routes.review_report import review_report_view
from server.routes.review_view import desk_view, review_view, round_row
from server.store.accounts import Account
from server.store.reviews import Coding, RoundId
from web.i18n import messages, told_of, translator
from web.report_views import ReportView
from web.review_views import ReviewsView
from web.views import Choice, Link

SEE_OTHER = 303
_Id = Annotated[str, Field(min_length=1, max_length=32)]


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int
    codes: list[_Id] | None = Field(max_length=100)
    memo: str = ""


class _Choices(BaseModel):
    model_config = ConfigDict(extra="forbid")

    units: list[_Choice] = Field(min_length=1, max_length=500)


async def reviews(request: Request) -> Response:
    """`GET, POST /sessions/{session}/reviews`: the rounds of a session; POST begins one."""
    session_id = SessionId(request.path_params["session"])
    service = app_state(request).reviews
    sitting, rounds = await service.of_session(session_id)
    account = await moderator_of(request, sitting.session.study_id)
    steps = await service.steps(session_id)
    names, begins, chosen, problem, status = "", "", Cut.TURN.value, "", 200
    if request.method == "POST":
        form = await form_fields(request)
        names, begins = form.get("names", ""), form.get("begins", "")
        chosen = form.get("cut", "")
        try:
            cut = _cut(chosen)
            begun = await service.begin(
                session_id,
                cut=cut,
                names=names.splitlines(),
                by=account,
                step_id=StepId(form["step"]) if form.get("step") else None,
                sample=_count(form.get("sample", "")),
                begins=moments(begins) if cut is Cut.SEGMENT else (),
            )
            return RedirectResponse(f"/reviews/{begun}", SEE_OTHER)
        except (Conflict, Invalid) as error:
            problem, status = _told(request, error), int(status_of(error))
    language = language_of(request)
    into = translator(language)
    title = sitting.session.title.in_(language)
    view = ReviewsView(
        session_title=title,
        back=Link(f"/sessions/{session_id}/minutes", title),
        rounds=tuple(round_row(one, into) for one in rounds),
        action=f"/sessions/{session_id}/reviews",
        can_begin=sitting.session.state.value == "closed",
        fillers=", ".join(sorted(FILLERS)),
        cuts=tuple(
            Choice(one.value, into.text(f"review_cut.{one.value}"), selected=one.value == chosen)
            for one in Cut
        ),
        steps=tuple(Choice(step.id, step.title.in_(language)) for step in steps),
        names=names,
        begins=begins,
        problem=problem,
    )
    return page(request, view, status)


async def enter(request: Request) -> Response:
    """`GET /review/{token}`: a coder's personal link."""
    service = app_state(request).reviews
    round_id, cookie = await service.enter(request.path_params["token"], known_login(request))
    response = RedirectResponse(f"/reviews/{round_id}/desk", SEE_OTHER)
    if cookie is not None:
        cookies.set_login(response, request, cookie)
    return response


async def desk(request: Request) -> Response:
    """`GET /reviews/{round}/desk`: for the coder whose link this browser has opened."""
    login = login_of(request)
    found = await app_state(request).reviews.desk(_round_id(request), login)
    language = language_of(request)
    view = desk_view(
        found, translator(language), login.csrf, journal_key(login), messages(language)
    )
    return page(request, view)


async def sound(request: Request) -> Response:
    """`GET /reviews/{round}/units/{number}/{line}/sound`: what a coder's unit sounds like, no more."""
    number, at = (_count(request.path_params[name]) for name in ("number", "line"))
    state = app_state(request)
    heard = await state.reviews.heard(_round_id(request), login_of(request), number, at)
    body = await state.recordings.excerpt(heard.track_id, heard.start, heard.end)
    headers = {"Cache-Control": "private, no-store"}
    return Response(body, media_type="audio/wav", headers=headers)


async def code(request: Request) -> Response:
    """`PUT /api/reviews/{round}/codings`: `{units: [{number, codes or null, memo}]}`."""
    body = await json_body(request, _Choices)
    choices = {
        one.number: None
        if one.codes is None
        else Coding(one.number, frozenset(one.codes), one.memo)
        for one in body.units
    }
    service = app_state(request).reviews
    await service.code(_round_id(request), login_of(request), choices)
    return JSONResponse({"numbers": list(choices)})


async def finish(request: Request) -> Response:
    """`POST /reviews/{round}/done`: the coder has finished."""
    round_id = _round_id(request)
    await app_state(request).reviews.finish(round_id, login_of(request))
    return RedirectResponse(f"/reviews/{round_id}/desk", SEE_OTHER)


async def review(request: Request) -> Response:
    """`GET /reviews/{round}`: coders; once unblinded agreement, differences, sign-off."""
    await _account(request)
    return await _board(request)


async def unblind(request: Request) -> Response:
    """`POST /reviews/{round}/unblind`."""
    account = await _account(request)
    try:
        await app_state(request).reviews.unblind(_round_id(request), account)
    except Conflict as error:
        return await _board(request, error)
    return _back(request, "#agreement-title")


async def settle(request: Request) -> Response:
    """`POST /reviews/{round}/strategy`: `strategy`, alike, majority or none, settles what is undecided."""
    account, form = await _account(request), await form_fields(request)
    asked, into = form.get("strategy", ""), translator(language_of(request))
    try:
        if asked not in set(Strategy):
            raise Invalid("review.coding")
        reason = into.text(f"review_strategy.{asked}")
        await app_state(request).reviews.settle(
            _round_id(request), Strategy(asked), reason, account
        )
    except (Conflict, Invalid) as error:
        return await _board(request, error)
    return _back(request, "#differences-title")


async def report(request: Request) -> Response:
    """`GET /reviews/{round}/report`: the review report, once unblinded."""
    return page(request, await _report(request))


async def report_file(request: Request) -> Response:
    """`GET /reviews/{round}/report.{form}`: docx or pdf, `layout` plain or official."""
    return await document_file(request, await _report(request))


async def sign_off(request: Request) -> Response:
    """`POST /reviews/{round}/sign-off`: `version`, the name that the taxonomy is frozen by."""
    account, form = await _account(request), await form_fields(request)
    try:
        service = app_state(request).reviews
        await service.sign_off(_round_id(request), account, form.get("version", ""))
    except (Conflict, Invalid) as error:
        return await _board(request, error)
    return _back(request, "#sign-title")


async def reopen(request: Request) -> Response:
    """`POST /reviews/{round}/reopen`: `reason`."""
    account, form = await _account(request), await form_fields(request)
    try:
        service = app_state(request).reviews
        await service.reopen(_round_id(request), form.get("reason", ""), account)
    except (Conflict, Invalid) as error:
        return await _board(request, error)
    return _back(request, "#sign-title")


async def _board(request: Request, error: ColloquyError | None = None) -> Response:
    service, into = app_state(request).reviews, translator(language_of(request))
    board = await service.board(_round_id(request))
    origin = origin_of(request)
    links = {coder.id: f"{origin}{service.link(coder)}" for coder in board.coders}
    told = "" if error is None else _told(request, error)
    view = review_view(board, links, into, told, time.time())
    return page(request, view, 200 if error is None else int(status_of(error)))


async def _report(request: Request) -> ReportView:
    await _account(request)
    board = await app_state(request).reviews.board(_round_id(request))
    if board.comparison is None:
        raise NotFound("review.unknown", round=board.round.id)
    limits = await app_state(request).reports.limits(board.study.id)
    return review_report_view(board, board.comparison, limits, translator(language_of(request)))


async def _account(request: Request) -> Account:
    study_id = await app_state(request).reviews.study_of(_round_id(request))
    return await moderator_of(request, study_id)


def _round_id(request: Request) -> RoundId:
    return RoundId(request.path_params["round"])


def _back(request: Request, fragment: str = "") -> Response:
    return RedirectResponse(f"/reviews/{_round_id(request)}{fragment}", SEE_OTHER)


def _told(request: Request, error: ColloquyError) -> str:
    return told_of(error.code, error.fields, language_of(request))


def _count(asked: str) -> int:
    """A number from a form or an address; empty is 0."""
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) < 7):
        raise Invalid("review.scope")
    return int(asked or 0)


def _cut(asked: str) -> Cut:
    if asked not in set(Cut):
        raise Invalid("review.coding")
    return Cut(asked)
