"""The requirement specification of a study: drafted from entries, edited, traced back to lines."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.errors import Conflict, Invalid
from schemas.ids import AccountId, EntryId, PersonId, StudyId, new_id
from schemas.session import Unit
from schemas.taxonomy import Entry, EntryState
from server.domain import requirements as domain
from server.domain.inheriting import SETTLED
from server.domain.priorities import Spread
from server.domain.requirements import Content, Requirement, RequirementId, Root
from server.services.reports import Reports, ThemedProblem
from server.services.solutions import Offer, Offered, Solutions
from server.store import commands, entries, events, inheriting, requirements, studies, versions
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.requirements import Version
from server.store.search import Scope
from server.store.studies import Study

MOST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Editor:
    """Who writes: an account that may run the study."""

    account_id: AccountId
    name: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement with what it traces to.

    entries: as they stand now, a merged one by what stands for it; problems: those of them that
    the thematic list has, with evidence. category: of the first. units: in protocol order.
    offered: the solutions proposed to them, with their assessment. spreads: how the units marked
    entries and solutions.
    """

    requirement: Requirement
    entries: Sequence[Entry]
    problems: Sequence[ThemedProblem]
    category: Entry | None
    units: Sequence[Unit]
    offered: Sequence[Offered] = ()
    spreads: Sequence[tuple[Entry, Spread]] = ()

    @property
    def is_shaken(self) -> bool:
        """Whether an entry that it rests on was retracted."""
        return any(one.state is EntryState.RETRACTED for one in self.entries)


@dataclass(frozen=True, slots=True)
class Specification:
    """Every requirement by number. problems: in force and not settled
    since an earlier study, all that one can be drafted from.

    covered: entries that a requirement in force rests on. offer: the solutions as assessed.
    """

    study: Study
    units: Sequence[Unit]
    stated: Sequence[Stated]
    problems: Sequence[ThemedProblem]
    covered: frozenset[EntryId]
    offer: Offer


@dataclass(frozen=True, slots=True)
class Sheet:
    """One requirement to be edited, with its versions and everything that it may trace to."""

    specification: Specification
    stated: Stated
    versions: Sequence[Version]


class Requirements:
    """Reads and writes requirements. The route has let the reader or writer in."""

    def __init__(
        self,
        database: Database,
        reports: Reports,
        solutions: Solutions,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._reports = reports
        self._solutions = solutions
        self._now = now

    async def study_of(self, requirement_id: RequirementId) -> StudyId:
        """Return the study of a requirement. Raises NotFound `requirement.unknown`."""
        async with self._database.read() as work:
            return (await requirements.get(work, requirement_id)).study_id

    async def specification(self, study_id: StudyId) -> Specification:
        """Return the whole specification. Raises NotFound `study.unknown`."""
        themed = await self._reports.thematic_list(study_id)
        offer = await self._solutions.offer(study_id, Scope())  # what is agreed; no session's notes
        async with self._database.read() as work:
            found = await requirements.of_study(work, study_id)
            known = {one.id: one for one in await entries.of_study(work, study_id)}
            marks = await inheriting.marks(work, study_id)
        settled = {one for one, mark in marks.items() if mark.fate in SETTLED}
        above = {
            problem.entry.id: (problem, category.entry)
            for category in themed.categories
            for problem in category.problems
        }
        stated = [_weighed(_stated(one, known, above, themed.units), offer) for one in found]
        in_force = [
            one
            for one in stated
            if one.requirement.content.standing is not domain.Standing.WITHDRAWN
        ]
        return Specification(
            study=themed.study,
            units=themed.units,
            stated=stated,
            problems=[
                one
                for one, _ in above.values()
                if one.entry.state is EntryState.ACTIVE and one.entry.id not in settled
            ],
            covered=frozenset(entry.id for one in in_force for entry in one.entries),
            offer=offer,
        )

    async def sheet(self, requirement_id: RequirementId) -> Sheet:
        """Return one requirement to be edited. Raises NotFound `requirement.unknown`."""
        async with self._database.read() as work:
            one = await requirements.get(work, requirement_id)
            past = await requirements.versions(work, requirement_id)
        found = await self.specification(one.study_id)
        stated = next(each for each in found.stated if each.requirement.id == requirement_id)
        return Sheet(found, stated, past)

    async def draft(
        self,
        by: Editor,
        key: str,
        study_id: StudyId,
        chosen: Sequence[EntryId],
        *,
        together: bool,
    ) -> Answer:
        """Draft one requirement from each chosen problem, or one from all; idempotent by key.

        Answers `{requirements}`, their ids. Raises Invalid `requirement.trace` where nothing in
        force is chosen.
        """
        found = await self.specification(study_id)
        wanted = set(chosen)
        roots = [_root(one, found.offer) for one in found.problems if one.entry.id in wanted]
        if not roots or len(roots) != len(wanted):
            raise Invalid("requirement.trace", most=domain.MOST_TRACES)
        contents = [domain.drafted(one) for one in ([roots] if together else [[r] for r in roots])]
        async with self._database.write() as work:

            async def do() -> Answer:
                await versions.newest_seq(work, study_id, lock=True)
                number = await requirements.next_number(work, study_id)
                made = [
                    Requirement(RequirementId(new_id()), study_id, number + at, 1, content)
                    for at, content in enumerate(contents)
                ]
                for one in made:
                    domain.check(one.content)
                    await requirements.add(work, one, by=by.name, at=self._now())
                    await self._record(work, one, "requirement.drafted", by, one.content.entries)
                return {"requirements": [one.id for one in made]}

            person = PersonId(by.account_id)
            return await commands.once(work, key, person, "requirement.draft", do)

    async def amend(
        self,
        by: Editor,
        requirement_id: RequirementId,
        content: Content,
        *,
        base: int,
        reason: str = "",
    ) -> Requirement:
        """Let a requirement say something else from now on; nothing changed makes no version.

        Raises Invalid as `check` does and `requirement.reason`, or Conflict `requirement.stale`
        (version, fields that differ) where somebody was faster.
        """
        domain.check(content)
        if len(reason) > MOST_REASON:
            raise Invalid("requirement.reason", most=MOST_REASON)
        async with self._database.write() as work:
            one = await requirements.get(work, requirement_id, lock=True)
            if content == one.content:
                return one  # also what a doubled click sends
            if one.version != base:
                raise await _stale(work, one, base)
            await _check_traces(work, one.study_id, content)
            changed = replace(one, version=one.version + 1, content=content)
            at = self._now()
            await requirements.change(work, changed, reason=reason.strip(), by=by.name, at=at)
            fields = domain.altered(one.content, content)
            await self._record(work, changed, "requirement.amended", by, fields)
        return changed

    async def _record(
        self, work: Work, one: Requirement, action: str, by: Editor, told: Sequence[str]
    ) -> None:
        await events.record(
            work,
            one.study_id,
            action,
            one.id,
            role="moderator",
            body={"number": one.number, "version": one.version, "by": by.name, "of": list(told)},
            base_version=one.version - 1,
            at=self._now(),
        )


async def _stale(work: Work, one: Requirement, base: int) -> Conflict:
    seen = {each.number: each.content for each in await requirements.versions(work, one.id)}
    before = seen.get(base)
    fields = domain.altered(before, one.content) if before is not None else ()
    return Conflict("requirement.stale", version=one.version, difference=list(fields))


async def _check_traces(work: Work, study_id: StudyId, content: Content) -> None:
    known: set[str] = {one.id for one in await entries.of_study(work, study_id)}
    named: set[str] = {one.id for one in await studies.units(work, study_id)}
    if not set(content.entries) <= known or not set(content.units) <= named:
        raise Invalid("requirement.trace", most=domain.MOST_TRACES)


def _root(one: ThemedProblem, offer: Offer) -> Root:
    """The problem to draft from; who leads or supports one of its solutions is concerned too."""
    concerned = {each.unit.id for each in one.units}
    for offered in _offered([one], offer):
        if offered.assessed is not None:
            said = offered.assessed.assessment
            concerned |= {*said.supporting, *([] if said.lead is None else [said.lead])}
    units = [unit.id for unit in offer.units if unit.id in concerned]
    return Root(one.entry, one.causes, one.consequences, one.solutions, units)


def _weighed(stated: Stated, offer: Offer) -> Stated:
    """With what focus groups say of its solutions, and how the units marked what it rests on."""
    offered = _offered(stated.problems, offer)
    solutions = [each.solution.entry_id for each in offered]
    marked = [*(one.id for one in stated.entries), *(one for one in solutions if one is not None)]
    spreads = [(offer.known[one], offer.spreads[one]) for one in marked if one in offer.spreads]
    return replace(stated, offered=offered, spreads=spreads)


def _offered(problems: Sequence[ThemedProblem], offer: Offer) -> list[Offered]:
    proposed = {one.id for problem in problems for one in problem.solutions}
    return [one for one in offer.agreed if one.solution.entry_id in proposed]


def _stated(
    one: Requirement,
    known: Mapping[EntryId, Entry],
    above: Mapping[EntryId, tuple[ThemedProblem, Entry]],
    units: Sequence[Unit],
) -> Stated:
    standing = [_standing(known[each], known) for each in one.content.entries if each in known]
    traced = list({each.id: each for each in standing}.values())
    themed = [above[each.id] for each in traced if each.id in above]
    concerned = set(one.content.units)
    return Stated(
        requirement=one,
        entries=traced,
        problems=[problem for problem, _ in themed],
        category=themed[0][1] if themed else None,
        units=[unit for unit in units if unit.id in concerned],
    )


def _standing(one: Entry, known: Mapping[EntryId, Entry]) -> Entry:
    """What stands for an entry: itself, or what it was merged into, however often."""
    while one.merged_into is not None and one.merged_into in known:
        one = known[one.merged_into]
    return one
