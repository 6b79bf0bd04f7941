"""Mirror rows: what the server writes into a document, in the order in which it was committed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from schemas.ids import SessionId, StudyId


@dataclass(frozen=True, slots=True)
class MirrorOp:
    """Set `root[key]` to the JSON `value`; None removes it. seq: from 1, without gaps."""

    seq: int
    root: str
    key: str
    value: Any


class MirrorLog(Protocol):
    """Where mirror rows are read. Rows are never changed."""

    async def after(self, session: SessionId, seq: int) -> Sequence[MirrorOp]:
        """Return all ops of `session` after `seq`, in order."""
        ...

    async def study_of(self, session: SessionId) -> StudyId:
        """Return the study of `session`; raises NotFound."""
        ...


@dataclass(slots=True)
class MemoryMirror:
    """Mirror rows of a process without a database; every session is of one study."""

    study: StudyId
    _ops: dict[SessionId, list[MirrorOp]] = field(default_factory=dict)

    def put(self, session: SessionId, root: str, key: str, value: Any) -> None:
        """Commit one op."""
        ops = self._ops.setdefault(session, [])
        ops.append(MirrorOp(len(ops) + 1, root, key, value))

    async def after(self, session: SessionId, seq: int) -> Sequence[MirrorOp]:
        """See MirrorLog."""
        return self._ops.get(session, [])[seq:]

    async def study_of(self, session: SessionId) -> StudyId:
        """See MirrorLog."""
        return self.study
