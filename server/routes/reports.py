"""Documents: minutes of a session, thematic list of a study, one entry; as page and as file."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import NotFound
from schemas.ids import EntryId, SessionId, StudyId
from schemas.session import Language, Role
from server.routes.figures_view import figures as drawn_figures
from server.routes.figures_view import figures_view
from server.routes.minutes_view import minutes_view
from server.routes.participation_view import course_figure, participation_view
from server.routes.request import (
    app_state,
    language_of,
    login_of,
    page,
    person_in,
    reader_of,
)
from server.routes.thematic_view import entry_report_view, thematic_view
from server.services.minutes import Turns
from server.services.reports import StudyFigures
from web.documents.layouts import Layout
from web.documents.write import MEDIA_TYPE, write_docx
from web.figure_svg import THEMES, svg
from web.i18n import translator
from web.report_views import Figure, ReportView


async def minutes(request: Request) -> Response:
    """`GET /sessions/{session}/minutes`: for everybody who was in the session."""
    return page(request, await _minutes(request))


async def minutes_file(request: Request) -> Response:
    """`GET /sessions/{session}/minutes.{form}`: docx or pdf, `layout` plain or official."""
    return await document_file(request, await _minutes(request))


async def thematic(request: Request) -> Response:
    """`GET /studies/{study}/report`: the thematic list."""
    return page(request, await _thematic(request))


async def thematic_file(request: Request) -> Response:
    """`GET /studies/{study}/report.{form}`."""
    return await document_file(request, await _thematic(request))


async def figures(request: Request) -> Response:
    """`GET /studies/{study}/figures`: the figures of a study."""
    return page(request, await _figures_view(request))


async def figures_file(request: Request) -> Response:
    """`GET /studies/{study}/figures.{form}`."""
    return await document_file(request, await _figures_view(request))


async def figure_file(request: Request) -> Response:
    """`GET /studies/{study}/figures/{figure}.{form}`: one figure as svg or png, `theme` light or dark."""
    found, into = await _figures(request), translator(language_of(request))
    drawn = drawn_figures(found, into, leads=await _leads(request, found.themed.study.id))
    return await picture(request, drawn.get(request.path_params["figure"]))


async def participation(request: Request) -> Response:
    """`GET /sessions/{session}/participation`: who spoke how much when, for who leads it."""
    return page(
        request, participation_view(await _turns(request), translator(language_of(request)))
    )


async def participation_file(request: Request) -> Response:
    """`GET /sessions/{session}/participation.{form}`."""
    view = participation_view(await _turns(request), translator(language_of(request)))
    return await document_file(request, view)


async def session_figure_file(request: Request) -> Response:
    """`GET /sessions/{session}/figures/{figure}.{form}`: `course`, who spoke how much when."""
    if request.path_params["figure"] != "course":
        raise NotFound("document.figure")
    turns = await _turns(request)
    return await picture(request, course_figure(turns, translator(language_of(request))))


async def entry(request: Request) -> Response:
    """`GET /entries/{entry}/report`: one entry with all its quotations."""
    return page(request, await _entry(request))


async def entry_file(request: Request) -> Response:
    """`GET /entries/{entry}/report.{form}`."""
    return await document_file(request, await _entry(request))


async def _minutes(request: Request) -> ReportView:
    person = await person_in(request, SessionId(request.path_params["session"]))
    record = await app_state(request).minutes.of_session(person)
    leads = person.role is Role.MODERATOR
    return minutes_view(record, translator(language_of(request)), leads=leads)


async def _thematic(request: Request) -> ReportView:
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    found = await app_state(request).reports.thematic_list(study_id)
    return thematic_view(found, translator(language_of(request)))


async def _figures(request: Request) -> StudyFigures:
    study_id = StudyId(request.path_params["study"])
    await reader_of(request, study_id)
    return await app_state(request).reports.figures(study_id)


async def _figures_view(request: Request) -> ReportView:
    found, into = await _figures(request), translator(language_of(request))
    return figures_view(found, into, leads=await _leads(request, found.themed.study.id))


async def _leads(request: Request, study_id: StudyId) -> bool:
    """Whether this reader runs the study: participation by unit is drawn for nobody else."""
    return await app_state(request).joining.runs(login_of(request), study_id)


async def _turns(request: Request) -> Turns:
    person = await person_in(request, SessionId(request.path_params["session"]))
    return await app_state(request).minutes.turns(person)


async def _entry(request: Request) -> ReportView:
    entry_id = EntryId(request.path_params["entry"])
    service = app_state(request).taxonomy
    await reader_of(request, await service.study_of(entry_id))
    leaf = await app_state(request).reports.printable(await service.entry(entry_id))
    return entry_report_view(leaf, translator(language_of(request)))


async def document_file(request: Request, view: ReportView) -> Response:
    """Return a document as the file whose `form` (docx, pdf) is asked for, in its `layout`."""
    asked = request.query_params.get("layout", Layout.PLAIN.value)
    if asked not in set(Layout):
        raise NotFound("document.layout", layout=asked)
    layout, language = Layout(asked), language_of(request)
    match request.path_params["form"]:
        case "pdf":
            body = await app_state(request).typesetter.pdf(view, layout, language)
            return attachment(body, f"{view.title}.pdf", "application/pdf")
        case "docx":
            own = app_state(request).settings.data / "templates" / f"{layout.value}.docx"
            drawn = [one.figure for one in view.sections if one.figure is not None]
            pictures = await app_state(request).typesetter.pictures(drawn)
            body = await to_thread.run_sync(_docx, view, layout, language, own, pictures)
            return attachment(body, f"{view.title}.docx", MEDIA_TYPE)
        case _:
            raise NotFound("route.unknown")


async def picture(request: Request, figure: Figure | None) -> Response:
    """Return a figure as the `form` (svg, png) that is asked for. Raises NotFound where there is none."""
    theme = THEMES.get(request.query_params.get("theme", "light"))
    if figure is None or theme is None:
        raise NotFound("document.figure")
    match request.path_params["form"]:
        case "svg":
            body = svg(figure, theme).encode()
            return attachment(body, f"{figure.title}.svg", "image/svg+xml")
        case "png":
            made = await app_state(request).typesetter.pictures([figure], theme)
            return attachment(made[figure.id], f"{figure.title}.png", "image/png")
        case _:
            raise NotFound("route.unknown")


def _docx(
    view: ReportView,
    layout: Layout,
    language: Language,
    own: Path,
    pictures: Mapping[str, bytes],
) -> bytes:
    return write_docx(view, layout, language, _own_layout(own), pictures)


def attachment(body: bytes, name: str, media_type: str) -> Response:
    """Return a file to be saved."""
    return Response(body, media_type=media_type, headers=disposition(name))


def disposition(name: str) -> dict[str, str]:
    """Return the headers of a file to be saved; its name may be in any script (RFC 6266)."""
    safe = "".join("-" if sign in '\\/:*?"<>|' or ord(sign) < 32 else sign for sign in name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    value = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe)}"
    return {"Content-Disposition": value, "Cache-Control": "private, no-store"}


def _own_layout(path: Path) -> bytes | None:
    """The installation's own layout, where an operator has put one."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
