"""A real server on a real port, and browsers that come in over its session socket."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from realtime import protocol
from schemas.ids import PersonId
from schemas.session import Language, Person, Role
from server.app import create_app, running
from server.config import Settings
from server.routes.state import AppState
from server.store.database import Database
from tests.realtime.people import Browser
from tests.server.method import SESSION, small_study


class Live:
    """A server on a real port, and tickets for whoever wants in."""

    def __init__(self, state: AppState, port: int) -> None:
        self.state = state
        self.origin = f"http://127.0.0.1:{port}"
        self.server = f"ws://127.0.0.1:{port}/ws/session"

    async def ticket(self, person: str, client: int, role: Role = Role.EXPERT) -> str:
        assert await self.state.rooms.claim(SESSION, [client], person)
        visitor = Person(PersonId(person), SESSION, person.title(), role, None, Language.ZH)
        return self.state.tickets.issue("room", visitor, SESSION, [client])

    async def url(self, person: str, client: int, role: Role = Role.EXPERT) -> str:
        return f"{self.server}/{SESSION}?ticket={await self.ticket(person, client, role)}"


@asynccontextmanager
async def serving(url: str, data: Path, ws: type[Any] | str) -> AsyncIterator[Live]:
    database = Database(url)
    await small_study(database)
    await database.close()
    settings = Settings(database_url=url, data=data, model=str(data / "none"), workers=1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with running(settings) as state, anyio.create_task_group() as tasks:
            app = create_app(settings, state)
            config = uvicorn.Config(app, ws=ws, ws_per_message_deflate=False, log_config=None)
            server = uvicorn.Server(config)
            tasks.start_soon(server.serve, [listening])
            yield Live(state, listening.getsockname()[1])
            server.should_exit = True


class Remote(Browser):
    """A browser behind a real socket."""

    link: ClientConnection

    async def connect(self, live: Live) -> None:
        url = await live.url(self.member.person, min(self.member.clients), self.member.role)
        self.link = await connect(url, origin=live.origin, compression=None)  # type: ignore[arg-type]
        await self.link.send(protocol.step1(self.doc.get_state()))
        await self.until(lambda: "meta" in self.content() or bool(self.incarnation))

    async def push(self) -> None:
        while self.journal:
            await self.link.send(protocol.update(self.journal.pop(0)))
            self.sent += 1

    async def until(self, condition: Any) -> None:
        with anyio.fail_after(10):
            while not condition():
                message = await self.link.recv()
                assert isinstance(message, bytes)
                self._take(message)


def bearer(token: str) -> dict[str, Any]:
    return {"additional_headers": {"Authorization": f"Bearer {token}"}}
