"""Who is here and what they look at: y-protocols awareness, kept by the server.

A browser may speak for its own client ids only, and says nothing about who it is: the server
writes the identity into every state. The latest state of a client counts; nothing is stored.

Layout: varUint entries; per entry varUint client, varUint clock, varString JSON (`null`: left).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from realtime import varint
from realtime.errors import Malformed
from realtime.peer import Member
from schemas.wire import MAX_AWARENESS_BYTES

MAX_ENTRIES = 1_000
MAX_LINE_CHARACTERS = 64


class Presence:
    """The states of all connected clients, and which of them changed since they were last sent."""

    def __init__(self) -> None:
        self._states: dict[int, tuple[int, str]] = {}
        self._changed: set[int] = set()

    @property
    def changed(self) -> bool:
        """Whether there is something to send."""
        return bool(self._changed)

    def receive(self, member: Member, payload: bytes) -> set[int]:
        """Take what a browser says of itself; returns the client ids that it spoke for.

        Entries of other clients are left out: y-websocket peers send on what they have heard.
        Raises Malformed.
        """
        if len(payload) > MAX_AWARENESS_BYTES:
            raise Malformed("awareness too large", code="sync.too_large")
        spoken = set()
        for client, clock, state in _read(payload):
            if client in member.clients:
                self._set(client, clock, _identified(member, state))
                spoken.add(client)
        return spoken

    def leave(self, clients: Iterable[int]) -> None:
        """Say that these clients have left."""
        for client in clients:
            clock, state = self._states.get(client, (0, "null"))
            if state != "null":
                self._states[client] = (clock + 1, "null")
                self._changed.add(client)

    def take_changed(self) -> bytes:
        """Return the states that changed, and begin anew; who has left is then forgotten."""
        payload = self._encode(self._changed)
        for client in self._changed:
            if self._states[client][1] == "null":
                del self._states[client]
        self._changed.clear()
        return payload

    def everybody(self) -> bytes:
        """Return the states of all."""
        return self._encode(self._states)

    def _set(self, client: int, clock: int, state: str) -> None:
        before, known = self._states.get(client, (-1, "null"))
        if clock > before or (clock == before and state == "null" and known != "null"):
            self._states[client] = (clock, state)
            self._changed.add(client)

    def _encode(self, clients: Iterable[int]) -> bytes:
        entries = [(client, *self._states[client]) for client in clients]
        out = bytearray(varint.write_uint(len(entries)))
        for client, clock, state in entries:
            out += varint.write_uint(client) + varint.write_uint(clock)
            out += varint.write_bytes(state.encode())
        return bytes(out)


def _read(payload: bytes) -> list[tuple[int, int, Any]]:
    try:
        count, at = varint.read_uint(payload, 0)
        if count > MAX_ENTRIES:
            raise Malformed("awareness of too many clients")
        entries = []
        for _ in range(count):
            client, at = varint.read_uint(payload, at)
            clock, at = varint.read_uint(payload, at)
            text, at = varint.read_text(payload, at)
            entries.append((client, clock, json.loads(text)))
    except (IndexError, ValueError, RecursionError) as error:
        raise Malformed("awareness") from error
    if at != len(payload):
        raise Malformed("bytes after the end")
    return entries


def _identified(member: Member, state: object) -> str:
    """Return the state as JSON with the server's identity and what the page shows besides."""
    if not isinstance(state, Mapping):
        return "null"
    line = state.get("line")
    shown = {
        "user": {
            "id": member.person,
            "name": member.name,
            "unit": member.unit,
            "role": member.role,
        },
        "line": line if isinstance(line, str) and len(line) <= MAX_LINE_CHARACTERS else None,
        "composing": state.get("composing") is True,
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
