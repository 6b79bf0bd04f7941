"""A person's own drafts; every answer is for that person alone."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.errors import Invalid
from schemas.ids import DraftId, SessionId
from server.routes.request import app_state, json_body, person_in


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[0-9A-Za-z-]{1,32}$")
    session: str
    body: dict[str, Any]


async def drafts(request: Request) -> Response:
    """`GET /api/sessions/{session}/drafts`."""
    person = await person_in(request, SessionId(request.path_params["session"]))
    found = await app_state(request).drafts.of(person)
    return JSONResponse(
        [{"id": each.id, "session": each.session_id, "body": each.body} for each in found]
    )


async def keep_draft(request: Request) -> Response:
    """`PUT /api/drafts/{draft}`: as it now stands."""
    body = await json_body(request, _Draft)
    if body.id != request.path_params["draft"]:
        raise Invalid("request.invalid", id="differs from the path")
    person = await person_in(request, SessionId(body.session))
    await app_state(request).drafts.keep(person, DraftId(body.id), body.body)
    return Response(status_code=204)


async def remove_draft(request: Request) -> Response:
    """`DELETE /api/drafts/{draft}`: sent or given up."""
    draft_id = DraftId(request.path_params["draft"])
    service = app_state(request).drafts
    person = await person_in(request, await service.session_of(draft_id))
    await service.remove(person, draft_id)
    return Response(status_code=204)
