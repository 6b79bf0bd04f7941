"""A session heard again by another model: begin, look, cancel."""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.ids import SessionId
from schemas.session import Language, Person
from server.routes.request import app_state, json_body, language_of, person_in
from server.store.rehearings import Rehearing
from web.i18n import told_of


class _Begin(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str
    model: str


async def rehearings(request: Request) -> Response:
    """`GET /api/sessions/{session}/rehearings`: how far each is, and which models there are."""
    service, by = app_state(request).rehearings, await _person(request)
    found = await service.list(by)
    language = language_of(request)
    return JSONResponse(
        {
            "rehearings": [_row(one, language) for one in found],
            "models": sorted(await service.models()),
        }
    )


async def begin(request: Request) -> Response:
    """`POST /api/sessions/{session}/rehearings`."""
    body, by = await json_body(request, _Begin), await _person(request)
    answer = await app_state(request).rehearings.begin(by, name=body.model, key=body.key)
    return JSONResponse(answer)


async def cancel(request: Request) -> Response:
    """`DELETE /api/sessions/{session}/rehearings/{rehearing}`."""
    service = app_state(request).rehearings
    await service.cancel(await _person(request), request.path_params["rehearing"])
    return JSONResponse({})


def _row(one: Rehearing, language: Language) -> dict[str, object]:
    problem = told_of(one.code, {"directory": one.model}, language) if one.code else ""
    return {
        "id": one.id,
        "model": one.model,
        "state": one.state,
        "done": one.done,
        "total": one.total,
        "changed": one.changed,
        "offered": one.offered,
        "problem": problem,
    }


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))
