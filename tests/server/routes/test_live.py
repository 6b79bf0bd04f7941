"""The session's socket on a real port, and the ticket that opens it."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from pycrdt import Doc
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas import wire
from schemas.ids import PersonId
from schemas.session import Language, Person, Role
from server.routes.transport import TransportProtocol
from server.store import refusals
from server.store.refusals import Refusal
from tests.realtime.people import member
from tests.server.house import House
from tests.server.method import SESSION
from tests.server.routes.live_server import Live, Remote, serving

pytestmark = pytest.mark.anyio


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
