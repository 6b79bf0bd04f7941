"""Differences of a review, one by one: seen in their context, settled, talked about."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from server.domain.reviewing import Outcome
from server.routes.errors import status_of
from server.routes.request import app_state, form_fields, language_of, moderator_of, page
from server.routes.settling_view import next_open, settling_view
from server.store.accounts import Account
from server.store.reviews import RoundId
from web.i18n import told_of, translator

SEE_OTHER = 303


async def difference(request: Request) -> Response:
    """`GET /reviews/{round}/differences/{number}`: one unit that was coded differently."""
    await _account(request)
    return await _shown(request, request.path_params["number"])


async def resolve(request: Request) -> Response:
    """`POST /reviews/{round}/resolutions`: `number, outcome, code, reason`; goes to the next that is open."""
    account, form = await _account(request), await form_fields(request)
    number, service = form.get("number", ""), app_state(request).reviews
    codes = frozenset([form["code"]]) if form.get("code") else frozenset[str]()
    try:
        if form.get("outcome") not in set(Outcome):
            raise Invalid("review.coding")
        await service.resolve(
            _round_id(request),
            _number(number),
            outcome=Outcome(form["outcome"]),
            codes=codes,
            reason=form.get("reason", ""),
            by=account,
        )
    except (Conflict, Invalid) as error:
        return await _shown(request, number, form, error)
    return RedirectResponse(
        next_open(await service.board(_round_id(request)), int(number)), SEE_OTHER
    )


async def remark(request: Request) -> Response:
    """`POST /reviews/{round}/remarks`: `number, text`: what somebody says about a unit."""
    account, form = await _account(request), await form_fields(request)
    number, service = form.get("number", ""), app_state(request).reviews
    try:
        await service.remark(_round_id(request), _number(number), form.get("text", ""), account)
    except (Conflict, Invalid) as error:
        return await _shown(request, number, form, error)
    here = f"/reviews/{_round_id(request)}/differences/{int(number)}"
    return RedirectResponse(f"{here}#remark", SEE_OTHER)


async def _shown(
    request: Request,
    asked: str,
    typed: Mapping[str, str] | None = None,
    error: ColloquyError | None = None,
) -> Response:
    """The page of a difference. Where there is none of this number, `error`, else NotFound."""
    board = await app_state(request).reviews.board(_round_id(request))
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 0
    if number not in board.to_settle:
        raise error or NotFound("review.unknown", round=board.round.id)
    language = language_of(request)
    told = "" if error is None else told_of(error.code, error.fields, language)
    view = settling_view(board, number, typed or {}, translator(language), told)
    return page(request, view, 200 if error is None else int(status_of(error)))


async def _account(request: Request) -> Account:
    study_id = await app_state(request).reviews.study_of(_round_id(request))
    return await moderator_of(request, study_id)


def _round_id(request: Request) -> RoundId:
    return RoundId(request.path_params["round"])


def _number(asked: str) -> int:
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 7):
        raise Invalid("review.coding")
    return int(asked)
