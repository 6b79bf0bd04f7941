"""Solutions assessed in focus groups: each version kept, a stale one refused with what stands."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.events import SolutionsChanged
from schemas.ids import AnnotationId, EntryId, StudyId, UnitId
from schemas.session import Bilingual, Person, SessionKind, Unit
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind
from server.domain import permissions
from server.domain import solutions as domain
from server.domain.permissions import Action
from server.domain.priorities import Spread
from server.domain.solutions import Assessment, Solution
from server.store import entries, events, priorities, sessions, solutions, studies, versions
from server.store.database import Database, Work
from server.store.search import Scope
from server.store.solutions import Assessed, Shelved
from server.store.studies import Study


@dataclass(frozen=True, slots=True)
class Assessor:
    """Who writes down an assessment. person: who that is in a session; None: an account alone."""

    name: str
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """One solution as it is offered to be assessed.

    label: of the entry, or the words of the note. solves: the problems in force that it is linked
    to. notes: what it was noted as, as far as the reader may read it. is_earlier: the assessment was
    made of a note, before it was agreed. spread: how urgent the units hold it, None: never asked.
    """

    solution: Solution
    label: Bilingual
    solves: Sequence[Entry] = ()
    notes: Sequence[Shelved] = ()
    assessed: Assessed | None = None
    is_earlier: bool = False
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Every solution of a study. agreed: entries in force, in their order; shelf: notes, oldest first.

    spreads: of all entries that units were asked about.
    """

    study: Study
    units: Sequence[Unit]
    agreed: Sequence[Offered]
    shelf: Sequence[Offered]
    known: Mapping[EntryId, Entry] = field(default_factory=dict)
    spreads: Mapping[EntryId, Spread] = field(default_factory=dict)


class Solutions:
    """Reads and writes assessments. The route has let the reader or writer in."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def offer(self, study_id: StudyId, scope: Scope) -> Offer:
        """Return what a reader with this scope sees of a study's solutions.

        Entries and assessments are the study's; notes are their session's. Raises NotFound
        `study.unknown`.
        """
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            units = await studies.units(work, study_id)
            noted = await solutions.shelf(work, study_id, scope)
            agreed = await solutions.agreed_from(work, study_id)
            standing = await solutions.of_study(work, study_id)
            spreads = await priorities.spreads(work, study_id)
            known = {one.id: one for one in await entries.of_study(work, study_id)}
            solved = _solved(known, await entries.links_of_study(work, study_id))
        found = [
            _agreed(one, solved.get(one.id, ()), noted, agreed, standing, spreads)
            for one in known.values()
            if one.kind is EntryKind.SOLUTION and one.state is EntryState.ACTIVE
        ]
        shelf = [_shelved(one, standing) for one in noted if one.id not in agreed]
        return Offer(study, units, found, shelf, known, spreads)

    async def versions(self, study_id: StudyId, solution: Solution) -> Sequence[Assessed]:
        """Return every version of a solution's assessment, oldest first."""
        async with self._database.read() as work:
            return await solutions.versions(work, study_id, solution)

    async def standing(self, study_id: StudyId) -> Mapping[Solution, Assessed]:
        """Return what stands for each assessed solution of a study."""
        async with self._database.read() as work:
            return await solutions.of_study(work, study_id)

    async def assess(
        self, by: Assessor, study_id: StudyId, solution: Solution, said: Assessment, *, base: int
    ) -> Assessed:
        """Store the next version over `base` (0: the first); nothing changed makes no version.

        Raises Invalid as `check` does, Forbidden for a person outside a live focus group, NotFound
        `solution.unknown`, or Conflict `solution.stale` (version, fields that differ) where
        somebody was faster.
        """
        domain.check(said)
        async with self._database.write() as work:
            await versions.newest_seq(work, study_id, lock=True)
            await _require_seat(work, study_id, by)
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
            await _record(work, study_id, by, made)
            work.publish(SolutionsChanged(study_id))
        return made


async def _record(work: Work, study_id: StudyId, by: Assessor, made: Assessed) -> None:
    person, solution = by.person, made.solution
    await events.record(
        work,
        study_id,
        "solution.assessed",
        str(solution.entry_id or solution.annotation_id),
        session_id=None if person is None else person.session_id,
        person_id=None if person is None else person.id,
        role="moderator" if person is None else person.role.value,
        body={"version": made.version, "by": by.name},
        base_version=made.version - 1,
        at=made.at,
    )


def _solved(
    known: Mapping[EntryId, Entry], links: Sequence[entries.Link]
) -> Mapping[EntryId, Sequence[Entry]]:
    """The problems in force that each solution is linked to, or stands below."""
    found: dict[EntryId, dict[EntryId, Entry]] = {}

    def add(solution: EntryId, problem: EntryId | None) -> None:
        one = None if problem is None else known.get(problem)
        if one is not None and one.kind is EntryKind.PROBLEM and one.state is EntryState.ACTIVE:
            found.setdefault(solution, {})[one.id] = one

    for link in links:
        if link.kind is LinkKind.SOLVED_BY:
            add(link.to_id, link.from_id)
    for one in known.values():
        if one.kind is EntryKind.SOLUTION:
            add(one.id, one.parent_id)
    return {key: list(problems.values()) for key, problems in found.items()}


def _agreed(
    entry: Entry,
    solves: Sequence[Entry],
    noted: Sequence[Shelved],
    agreed: Mapping[AnnotationId, EntryId],
    standing: Mapping[Solution, Assessed],
    spreads: Mapping[EntryId, Spread],
) -> Offered:
    solution = Solution(entry_id=entry.id)
    own, earlier = standing.get(solution), None
    if own is None:
        before = [
            standing[Solution(annotation_id=note)]
            for note, into in agreed.items()
            if into == entry.id and Solution(annotation_id=note) in standing
        ]
        earlier = max(before, key=lambda one: one.at, default=None)
    return Offered(
        solution,
        entry.label,
        solves,
        [one for one in noted if agreed.get(one.id) == entry.id],
        own or earlier,
        is_earlier=earlier is not None,
        spread=spreads.get(entry.id),
    )


def _shelved(one: Shelved, standing: Mapping[Solution, Assessed]) -> Offered:
    solution = Solution(annotation_id=one.id)
    return Offered(solution, Bilingual(one.text, one.text), (), [one], standing.get(solution))


async def _require_seat(work: Work, study_id: StudyId, by: Assessor) -> None:
    """A person assesses in a live focus group of this study; an account was let in by the route."""
    if by.person is None:
        return
    session = await sessions.get(work, by.person.session_id)
    permissions.require(by.person.role, Action.ASSESS, session.state)
    if session.study_id != study_id or session.kind is not SessionKind.FOCUS_GROUP:
        raise Forbidden(
            "permission.denied",
            action=Action.ASSESS.value,
            role=by.person.role.value,
            state=session.state.value,
        )


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
    known: list[UnitId] = [unit.id for unit in await studies.units(work, study_id)]
    if not {*said.supporting, *([] if said.lead is None else [said.lead])} <= set(known):
        raise Invalid("solution.units")
    return replace(said, supporting=tuple(one for one in known if one in said.supporting))
