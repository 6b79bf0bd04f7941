"""The messages of `/ws/session/{id}`, read and written; numbers and layout are in schemas.wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime import varint
from realtime.errors import Malformed
from schemas import wire

MAX_STATE_VECTOR_CLIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Step1:
    """A browser says what it has seen: client id to next clock."""

    state_vector: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """An update. live: a change just made (kind 2), not the answer to our step 1 (kind 1)."""

    update: bytes
    live: bool


@dataclass(frozen=True, slots=True)
class Presence:
    """An awareness update, still encoded."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class QueryPresence:
    """A browser asks who is here."""


@dataclass(frozen=True, slots=True)
class Other:
    """A message that is not ours; plain y-websocket peers ignore such, and so do we."""

    number: int


Message = Step1 | Edit | Presence | QueryPresence | Other


def read(message: bytes) -> Message:
    """Return what a browser said. Raises Malformed, also for bytes after the message."""
    try:
        return _read(message)
    except (IndexError, UnicodeDecodeError) as error:
        raise Malformed("cut short") from error


def step1(state_vector: bytes) -> bytes:
    """Ask a browser for what it has beyond `state_vector`."""
    return _sync(wire.SYNC_STEP1, state_vector)


def step2(update: bytes) -> bytes:
    """Answer step 1."""
    return _sync(wire.SYNC_STEP2, update)


def update(payload: bytes) -> bytes:
    """Pass an update on."""
    return _sync(wire.SYNC_UPDATE, payload)


def presence(payload: bytes) -> bytes:
    """Pass an awareness update on."""
    return bytes((wire.AWARENESS,)) + varint.write_bytes(payload)


def refused(counter: int, code: str, detail: str) -> bytes:
    """Say that sync message `counter` was not taken, and why."""
    return json_message(wire.REFUSED, {"counter": counter, "code": code, "detail": detail})


def saved(counter: int) -> bytes:
    """Say that every sync message up to `counter` that was taken is on disk."""
    return bytes((wire.SAVED,)) + varint.write_uint(counter)


def json_message(number: int, payload: Mapping[str, Any]) -> bytes:
    """Return message `number` with a JSON body: refused, incarnation, interim, event, health."""
    return bytes((number,)) + varint.write_json(payload)


def encode_state_vector(clocks: Mapping[int, int]) -> bytes:
    """Return a state vector as Yjs writes it."""
    out = bytearray(varint.write_uint(len(clocks)))
    for client, clock in clocks.items():
        out += varint.write_uint(client) + varint.write_uint(clock)
    return bytes(out)


def read_state_vector(payload: bytes, *, most: int | None = None) -> dict[int, int]:
    """Return the clock of each client, of `most` clients. Raises Malformed.

    Compare these, never the bytes: the clients come in any order.
    """
    count, at = varint.read_uint(payload, 0)
    if most is not None and count > most:
        raise Malformed("state vector of too many clients")
    clocks: dict[int, int] = {}
    for _ in range(count):
        client, at = varint.read_uint(payload, at)
        clocks[client], at = varint.read_uint(payload, at)
    _end(payload, at)
    return clocks


def _sync(kind: int, payload: bytes) -> bytes:
    return bytes((wire.SYNC, kind)) + varint.write_bytes(payload)


def _read(message: bytes) -> Message:
    number, at = varint.read_uint(message, 0)
    match number:
        case wire.SYNC:
            kind, at = varint.read_uint(message, at)
            payload, at = varint.read_bytes(message, at)
            _end(message, at)
            return _read_sync(kind, payload)
        case wire.AWARENESS:
            payload, at = varint.read_bytes(message, at)
            _end(message, at)
            return Presence(payload)
        case wire.QUERY_AWARENESS:
            _end(message, at)
            return QueryPresence()
    return Other(number)


def _read_sync(kind: int, payload: bytes) -> Message:
    match kind:
        case wire.SYNC_STEP1:
            return Step1(read_state_vector(payload, most=MAX_STATE_VECTOR_CLIENTS))
        case wire.SYNC_STEP2 | wire.SYNC_UPDATE:
            return Edit(payload, live=kind == wire.SYNC_UPDATE)
    raise Malformed(f"sync message of kind {kind}")


def _end(data: bytes, at: int) -> None:
    if at != len(data):
        raise Malformed("bytes after the end")
