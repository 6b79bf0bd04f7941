"""Foreign Yjs programs on the real socket: npm's provider, y-py and pycrdt's provider, beside the page."""

import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from pycrdt import Doc, Map, Provider
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime import protocol
from schemas import wire
from tests.bench.sync.people import invite
from tests.realtime.people import member, note
from tests.server.method import SESSION, WATER
from tests.server.routes.live_server import Live, Remote, bearer

pytestmark = pytest.mark.anyio

PROGRAMS = Path(__file__).with_name("foreign")
NODE = [str(Path(sys.executable).parent / "node")]
YPY = [sys.executable, str(PROGRAMS / "ypy.py")]
OPENED = "一起写 😀 together!"


class Channel:
    """What pycrdt's provider speaks through: one socket."""

    def __init__(self, link: ClientConnection) -> None:
        self.path = SESSION
        self._link = link

    async def send(self, message: bytes) -> None:
        await self._link.send(message)

    async def recv(self) -> bytes:
        message = await self._link.recv()
        assert isinstance(message, bytes)
        return message

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self.recv()
        except ConnectionClosed:
            raise StopAsyncIteration from None


@pytest.fixture
async def alice(live: Live) -> AsyncIterator[Remote]:
    """Somebody in the room whose wording is open to the group."""
    browser = Remote(member("alice", 101))
    await browser.connect(live)
    browser.add("opened", OPENED, opened=True)
    await browser.push()
    await browser.until(lambda: browser.saved == 1)
    yield browser
    await browser.link.close()


async def answer(command: list[str], asked: dict[str, Any]) -> dict[str, Any]:
    """Run a foreign program; returns the annotations as it saw them when it had seen all."""
    found = await anyio.run_process([*command, json.dumps(asked)], stderr=None)
    seen: dict[str, Any] = json.loads(found.stdout)
    return seen


async def page_asked(live: Live, count: int) -> dict[str, Any]:
    """What the page's own sync needs: a login of somebody in the session."""
    [guest] = await invite(live.state.database, SESSION, WATER, 1)
    me = {"id": guest.person, "name": "Expert", "role": "expert", "unit": None}
    login = {"session": {"id": SESSION}, "me": me, "token": guest.token}
    cookie = f"colloquy_sid={guest.cookie}"
    return {"origin": live.origin, "cookie": cookie, "login": login, "count": count}


async def pycrdt_provider(live: Live, token: str, me: str, client: int, count: int) -> Any:
    """Write with pycrdt's own provider; returns what it holds once it has `count` annotations."""
    doc: Doc[Any] = Doc(client_id=client)
    annotations = doc.get("annotations", type=Map)
    link = await connect(f"{live.server}/{SESSION}?client={client}", **bearer(token))
    async with link, Provider(doc, Channel(link)) as provider:
        await provider.synced.wait()
        async with doc.events() as changes:
            with doc.transaction():
                annotations[f"n-{me}"] = note(me, "来自 pycrdt 的 👩‍👩‍👧 批注")
                opened = annotations["opened"]
                before, found, _ = str(opened["wording"]).partition("写")
                opened["wording"].insert(len((before + found).encode()), "🦀蟹")
                opened["thread"][f"r-{me}"] = {"author": me, "text": "螃蟹同意 ✅", "at": 1}
            while len(annotations) < count:
                await anext(changes)
        return annotations.to_py()


PEERS = {
    "npm": [*NODE, str(PROGRAMS / "provider.mjs")],
    "pycrdt": None,
    **({"y-py": [*YPY]} if sys.version_info < (3, 13) else {}),  # where its wheels end
    "page": [*NODE, str(PROGRAMS / "page.mjs")],
}


async def test_foreign_programs_and_the_page_converge_whatever_they_write(
    live: Live, alice: Remote
) -> None:
    count = 1 + len(PEERS)
    seen: dict[str, Any] = {}

    async def write(name: str, client: int) -> None:
        command = PEERS[name]
        token, given = await live.state.peers.issue(SESSION, name, by=None)
        me = given.person_id
        if command is None:
            seen[name] = await pycrdt_provider(live, token, me, client, count)
        elif name == "page":
            seen[name] = await answer(command, await page_asked(live, count))
        else:
            asked = {"server": live.server, "session": SESSION, "token": token, "count": count}
            seen[name] = await answer(command, {**asked, "client": client, "person": me})

    with anyio.fail_after(60):
        async with anyio.create_task_group() as writing:
            for client, name in enumerate(PEERS, 4_000_000_001):
                writing.start_soon(write, name, client)
        await alice.until(lambda: len(alice.content()["annotations"]) == count)

    annotations = alice.content()["annotations"]
    room = await live.state.rooms.open(SESSION)
    whole: Doc[Any] = Doc()
    whole.apply_update(room.encode())
    assert whole.get("annotations", type=Map).to_py() == annotations
    assert seen == dict.fromkeys(PEERS, annotations)
    assert not room.refusals
    wording = annotations["opened"]["wording"]
    assert all(typed in wording for typed in ("😀中", "🐍蛇", "🦀蟹", "页🙂面"))
    assert sorted(wording) == sorted(OPENED.replace("!", "") + "😀中🐍蛇🦀蟹页🙂面")
    assert len(annotations["opened"]["thread"]) == len(PEERS)


async def test_npm_yjs_with_its_own_provider_converges(live: Live, alice: Remote) -> None:
    client = 4_000_000_001
    ticket = await live.ticket("yun", client)
    asked = {"server": live.server, "session": SESSION, "ticket": ticket, "origin": live.origin}
    with anyio.fail_after(30):
        found = await answer(PEERS["npm"], {**asked, "client": client, "person": "yun", "count": 2})
    await alice.until(lambda: "n-yun" in alice.content()["annotations"])

    assert found == alice.content()["annotations"]
    assert found["opened"]["wording"] == "一起写😀中 😀 together!"


async def test_a_program_with_a_token_writes_as_itself_until_it_is_revoked(
    live: Live, alice: Remote
) -> None:
    token, given = await live.state.peers.issue(SESSION, "分析程序", by=None)
    robot = Remote(replace(member("robot", 4_000_000_003), person=given.person_id))
    robot.link = await connect(f"{live.server}/{SESSION}?client=4000000003", **bearer(token))
    await robot.link.send(protocol.step1(robot.doc.get_state()))
    await robot.until(lambda: "opened" in robot.content().get("annotations", {}))
    robot.add("own", "程序的")
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
    await alice.until(lambda: alice.content()["annotations"]["opened"]["wording"][0] == "起")
    assert alice.content()["annotations"].keys() == {"opened", "own"}
    assert alice.content()["annotations"]["opened"] == robot.content()["annotations"]["opened"]


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
