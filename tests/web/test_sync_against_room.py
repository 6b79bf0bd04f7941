"""The browser's sync under Node, against the real room over real sockets."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import pytest
import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from typing_extensions import override

from realtime.log import MemoryLog, Stale, UpdateRow
from realtime.mirror import MemoryMirror
from realtime.peer import Member
from realtime.rooms import Rooms
from schemas import wire
from schemas.errors import Unavailable
from schemas.ids import PersonId, SessionId, StudyId
from schemas.session import Role
from server.routes.transport import TransportProtocol, peer_of
from tests.web.nodejs import node

pytestmark = pytest.mark.anyio

KEY = "A" * 43
"""32 bytes as base64url."""


@dataclass
class Disk(MemoryLog):
    """A log whose disk can be full, and can go with the process."""

    full: bool = False
    gone: bool = False

    @override
    async def append(self, rows: Sequence[UpdateRow]) -> Stale:
        if self.full:
            raise Unavailable("log.unavailable")
        return frozenset() if self.gone else await super().append(rows)

    def survivor(self) -> "Disk":
        """Return what the next process finds; this one writes to nowhere from now on."""
        self.gone, self.full = True, False
        return Disk(_rows=self._rows, _snapshots=self._snapshots, _clients=self._clients)


class Server:
    """Tickets, sockets, and what the scenario tells the server to suffer."""

    def __init__(self) -> None:
        self.log = Disk()
        self.rooms: Rooms
        self._tickets: dict[str, Member] = {}
        self._restart = anyio.Event()
        self._started = anyio.Event()

    @property
    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/api/sessions/{session}/ticket", self.ticket, methods=["POST"]),
                Route("/api/sessions/{session}/snapshot", self.snapshot),
                Route("/{what}/{session}", self.suffer, methods=["POST"]),
                WebSocketRoute("/ws/session/{session}", self.socket),
            ]
        )

    async def run(self) -> None:
        """Keep rooms; a restart forgets all that is not in the log."""
        while True:
            async with Rooms(self.log, MemoryMirror(StudyId("study"))) as self.rooms:
                self._started.set()
                await self._restart.wait()
                self._restart = anyio.Event()
                for room in self.rooms.loaded():
                    room.close(wire.CLOSE_GOING_AWAY, "crash")
                self.log = self.log.survivor()

    async def ticket(self, request: Request) -> Response:
        """Bind the ids and hand out a ticket; the token says who asks."""
        body = await request.json()
        person = request.headers["x-colloquy-token"]
        clients = frozenset([body["client"], *body["known"]])
        session = SessionId(request.path_params["session"])
        for client in clients:
            if not await self.log.claim(session, client, person):
                return JSONResponse({"code": "ticket.client_taken"}, 409)
        ticket = str(len(self._tickets))
        self._tickets[ticket] = Member(
            PersonId(person), f"Name of {person}", None, Role.EXPERT, clients, True, False
        )
        return JSONResponse({"ticket": ticket, "journal_key": KEY})

    async def snapshot(self, request: Request) -> Response:
        """The packed document, as the server's own route gives it."""
        room = await self.rooms.open(SessionId(request.path_params["session"]))
        named = {"Colloquy-Incarnation": room.incarnation}
        if request.query_params["unless"] == room.incarnation:
            return Response(status_code=204, headers=named)
        return Response(await room.packed(), headers={"Content-Encoding": "gzip", **named})

    async def suffer(self, request: Request) -> Response:
        """Do what the scenario asks."""
        room = await self.rooms.open(SessionId(request.path_params["session"]))
        match request.path_params["what"]:
            case "fail":
                self.log.full = True
            case "recover":
                self.log.full = False
            case "cut":
                for connection in list(room._fanout.connections):
                    connection.peer.close(wire.CLOSE_GOING_AWAY, "cut")
            case "restart":
                self._started = anyio.Event()
                self._restart.set()
                await self._started.wait()
        return Response()

    async def socket(self, websocket: WebSocket) -> None:
        """One browser in one room."""
        room = await self.rooms.open(SessionId(websocket.path_params["session"]))
        await websocket.accept()
        async with peer_of(websocket) as peer:
            connection = room.join(peer, self._tickets.pop(websocket.query_params["ticket"]))
            try:
                while True:
                    room.receive(connection, await websocket.receive_bytes())
            except WebSocketDisconnect:
                room.leave(connection)


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[str]:
    """Serve on a free port; gives the origin."""
    config = uvicorn.Config(
        server.app,
        port=0,
        lifespan="off",
        log_level="error",
        ws=TransportProtocol,
        ws_per_message_deflate=False,
    )
    http = uvicorn.Server(config)
    async with anyio.create_task_group() as rooms:
        rooms.start_soon(server.run)
        async with anyio.create_task_group() as serving:
            serving.start_soon(http.serve)
            with anyio.fail_after(10):
                while not http.started:
                    await anyio.lowlevel.checkpoint()
            port = http.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"
            http.should_exit = True
        rooms.cancel_scope.cancel()


async def test_sync_against_the_room() -> None:
    async with serving(Server()) as origin:
        scenario = "tests/web/room_scenario.js"

        def run() -> str:
            return node("--test", "--test-timeout=6000", scenario, ORIGIN=origin)

        await to_thread.run_sync(run)
