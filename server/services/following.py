"""A study that follows another: what it takes over from it, and what became of each entry."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import TaxonomyChanged
from schemas.ids import EntryId, StudyId, UnitId, new_id
from schemas.taxonomy import Entry, EntryKind, EntryState
from server.domain import inheriting as rules
from server.domain import taxonomy
from server.domain.inheriting import Fate, Mark, Reference
from server.services.requirements import Editor
from server.store import (
    entries,
    events,
    inheriting,
    memberships,
    reports,
    studies,
    succession,
    versions,
)
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.entries import Link
from server.store.inheriting import Before, Shown
from server.store.studies import Study


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a study took over. entries: in taxonomy order; marks: what became of each.

    evidence: what the marks point to, as far as it is still there. backing: what backs each entry
    in this study already, to be pointed to.
    """

    study: Study
    before: Before | None
    entries: Sequence[Entry] = ()
    origins: Mapping[EntryId, EntryId] = field(default_factory=dict)
    marks: Mapping[EntryId, Mark] = field(default_factory=dict)
    evidence: Mapping[Reference, Shown] = field(default_factory=dict)
    backing: Mapping[EntryId, Sequence[Reference]] = field(default_factory=dict)

    @property
    def counted(self) -> Mapping[Fate, int]:
        """How many entries met each fate."""
        return rules.counted(list(self.marks.values()))


class Following:
    """Reads and writes what a study takes over. The route has let the reader or writer in."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def choices(self, account: Account, study_id: StudyId) -> Sequence[Study]:
        """Return the studies that an account runs and that this one may follow, newest first."""
        async with self._database.read() as work:
            run = await memberships.studies_of(work, account.id)
            found = []
            for one in await studies.every(work):
                if one.id in run and study_id not in await _line_of(work, one.id):
                    found.append(one)
        return found

    async def inheritance(self, study_id: StudyId) -> Inheritance:
        """Return what a study took over. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            before = await inheriting.before_of(work, study_id)
            every = await inheriting.marks(work, study_id)
            known = {one.id: one for one in await entries.of_study(work, study_id)}
            marks = {
                one: mark
                for one, mark in every.items()
                if known[one].kind is not EntryKind.CATEGORY  # which only orders the others
            }
            if not marks:
                return Inheritance(study, before)
            backed = await entries.evidence_of_study(work, study_id)
            backing = {
                entry_id: [
                    Reference(one.line_id, None if one.line_id else one.passage_id)
                    for one in backed.get(entry_id, ())
                    if one.line_id or one.passage_id
                ]
                for entry_id in marks
            }
            wanted = {one for mark in marks.values() for one in mark.references}
            wanted |= {one for found in backing.values() for one in found}
            return Inheritance(
                study,
                before,
                [one for one in known.values() if one.id in marks],
                await inheriting.origins(work, study_id),
                marks,
                await inheriting.shown(work, study_id, list(wanted)),
                backing,
            )

    async def follow(self, by: Account, study_id: StudyId, before_id: StudyId) -> int:
        """Take over every entry in force of a study that the account runs; return how many are new.

        Asked again for the same study, it brings what was added there since. What its units were
        heard on there they are not yet heard on here.

        Raises NotFound `study.unknown` where the account does not run both, Invalid `follow.itself`
        where one follows the other already, Conflict `follow.taken` where this study follows a
        third, `follow.stage` where it has no stage.
        """
        async with self._database.write() as work:
            for one in (study_id, before_id):
                if await memberships.share_of(work, one, by.id) is None:
                    raise NotFound("study.unknown")
            await versions.newest_seq(work, study_id, lock=True)
            if study_id in await _line_of(work, before_id):
                raise Invalid("follow.itself")
            known = await inheriting.before_of(work, study_id)
            if known is not None and known.study_id != before_id:
                raise Conflict("follow.taken")
            now = self._now()
            if known is None:
                title = (await studies.get(work, before_id)).title
                await inheriting.follow(work, study_id, Before(before_id, title, by.name, now))
            made = await take_over(work, study_id, before_id, by.name, at=now)
            body: dict[str, object] = {"before": before_id, "entries": made, "by": by.name}
            await events.record(
                work, study_id, "study.followed", study_id, role="moderator", body=body, at=now
            )
        return made

    async def mark(
        self,
        by: Editor,
        entry_id: EntryId,
        fate: Fate,
        reason: str,
        references: Sequence[Reference],
        *,
        base: int,
    ) -> Mark:
        """Say what became of an inherited entry; nothing changed makes no version.

        Raises NotFound `inherited.unknown`, Invalid as `check` does or `inherited.foreign` where
        a line or passage is none of this study's, Conflict `inherited.stale` (version).
        """
        rules.check(fate, reason, references)
        async with self._database.write() as work:
            entry = await entries.get(work, entry_id)
            await versions.newest_seq(work, entry.study_id, lock=True)
            now = (await inheriting.marks(work, entry.study_id)).get(entry_id)
            if now is None:
                raise NotFound("inherited.unknown", entry=entry_id)
            told = tuple(dict.fromkeys(references))
            if (now.fate, now.reason, now.references) == (fate, reason, told):
                return now  # also what a doubled click sends
            if now.version != base:
                raise Conflict("inherited.stale", version=now.version)
            if len(await inheriting.shown(work, entry.study_id, told)) != len(told):
                raise Invalid("inherited.foreign")
            made = Mark(entry_id, base + 1, fate, reason, told, by.name, self._now())
            await inheriting.write(work, made)
            body: dict[str, object] = {"fate": fate.value, "version": made.version, "by": by.name}
            await events.record(
                work,
                entry.study_id,
                "entry.fate_said",
                entry_id,
                role="moderator",
                body=body,
                base_version=base,
                at=made.at,
            )
            work.publish(TaxonomyChanged(entry.study_id, None, entry_id, "marked"))
        return made

    async def versions(self, entry_id: EntryId) -> Sequence[Mark]:
        """Return every mark of one entry, oldest first. Raises NotFound `inherited.unknown`."""
        async with self._database.read() as work:
            return await inheriting.versions(work, entry_id)


async def _line_of(work: Work, study_id: StudyId) -> Sequence[StudyId]:
    """A study, the one that it follows, and so on as far as this server knows."""
    found = [study_id]
    while (before := await inheriting.before_of(work, found[-1])) is not None:
        if before.study_id in found:
            break
        found.append(before.study_id)
    return found


async def take_over(
    work: Work, study_id: StudyId, before_id: StudyId, by: str, *, at: float
) -> int:
    """Copy what is in force and not here yet, parents first, with links; return how many.

    In the caller's unit of work, which holds the study's lock.
    """
    stages = await studies.stages(work, study_id)
    if not stages:
        raise Conflict("follow.stage")
    there = [
        one for one in await entries.of_study(work, before_id) if one.state is EntryState.ACTIVE
    ]
    here = {old: new for new, old in (await inheriting.origins(work, study_id)).items()}
    own = {one.id: one for one in await entries.of_study(work, study_id)}
    before = set(own)
    concerned = await reports.units_of_entries(work, before_id)
    units = await _same_units(work, before_id, study_id)
    order, made = await entries.next_order(work, study_id), 0
    for old in _parents_first(there):
        if old.id in here:
            continue
        parent = None if old.parent_id is None else own.get(here.get(old.parent_id, EntryId("")))
        if not taxonomy.may_stand_under(old.kind, parent):
            continue  # what it stood under has been merged away or retracted here
        entry = replace(
            old,
            id=EntryId(new_id()),
            study_id=study_id,
            parent_id=None if parent is None else parent.id,
            version=1,
            order=order + made,
            merged_into=None,
        )
        await entries.add(
            work, entry, slug=taxonomy.slug(entry.label, entry.id), stage_id=stages[0].id
        )
        await inheriting.add(work, entry.id, old.id, at=at)
        named = [each for one in concerned.get(old.id, ()) for each in units.get(one.unit.id, ())]
        await entries.set_units(work, entry.id, dict.fromkeys(named, False))
        body: dict[str, object] = {"from": old.id, "by": by}
        await events.record(
            work, study_id, "entry.inherited", entry.id, role="moderator", body=body, at=at
        )
        here[old.id], own[entry.id] = entry.id, entry
        made += 1
        work.publish(TaxonomyChanged(study_id, None, entry.id, "amended"))
    known = {
        (one.from_id, one.to_id, one.kind) for one in await entries.links_of_study(work, study_id)
    }
    fresh = [
        Link(here[one.from_id], here[one.to_id], one.kind)
        for one in await entries.links_of_study(work, before_id)
        if one.from_id in here and one.to_id in here
    ]
    await entries.add_links(
        work, [one for one in fresh if (one.from_id, one.to_id, one.kind) not in known]
    )
    await versions.with_links(work, [one for one in here.values() if one not in before])
    return made


def _parents_first(found: Sequence[Entry]) -> Sequence[Entry]:
    ids = {one.id for one in found}
    waiting, done, ordered = list(found), set[EntryId | None]({None}), list[Entry]()
    while waiting:
        ready = [one for one in waiting if one.parent_id in done or one.parent_id not in ids]
        if not ready:
            break  # a circle cannot be written; nothing is lost that could stand
        ordered += ready
        done |= {one.id for one in ready}
        waiting = [one for one in waiting if one.id not in done]
    return ordered


async def _same_units(
    work: Work, before_id: StudyId, study_id: StudyId
) -> Mapping[UnitId, Sequence[UnitId]]:
    """The units of the study before -> those of this one that bear one of their names.

    Where none does today, those that came from what was called so: several after a split.
    """
    today, once = dict[str, set[UnitId]](), dict[str, set[UnitId]]()
    units = await studies.units(work, study_id)
    earlier = await succession.earlier_names(work, [study_id])
    for unit in units:
        for name in _names((unit.name.zh, unit.name.en, *unit.aliases)):
            today.setdefault(name, {unit.id})  # the first of two that share a name
        for name in _names(earlier.get(unit.id, ())):
            once.setdefault(name, set()).add(unit.id)
    found = {}
    for unit in await studies.units(work, before_id):
        names = _names((unit.name.zh, unit.name.en, *unit.aliases))
        for known in (today, once):
            same = {one for name in names for one in known.get(name, ())}
            if same and unit.id not in found:
                found[unit.id] = sorted(same)
    return found


def _names(given: Sequence[str]) -> list[str]:
    return [name.strip().casefold() for name in given if name.strip()]
