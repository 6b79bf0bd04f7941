"""The session's socket, and the ticket that opens it.

Starlette opens the socket; messages pass it by in both directions, frames down encoded once for
the whole room (`server.routes.transport`).
"""

from functools import partial
from typing import Annotated

import anyio
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from realtime.connection import Connection
from realtime.peer import Member
from realtime.room import Room
from schemas import wire
from schemas.errors import Conflict, Forbidden, Invalid, Unavailable
from schemas.ids import SessionId
from schemas.session import Person, Role
from server.routes.request import (
    app_state,
    journal_key,
    json_body,
    login_of,
    person_in,
    same_origin,
)
from server.routes.transport import DirectPeer, peer_of
from server.services.sockets import of_login
from server.services.tickets import OldGeneration, Ticket, TicketInvalid

MAX_KNOWN_CLIENTS = 50
_CLIENT = Field(ge=1, lt=1 << 53)


class TicketRequest(BaseModel):
    """client: the Yjs client id of the new document. known: ids this person used before.

    generation: of the document that the tab has, None where it has none yet.
    """

    client: int = _CLIENT
    generation: int | None = None
    known: list[Annotated[int, _CLIENT]] = Field(default_factory=list, max_length=MAX_KNOWN_CLIENTS)


async def ticket(request: Request) -> Response:
    """`POST /api/sessions/{session}/ticket`: bind the client ids and return a one-use ticket."""
    session = SessionId(request.path_params["session"])
    asked = await json_body(request, TicketRequest)
    person = await person_in(request, session)
    state = app_state(request)
    clients = {asked.client, *asked.known}
    await state.rooms.open(session)  # elsewhere: 503, and whoever asks again finds the owner
    if not await state.rooms.claim(session, sorted(clients), person.id):
        raise Conflict("ticket.client_taken")
    login = login_of(request)
    token = state.tickets.issue(
        "room",
        person,
        session,
        clients,
        credential=of_login(login.token_sha256),
        generation=asked.generation,
    )
    return JSONResponse({"ticket": token, "journal_key": journal_key(login)})


async def snapshot(request: Request) -> Response:
    """`GET /api/sessions/{session}/snapshot`: the document, for who is about to open the socket.

    `?unless=` names the incarnation that the browser follows already: then there is nothing to say.
    """
    session = SessionId(request.path_params["session"])
    await person_in(request, session)
    room = await app_state(request).rooms.open(session)
    named = {"Colloquy-Incarnation": room.incarnation}
    if request.query_params.get("unless") == room.incarnation:
        return Response(status_code=204, headers=named)
    packed = {"Content-Encoding": "gzip", "Cache-Control": "no-store", **named}
    return Response(await room.packed(), headers=packed, media_type="application/octet-stream")


async def session_socket(websocket: WebSocket) -> None:
    """`/ws/session/{session}?ticket=`: one browser in one room, until either ends.

    A foreign Yjs program comes with `?token=&client=` or a bearer token in its header instead.
    """
    state = app_state(websocket)
    if state.draining:
        raise Unavailable("server.draining")
    redeemed = await _let_in(websocket)
    room = await state.rooms.open(SessionId(websocket.path_params["session"]))
    await websocket.accept()
    if redeemed.generation not in (None, room.generation):
        raise OldGeneration("document.generation")
    async with peer_of(websocket) as peer:
        connection = room.join(peer, member_of(redeemed))
        ended = partial(connection.close, wire.CLOSE_UNAUTHENTICATED, "the login has ended")
        try:
            with state.sockets.held(redeemed.credential, ended):
                if isinstance(peer, DirectPeer):
                    peer.listen(partial(room.receive, connection))
                await _receive(websocket, room, connection)
        finally:
            room.leave(connection)


async def _let_in(websocket: WebSocket) -> Ticket:
    """Return who opens the socket: by a ticket from our own page, or by a bearer token."""
    state, asked = app_state(websocket), websocket.query_params
    session = SessionId(websocket.path_params["session"])
    scheme, _, bearer = websocket.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else asked.get("token", "")
    if not token:
        if not same_origin(websocket):
            raise Forbidden("socket.origin")
        try:
            return state.tickets.redeem(asked.get("ticket", ""), "room", session)
        except TicketInvalid:
            if state.rooms.get(session) is None:  # it may be the ticket of the session's owner
                raise Unavailable("room.elsewhere") from None
            raise
    person, credential = await state.peers.enter(token, session)
    client = asked.get("client", "")
    is_number = client.isascii() and client.isdecimal() and len(client) <= 16
    if not is_number or not 0 < int(client) < 1 << 53:
        raise Invalid("peer.client")
    await state.rooms.open(session)
    if not await state.rooms.claim(session, [int(client)], person.id):
        raise Conflict("ticket.client_taken")
    return Ticket("room", person, session, frozenset({int(client)}), credential)


def member_of(redeemed: Ticket) -> Member:
    """Return who sits before a browser and what they may do in the document."""
    person: Person = redeemed.person
    return Member(
        person=person.id,
        name=person.name,
        unit=person.unit_id,
        role=person.role,
        clients=redeemed.clients,
        may_annotate=person.role is not Role.OBSERVER,
        may_open=person.role in (Role.MODERATOR, Role.ANALYST),
    )


async def _receive(websocket: WebSocket, room: Room, connection: Connection) -> None:
    """Hand each message to the room until the browser goes."""
    while True:
        event = await websocket.receive()
        if event["type"] == "websocket.disconnect":
            return
        message = event.get("bytes")
        if message is None:
            connection.close(wire.CLOSE_PROTOCOL, "text")
            return
        room.receive(connection, message)
        await anyio.lowlevel.checkpoint()  # one browser must not hold the loop
