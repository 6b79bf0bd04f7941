"""Another record beside the lines: bringing a transcript, comparing, settling line by line."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.errors import Invalid
from schemas.ids import SessionId
from schemas.session import Person
from server.routes.request import app_state, json_body, person_in
from server.services.differences import Beside, Decision


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _All(_Body):
    do: Decision


class _Settle(_All):
    revision: int | None = None


class _Bring(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    name: str
    way: Literal["check", "lines", "compare"]


async def differences(request: Request) -> Response:
    """`GET /api/sessions/{session}/differences`: what is not settled."""
    by = await _person(request)
    found = await app_state(request).differences.still_open(by)
    return JSONResponse({"differences": [_row(one) for one in found]})


async def compare(request: Request) -> Response:
    """`POST /api/sessions/{session}/differences`: lay what was typed on what was heard."""
    body, by = await json_body(request, _Body), await _person(request)
    return JSONResponse(await app_state(request).differences.compare_typed(by, key=body.key))


async def settle_all(request: Request) -> Response:
    """`POST /api/sessions/{session}/differences/all`."""
    body, by = await json_body(request, _All), await _person(request)
    return JSONResponse(await app_state(request).differences.settle_all(by, body.do, key=body.key))


async def settle(request: Request) -> Response:
    """`POST /api/differences/{difference}`."""
    body = await json_body(request, _Settle)
    service, difference_id = app_state(request).differences, request.path_params["difference"]
    by = await person_in(request, await service.session_of(difference_id))
    answer = await service.settle(by, difference_id, body.do, revision=body.revision, key=body.key)
    return JSONResponse(answer)


async def bring(request: Request) -> Response:
    """`POST /api/sessions/{session}/scripts?name=&way=&key=`: the body is the file."""
    asked = dict(request.query_params)
    if asked.get("way") not in ("check", "lines", "compare") or not asked.get("key"):
        raise Invalid("request.invalid", way="check, lines or compare", key="16 to 64 characters")
    bring = _Bring.model_validate({"name": "", **asked})
    by = await _person(request)
    answer = await app_state(request).scripts.bring(
        by, await request.body(), name=bring.name, way=bring.way, key=bring.key
    )
    return JSONResponse(answer)


def _row(one: Beside) -> dict[str, object]:
    other, line = one.difference, one.line
    return {
        "id": other.id,
        "line": other.line_id,
        "revision": None if line is None else line.revision,
        "at": other.start if line is None else line.at,
        "now": "" if line is None else line.text,
        "speaker_now": "" if line is None else line.speaker,
        "text": other.text,
        "speaker": other.speaker,
        "origin": other.origin,
        "source": other.source,
        "language": other.language.value,
        "track": None if line is None else line.track_id,
        "start": None if line is None else line.start,
    }


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))
