"""The session's socket on a real port: our own client, pycrdt and npm's yjs as foreign peers."""

import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from pycrdt import Doc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime import protocol
from schemas import wire
from schemas.ids import PersonId
from schemas.session import Language, Person, Role
from server.app import create_app, running
from server.config import Settings
from server.routes.state import AppState
from server.routes.transport import TransportProtocol
from server.store import refusals
from server.store.database import Database
from server.store.refusals import Refusal
from tests.realtime.people import Browser, member
from tests.server.house import House
from tests.server.method import SESSION, small_study

pytestmark = pytest.mark.anyio

NODE = Path(sys.executable).parent / "node"


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


@pytest.fixture
async def live(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    async with serving(sqlite_url, tmp_path / "data", TransportProtocol) as started:
        yield started


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


@pytest.mark.parametrize("ws", [TransportProtocol, "websockets-sansio"])
async def test_edits_travel_and_are_saved(sqlite_url: str, tmp_path: Path, ws: Any) -> None:
    async with serving(sqlite_url, tmp_path / "data", ws) as live:
        alice, bob = Remote(member("alice", 101)), Remote(member("bob", 102))
        await alice.connect(live)
        await bob.connect(live)

        alice.add("a1", "数据共享 📊")
        await alice.push()
        await alice.until(lambda: alice.saved == 1)
        await bob.until(lambda: "a1" in bob.content().get("annotations", {}))

        assert bob.content()["annotations"] == alice.content()["annotations"]
        await alice.link.close()
        await bob.link.close()


async def test_a_refused_edit_is_answered_and_the_socket_stays(live: Live) -> None:
    mallory = Remote(member("mallory", 103))
    await mallory.connect(live)

    mallory.add("m1", author="alice")
    await mallory.push()
    await mallory.until(lambda: mallory.refused)
    await mallory.link.ping()

    assert mallory.refused == [(1, "gate.author")]
    await mallory.link.close()


async def test_a_socket_closed_by_the_room_says_why(live: Live) -> None:
    alice = Remote(member("alice", 101))
    await alice.connect(live)

    for _ in range(3):
        await alice.link.send(b"\x00\x09\x00")
    with anyio.fail_after(10):
        await alice.link.wait_closed()

    assert alice.link.close_code == wire.CLOSE_PROTOCOL
    with anyio.fail_after(10):
        room = await live.state.rooms.open(SESSION)
        while not room.is_empty:
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_another_sites_page_gets_no_socket(live: Live, origin: str | None) -> None:
    url = await live.url("alice", 101)

    async with connect(url, origin=origin) as link:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed):
            await link.recv()

    assert link.close_code == wire.CLOSE_FORBIDDEN


async def test_a_used_or_invented_ticket_gets_no_socket(live: Live) -> None:
    used = await live.url("alice", 101)
    async with connect(used, origin=live.origin):  # type: ignore[arg-type]
        pass

    for url in (used, f"{live.server}/{SESSION}?ticket=invented", f"{live.server}/{SESSION}"):
        async with connect(url, origin=live.origin) as link:  # type: ignore[arg-type]
            with pytest.raises(ConnectionClosed):
                await link.recv()
        assert link.close_code == wire.CLOSE_FORBIDDEN


async def test_npm_yjs_with_its_own_provider_converges(live: Live) -> None:
    alice = Remote(member("alice", 101))
    await alice.connect(live)
    alice.add("opened", "一起写 😀 together", opened=True)
    await alice.push()
    await alice.until(lambda: alice.saved == 1)

    client = 4_000_000_001
    ticket = await live.ticket("yun", client)
    with anyio.fail_after(30):
        script = str(Path(__file__).with_name("foreign.mjs"))
        asked = [live.server, SESSION, ticket, str(client), "yun", live.origin, "n-yun,opened"]
        found = await anyio.run_process([str(NODE), script, *asked], stderr=None)
    await alice.until(lambda: "r-yun" in alice.content()["annotations"]["opened"]["thread"])

    assert json.loads(found.stdout)["n-yun"]["wording"] == "来自 Yjs 的 👩‍👩‍👧 批注"
    assert alice.content()["annotations"]["opened"]["wording"] == "一起写😀中 😀 together"
    assert alice.content()["annotations"]["n-yun"]["kind"] == "cause"
    room = await live.state.rooms.open(SESSION)
    assert not room.refusals
    await alice.link.close()


async def test_a_program_with_a_token_writes_as_itself_until_it_is_revoked(live: Live) -> None:
    alice = Remote(member("alice", 101))
    await alice.connect(live)
    alice.add("opened", "一起写 😀 together", opened=True)
    await alice.push()
    await alice.until(lambda: alice.saved == 1)
    token, given = await live.state.peers.issue(SESSION, "分析程序", by=None)

    client = 4_000_000_002
    with anyio.fail_after(30):
        script = str(Path(__file__).with_name("foreign.mjs"))
        name = given.person_id
        asked = [live.server, SESSION, f"bearer:{token}", str(client), name, "", f"n-{name},opened"]
        found = await anyio.run_process([str(NODE), script, *asked], stderr=None)
    shown = f"n-{name}"
    await alice.until(lambda: shown in alice.content()["annotations"])

    assert json.loads(found.stdout)[shown]["wording"] == "来自 Yjs 的 👩‍👩‍👧 批注"
    robot = Remote(replace(member("robot", 4_000_000_003), person=given.person_id))
    robot.link = await connect(f"{live.server}/{SESSION}?client=4000000003", **bearer(token))
    await robot.link.send(protocol.step1(robot.doc.get_state()))
    await robot.until(lambda: shown in robot.content().get("annotations", {}))
    robot.wording(shown).insert(0, "又 ")
    del robot.wording("opened")[0:3]
    robot.add("forged", author="alice")
    await robot.push()
    await robot.until(lambda: robot.refused)
    assert [code for _, code in robot.refused] == ["gate.author"]

    await live.state.peers.revoke(SESSION, given.id, by=None)
    with anyio.fail_after(10):
        await robot.link.wait_closed()
    assert robot.link.close_code == wire.CLOSE_UNAUTHENTICATED
    async with connect(f"{live.server}/{SESSION}?client=9", **bearer(token)) as link:
        with pytest.raises(ConnectionClosed):
            await link.recv()
    assert link.close_code == wire.CLOSE_FORBIDDEN
    await alice.until(lambda: alice.content()["annotations"][shown]["wording"][0] == "又")
    assert "forged" not in alice.content()["annotations"]
    assert alice.content()["annotations"]["opened"] == robot.content()["annotations"]["opened"]
    await alice.link.close()


@pytest.mark.parametrize("client", ["", "0", "x", str(1 << 53), "1e3", "9" * 400])
async def test_a_program_needs_a_client_id(live: Live, client: str) -> None:
    token, _ = await live.state.peers.issue(SESSION, "program", by=None)

    async with connect(f"{live.server}/{SESSION}?client={client}", **bearer(token)) as link:
        with pytest.raises(ConnectionClosed):
            await link.recv()

    assert link.close_code == wire.CLOSE_PROTOCOL


async def test_a_program_cannot_take_somebodys_client_id(live: Live) -> None:
    await live.ticket("alice", 101)
    token, _ = await live.state.peers.issue(SESSION, "program", by=None)

    async with connect(f"{live.server}/{SESSION}?token={token}&client=101") as link:
        with pytest.raises(ConnectionClosed):
            await link.recv()

    assert link.close_code == wire.CLOSE_PROTOCOL


async def test_a_document_of_an_older_generation_gets_no_socket(live: Live) -> None:
    assert await live.state.rooms.claim(SESSION, [101], "alice")
    visitor = Person(PersonId("alice"), SESSION, "Alice", Role.EXPERT, None, Language.ZH)
    token = live.state.tickets.issue("room", visitor, SESSION, [101], generation=1)
    await live.state.rooms.forget_lines(SESSION, ["l1"])

    url = f"{live.server}/{SESSION}?ticket={token}"
    async with connect(url, origin=live.origin) as link:  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed):
            await link.recv()

    assert (link.close_code, link.close_reason) == (wire.CLOSE_GENERATION, "document.generation")


async def test_what_is_refused_is_counted_by_person_and_code(live: Live) -> None:
    mallory = Remote(member("mallory", 103))
    await mallory.connect(live)
    for number in range(3):
        mallory.add(f"m{number}", author="alice", text="secret")
    await mallory.push()
    await mallory.until(lambda: len(mallory.refused) == 3)

    database = live.state.database
    with anyio.fail_after(20):
        found: list[Refusal] = []
        while not found:
            await anyio.sleep(0.1)
            async with database.read() as work:
                found = list(await refusals.of_session(work, SESSION))

    counted = {(one.person_id, one.code, one.times) for one in found}
    assert counted == {("mallory", "gate.author", 1), ("mallory", "gate.gap", 2)}
    await mallory.link.close()


def bearer(token: str) -> dict[str, Any]:
    return {"additional_headers": {"Authorization": f"Bearer {token}"}}


def ask(browser: Any, body: dict[str, Any]) -> Any:
    headers = {"Origin": "http://127.0.0.1:8000", "X-Colloquy-Token": browser.token()}
    return browser.client.post(f"/api/sessions/{SESSION}/ticket", json=body, headers=headers)


def test_a_ticket_binds_client_ids_and_brings_the_journals_key(app: House) -> None:
    alice, mallory = app.browser(), app.browser("192.0.2.11")
    alice.join("Alice")
    mallory.join("Mallory")

    first = ask(alice, {"client": 5, "known": [4]})
    again = ask(alice, {"client": 6, "known": [5]})
    stolen = ask(mallory, {"client": 7, "known": [5]})

    assert first.status_code == again.status_code == 200
    assert first.json()["ticket"] != again.json()["ticket"]
    assert first.json()["journal_key"] == again.json()["journal_key"]
    assert len(first.json()["journal_key"]) == 43
    assert (stolen.status_code, stolen.json()["code"]) == (409, "ticket.client_taken")


def test_a_ticket_is_for_who_is_in_the_session(app: House) -> None:
    stranger = app.browser()

    assert ask(stranger, {"client": 5}).status_code in (401, 403)


@pytest.mark.parametrize("body", [{}, {"client": 0}, {"client": 1 << 53}, {"client": "x"}])
def test_a_ticket_needs_a_client_id(app: House, body: dict[str, Any]) -> None:
    alice = app.browser()
    alice.join("Alice")

    assert ask(alice, body).status_code == 422


def test_the_packed_document_is_for_who_is_in_the_session(app: House) -> None:
    stranger, guest = app.browser(), app.browser()
    guest.join()
    path = f"/api/sessions/{SESSION}/snapshot"

    refused = stranger.get(path)
    given = guest.get(path)
    known = guest.get(f"{path}?unless={given.headers['Colloquy-Incarnation']}")

    assert refused.status_code in (401, 403)
    assert given.headers["Content-Encoding"] == "gzip"
    document: Doc[Any] = Doc()
    document.apply_update(given.content)  # unpacked by the client, as browsers do
    assert (known.status_code, known.content) == (204, b"")


async def test_a_browser_that_breaks_off_is_gone_from_the_room(live: Live) -> None:
    alice = Remote(member("alice", 101))
    await alice.connect(live)
    room = await live.state.rooms.open(SESSION)
    gone = anyio.Event()
    room.on_empty = gone.set

    alice.link.transport.abort()

    with anyio.fail_after(10):
        await gone.wait()
    assert room.present() == []
