"""The people of a study over HTTP: the list, a sheet that fills it, invitations from it."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Conflict, Invalid
from schemas.ids import SessionId, StudyId
from server.domain import sheets
from server.routes.errors import status_of
from server.routes.literature import preview
from server.routes.preparing import SEE_OTHER, choices, problems
from server.routes.request import (
    account_of,
    app_state,
    form_fields,
    form_sheet,
    form_values,
    language_of,
    page,
)
from server.services.colleagues import ImportedColleague, Roll
from server.store.colleagues import Colleague
from web.colleague_views import ColleagueRow, ColleaguesView
from web.i18n import Translator, translator
from web.views import Link

_HEAD = (
    "people.col_name", "people.col_unit", "people.col_department", "people.col_expertise",
    "people.col_role", "people.col_language",
)  # fmt: skip


async def colleagues(request: Request) -> Response:
    """`GET, POST /studies/{study}/people`: POST `person` (many), `do` = invite (`session`), remove."""
    if request.method != "POST":
        return await _page(request)
    account, study_id, service = account_of(request), _id(request), app_state(request).colleagues
    fields, chosen = await form_fields(request), await form_values(request, "person")
    here = f"/studies/{study_id}/people"
    try:
        if fields.get("do") == "remove":
            await service.remove(account, study_id, chosen)
            return RedirectResponse(f"{here}?saved=people", SEE_OTHER)
        session_id = SessionId(fields.get("session", ""))
        count = await service.invite(account, study_id, session_id, chosen)
    except (Invalid, Conflict) as error:
        return await _page(request, error)
    return RedirectResponse(f"{here}?saved=invited&count={count}&session={session_id}", SEE_OTHER)


async def colleague_sheet(request: Request) -> Response:
    """`POST /studies/{study}/people/import`: a sheet is checked, then stored as a whole."""
    account, study_id, service = account_of(request), _id(request), app_state(request).colleagues
    form, text = await form_fields(request), ""
    try:
        sheet = await form_sheet(request, "sheet", "rows")
        text = sheets.written(sheet)
        if form.get("do") == "import":
            await service.store(account, study_id, sheet)
            return RedirectResponse(f"/studies/{study_id}/people?saved=people", SEE_OTHER)
        rows = await service.check(account, study_id, sheet)
    except (Invalid, Conflict) as error:
        return await _page(request, sheet_error=error, text=text)
    return await _page(request, rows=rows, text=text)


async def _page(
    request: Request,
    error: ColloquyError | None = None,
    *,
    sheet_error: ColloquyError | None = None,
    rows: Sequence[ImportedColleague] = (),
    text: str = "",
) -> Response:
    into, asked = translator(language_of(request)), request.query_params
    found = await app_state(request).colleagues.roll(account_of(request), _id(request))
    refused = error or sheet_error
    names = {unit.id: unit.name.in_(into.language) for unit in found.units}
    view = ColleaguesView(
        Link(f"/studies/{_id(request)}/prepare", found.study.title.in_(into.language)),
        f"/studies/{_id(request)}/people",
        tuple(
            _row(one, "" if one.unit_id is None else names.get(one.unit_id, ""), into)
            for one in found.people
        ),
        choices(
            [(one.session.id, one.session.title.in_(into.language)) for one in found.sessions],
            asked.get("session", ""),
        ),
        preview(_HEAD, [(row.number, row.cells, row.problem) for row in rows], text, into),
        found.is_owner,
        asked.get("saved", ""),
        _count(asked.get("count", "")),
        _guests(found, asked.get("session", ""), into),
        problems(error, into) if error else (),
        problems(sheet_error, into) if sheet_error else (),
    )
    return page(request, view, 200 if refused is None else status_of(refused))


def _row(one: Colleague, unit: str, into: Translator) -> ColleagueRow:
    return ColleagueRow(
        one.id,
        one.name,
        unit,
        one.department,
        one.expertise,
        into.text(f"role.{one.role.value}"),
        "" if one.language is None else into.text(f"language.{one.language.value}"),
    )


def _guests(found: Roll, session: str, into: Translator) -> Link | None:
    """Where the guests of the session stand that was just invited to; None where it is none."""
    links = (
        Link(f"/sessions/{one.session.id}/prepare#guests", one.session.title.in_(into.language))
        for one in found.sessions
        if one.session.id == session
    )
    return next(links, None)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _id(request: Request) -> StudyId:
    return StudyId(request.path_params["study"])
