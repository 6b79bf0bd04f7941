"""Leading a live session: time, silent minutes, rounds, what is asked, how a step goes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.conduct import Aspect, Ending
from schemas.ids import SessionId, StepId, UnitId
from schemas.session import Person
from server.routes.request import app_state, json_body, person_in
from server.services.conducting import Move


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str


class _Time(_Body):
    step: str
    minutes: Annotated[int, Field(ge=-240, le=240)]


class _Quiet(_Body):
    minutes: Annotated[float, Field(allow_inf_nan=False)] | None
    about: str = ""


class _Round(_Body):
    move: Move
    unit: str | None = None


class _Asked(_Body):
    step: str
    probe: int | None = None


class _Story(_Body):
    step: str
    aspect: Aspect
    ending: Ending | None
    text: str = ""


async def time(request: Request) -> Response:
    """`POST /api/sessions/{session}/time`: more minutes for a step."""
    body, by = await json_body(request, _Time), await _person(request)
    service = app_state(request).conducting
    return JSONResponse(await service.add_time(by, StepId(body.step), body.minutes, key=body.key))


async def quiet(request: Request) -> Response:
    """`POST /api/sessions/{session}/quiet`: begins a silent minute, or brings its notes in."""
    body, by = await json_body(request, _Quiet), await _person(request)
    service = app_state(request).conducting
    if body.minutes is None:
        return JSONResponse(await service.bring_in(by, key=body.key))
    return JSONResponse(await service.hush(by, body.minutes, body.about, key=body.key))


async def round_by_unit(request: Request) -> Response:
    """`POST /api/sessions/{session}/round`: begins, moves or ends a round by unit."""
    body, by = await json_body(request, _Round), await _person(request)
    unit = None if body.unit is None else UnitId(body.unit)
    service = app_state(request).conducting
    return JSONResponse(await service.move_round(by, body.move, unit, key=body.key))


async def ask(request: Request) -> Response:
    """`POST /api/sessions/{session}/asked`: puts a question or a probe to the room."""
    body, by = await json_body(request, _Asked), await _person(request)
    service = app_state(request).walking
    return JSONResponse(await service.ask(by, StepId(body.step), body.probe, key=body.key))


async def story(request: Request) -> Response:
    """`POST /api/sessions/{session}/story`: how a step goes, on one of the four questions."""
    body, by = await json_body(request, _Story), await _person(request)
    answer = await app_state(request).walking.tell(
        by, StepId(body.step), body.aspect, body.ending, body.text, key=body.key
    )
    return JSONResponse(answer)


async def _person(request: Request) -> Person:
    return await person_in(request, SessionId(request.path_params["session"]))
