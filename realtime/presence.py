"""Who is here and what they look at: y-protocols awareness, kept by the server.

A browser may speak for its own client ids only, and says nothing about who it is: the server
writes the identity into every state. The latest state of a client counts; nothing is stored.

Where somebody looks is told to others only if they choose to show it; who leads the session gets
how many look at each line. Where more than CROWD are here, everybody sees who leads and who is
writing, and the others as a number; who leads sees all.

Layout: varUint entries; per entry varUint client, varUint clock, varString JSON (`null`: left).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from realtime import varint
from realtime.errors import Malformed
from realtime.peer import Member
from schemas.session import Role
from schemas.wire import MAX_AWARENESS_BYTES

CROWD = 50
MAX_ENTRIES = 1_000
MAX_LINE_CHARACTERS = 64
LEADING = frozenset((Role.MODERATOR, Role.ANALYST, Role.STENOGRAPHER))
_GONE = "null"


@dataclass(frozen=True, slots=True)
class _State:
    """What one client says. text: as others get it. public: also in a crowd.

    line: where somebody looks who does not lead.
    """

    clock: int
    text: str
    person: str = ""
    public: bool = True
    line: str | None = None


class Presence:
    """The states of all connected clients, and which of them changed since they were last sent."""

    def __init__(self) -> None:
        self._states: dict[int, _State] = {}
        self._changed: set[int] = set()
        self._was_crowd = False

    @property
    def changed(self) -> bool:
        """Whether there is something to send."""
        return bool(self._changed)

    @property
    def is_crowd(self) -> bool:
        """Whether there are too many to show each to all."""
        return len(self._states) > CROWD

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
                self._set(client, _identified(member, clock, state))
                spoken.add(client)
        return spoken

    def leave(self, clients: Iterable[int]) -> None:
        """Say that these clients have left."""
        for client in clients:
            state = self._states.get(client)
            if state is not None and state.text != _GONE:
                self._states[client] = _State(state.clock + 1, _GONE)
                self._changed.add(client)

    def take_changed(self) -> tuple[bytes, bytes]:
        """Return the states that changed, for who leads and for the others, and begin anew."""
        crowd = self.is_crowd
        if crowd is not self._was_crowd:  # others learn or forget everybody
            self._was_crowd = crowd
            self._changed.update(self._states)
        everything = self._encode(self._changed)
        public = self._encode(self._changed, hide=True) if crowd else everything
        for client in self._changed:
            if self._states[client].text == _GONE:
                del self._states[client]
        self._changed.clear()
        return everything, public

    def everybody(self, role: Role) -> bytes:
        """Return the states of all that somebody of this role may see."""
        hide = self.is_crowd and role not in LEADING
        return self._encode([c for c, state in self._states.items() if state.public or not hide])

    def people(self) -> int:
        """Return how many persons are here."""
        return len({state.person for state in self._states.values() if state.text != _GONE})

    def looks(self) -> Mapping[str, int]:
        """Return how many browsers look at each line."""
        return Counter(state.line for state in self._states.values() if state.line is not None)

    def _set(self, client: int, state: _State) -> None:
        before = self._states.get(client, _State(-1, _GONE))
        left = state.clock == before.clock and state.text == _GONE and before.text != _GONE
        if state.clock > before.clock or left:
            self._states[client] = state
            self._changed.add(client)

    def _encode(self, clients: Iterable[int], *, hide: bool = False) -> bytes:
        """hide: who is not public seems to have left."""
        entries = [(client, self._states[client]) for client in clients]
        out = bytearray(varint.write_uint(len(entries)))
        for client, state in entries:
            text = _GONE if hide and not state.public else state.text
            out += varint.write_uint(client) + varint.write_uint(state.clock)
            out += varint.write_bytes(text.encode())
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


def _identified(member: Member, clock: int, state: object) -> _State:
    """Return the state with the server's identity and what the page shows besides."""
    if not isinstance(state, Mapping):
        return _State(clock, _GONE)
    line, composing = state.get("line"), state.get("composing") is True
    if not isinstance(line, str) or len(line) > MAX_LINE_CHARACTERS:
        line = None
    shown = {
        "user": {
            "id": member.person,
            "name": member.name,
            "unit": member.unit,
            "role": member.role,
        },
        "line": line if state.get("showing") is True else None,
        "composing": composing,
    }
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    leads = member.role in LEADING
    return _State(clock, text, member.person, composing or leads, None if leads else line)
