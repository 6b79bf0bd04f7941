"""An entry through the studies: what backed it in those before, and what became of it in those after.

An inherited entry is a copy; its evidence stays with the entry that it was copied from. Following it
means going from copy to copy, as far as this server knows and the reader may read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.errors import NotFound
from schemas.ids import EntryId
from schemas.session import Bilingual
from schemas.taxonomy import Entry
from server.domain.inheriting import Fate
from server.services.reports import as_quoted
from server.store import entries, inheriting, returns, studies
from server.store.database import Database, Work
from server.store.entries import Spoken
from server.store.search import Scope
from server.store.studies import Study

_MOST_STUDIES = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """The entry in a study before. entry: None where the reader may not read it, or it is gone."""

    title: Bilingual
    study: Study | None = None
    entry: Entry | None = None
    evidence: Sequence[Spoken] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """The entry in a study that took it over, and what became of it there."""

    study: Study
    entry: Entry
    fate: Fate


@dataclass(frozen=True, slots=True)
class Trail:
    """earlier: the study before first, then the one before that. later: as they took it over."""

    earlier: Sequence[Earlier] = field(default=())
    later: Sequence[Later] = field(default=())


class Trails:
    """Follows entries. The route has let the reader into the study of the one it begins with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_entry(self, entry_id: EntryId, *, scope: Scope) -> Trail:
        """Return where an entry came from and went to; scope: what the reader may find."""
        async with self._database.read() as work:
            return Trail(await _earlier(work, entry_id, scope), await _later(work, entry_id, scope))


async def _earlier(work: Work, entry_id: EntryId, scope: Scope) -> Sequence[Earlier]:
    found: list[Earlier] = []
    entry = await entries.get(work, entry_id)
    seen = {entry.id}
    while len(found) < _MOST_STUDIES:
        origin = (await inheriting.origins(work, entry.study_id)).get(entry.id)
        before = await inheriting.before_of(work, entry.study_id)
        if origin is None or before is None or origin in seen:
            break
        seen.add(origin)
        try:
            entry = await entries.get(work, origin)
        except NotFound:  # of another server, or of a study that was deleted
            found.append(Earlier(before.title))
            break
        if not _may_read(entry, scope):
            found.append(Earlier(before.title))
            continue
        study = await studies.get(work, entry.study_id)
        limits = await returns.limits(work, study.id)
        shown = as_quoted(await entries.evidence(work, entry.id), limits)
        found.append(Earlier(study.title, study, entry, shown))
    return found


async def _later(work: Work, entry_id: EntryId, scope: Scope) -> Sequence[Later]:
    found: list[Later] = []
    for heir_id in await inheriting.heirs(work, entry_id):
        heir = await entries.get(work, heir_id)
        if _may_read(heir, scope):
            marks = await inheriting.marks(work, heir.study_id)
            study = await studies.get(work, heir.study_id)
            found.append(Later(study, heir, marks[heir.id].fate))
    return found


def _may_read(entry: Entry, scope: Scope) -> bool:
    return entry.study_id in scope.studies | scope.members
