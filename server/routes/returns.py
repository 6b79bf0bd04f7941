"""The return of a session to its units: the board, each unit's own page, the form on paper."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import LineId, ProposalId, SessionId, UnitId
from schemas.session import Role
from schemas.taxonomy import Stance
from server.domain.quoting import Quoting
from server.routes.errors import status_of
from server.routes.minutes_view import minutes_view
from server.routes.preparing import SEE_OTHER, problems
from server.routes.reports import document_file
from server.routes.request import (
    address_of,
    app_state,
    form_fields,
    form_values,
    language_of,
    origin_of,
    page,
    person_in,
)
from server.routes.return_view import form_view, readback_view, return_view, returns_view
from server.services.returns import Reply, Sheet
from web.i18n import translator
from web.report_views import ReportView


async def returns(request: Request) -> Response:
    """`GET, POST /sessions/{session}/returns`: POST `days` sends the record; `item`, `take` decide."""
    moderator = await person_in(request, SessionId(request.path_params["session"]))
    service, into = app_state(request).returns, translator(language_of(request))
    error: ColloquyError | None = None
    if request.method == "POST":
        fields = await form_fields(request)
        try:
            if fields.get("item"):
                await service.decide(moderator, fields["item"], take=bool(fields.get("take")))
            else:
                days = fields.get("days", "")
                is_number = days.isdecimal() and len(days) < 4
                await service.open(moderator, days=int(days) if is_number else 0)
            return RedirectResponse(request.url.path, SEE_OTHER)
        except (Invalid, Conflict) as refused:
            error = refused
    found = await service.board(moderator)
    view = returns_view(found, origin_of(request), into, error)
    return page(request, view, 200 if error is None else status_of(error))


async def unit_return(request: Request) -> Response:
    """`GET, POST /return/{token}`: a unit's own page, without any account."""
    token, into = request.path_params["token"], translator(language_of(request))
    service = app_state(request).returns
    sheet = await service.sheet(token, address=address_of(request))
    if request.method != "POST":
        return page(
            request, return_view(sheet, token, into, is_sent="sent" in request.query_params)
        )
    reply = await _reply(request, sheet)
    try:
        await service.reply(sheet, reply)
    except (Invalid, Conflict) as error:
        view = return_view(sheet, token, into, reply=reply, told=problems(error, into))
        return page(request, view, status_of(error))
    return RedirectResponse(f"/return/{token}?sent=1", SEE_OTHER)


async def paper(request: Request) -> Response:
    """`GET /sessions/{session}/returns/{unit}`: the reply form on paper."""
    return page(request, await _paper(request))


async def paper_file(request: Request) -> Response:
    """`GET /sessions/{session}/returns/{unit}/form.{form}`."""
    return await document_file(request, await _paper(request))


async def readback(request: Request) -> Response:
    """`GET /sessions/{session}/readback`: what is read aloud before the session is closed."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    record = await app_state(request).minutes.of_session(person)
    into = translator(language_of(request))
    whole = minutes_view(record, into, leads=person.role is Role.MODERATOR)
    return page(request, readback_view(whole, record, into))


async def _paper(request: Request) -> ReportView:
    moderator = await person_in(request, SessionId(request.path_params["session"]))
    unit_id = UnitId(request.path_params["unit"])
    sheet = await app_state(request).returns.sheet_for(moderator, unit_id)
    return form_view(sheet, translator(language_of(request)))


async def _reply(request: Request, sheet: Sheet) -> Reply:
    fields = await form_fields(request)
    positions: dict[ProposalId, tuple[Stance, str]] = {}
    for proposal in sheet.missing:
        stance = fields.get(f"stance-{proposal.id}", "")
        if stance in list(Stance):
            positions[proposal.id] = (Stance(stance), fields.get(f"reason-{proposal.id}", ""))
    chosen = fields.get("quoting", "")
    return Reply(
        name=fields.get("name", ""),
        quoting=Quoting(chosen) if chosen in list(Quoting) else sheet.answer.quoting,
        texts={
            line.id: fields[f"text-{line.id}"]
            for line in sheet.lines
            if f"text-{line.id}" in fields
        },
        withdrawn=frozenset(LineId(one) for one in await form_values(request, "withdraw")),
        added=fields.get("added", ""),
        positions=positions,
    )
