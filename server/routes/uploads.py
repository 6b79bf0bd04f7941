"""Bringing a recording into a session: begin, send pieces from an offset, look, cancel."""

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.errors import Invalid
from schemas.ids import SessionId
from schemas.session import Language, Person
from server.routes.request import app_state, json_body, language_of, person_in
from transcription.media import MOST_SECONDS
from web.i18n import told_of


class _Begin(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    name: str = Field(max_length=400)
    size: int
    language: Language
    either: bool = False
    stereo: bool = False


async def begin(request: Request) -> Response:
    """`POST /api/sessions/{session}/uploads`."""
    body, by = await json_body(request, _Begin), await _person(request)
    service = app_state(request).uploads
    answer = await service.begin(
        by,
        name=body.name,
        size=body.size,
        language=body.language,
        stereo=body.stereo,
        is_either=body.either,
        key=body.key,
    )
    return JSONResponse(answer)


async def piece(request: Request) -> Response:
    """`PATCH /api/sessions/{session}/uploads/{upload}`: bytes, header `Upload-Offset`."""
    offset = request.headers.get("upload-offset", "")
    if not (offset.isascii() and offset.isdecimal() and len(offset) < 16):
        raise Invalid("request.invalid", offset="a whole number")
    by, upload_id = await _person(request), request.path_params["upload"]
    received = await app_state(request).uploads.receive(
        by, upload_id, offset=int(offset), piece=await request.body()
    )
    return JSONResponse({"received": received})


async def cancel(request: Request) -> Response:
    """`DELETE /api/sessions/{session}/uploads/{upload}`."""
    await app_state(request).uploads.cancel(await _person(request), request.path_params["upload"])
    return JSONResponse({})


async def uploads(request: Request) -> Response:
    """`GET /api/sessions/{session}/uploads`."""
    found = await app_state(request).uploads.list(await _person(request))
    language = language_of(request)
    return JSONResponse(
        {
            "uploads": [
                {
                    "id": one.id,
                    "name": one.name,
                    "size": one.size,
                    "received": received,
                    "state": one.state,
                    "position": one.position,
                    "length": one.length,
                    "waiting": waiting,
                    "problem": problem(one.code, language),
                }
                for one, received, waiting in found
            ]
        }
    )


def problem(code: str, language: Language) -> str:
    """Why a recording was refused, in words; "" where it was not."""
    return told_of(code, {"hours": MOST_SECONDS // 3600}, language) if code else ""


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))
