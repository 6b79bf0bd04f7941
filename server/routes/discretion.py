"""Off the record, strike, what becomes of the sound, and what the wall shows."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.ids import LineId, SessionId
from schemas.session import AudioMode, Person
from server.routes.request import app_state, json_body, person_in


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _Off(_Body):
    off: bool


class _Audio(_Body):
    audio: AudioMode


class _Screen(_Body):
    delay: Annotated[float, Field(allow_inf_nan=False)] | None
    blank: bool


async def off_record(request: Request) -> Response:
    """`POST /api/sessions/{session}/record`: off the record, or back on it."""
    body, person = await json_body(request, _Off), await _person(request)
    service = app_state(request).discretions
    return JSONResponse(await service.set_off_record(person, is_off=body.off, key=body.key))


async def strike(request: Request) -> Response:
    """`POST /api/lines/{line}/strike`: removes a line for good."""
    body = await json_body(request, _Body)
    state = app_state(request)
    line_id = LineId(request.path_params["line"])
    by = await person_in(request, await state.discretions.session_of(line_id))
    return JSONResponse(await state.discretions.strike(by, line_id, key=body.key))


async def audio(request: Request) -> Response:
    """`POST /api/sessions/{session}/audio`: what becomes of the sound."""
    body, person = await json_body(request, _Audio), await _person(request)
    service = app_state(request).discretions
    return JSONResponse(await service.set_audio(person, body.audio, key=body.key))


async def proofed(request: Request) -> Response:
    """`POST /api/sessions/{session}/proofed`: the transcript is proofed; delete the sound."""
    body, person = await json_body(request, _Body), await _person(request)
    return JSONResponse(await app_state(request).discretions.proofed(person, key=body.key))


async def screen(request: Request) -> Response:
    """`POST /api/sessions/{session}/screen`: what the wall shows, and how late."""
    body, person = await json_body(request, _Screen), await _person(request)
    service = app_state(request).discretions
    return JSONResponse(
        await service.set_screen(person, delay=body.delay, blank=body.blank, key=body.key)
    )


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))
