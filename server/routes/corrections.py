"""Correcting lines: their text, splitting and joining, their versions, a term everywhere."""

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.ids import LineId, SessionId
from schemas.session import Person
from server.routes.request import app_state, json_body, person_in


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _Revision(_Body):
    revision: int


class _Text(_Revision):
    text: str


class _Split(_Revision):
    at: int = Field(ge=0)


class _Everywhere(_Body):
    wrong: str
    right: str
    lines: list[tuple[str, int]]


async def correct(request: Request) -> Response:
    """`POST /api/lines/{line}/text`."""
    body, (by, line_id) = await json_body(request, _Text), await _line(request)
    service = app_state(request).corrections
    return JSONResponse(
        await service.correct(by, line_id, revision=body.revision, text=body.text, key=body.key)
    )


async def split(request: Request) -> Response:
    """`POST /api/lines/{line}/split`."""
    body, (by, line_id) = await json_body(request, _Split), await _line(request)
    service = app_state(request).corrections
    return JSONResponse(
        await service.split(by, line_id, revision=body.revision, at=body.at, key=body.key)
    )


async def join(request: Request) -> Response:
    """`POST /api/lines/{line}/join`."""
    body, (by, line_id) = await json_body(request, _Revision), await _line(request)
    service = app_state(request).corrections
    return JSONResponse(await service.join(by, line_id, revision=body.revision, key=body.key))


async def versions(request: Request) -> Response:
    """`GET /api/lines/{line}/versions`."""
    by, line_id = await _line(request)
    state = app_state(request)
    _, found = await state.corrections.versions(by, line_id)
    names = {one.id: one.name for one in (await state.sessions.mine(by)).participants}
    return JSONResponse(
        {
            "versions": [
                {
                    "revision": one.revision,
                    "text": one.text,
                    "by": "" if one.by is None else names.get(one.by, ""),
                    "at": one.at,
                }
                for one in found
            ]
        }
    )


async def preview(request: Request) -> Response:
    """`GET /api/sessions/{session}/everywhere?wrong=&right=`."""
    by, asked = await _person(request), request.query_params
    found = await app_state(request).corrections.preview(
        by, asked.get("wrong", ""), asked.get("right", "")
    )
    return JSONResponse(
        {
            "lines": [
                {
                    "id": one.line.id,
                    "revision": one.line.revision,
                    "speaker": one.line.speaker,
                    "at": one.line.at,
                    "before": one.line.text,
                    "after": one.text,
                }
                for one in found
            ]
        }
    )


async def everywhere(request: Request) -> Response:
    """`POST /api/sessions/{session}/everywhere`."""
    body, by = await json_body(request, _Everywhere), await _person(request)
    among = [(LineId(line_id), revision) for line_id, revision in body.lines]
    service = app_state(request).corrections
    return JSONResponse(await service.everywhere(by, body.wrong, body.right, among, key=body.key))


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))


async def _line(request: Request) -> tuple[Person, LineId]:
    line = await app_state(request).transcripts.line(LineId(request.path_params["line"]))
    return await person_in(request, line.session_id), line.id
