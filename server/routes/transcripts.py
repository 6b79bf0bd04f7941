"""Lines that are typed, whose they are, and the lines around one."""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.ids import LineId, PersonId, SessionId
from server.routes.request import app_state, json_body, language_of, login_of, page, person_in
from server.services.archive import Context
from web.filters import timecode
from web.i18n import Translator, translator
from web.session_views import ContextRow, ContextView


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    text: str
    speaker: str | None = None


class _Speaker(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    person: str
    forward: bool = False


async def type_line(request: Request) -> Response:
    """`POST /api/sessions/{session}/lines`."""
    body = await json_body(request, _Typed)
    person = await person_in(request, SessionId(request.path_params["session"]))
    service = app_state(request).transcripts
    speaker = None if body.speaker is None else PersonId(body.speaker)
    return JSONResponse(await service.typed(person, body.text, key=body.key, speaker=speaker))


async def confirm_speaker(request: Request) -> Response:
    """`POST /api/lines/{line}/speaker`."""
    body = await json_body(request, _Speaker)
    service = app_state(request).transcripts
    line = await service.line(LineId(request.path_params["line"]))
    by = await person_in(request, line.session_id)
    answer = await service.confirm_speaker(
        line.id, PersonId(body.person), by=by, key=body.key, forward=body.forward
    )
    return JSONResponse(answer)


async def line_context(request: Request) -> Response:
    """`GET /lines/{line}/context`: the lines around one."""
    archive = app_state(request).archive
    scope = await archive.scope_of(login_of(request))
    found = await archive.context(LineId(request.path_params["line"]), scope=scope)
    return page(request, context_view(found, translator(language_of(request))))


def context_view(found: Context, into: Translator) -> ContextView:
    """Return the lines as the fragment shows them; text stays in the language it was said in."""
    return ContextView(
        tuple(
            ContextRow(
                speaker=line.speaker,
                time=timecode(line.at),
                text=into.text("line.withdrawn") if line.id in found.withdrawn else line.text,
                language=line.language.value,
                current=line.id == found.line.id,
                line_href=f"/sessions/{line.session_id}/transcript#line-{line.id}",
            )
            for line in found.around
        )
    )
