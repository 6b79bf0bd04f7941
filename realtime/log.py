"""The update log: what a document is made of, in order, and nothing else.

Rows are only appended. A snapshot stands for all rows up to its number; rows are cut only when a
snapshot has been read back. `epoch` numbers the owners of a document (`realtime.lease`): rows of
one that was replaced are refused. `generation` counts the redactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from realtime.lease import MemoryLeases
from schemas.errors import Conflict, Unavailable


@dataclass(frozen=True, slots=True)
class UpdateRow:
    """One applied update (Yjs update v1). person: "" for the server. at: UTC seconds."""

    doc: str
    seq: int
    epoch: int
    person: str
    client: int
    at: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class StoredDoc:
    """Everything stored of one document.

    snapshot: update v1 of the state after row `snapshot_seq`, or None (then that is 0).
    updates: the rows after it, in order. clients: client id to person ("" for the server).
    generation: 1, and one more for each time that its history was rewritten.
    """

    snapshot: bytes | None
    snapshot_seq: int
    updates: Sequence[UpdateRow]
    clients: Mapping[int, str]
    generation: int = 1


Stale = frozenset[tuple[str, int]]
"""Documents and epochs whose rows were refused: another owner has been at work since."""


class UpdateLog(Protocol):
    """Where documents are kept. Whatever cannot be done now raises Unavailable."""

    async def load(self, doc: str) -> StoredDoc:
        """Return all of `doc`; an unknown one is empty."""
        ...

    async def append(self, rows: Sequence[UpdateRow]) -> Stale:
        """Store rows in one transaction and return when all are on disk.

        A row whose epoch is not its document's newest is refused, in that same transaction, and
        its document returned. A row that is stored already, with the same payload, is stored once:
        the writer repeats rows whose answer it did not get. Another payload under that number
        raises Conflict.
        """
        ...

    async def snapshot(self, doc: str, seq: int, state: bytes) -> None:
        """Keep `state` for all rows up to `seq`, read it back, then cut what is older.

        Two snapshots are kept, and every row that the older one does not hold.
        """
        ...

    async def rewrite(self, doc: str, seq: int, state: bytes) -> None:
        """Keep `state` for all rows up to `seq`, read it back, then remove all that it replaces.

        For what may not be kept: unlike `snapshot` it leaves nothing to fall back to, and the
        document is of the next generation.
        """
        ...

    async def claim(self, doc: str, client: int, person: str) -> bool:
        """Bind a client id to a person for good; False if it is somebody else's."""
        ...


@dataclass(slots=True)
class MemoryLog:
    """The log of a process without a disk, for tests and benches; also plays a failing disk.

    leases: whose epochs count; without them every row is taken.
    """

    failing: bool = False
    leases: MemoryLeases | None = None
    _rows: dict[str, dict[int, UpdateRow]] = field(default_factory=dict)
    _snapshots: dict[str, dict[int, bytes]] = field(default_factory=dict)
    _clients: dict[str, dict[int, str]] = field(default_factory=dict)
    _generations: dict[str, int] = field(default_factory=dict)

    async def load(self, doc: str) -> StoredDoc:
        """See UpdateLog."""
        self._check()
        kept = self._snapshots.get(doc, {})
        seq = max(kept, default=0)
        rows = [row for row in self._rows.get(doc, {}).values() if row.seq > seq]
        rows.sort(key=lambda row: row.seq)
        clients, generation = dict(self._clients.get(doc, {})), self._generations.get(doc, 1)
        return StoredDoc(kept.get(seq), seq, rows, clients, generation)

    async def append(self, rows: Sequence[UpdateRow]) -> Stale:
        """See UpdateLog."""
        self._check()
        owned = self.leases
        stale = {(r.doc, r.epoch) for r in rows if owned and owned.epoch(r.doc) != r.epoch}
        for row in rows:
            if (row.doc, row.epoch) in stale:
                continue
            stored = self._rows.setdefault(row.doc, {}).setdefault(row.seq, row)
            if stored.payload != row.payload:
                raise Conflict("log.foreign_row", doc=row.doc, seq=row.seq)
        return frozenset(stale)

    async def snapshot(self, doc: str, seq: int, state: bytes) -> None:
        """See UpdateLog."""
        self._check()
        kept = self._snapshots.setdefault(doc, {})
        kept[seq] = state
        for old in sorted(kept)[:-2]:
            del kept[old]
        if len(kept) == 2:
            rows = self._rows.get(doc, {})
            for number in [number for number in rows if number <= min(kept)]:
                del rows[number]

    async def rewrite(self, doc: str, seq: int, state: bytes) -> None:
        """See UpdateLog."""
        self._check()
        self._snapshots[doc] = {seq: state}
        self._generations[doc] = self._generations.get(doc, 1) + 1
        rows = self._rows.get(doc, {})
        for number in [number for number in rows if number <= seq]:
            del rows[number]

    async def claim(self, doc: str, client: int, person: str) -> bool:
        """See UpdateLog."""
        self._check()
        return self._clients.setdefault(doc, {}).setdefault(client, person) == person

    def _check(self) -> None:
        if self.failing:
            raise Unavailable("log.unavailable")
