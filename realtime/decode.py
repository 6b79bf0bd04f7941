"""Reads the structure of a Yjs update (v1) before anything applies it, and writes it back in parts.

Only what the session document is made of is read: JSON values, text, maps, and the two shapes that
deletion leaves behind. Everything else, and every shape on which Yjs and yrs could disagree (a
client listed twice, bytes after the end, empty content), raises Malformed.

Layout: varUint clients; per client varUint structs, client, first clock, then the structs; then the
delete set: varUint clients; per client client, varUint ranges, (clock, length) pairs.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from realtime.errors import Malformed
from realtime.varint import read_any, read_text, read_uint, write_bytes, write_uint

GC, DELETED, STRING, TYPE, ANY = 0, 1, 4, 7, 8
TYPE_MAP, TYPE_TEXT = 1, 2
MAX_CLOCK = 1 << 31
"""yrs keeps clocks in 32 bits."""

_new = tuple.__new__  # what NamedTuple's own constructor ends in, without its wrapper
_HAS_ORIGIN, _HAS_RIGHT, _HAS_KEY = 0x80, 0x40, 0x20

Id = tuple[int, int]
"""Client and clock of one item."""


class Struct(NamedTuple):
    """One struct: `length` items of `client` from `clock` on.

    A NamedTuple because one is made for every few bytes received. parent: the root's name, the
    id of the parent's item, or None where origin or right give it. value: the text of a STRING,
    the type number of a TYPE, the JSON value of an ANY. raw: the struct's own bytes.
    """

    client: int
    clock: int
    length: int
    kind: int
    origin: Id | None
    right: Id | None
    parent: str | Id | None
    key: str | None
    value: Any
    raw: bytes


class Deletion(NamedTuple):
    """The items of `client` from `clock` on, `length` of them."""

    client: int
    clock: int
    length: int


class Update(NamedTuple):
    """structs: in the order of the bytes, each client's together. deletions: likewise."""

    structs: Sequence[Struct]
    deletions: Sequence[Deletion]


def decode(data: bytes, max_structs: int) -> Update:
    """Return what `data` says. Raises Malformed."""
    try:
        structs, at = _read_structs(data, max_structs)
        deletions, at = _read_deletions(data, at)
    except (IndexError, UnicodeDecodeError) as error:
        raise Malformed("cut short or not UTF-8") from error
    if at != len(data):
        raise Malformed("bytes after the end: not an update of version 1")
    return Update(structs, deletions)


def encode(structs: Iterable[Struct], deletions: Iterable[Deletion]) -> bytes:
    """Return an update of these structs (each client's contiguous and in order) and deletions."""
    blocks: dict[int, list[Struct]] = {}
    for struct in structs:
        blocks.setdefault(struct.client, []).append(struct)
    out = bytearray(write_uint(len(blocks)))
    for client, block in blocks.items():
        out += write_uint(len(block)) + write_uint(client) + write_uint(block[0].clock)
        for struct in block:
            out += struct.raw
    ranges: dict[int, list[Deletion]] = {}
    for deletion in deletions:
        ranges.setdefault(deletion.client, []).append(deletion)
    out += write_uint(len(ranges))
    for client, spans in ranges.items():
        out += write_uint(client) + write_uint(len(spans))
        for span in spans:
            out += write_uint(span.clock) + write_uint(span.length)
    return bytes(out)


def cut(struct: Struct, offset: int) -> Struct:
    """Return `struct` without its first `offset` items, which the document has already."""
    clock, length = struct.clock + offset, struct.length - offset
    if struct.kind == GC:
        raw = bytes((GC,)) + write_uint(length)
        return struct._replace(clock=clock, length=length, raw=raw)
    origin = (struct.client, clock - 1)
    info = struct.kind | _HAS_ORIGIN | (_HAS_RIGHT if struct.right else 0)
    raw = bytes((info,)) + _write_id(origin) + (_write_id(struct.right) if struct.right else b"")
    value = struct.value
    if struct.kind == DELETED:
        raw += write_uint(length)
    else:
        value = _after(value, offset)
        raw += write_bytes(value.encode())
    return struct._replace(
        clock=clock, length=length, origin=origin, parent=None, key=None, value=value, raw=raw
    )


def utf16_length(text: str) -> int:
    """Return how many clocks `text` takes: Yjs counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _after(text: str, offset: int) -> str:
    rest = text.encode("utf-16-le")[2 * offset :]
    try:
        return rest.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise Malformed("text cut inside a character") from error


def _write_id(item: Id) -> bytes:
    return write_uint(item[0]) + write_uint(item[1])


def _read_structs(data: bytes, max_structs: int) -> tuple[list[Struct], int]:
    structs: list[Struct] = []
    seen: set[int] = set()
    clients, at = read_uint(data, 0)
    for _ in range(clients):
        count, at = read_uint(data, at)
        named = at
        client, at = read_uint(data, at)
        own = data[named:at]
        clock, at = read_uint(data, at)
        if client in seen or not count:
            raise Malformed("client twice or without structs")
        seen.add(client)
        if len(structs) + count > max_structs:
            raise Malformed("too many structs", code="sync.too_large")
        for _ in range(count):
            struct, at = _read_struct(data, at, client, clock, own)
            clock += struct.length
            structs.append(struct)
        if clock > MAX_CLOCK:
            raise Malformed("clock too far")
    return structs, at


def _read_struct(data: bytes, at: int, client: int, clock: int, own: bytes) -> tuple[Struct, int]:
    """own: the client as it stands in the bytes, for most ids name the writer's own items."""
    start = at
    info = data[at]
    at += 1
    if info == GC:
        length, at = _read_length(data, at)
        raw = data[start:at]
        return Struct(client, clock, length, GC, None, None, None, None, None, raw), at
    origin: Id | None = None
    right: Id | None = None
    parent: str | Id | None = None
    key: str | None = None
    if info & _HAS_ORIGIN:
        origin, at = _read_id(data, at, client, own)
    if info & _HAS_RIGHT:
        right, at = _read_id(data, at, client, own)
    if origin is None and right is None:
        named = data[at]
        if named > 1:
            raise Malformed("parent of unknown kind")
        if named:
            parent, at = read_text(data, at + 1)
        else:
            parent, at = _read_id(data, at + 1, client, own)
        if info & _HAS_KEY:
            key, at = read_text(data, at)
    kind = info & 31
    length = 1
    value: Any = None
    if kind == ANY:
        if data[at] != 1:  # more than one value would be an array, which the document has none of
            raise Malformed("not one value")
        value, at = read_any(data, at + 1)
    elif kind == STRING:
        value, at = read_text(data, at)
        if not value:
            raise Malformed("empty text")
        length = utf16_length(value)
    elif kind == TYPE:
        value, at = read_uint(data, at)
        if value not in (TYPE_MAP, TYPE_TEXT):
            raise Malformed(f"shared type {value}")
    elif kind == DELETED:
        length, at = _read_length(data, at)
    else:
        raise Malformed(f"content of kind {kind}")
    raw = data[start:at]
    return _new(Struct, (client, clock, length, kind, origin, right, parent, key, value, raw)), at


def _read_deletions(data: bytes, at: int) -> tuple[list[Deletion], int]:
    deletions: list[Deletion] = []
    seen: set[int] = set()
    clients, at = read_uint(data, at)
    for _ in range(clients):
        client, at = read_uint(data, at)
        count, at = read_uint(data, at)
        if client in seen:
            raise Malformed("client twice in the delete set")
        seen.add(client)
        for _ in range(count):
            clock, at = read_uint(data, at)
            length, at = _read_length(data, at)
            deletions.append(Deletion(client, clock, length))
    return deletions, at


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    length, at = read_uint(data, at)
    if not 0 < length <= MAX_CLOCK:
        raise Malformed("length out of range")
    return length, at


def _read_id(data: bytes, at: int, client: int, own: bytes) -> tuple[Id, int]:
    if data.startswith(own, at):
        at += len(own)
    else:
        client, at = read_uint(data, at)
    clock = data[at]
    at += 1
    if clock > 127:
        clock, at = read_uint(data, at - 1)
    return (client, clock), at
