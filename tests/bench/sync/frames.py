"""WebSocket and y-websocket framing for a generator that must be faster than any client library."""

import base64
import os
import struct


def var_uint(number: int) -> bytes:
    """Encode as lib0 does: seven bits a byte, low first."""
    out = bytearray()
    while number > 127:
        out.append(128 | number & 127)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_var_uint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at` and the index behind it."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        shift += 7
        at += 1
        if byte < 128:
            return number, at


def client_frame(payload: bytes, opcode: int = 2) -> bytes:
    """One masked frame; a mask of zeros is legal and costs nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((128 | opcode, 128 | size))
    elif size < 65536:
        head = struct.pack("!BBH", 128 | opcode, 254, size)
    else:
        head = struct.pack("!BBQ", 128 | opcode, 255, size)
    return head + b"\0\0\0\0" + payload


def handshake(host: str, path: str, headers: tuple[str, ...]) -> bytes:
    """The opening request of one socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *headers,
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def frame_at(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return (opcode, start, end) of the server frame at `at`, or None while it is incomplete."""
    have = len(data) - at
    if have < 2:
        return None
    size, head = data[at + 1], 2
    if size == 126:
        if have < 4:
            return None
        size, head = data[at + 2] << 8 | data[at + 3], 4
    elif size == 127:
        if have < 10:
            return None
        size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
    if have < head + size:
        return None
    return data[at] & 15, at + head, at + head + size
