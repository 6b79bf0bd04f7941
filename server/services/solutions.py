"""Solutions assessed in focus groups: each version kept, a stale one refused with what stands."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import StudyId
from schemas.taxonomy import EntryKind, EntryState
from server.domain import solutions as domain
from server.domain.solutions import Assessment, Solution
from server.services.requirements import Editor
from server.store import entries, events, solutions, studies, versions
from server.store.database import Database, Work
from server.store.solutions import Assessed


class Solutions:
    """Reads and writes assessments. The route has let the reader or writer in."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def standing(self, study_id: StudyId) -> Mapping[Solution, Assessed]:
        """Return what stands for each assessed solution of a study."""
        async with self._database.read() as work:
            return await solutions.of_study(work, study_id)

    async def assess(
        self, by: Editor, study_id: StudyId, solution: Solution, said: Assessment, *, base: int
    ) -> Assessed:
        """Store the next version over `base` (0: the first); nothing changed makes no version.

        Raises Invalid as `check` does, NotFound `solution.unknown`, or Conflict `solution.stale`
        (version, fields that differ) where somebody was faster.
        """
        domain.check(said)
        async with self._database.write() as work:
            await versions.newest_seq(work, study_id, lock=True)
            await _require_solution(work, study_id, solution)
            said = await _in_protocol_order(work, study_id, said)
            past = await solutions.versions(work, study_id, solution)
            newest = past[-1] if past else None
            if newest is not None and newest.assessment == said:
                return newest  # also what a doubled click sends
            version = 0 if newest is None else newest.version
            if version != base:
                stands = Assessment() if newest is None else newest.assessment
                seen = {one.version: one.assessment for one in past}.get(base, Assessment())
                difference = list(domain.altered(seen, stands))
                raise Conflict("solution.stale", version=version, difference=difference)
            made = Assessed(solution, version + 1, said, by.name, self._now())
            await solutions.add(work, study_id, made)
            await events.record(
                work,
                study_id,
                "solution.assessed",
                str(solution.entry_id or solution.annotation_id),
                role="moderator",
                body={"version": made.version, "by": by.name},
                base_version=base,
                at=made.at,
            )
        return made


async def _require_solution(work: Work, study_id: StudyId, solution: Solution) -> None:
    if not await _is_solution(work, study_id, solution):
        raise NotFound("solution.unknown")


async def _is_solution(work: Work, study_id: StudyId, solution: Solution) -> bool:
    entry_id, annotation_id = solution.entry_id, solution.annotation_id
    if entry_id is not None and annotation_id is None:
        entry = await entries.get(work, entry_id)
        place = (entry.study_id, entry.kind, entry.state)
        return place == (study_id, EntryKind.SOLUTION, EntryState.ACTIVE)
    if annotation_id is not None and entry_id is None:
        return await solutions.shelf_holds(work, study_id, annotation_id)
    return False


async def _in_protocol_order(work: Work, study_id: StudyId, said: Assessment) -> Assessment:
    known = [unit.id for unit in await studies.units(work, study_id)]
    if not {*said.supporting, *([] if said.lead is None else [said.lead])} <= set(known):
        raise Invalid("solution.units")
    return replace(said, supporting=tuple(one for one in known if one in said.supporting))
