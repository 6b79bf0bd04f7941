"""Browsers for tests: a pycrdt document that speaks the room's protocol without a network."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
from pycrdt import Doc, Map, Text

from realtime import protocol
from realtime.connection import Connection
from realtime.peer import HIGH_WATER, LOW_WATER, Frame, Member
from realtime.room import Room
from realtime.varint import read_bytes, read_uint
from schemas import wire
from schemas.ids import PersonId
from schemas.session import Role


@dataclass
class FakePeer:
    """A transport that keeps what is written to it."""

    written: list[bytes] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    waiting: int = 0

    def buffered(self) -> int:
        return self.waiting

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        self._on_slow, self._on_drained = on_slow, on_drained

    def hold(self, waiting: int) -> None:
        """Have so many bytes waiting, and say so as a transport does."""
        before, self.waiting = self.waiting, waiting
        if before <= HIGH_WATER < waiting:
            self._on_slow()
        elif before > HIGH_WATER and waiting < LOW_WATER:
            self._on_drained()

    def send(self, frame: Frame) -> None:
        self.written.append(frame.message)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def numbers(self) -> list[int]:
        return [message[0] for message in self.written]


def member(
    person: str, client: int, role: Role = Role.EXPERT, *earlier: int, name: str = ""
) -> Member:
    return Member(
        person=PersonId(person),
        name=name or person.title(),
        unit=None,
        role=role,
        clients=frozenset((client, *earlier)),
        may_annotate=role is not Role.OBSERVER,
        may_open=role in (Role.MODERATOR, Role.ANALYST),
    )


def note(author: str, text: str = "", /, **changed: Any) -> Map[Any]:
    """An annotation as a browser makes it."""
    fields: dict[str, Any] = {
        "author": author,
        "voice": {"name": author, "person": author, "unit": "u1"},
        "kind": "problem",
        "targets": [{"line": "l1", "revision": 0, "start": 0, "end": None, "quote": "线"}],
        "at": 1_700_000_000_000,
        "wording": Text(text),
        "thread": Map(),
    }
    return Map({key: value for key, value in {**fields, **changed}.items() if value is not ...})


class Browser:
    """One person's document; what they change waits in `journal` until it is sent."""

    def __init__(self, who: Member, client: int | None = None) -> None:
        self.member = who
        self.refused: list[tuple[int, str]] = []
        self.saved = 0
        self.sent = 0
        self.incarnation: dict[str, Any] = {}
        self.peer = FakePeer()
        self.connection: Connection | None = None
        self.room: Room | None = None
        self._receiving = False
        self._begin(client or min(who.clients))

    def _begin(self, client: int) -> None:
        self.doc: Doc[Any] = Doc(client_id=client)
        self.annotations: Map[Any] = self.doc.get("annotations", type=Map)
        self.journal: list[bytes] = []
        self._subscription = self.doc.observe(self._on_change)

    def start_over(self, client: int) -> None:
        """What a page does after a refusal: an empty document under a new client id."""
        self.doc.unobserve(self._subscription)
        self.member = replace(self.member, clients=self.member.clients | {client})
        self._begin(client)

    def join(self, room: Room) -> "Browser":
        """Connect, fetch what is there, send what waits."""
        self.peer, self.room = FakePeer(), room
        self.sent = self.saved = 0
        self.connection = room.join(self.peer, self.member)
        room.receive(self.connection, protocol.step1(self.doc.get_state()))
        self.hear()
        self.send()
        return self

    def leave(self) -> None:
        assert self.room is not None
        assert self.connection is not None
        self.room.leave(self.connection)
        self.room = self.connection = None

    def send(self, *updates: bytes, kind: int = wire.SYNC_UPDATE) -> None:
        """Send what waits, or other bytes instead."""
        if self.room is None or self.connection is None:
            return
        waiting = updates or tuple(self.journal)
        if not updates:
            self.journal.clear()
        for update in waiting:
            make = protocol.update if kind == wire.SYNC_UPDATE else protocol.step2
            self.sent += 1
            self.room.receive(self.connection, make(update))

    def hear(self) -> None:
        """Take in everything that was written to this browser."""
        messages, self.peer.written = self.peer.written, []
        for message in messages:
            self._take(message)

    def add(self, name: str, text: str = "", **changed: Any) -> None:
        """Write a whole annotation."""
        self.annotations[name] = note(self.member.person, text, **changed)

    def wording(self, name: str) -> Text:
        found: Text = self.annotations[name]["wording"]
        return found

    def reply(self, name: str, reply: str, text: str, author: str = "") -> None:
        self.annotations[name]["thread"][reply] = {
            "author": author or self.member.person,
            "text": text,
            "at": 1,
        }

    def content(self) -> dict[str, Any]:
        return content(self.doc)

    def _on_change(self, event: Any) -> None:
        if not self._receiving:
            self.journal.append(event.update)

    def _take(self, message: bytes) -> None:
        number, at = read_uint(message, 0)
        if number == wire.SYNC:
            kind, at = read_uint(message, at)
            payload, _ = read_bytes(message, at)
            if kind != wire.SYNC_STEP1:
                self._receiving = True
                self.doc.apply_update(payload)
                self._receiving = False
        elif number == wire.SAVED:
            self.saved, _ = read_uint(message, at)
        elif number == wire.REFUSED:
            refusal = json_of(message)
            self.refused.append((refusal["counter"], refusal["code"]))
        elif number == wire.INCARNATION:
            self.incarnation = json_of(message)


def json_of(message: bytes) -> Any:
    """The JSON body of one of our own messages."""
    body, _ = read_bytes(message, 1)
    return json.loads(body)


def content(doc: Doc[Any]) -> dict[str, Any]:
    """Everything visible in a document; roots that hold nothing are left out."""
    found = {}
    for root in ("annotations", "lines", "board", "agenda", "meta"):
        value = doc.get(root, type=Map).to_py()
        if value:
            found[root] = value
    return found


def update_of(doc: Doc[Any], change: Any) -> bytes:
    """The update that `change(doc)` makes."""
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    with doc.transaction():
        change(doc)
    doc.unobserve(subscription)
    with doc.transaction():
        pass
    assert len(updates) == 1, "one transaction, one update"
    return updates[0]


def copies(doc: Doc[Any], client: int) -> Doc[Any]:
    """A replica of `doc` under another client id."""
    copy: Doc[Any] = Doc(client_id=client)
    copy.apply_update(doc.get_update())
    for root in ("annotations", "lines", "board", "agenda", "meta"):
        copy.get(root, type=Map)
    return copy


def texts(messages: Sequence[bytes], number: int) -> list[Any]:
    return [json_of(message) for message in messages if message[0] == number]


async def until(condition: Callable[[], object]) -> None:
    """Let the room work until `condition` holds."""
    with anyio.fail_after(5):
        while not condition():
            await anyio.lowlevel.checkpoint()
