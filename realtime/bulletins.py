"""Bulletins: what happened in a study, numbered, stored in the transaction that made it so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from schemas.ids import StudyId


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One event of a study as browsers get it. seq: from 1, without gaps."""

    seq: int
    body: Mapping[str, Any]


class BulletinLog(Protocol):
    """Where bulletins are read. They are never changed."""

    async def after(self, study: StudyId, seq: int) -> Sequence[Bulletin]:
        """Return all bulletins of `study` after `seq`, in order."""
        ...


@dataclass(slots=True)
class MemoryBulletins:
    """Bulletins of a process without a database."""

    _posted: dict[StudyId, list[Bulletin]] = field(default_factory=dict)

    def post(self, study: StudyId, body: Mapping[str, Any]) -> None:
        """Commit one."""
        posted = self._posted.setdefault(study, [])
        posted.append(Bulletin(len(posted) + 1, body))

    async def after(self, study: StudyId, seq: int) -> Sequence[Bulletin]:
        """See BulletinLog."""
        return self._posted.get(study, [])[seq:]
