"""Integers, strings and JSON-like values as lib0 writes them, read with limits.

A reader takes bytes and an offset and returns the value and the next offset; it raises Malformed,
or IndexError and UnicodeDecodeError where the bytes end or are not UTF-8: callers turn these into
Malformed once, at their edge.
"""

import json
import math
import struct
from typing import Any

from realtime.errors import Malformed

MAX_DEPTH = 6
"""How deep lists and objects may nest inside one value."""


def read_uint(data: bytes, at: int) -> tuple[int, int]:
    """Read a varUint of at most 53 bits: 7 bits a byte, low first, the high bit means more."""
    byte = data[at]
    at += 1
    if byte < 128:
        return byte, at
    value, shift = byte & 127, 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
        if shift > 49:
            raise Malformed("integer too long")
    if value >= 1 << 53:
        raise Malformed("integer too large")
    return value, at


def write_uint(value: int) -> bytes:
    """Return `value` as a varUint."""
    if value < 128:
        return bytes((value,))
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """Read a varUint length and that many bytes."""
    size = data[at]
    at += 1
    if size > 127:  # most are shorter: not worth a call
        size, at = read_uint(data, at - 1)
    end = at + size
    if end > len(data):
        raise Malformed("cut short")
    return data[at:end], end


def write_bytes(data: bytes) -> bytes:
    """Return `data` behind its length."""
    return write_uint(len(data)) + data


def read_text(data: bytes, at: int) -> tuple[str, int]:
    """Read a string: UTF-8 behind its length in bytes. NUL is refused: PostgreSQL stores none."""
    size = data[at]
    at += 1
    if size > 127:
        size, at = read_uint(data, at - 1)
    end = at + size
    if end > len(data):
        raise Malformed("cut short")
    text = data[at:end].decode()
    if "\0" in text:
        raise Malformed("NUL in text")
    return text, end


def write_json(payload: object) -> bytes:
    """Return `payload` as a varString of JSON."""
    return write_bytes(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())


def read_any(data: bytes, at: int, depth: int = 0) -> tuple[Any, int]:
    """Read one JSON-like value (lib0 `encoding.writeAny`); undefined reads as None.

    Binary values, big integers and numbers that are not finite are refused: no key has them.
    """
    tag = data[at]
    at += 1
    if tag == 119:
        return read_text(data, at)
    if tag == 125:
        return _read_int(data, at)
    if tag == 118 or tag == 117:
        return _read_container(data, at, tag, depth + 1)
    if tag == 126 or tag == 127:
        return None, at
    if tag == 120 or tag == 121:
        return tag == 120, at
    if tag == 124:
        return _read_float(data, at, "!f", 4)
    if tag == 123:
        return _read_float(data, at, "!d", 8)
    raise Malformed(f"value of kind {tag}")


def _read_container(data: bytes, at: int, tag: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise Malformed("nested too deep")
    size, at = read_uint(data, at)
    if size > len(data) - at:
        raise Malformed("cut short")
    if tag == 117:
        items = []
        for _ in range(size):
            item, at = read_any(data, at, depth)
            items.append(item)
        return items, at
    found: dict[str, Any] = {}
    for _ in range(size):
        key, at = read_text(data, at)
        if key in found:
            raise Malformed("key twice in one object")
        found[key], at = read_any(data, at, depth)
    return found, at


def _read_int(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    at += 1
    value, shift, negative = byte & 63, 6, byte & 64
    while byte & 128:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if shift > 55:
            raise Malformed("integer too long")
    return (-value if negative else value), at


def _read_float(data: bytes, at: int, layout: str, size: int) -> tuple[float, int]:
    if at + size > len(data):
        raise Malformed("cut short")
    (number,) = struct.unpack_from(layout, data, at)
    if not math.isfinite(number):
        raise Malformed("number that is not finite")
    return number, at + size
