"""What the writers write: real Yjs updates, marked so that each is found again in any frame.

The marker is the writer's number and the monotonic clock, as plain text inside the note; servers
that merge edits into one frame are so credited with each of them.
"""

import re
import time

from pycrdt import Doc, Map, Text

MARK = re.compile(rb"~([0-9a-f]{3})([0-9a-f]{16})~")
PAD = "The group agreed that the timeline in line 12 needs a second look before the vote. "


def mark(number: int) -> str:
    """The text that says who wrote and when."""
    return f"~{number:03x}{time.monotonic_ns():016x}~{PAD}"


class PlainWriter:
    """For the peers: an annotation is one map entry of about 200 bytes."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.client = 0
        self._count = 0
        self._doc: Doc[Map] = Doc()
        self._map = self._doc.get("annotations", type=Map)
        self._updates: list[bytes] = []
        self._observed = self._doc.observe(lambda event: self._updates.append(event.update))

    def edit(self) -> bytes:
        """Make one annotation and return its update."""
        self._count += 1
        self._map[f"a{self.number}-{self._count}"] = {
            "line": self._count % 400,
            "by": f"u{self.number}",
            "kind": "note",
            "text": mark(self.number),
        }
        return self._updates.pop()


class RoomWriter:
    """For Colloquy: an annotation in the shape of schemas/document.py, wording and all."""

    def __init__(self, number: int, person: str) -> None:
        self.number = number
        self.person = person
        self._count = 0
        self._doc: Doc[Map] = Doc()
        self.client = self._doc.client_id
        self._map = self._doc.get("annotations", type=Map)
        self._updates: list[bytes] = []
        self._observed = self._doc.observe(lambda event: self._updates.append(event.update))

    def edit(self) -> bytes:
        """Make one annotation and return its update."""
        self._count += 1
        line = f"{self._count % 400:032x}"
        target = {"line": line, "revision": 0, "start": 0, "end": None, "quote": "bench"}
        self._map[f"{self.number:016x}{self._count:016x}"] = Map(
            {
                "author": self.person,
                "voice": {"name": "Bench", "person": None, "unit": None},
                "kind": "problem",
                "targets": [target],
                "at": 1_700_000_000_000 + self._count,
                "wording": Text(mark(self.number)),
                "thread": Map({}),
            }
        )
        return self._updates.pop()
