"""Echo on the moderator's page: what others said of the same, and linking it with one key."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from schemas.archive import ArchiveHit
from schemas.errors import Forbidden
from schemas.ids import EntryId, LineId, SessionId
from schemas.session import Bilingual, Language, Role
from server.domain import dates
from server.domain.permissions import Action
from server.routes.archive import hit_row
from server.routes.request import (
    app_state,
    form_fields,
    language_of,
    login_of,
    moderator_of,
    page,
    person_in,
)
from web.archive_views import EchoLinkedView, EchoRow, EchoView
from web.i18n import translator

NO_CONTENT = 204
_CITED = ("line", "passage", "answer")
"""What has an address of its own that never changes."""


async def of_line(request: Request) -> Response:
    """`GET /sessions/{session}/echoes/{line}`: 204 where nothing echoes."""
    session_id, line_id = await _moderated(request)
    state, language = app_state(request), language_of(request)
    scope = await state.archive.scope_of(login_of(request))
    found = await state.echoes.of_line(session_id, line_id, scope=scope)
    if not found:
        return Response(status_code=NO_CONTENT)
    line = await state.transcripts.line(line_id)
    study_id = (await state.sessions.get(session_id)).study_id
    labels = {one.id: one.label for one in await state.coding.choices(study_id)}
    rows = tuple(_row(hit, labels, language) for hit in found)
    return page(request, EchoView(session_id, line_id, line.text, _brief(rows[0]), rows))


async def link(request: Request) -> Response:
    """`POST /sessions/{session}/echoes/{line}`: `entry`. The line becomes evidence of the entry."""
    _, line_id = await _moderated(request)
    state, form = app_state(request), await form_fields(request)
    entry_id = EntryId(form.get("entry", ""))
    account = await moderator_of(request, await state.taxonomy.study_of(entry_id))
    scope = await state.archive.scope_of(login_of(request))
    hits = await state.archive.chosen([("line", line_id)], scope=scope)
    preview = await state.coding.preview(entry_id, hits)
    await state.coding.code(preview, by=account.name)
    label = preview.entry.label.in_(language_of(request))
    return page(request, EchoLinkedView(label, f"/entries/{entry_id}"))


async def _moderated(request: Request) -> tuple[SessionId, LineId]:
    session_id = SessionId(request.path_params["session"])
    person = await person_in(request, session_id)
    if person.role is not Role.MODERATOR:
        raise Forbidden("permission.denied", action=Action.PROMOTE.value)
    return session_id, LineId(request.path_params["line"])


def _row(hit: ArchiveHit, labels: Mapping[EntryId, Bilingual], language: Language) -> EchoRow:
    """One echo; an entry, or the first that a hit backs, is what can be linked to."""
    backed = [EntryId(hit.ref)] if hit.of == "entry" else hit.entries
    entry_id = next((one for one in backed if one in labels), None)
    title = hit.session_title or hit.study_title
    day = dates.day(hit.day)
    label = "" if entry_id is None else labels[entry_id].in_(language)
    row, place = hit_row(hit, language), title.in_(language)
    said = ", ".join(one for one in (row.unit, place, day) if one)
    address = f"/{hit.of}s/{hit.ref}" if hit.of in _CITED else row.line_href
    cite = translator(language).text("echo.cited", said=said, address=address)
    return EchoRow(row, day, place, cite, entry_id or "", label)


def _brief(row: EchoRow) -> str:
    said = "".join(piece.text for piece in row.hit.pieces)
    return " · ".join(one for one in (row.hit.unit, row.day, said) if one)
