"""What hostile pages send, made of what an honest one holds; and what the gate said to it."""

from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Map

from realtime import decode
from realtime.decode import Struct
from realtime.room import Room
from realtime.varint import write_bytes, write_uint
from tests.realtime.people import Browser, copies, member, update_of

ALICE, BOB, MALLORY = 11, 12, 66
Attack = Callable[[Doc[Any]], object]


async def refusal(room: Room, sender: Browser, update: bytes, kind: int = 2) -> str:
    """Send `update`; returns the code it was refused with, having checked that nothing changed."""
    witness = Browser(member("witness", 99)).join(room)
    before = witness.content()

    sender.send(update, kind=kind)
    sender.hear()

    await room.flushed()
    witness.hear()
    assert witness.content() == before
    assert Browser(member("later", 98)).join(room).content() == before
    return sender.refused[-1][1] if sender.refused else ""


def attack(browser: Browser, change: Attack, client: int = MALLORY) -> bytes:
    """What a page would send that makes `change` in a copy of its document."""
    return update_of(copies(browser.doc, client), change)


def annotation(doc: Doc[Any], name: str = "a1") -> Map[Any]:
    found: Map[Any] = doc.get("annotations", type=Map)[name]
    return found


def struct(kind: int, content: bytes, **named: Any) -> Struct:
    """One struct of Mallory's at clock 0, with the origins and parent given."""
    origin, right = named.get("origin"), named.get("right")
    info = kind | (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if "key" in named else 0)
    raw = bytes((info,))
    for item in (origin, right):
        raw += write_uint(item[0]) + write_uint(item[1]) if item else b""
    if not (origin or right):
        parent = named["parent"]
        if isinstance(parent, str):
            raw += b"\x01" + write_bytes(parent.encode())
        else:
            raw += b"\x00" + write_uint(parent[0]) + write_uint(parent[1])
        if "key" in named:
            raw += write_bytes(named["key"].encode())
    return Struct(MALLORY, 0, 1, kind, origin, right, None, None, None, raw + content)


def places(room_doc: Doc[Any]) -> dict[tuple[str | None, int], tuple[int, int]]:
    """Where Alice's items are, by key and kind."""
    update = decode.decode(room_doc.get_update(), 10_000)
    return {(s.key, s.kind): (s.client, s.clock) for s in update.structs if s.client == ALICE}


async def deliver(room: Room, *browsers: Browser) -> None:
    for browser in browsers:
        browser.send()
    await room.flushed()
    for browser in browsers:
        browser.hear()
