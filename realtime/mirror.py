"""Mirror rows: what the server writes into a document, in the order in which it was committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from realtime.bulletins import MemoryBulletins
from schemas.ids import SessionId, StudyId


@dataclass(frozen=True, slots=True)
class MirrorOp:
    """Set `root[key]` to the JSON `value`; None removes it. seq: from 1, without gaps."""

    seq: int
    root: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session belongs, and how far it is.

    mirrored: its last mirror row. told: the last bulletin of its study.
    """

    study: StudyId
    mirrored: int = 0
    told: int = 0


class MirrorLog(Protocol):
    """Where mirror rows are read. Rows are never changed."""

    async def after(self, session: SessionId, seq: int) -> Sequence[MirrorOp]:
        """Return all ops of `session` after `seq`, in order."""
        ...

    async def place_of(self, session: SessionId) -> Place:
        """Return the place of `session`; raises NotFound."""
        ...

    async def places(self, sessions: Sequence[SessionId]) -> Mapping[SessionId, Place]:
        """Return the places of those sessions that there are."""
        ...


@dataclass(slots=True)
class MemoryMirror:
    """Mirror rows of a process without a database; every session is of one study."""

    study: StudyId
    bulletins: MemoryBulletins = field(default_factory=MemoryBulletins)
    _ops: dict[SessionId, list[MirrorOp]] = field(default_factory=dict)

    def put(self, session: SessionId, root: str, key: str, value: Any) -> None:
        """Commit one op."""
        ops = self._ops.setdefault(session, [])
        ops.append(MirrorOp(len(ops) + 1, root, key, value))

    async def after(self, session: SessionId, seq: int) -> Sequence[MirrorOp]:
        """See MirrorLog."""
        return self._ops.get(session, [])[seq:]

    async def place_of(self, session: SessionId) -> Place:
        """See MirrorLog."""
        told = len(await self.bulletins.after(self.study, 0))
        return Place(self.study, len(self._ops.get(session, [])), told)

    async def places(self, sessions: Sequence[SessionId]) -> Mapping[SessionId, Place]:
        """See MirrorLog."""
        return {session: await self.place_of(session) for session in sessions}
