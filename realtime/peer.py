"""What a room knows of one browser: how to write to it, and who sits before it."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from schemas.ids import PersonId, UnitId
from schemas.session import Role

HIGH_WATER = 64 * 1024
"""Bytes waiting for one browser above which nothing more is written to it."""
LOW_WATER = 16 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One message and its RFC 6455 frame, encoded once however many browsers get it."""

    message: bytes
    encoded: bytes

    @classmethod
    def of(cls, message: bytes) -> Self:
        """Return `message` as one final, unmasked binary frame (RFC 6455, section 5.2)."""
        size = len(message)
        if size < 126:
            header = bytes((0x82, size))
        elif size < 1 << 16:
            header = struct.pack("!BBH", 0x82, 126, size)
        else:
            header = struct.pack("!BBQ", 0x82, 127, size)
        return cls(message, header + message)


class Peer(Protocol):
    """The transport of one browser. No method blocks; after a close all of them do nothing."""

    def buffered(self) -> int:
        """Return the bytes taken and not yet on the network."""
        ...

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """Call `on_slow` once more than HIGH_WATER waits, `on_drained` once less than LOW_WATER."""
        ...

    def send(self, frame: Frame) -> None:
        """Send one websocket message."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the socket after what was sent."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a room, and the Yjs client ids that are theirs for good.

    may_annotate: writes own annotations, opened wordings and replies. may_open: opens the
    wording of any annotation to the group.
    """

    person: PersonId
    name: str
    unit: UnitId | None
    role: Role
    clients: frozenset[int]
    may_annotate: bool
    may_open: bool
