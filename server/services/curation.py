"""Changing the taxonomy after promotion: amend, move, merge, split, retract, restore, link, challenge.

Every change names the version that its author saw; against a newer one it is refused with the
difference. It is one unit of work: the entry's next version, one event, and word to every live
session of the study. Nothing is deleted: a merged entry redirects, a retracted one stays struck.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import TaxonomyChanged
from schemas.ids import (
    AccountId,
    EntryId,
    EvidenceId,
    PersonId,
    SessionId,
    StageId,
    StudyId,
    new_id,
)
from schemas.session import Bilingual, Person, SessionState
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind, Scope
from server.domain import history, permissions, taxonomy
from server.domain.lifecycles import EntryMove, entry_after, may_change, require_change
from server.domain.permissions import Action
from server.services import board
from server.services.proposals import MAX_REASON_CHARACTERS
from server.store import challenges, commands, entries, events, versions
from server.store.challenges import Challenge
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.entries import Link
from server.store.versions import NamedVersion

Change = Literal["amended", "merged", "retracted"]


@dataclass(frozen=True, slots=True)
class Curator:
    """Who changes the taxonomy: an account that may run the study."""

    account_id: AccountId
    name: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an entry is to say and where it is to stand from now on; reason may be empty."""

    label: Bilingual
    definition: Bilingual
    kind: EntryKind
    parent_id: EntryId | None
    scope: Scope
    scope_reason: str = ""
    reason: str = ""


class Curation:
    """Commands on entries, each idempotent by its key.

    All raise NotFound `entry.unknown`, Conflict `entry.stale` (version, and the fields that
    differ) and `command.key_reused`; then nothing was written or sent.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def amend(
        self, by: Curator, key: str, entry_id: EntryId, amendment: Amendment, *, base: int
    ) -> Answer:
        """Change wording, kind, place or scope; answers `{entry, version}`.

        Raises Invalid `entry.label`, `entry.parent` or `entry.scope` (a scope needs what it rests
        on), Conflict `entry.state` for one that is not in force.
        """

        async def do(work: Work, entry: Entry) -> Entry:
            require_change(entry, EntryMove.AMEND)
            known = {one.id: one for one in await entries.of_study(work, entry.study_id)}
            changed = taxonomy.amended(
                entry,
                known,
                label=amendment.label,
                definition=amendment.definition,
                kind=amendment.kind,
                parent_id=amendment.parent_id,
                scope=amendment.scope,
                scope_reason=amendment.scope_reason,
            )
            if changed == entry:
                return entry
            return await self._changed(work, by, changed, "amended", {"reason": amendment.reason})

        return await self._command(by, key, entry_id, "entry.amend", base, do)

    async def take_in(
        self, work: Work, by: Curator, entry: Entry, before: Entry | None, stage_id: StageId
    ) -> None:
        """Write one entry of a codebook that is brought in: a new one, or the next version of `before`.

        The caller has planned it against the taxonomy. Raises Conflict `codebook.stale`.
        """
        if before is None:
            slug = taxonomy.slug(entry.label, entry.id)
            await entries.add(work, entry, slug=slug, stage_id=stage_id)
            await self._record(work, by, entry, "entry.imported", {})
        elif (await entries.get(work, before.id, lock=True)).version != before.version:
            raise Conflict("codebook.stale")
        else:
            await self._changed(work, by, entry, "amended", {"reason": ""})

    async def merge(
        self, by: Curator, key: str, entry_id: EntryId, into_id: EntryId, *, base: int, reason: str
    ) -> Answer:
        """Let another entry stand for this one for ever; its evidence and children go along.

        Which evidence went is kept in the event, so that `restore` brings it back.

        Raises Invalid `entry.into` or `proposal.reason`.
        """
        why = _said(reason)

        async def do(work: Work, entry: Entry) -> Entry:
            require_change(entry, EntryMove.MERGE)
            into = await entries.get(work, into_id, lock=True)
            if into.study_id != entry.study_id or not may_change(into.state, EntryMove.TAKE_IN):
                raise Invalid("entry.into", entry=into_id)
            if into.kind is not entry.kind or into.id == entry.id:
                raise Invalid("entry.into", entry=into_id)
            own = [one.evidence.id for one in await entries.evidence(work, entry_id)]
            await entries.give_evidence(work, entry_id, into_id)
            kept = {one.evidence.id for one in await entries.evidence(work, entry_id)}
            units = {one.unit.id: one.heard for one in await entries.units(work, entry_id)}
            await entries.set_units(work, into_id, units)
            below = [
                one
                for one in await entries.of_study(work, entry.study_id)
                if one.parent_id == entry_id
            ]
            if any(not taxonomy.may_stand_under(one.kind, into) for one in below):
                raise Invalid("entry.into", entry=into_id)
            merged = replace(entry, state=entry_after(EntryMove.MERGE), merged_into=into_id)
            body = {
                "reason": why,
                "into": into_id,
                "evidence": [one for one in own if one not in kept],
                "children": [one.id for one in below],
            }
            for child in below:
                await entries.change(work, replace(child, parent_id=into_id))
            return await self._changed(work, by, merged, "merged", body)

        return await self._command(by, key, entry_id, "entry.merge", base, do)

    async def split(
        self,
        by: Curator,
        key: str,
        entry_id: EntryId,
        label: Bilingual,
        evidence: Sequence[EvidenceId],
        *,
        base: int,
        reason: str,
    ) -> Answer:
        """Make a second entry beside this one and give it the chosen evidence; the rest stays.

        Answers `{entry, version}` of the new one. Raises Invalid `entry.label`.
        """
        why = _said(reason)

        async def do(work: Work, entry: Entry) -> Entry:
            require_change(entry, EntryMove.SPLIT)
            parent = await entries.get(work, entry.parent_id) if entry.parent_id else None
            made = taxonomy.new_entry(
                EntryId(new_id()),
                entry.study_id,
                kind=entry.kind,
                parent=parent,
                label=label,
                definition=Bilingual(),
                order=await entries.next_order(work, entry.study_id),
            )
            stage_id = await entries.stage_of(work, entry_id)
            slug = taxonomy.slug(made.label, made.id)
            await entries.add(work, made, slug=slug, stage_id=stage_id)
            moved = await entries.give_evidence(work, entry_id, made.id, evidence)
            units = {one.unit.id: one.heard for one in await entries.units(work, entry_id)}
            await entries.set_units(work, made.id, units)
            body: dict[str, object] = {"reason": why, "from": entry_id, "evidence": moved}
            await self._record(work, by, made, "entry.split", body, base=entry.version)
            return made

        return await self._command(by, key, entry_id, "entry.split", base, do)

    async def retract(
        self, by: Curator, key: str, entry_id: EntryId, *, base: int, reason: str
    ) -> Answer:
        """Strike an entry, visibly, with its reason. Raises Invalid `proposal.reason`."""
        why = _said(reason)

        async def do(work: Work, entry: Entry) -> Entry:
            require_change(entry, EntryMove.RETRACT)
            struck = replace(entry, state=entry_after(EntryMove.RETRACT))
            return await self._changed(work, by, struck, "retracted", {"reason": why})

        return await self._command(by, key, entry_id, "entry.retract", base, do)

    async def restore(
        self, by: Curator, key: str, entry_id: EntryId, *, base: int, reason: str
    ) -> Answer:
        """Put a retracted or merged entry in force again, with what a merge had taken from it."""
        why = _said(reason)

        async def do(work: Work, entry: Entry) -> Entry:
            require_change(entry, EntryMove.RESTORE)
            if entry.state is EntryState.MERGED and entry.merged_into is not None:
                await _take_back(work, entry, entry.merged_into)
            active = replace(entry, state=entry_after(EntryMove.RESTORE), merged_into=None)
            return await self._changed(
                work, by, active, "amended", {"reason": why}, "entry.restored"
            )

        return await self._command(by, key, entry_id, "entry.restore", base, do)

    async def link(
        self,
        by: Curator,
        key: str,
        entry_id: EntryId,
        to_id: EntryId,
        kind: LinkKind,
        *,
        base: int,
        remove: bool = False,
    ) -> Answer:
        """Relate an entry to another one, or no longer; answers `{entry, version}`.

        Raises Invalid `link.kind` (what may be solved, or cause what) or `link.cycle`.
        """

        async def do(work: Work, entry: Entry) -> Entry:
            require_change(entry, EntryMove.LINK)
            other = await entries.get(work, to_id)
            link = Link(entry_id, to_id, kind)
            if remove:
                await entries.remove_link(work, link)
            else:
                known = await entries.links_of_study(work, entry.study_id)
                pairs = [(one.from_id, one.to_id) for one in known if one.kind is kind]
                taxonomy.require_link(entry, other, kind, pairs)
                if link in known:
                    return entry
                await entries.add_links(work, [link])
            body = {"to": to_id, "kind": kind.value}
            event = "entry.unlinked" if remove else "entry.linked"
            return await self._changed(work, by, entry, "amended", body, event)

        return await self._command(by, key, entry_id, "entry.link", base, do)

    async def name_version(
        self, by: Curator, study_id: StudyId, name: str, stage_id: StageId | None
    ) -> NamedVersion:
        """Give the taxonomy as it stands a name, such as a stage's result.

        Raises Invalid `version.name` or Conflict `version.taken`.
        """
        trimmed = history.version_name(name)
        async with self._database.write() as work:
            return await versions.add_name(work, study_id, trimmed, stage_id=stage_id, by=by.name)

    async def challenge(self, person: Person, key: str, entry_id: EntryId, reason: str) -> Answer:
        """Say in a session that an entry in force does not hold; answers `{challenge}`.

        The entry stays, marked, until somebody answers. Raises Forbidden, Invalid `proposal.reason`.
        """
        permissions.require(person.role, Action.CHALLENGE, SessionState.LIVE)
        why = _said(reason)
        async with self._database.write() as work:

            async def do() -> Answer:
                setting = await board.permitted(work, person, Action.CHALLENGE)
                entry = await entries.get(work, entry_id, lock=True)
                if entry.study_id != setting.study_id:
                    raise NotFound("entry.unknown", entry=entry_id)
                require_change(entry, EntryMove.CHALLENGE)
                made = Challenge(
                    id=new_id(),
                    study_id=entry.study_id,
                    entry_id=entry_id,
                    session_id=person.session_id,
                    unit_id=person.unit_id,
                    person_id=person.id,
                    reason=why,
                )
                await challenges.add(work, made)
                await events.record(
                    work,
                    entry.study_id,
                    "entry.challenged",
                    entry_id,
                    session_id=person.session_id,
                    person_id=person.id,
                    role=person.role.value,
                    body={"challenge": made.id, "unit": person.unit_id},
                    base_version=entry.version,
                )
                self._tell(work, entry, person.session_id, "amended")
                return {"challenge": made.id}

            return await commands.once(work, key, person.id, "challenge", do)

    async def answer(self, by: Curator, challenge_id: str, text: str) -> EntryId:
        """Answer a challenge, for everybody to read; return its entry.

        Raises NotFound `challenge.unknown`, Conflict `challenge.answered`.
        """
        said = _said(text)
        async with self._database.write() as work:
            found = await challenges.get(work, challenge_id)
            if found.answer:
                raise Conflict("challenge.answered")
            entry = await entries.get(work, found.entry_id, lock=True)
            await challenges.answer(work, challenge_id, said)
            body: dict[str, object] = {"challenge": challenge_id}
            await self._record(work, by, entry, "entry.challenge_answered", body)
        return found.entry_id

    async def _command(
        self,
        by: Curator,
        key: str,
        entry_id: EntryId,
        name: str,
        base: int,
        do: Callable[[Work, Entry], Awaitable[Entry]],
    ) -> Answer:
        async with self._database.write() as work:

            async def run() -> Answer:
                entry = await entries.get(work, entry_id, lock=True)
                await _require_version(work, entry, base)
                changed = await do(work, entry)
                return {"entry": changed.id, "version": changed.version}

            return await commands.once(work, key, PersonId(by.account_id), name, run)

    async def _changed(
        self,
        work: Work,
        by: Curator,
        entry: Entry,
        change: Change,
        body: Mapping[str, object],
        event: str = "",
    ) -> Entry:
        changed = await entries.change(work, entry)
        await self._record(work, by, changed, event or f"entry.{change}", body, base=entry.version)
        self._tell(work, changed, None, change)
        return changed

    async def _record(
        self,
        work: Work,
        by: Curator,
        entry: Entry,
        event: str,
        body: Mapping[str, object],
        *,
        base: int | None = None,
    ) -> None:
        said = {**body, "by": by.name}
        await events.record(
            work, entry.study_id, event, entry.id, role="moderator", body=said, base_version=base
        )
        self._tell(work, entry, None, "amended")

    def _tell(self, work: Work, entry: Entry, session_id: SessionId | None, change: Change) -> None:
        work.publish(TaxonomyChanged(entry.study_id, session_id, entry.id, change))


def _said(text: str) -> str:
    said = text.strip()
    if not 0 < len(said) <= MAX_REASON_CHARACTERS:
        raise Invalid("proposal.reason", at_most=MAX_REASON_CHARACTERS)
    return said


async def _require_version(work: Work, entry: Entry, base: int) -> None:
    """Raise Conflict `entry.stale`, with what differs, unless `base` is the newest version."""
    if entry.version == base:
        return
    known = {one.entry.version: one for one in await versions.of_entry(work, entry.id)}
    seen, newest = known.get(base), known[entry.version]
    altered = history.alterations(seen, newest) if seen else ()
    raise Conflict(
        "entry.stale",
        version=entry.version,
        difference=[
            {"field": one.field, "before": one.before, "after": one.after} for one in altered
        ],
    )


async def _take_back(work: Work, entry: Entry, into_id: EntryId) -> None:
    """Give a merged entry back what its merging took along, where it still is."""
    told = await events.of_subjects(work, entry.study_id, (entry.id,))
    body = next((one.body for one in reversed(told) if one.action == "entry.merged"), {})
    evidence, children = body.get("evidence", []), body.get("children", [])
    if isinstance(evidence, list):
        await entries.give_evidence(work, into_id, entry.id, [EvidenceId(one) for one in evidence])
    if isinstance(children, list):
        for one in children:
            child = await entries.get(work, EntryId(one), lock=True)
            if child.parent_id == into_id:
                await entries.change(work, replace(child, parent_id=entry.id))
