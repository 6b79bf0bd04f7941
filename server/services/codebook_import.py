"""A codebook brought into a study: shown row by row first, then taken in whole or not at all.

What was shown is named by its seal; where the taxonomy has moved on since, the same file would do
something else, and is refused until it has been looked at again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from schemas.errors import Conflict
from schemas.ids import StudyId
from server.domain import codebook_plan
from server.domain.codebook_plan import Planned
from server.domain.sheets import Sheet
from server.services.curation import Curation, Curator
from server.store import entries, studies
from server.store.database import Database, Work


@dataclass(frozen=True, slots=True)
class Plan:
    """What a codebook would do. seal: stands for exactly this."""

    rows: Sequence[Planned]

    @property
    def seal(self) -> str:
        """A digest of everything that the plan says."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()


class CodebookImport:
    """Plans and takes in codebooks for whoever may run the study; the route has asked."""

    def __init__(self, database: Database, curation: Curation) -> None:
        self._database = database
        self._curation = curation

    async def check(self, study_id: StudyId, sheet: Sheet) -> Plan:
        """Return what each row would do. Raises NotFound, Invalid `import.empty`, `codebook.rows`."""
        async with self._database.read() as work:
            return await _planned(work, study_id, sheet)

    async def store(self, by: Curator, study_id: StudyId, sheet: Sheet, *, seal: str) -> int:
        """Take the codebook in; return how many entries were added or changed. New ones are of the first stage.

        Raises as `check`, Conflict `import.bad_rows`, `codebook.stale` (the plan is not the one
        that was shown), `codebook.stage` (the study has none): then nothing was stored.
        """
        async with self._database.write() as work:
            plan = await _planned(work, study_id, sheet)
            bad = [row.number for row in plan.rows if row.problem]
            if bad:
                raise Conflict("import.bad_rows", rows=", ".join(map(str, sorted(bad))))
            if plan.seal != seal:
                raise Conflict("codebook.stale")
            stages = await studies.stages(work, study_id)
            if not stages:
                raise Conflict("codebook.stage")
            moved = [row for row in plan.rows if row.before is None or row.changes]
            for row in moved:
                assert row.entry is not None  # a row without one has a problem
                await self._curation.take_in(work, by, row.entry, row.before, stages[0].id)
        return len(moved)


async def _planned(work: Work, study_id: StudyId, sheet: Sheet) -> Plan:
    await studies.get(work, study_id)
    known = await entries.of_study(work, study_id)
    return Plan(await anyio.to_thread.run_sync(codebook_plan.plan, study_id, known, sheet))
