"""The page where a moderator lets foreign Yjs programs into a session, and ends that."""

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.ids import SessionId
from server.domain import dates
from server.routes.request import app_state, form_body, language_of, origin_of, page, person_in
from web.peers_views import PeerRow, PeersView


class Issuing(BaseModel):
    """name: how the room sees the program."""

    name: str


async def peers(request: Request) -> Response:
    """`GET, POST /sessions/{session}/peers`: for moderators; POST issues a token, shown once."""
    session = SessionId(request.path_params["session"])
    person = await person_in(request, session)
    state, token = app_state(request), ""
    if request.method == "POST":
        form = await form_body(request, Issuing)
        token, _ = await state.peers.issue(session, form.name, by=person)
    listed = await state.peers.listed(session, by=person)
    sitting = await state.sessions.get(session)
    here = f"/sessions/{session}"
    socket = origin_of(request).replace("http", "ws", 1) + f"/ws/session/{session}"
    view = PeersView(
        session_title=sitting.title.in_(language_of(request)),
        session_href=here,
        action=f"{here}/peers",
        socket=socket,
        issued=token,
        rows=tuple(
            PeerRow(
                one.id,
                one.name,
                dates.moment(one.created_at),
                "" if one.revoked_at is None else dates.moment(one.revoked_at),
                f"{here}/peers/{one.id}/revoke",
            )
            for one in listed
        ),
    )
    return page(request, view)


async def revoke(request: Request) -> Response:
    """`POST /sessions/{session}/peers/{peer}/revoke`: ends a token and what it opened."""
    session = SessionId(request.path_params["session"])
    person = await person_in(request, session)
    await app_state(request).peers.revoke(session, request.path_params["peer"], by=person)
    return RedirectResponse(f"/sessions/{session}/peers", 303)
