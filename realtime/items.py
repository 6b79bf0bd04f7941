"""The item table: for every item of a document, where it is.

An update that overwrites a key or types into a text names only its neighbours, never the key or
the text. So the gate keeps, for each client, runs of items with their container and key, and
finds an item's place by bisection. Changes are made at once and taken back if the update fails.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NamedTuple

from realtime.decode import Deletion, Id
from schemas.ids import AnnotationId


class Fixed(Enum):
    """Containers that are not part of an annotation."""

    ANNOTATIONS = auto()
    SERVER = auto()
    """One of the server's own roots."""
    GONE = auto()
    """Inside something that was deleted and collected."""


@dataclass(slots=True, eq=False)
class Note:
    """One annotation's Map. last: key to the item that was written last, None once deleted.

    foreign: somebody else has typed or replied in it. opened: as the document says. was_opened: it
    was open to the group once, so who types in it may not have heard yet that it is not.
    """

    id: AnnotationId
    author: str
    item: Id
    opened: bool = False
    was_opened: bool = False
    foreign: bool = False
    dead: bool = False
    wording: "Wording | None" = None
    thread: "Thread | None" = None
    last: dict[str, Id | None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Wording:
    """One annotation's Text. size: visible code points; written: UTF-16 units ever typed.

    authors: everybody who typed in it, in order of their first letter.
    """

    note: Note
    size: int = 0
    written: int = 0
    authors: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Thread:
    """One annotation's replies: reply id to its author."""

    note: Note
    replies: dict[str, str] = field(default_factory=dict)


Container = Fixed | Note | Wording | Thread


class Span(NamedTuple):
    """Items `clock` to `clock + length` of `client`, all in one place."""

    client: int
    clock: int
    length: int
    container: Container
    key: str | None


_ABSENT = object()


class Undo:
    """What was changed since the update began, so that it can be taken back in reverse."""

    __slots__ = ("_changes", "_runs")

    def __init__(self) -> None:
        self._changes: list[tuple[Any, Any, Any]] = []
        self._runs: _Runs | None = None

    def put(self, mapping: dict[Any, Any], key: object, value: object) -> None:
        """Set `mapping[key]`, remembering what was there."""
        self._changes.append((mapping, key, mapping.get(key, _ABSENT)))
        mapping[key] = value

    def set(self, owner: object, name: str, value: object) -> None:
        """Set an attribute, remembering what was there."""
        self._changes.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def remember(self, runs: "_Runs") -> None:
        """Remember how long the runs of one client are, once while they alone grow."""
        if runs is not self._runs:
            self._runs = runs
            self._changes.append((runs, None, (len(runs.clocks), runs.end)))

    def take_back(self) -> None:
        """Restore everything."""
        for owner, name, before in reversed(self._changes):
            if isinstance(owner, _Runs):
                owner.cut(*before)
            elif not isinstance(owner, dict):
                setattr(owner, name, before)
            elif before is _ABSENT:
                del owner[name]
            else:
                owner[name] = before
        self._changes.clear()
        self._runs = None


class _Runs:
    """The items of one client, in order of their clocks; each run lasts until the next begins."""

    __slots__ = ("clocks", "containers", "end", "keys")

    def __init__(self) -> None:
        self.clocks: list[int] = []
        self.containers: list[Container] = []
        self.keys: list[str | None] = []
        self.end = 0

    def append(self, length: int, container: Container, key: str | None) -> None:
        same = self.clocks and key is None and self.keys[-1] is None
        if not (same and self.containers[-1] is container):
            self.clocks.append(self.end)
            self.containers.append(container)
            self.keys.append(key)
        self.end += length

    def cut(self, count: int, end: int) -> None:
        del self.clocks[count:], self.containers[count:], self.keys[count:]
        self.end = end


class Items:
    """All items of one document by client and clock."""

    def __init__(self) -> None:
        self._runs: dict[int, _Runs] = {}

    def known(self, client: int) -> int:
        """Return the next clock of `client`."""
        runs = self._runs.get(client)
        return runs.end if runs is not None else 0

    def clocks(self) -> Mapping[int, int]:
        """Return the next clock of every client: the state vector."""
        return {client: runs.end for client, runs in self._runs.items() if runs.end}

    def place(self, item: Id) -> tuple[Container, str | None] | None:
        """Return the container and key of one item; None if it is unknown."""
        runs = self._runs.get(item[0])
        if runs is None or item[1] >= runs.end:
            return None
        n = bisect_right(runs.clocks, item[1]) - 1
        return runs.containers[n], runs.keys[n]

    def append(
        self, client: int, length: int, container: Container, key: str | None, undo: Undo
    ) -> None:
        """Add the next `length` items of `client`."""
        runs = self._runs.get(client)
        if runs is None:
            runs = self._runs[client] = _Runs()
        undo.remember(runs)
        runs.append(length, container, key)

    def spans(self, deletion: Deletion) -> Iterator[Span]:
        """Yield what a delete range touches, in order; what is unknown is left out."""
        client, clock, length = deletion
        runs = self._runs.get(client)
        end = min(clock + length, runs.end) if runs is not None else 0
        if runs is None or clock >= end:
            return
        n = bisect_right(runs.clocks, clock) - 1
        while clock < end:
            stop = runs.clocks[n + 1] if n + 1 < len(runs.clocks) else runs.end
            stop = min(stop, end)
            yield Span(client, clock, stop - clock, runs.containers[n], runs.keys[n])
            clock, n = stop, n + 1
