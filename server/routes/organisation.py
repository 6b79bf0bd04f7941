"""A study's organisation over HTTP: what units came from, and the departments of its themes."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import ColloquyError, Invalid
from schemas.ids import StudyId, ThemeId, UnitId
from schemas.session import Bilingual
from server.routes.errors import status_of
from server.routes.joining import found_by
from server.routes.preparing import SEE_OTHER, choices, problems
from server.routes.request import account_of, app_state, form_rows, language_of, page
from server.store.succession import Change, Succession
from web.i18n import translator
from web.organisation_views import DepartmentList, OrganisationView, SuccessionFields
from web.preparing_views import NamedRow
from web.views import Choice, Link

_SUCCESSION = ("unit", "change", "origin", "en", "zh", "on")


async def organisation(request: Request) -> Response:
    """`GET /studies/{study}/organisation`."""
    return await _page(request)


async def successions(request: Request) -> Response:
    """`POST /studies/{study}/succession`: the list as a whole, row by row."""
    rows = [
        row
        for row in await form_rows(request, _SUCCESSION)
        if row["unit"] or row["en"] or row["zh"]
    ]
    try:
        found = [
            Succession(
                UnitId(row["unit"]),
                UnitId(row["origin"]) if row["origin"] else None,
                Change(row["change"]) if row["change"] in list(Change) else Change.RENAMED,
                Bilingual(" ".join(row["en"].split()), " ".join(row["zh"].split())),
                row["on"].strip(),
            )
            for row in rows
        ]
        await app_state(request).organising.set_successions(
            account_of(request), _id(request), found
        )
    except Invalid as error:
        return await _page(request, error, [SuccessionFields(**row) for row in rows])
    return _saved(request, "succession")


async def departments(request: Request) -> Response:
    """`POST /studies/{study}/themes/{theme}/departments`: the list as a whole, row by row."""
    rows = await form_rows(request, ("id", "en", "zh"))
    names = [Bilingual(row["en"].strip(), row["zh"].strip()) for row in rows]
    theme_id = ThemeId(request.path_params["theme"])
    service = app_state(request).organising
    try:
        kept = [name for name in names if name.en or name.zh]
        await service.set_departments(account_of(request), _id(request), theme_id, kept)
    except Invalid as error:
        return await _page(request, error)
    return _saved(request, "departments")


async def _page(
    request: Request,
    error: ColloquyError | None = None,
    sent: Sequence[SuccessionFields] | None = None,
) -> Response:
    into = translator(language_of(request))
    found = await app_state(request).organising.organisation(account_of(request), _id(request))
    base = f"/studies/{_id(request)}"
    stored = [
        SuccessionFields(
            one.unit, one.change.value, one.origin or "", one.name.en, one.name.zh, one.on
        )
        for one in found.successions
    ]
    view = OrganisationView(
        Link(f"{base}/prepare", found.study.title.in_(into.language)),
        base,
        (*(stored if sent is None else sent), SuccessionFields()),
        tuple(Choice(u.id, u.name.in_(into.language), found_by(u)) for u in found.units),
        choices([(one.value, into.text(f"succession.{one.value}")) for one in Change], ""),
        tuple(
            DepartmentList(
                theme.id,
                theme.title.in_(into.language),
                f"{base}/themes/{theme.id}/departments",
                (
                    *(NamedRow("", n.en, n.zh) for n in found.departments.get(theme.id, ())),
                    NamedRow(),
                ),
            )
            for theme in found.themes
        ),
        request.query_params.get("saved", ""),
        problems(error, into) if error else (),
    )
    return page(request, view, 200 if error is None else status_of(error))


def _id(request: Request) -> StudyId:
    return StudyId(request.path_params["study"])


def _saved(request: Request, part: str) -> Response:
    path = f"/studies/{_id(request)}/organisation?saved={part}#{part}"
    return RedirectResponse(path, SEE_OTHER)
