"""Promotion: an agreed proposal becomes an entry of the study's taxonomy, or backs one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from realtime.room import Room
from realtime.rooms import Rooms
from schemas.annotation import Annotation
from schemas.errors import Conflict, Invalid
from schemas.events import TaxonomyChanged
from schemas.ids import EntryId, EvidenceId, ProposalId, UnitId, new_id
from schemas.session import Bilingual, Language, Person, SessionState
from schemas.taxonomy import (
    Entry,
    EntryKind,
    EntryState,
    Evidence,
    Proposal,
    ProposalState,
)
from schemas.transcript import Line
from server.domain import negotiation, permissions, taxonomy
from server.domain.lifecycles import EntryMove, may_change
from server.domain.negotiation import Consent, Move
from server.domain.permissions import Action
from server.domain.taxonomy import Similar
from server.services import board
from server.services.board import Scene, units_in
from server.services.proposals import MAX_REASON_CHARACTERS, require_newest
from server.store import annotations, commands, entries, events, lines, marks, proposals
from server.store.commands import Answer
from server.store.database import Database
from server.store.searchable_facets import language_of


@dataclass(frozen=True, slots=True)
class Choice:
    """What the moderator decided. into: the entry to back, None for a new one.

    parent_id, kind, label: of a new entry. category: what it stands below instead, "" for none: a
    new category of that name, or the one that has it already. override: why it is promoted although
    the room has not agreed, "" where it has.
    """

    number: int
    into: EntryId | None = None
    parent_id: EntryId | None = None
    kind: EntryKind = EntryKind.PROBLEM
    label: Bilingual = field(default_factory=Bilingual)
    category: str = ""
    override: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """What the inline panel shows before the decision.

    state: by the positions and who is present now. entry: what the proposal already became.
    """

    proposal: Proposal
    state: ProposalState
    consent: Consent
    entries: Sequence[Entry]
    similar: Sequence[Similar]
    evidence_counts: Mapping[EntryId, int]
    entry: Entry | None
    language: Language


class Promotion:
    """Looks for similar entries, then promotes or merges; idempotent on the proposal."""

    def __init__(self, database: Database, rooms: Rooms) -> None:
        self._database = database
        self._rooms = rooms

    async def panel(self, person: Person, proposal_id: ProposalId) -> Panel:
        """Return what the panel shows. Raises NotFound and Forbidden."""
        present = units_in(await self._rooms.open(person.session_id))
        async with self._database.read() as work:
            setting = await proposals.setting(work, person.session_id)
            permissions.require(person.role, Action.PROMOTE, setting.state)
            proposal = board.of_session(await proposals.get(work, proposal_id), person.session_id)
            known = await entries.of_study(work, setting.study_id)
            counts = await entries.evidence_counts(work, setting.study_id)
        text = proposal.wordings[-1].text if proposal.wordings else ""
        return Panel(
            proposal=proposal,
            state=negotiation.state_after(proposal, present, setting.rule),
            consent=negotiation.consent(proposal, present, setting.rule),
            entries=known,
            similar=taxonomy.similar(text, known),
            evidence_counts=counts,
            entry=next((one for one in known if one.id == proposal.entry_id), None),
            language=_language(text) if text else setting.language,
        )

    async def promote(
        self, person: Person, key: str, proposal_id: ProposalId, choice: Choice
    ) -> Answer:
        """Promote or merge the proposal's newest wording; answers `{entry, state}`.

        Sent again, with whatever key, a promoted proposal answers the entry that it became.

        Raises Conflict `proposal.stale_wording`, `proposal.no_wording`, `proposal.state`, what keeps
        the room from agreeing without an override (`Consent.obstacle`), Invalid `entry.parent`, `entry.label`, `entry.into`; then nothing was
        written or sent.
        """
        permissions.require(person.role, Action.PROMOTE, SessionState.LIVE)
        room = await self._rooms.open(person.session_id)
        grounds = await self._grounds(room, proposal_id)
        present = units_in(room)
        async with self._database.write() as work:

            async def do() -> Answer:
                await board.fence(work, room)
                scene = await board.scene(work, person, Action.PROMOTE, proposal_id, present)
                proposal = scene.proposal
                if proposal.entry_id is not None:
                    return {"entry": proposal.entry_id, "state": proposal.state.value}
                move = _decided(scene, choice)
                into = await _merged(scene, choice) if choice.into else await _added(scene, choice)
                await _back(scene, into, grounds)
                return await _close(scene, into, move, choice)

            return await commands.once(work, key, person.id, "promote", do)

    async def undo(
        self, person: Person, key: str, proposal_id: ProposalId, *, reason: str
    ) -> Answer:
        """Take a promotion back and negotiate again; answers `{state}`.

        An entry that the promotion made is retracted, visibly; evidence that it added to another
        entry is taken away again. Positions stand as they were.

        Raises Conflict `proposal.state`, or `entry.changed` where the entry was changed since;
        Invalid `proposal.reason`.
        """
        why = reason.strip()
        if not 0 < len(why) <= MAX_REASON_CHARACTERS:
            raise Invalid("proposal.reason", at_most=MAX_REASON_CHARACTERS)

        async def do(scene: Scene) -> Answer:
            proposal, work = scene.proposal, scene.work
            entry = await entries.get(work, EntryId(proposal.entry_id or ""), lock=True)
            if proposal.state is ProposalState.PROMOTED:
                if entry.version != 1 or entry.state is not EntryState.ACTIVE:
                    raise Conflict("entry.changed", entry=entry.id, version=entry.version)
                await entries.forget_proposal(work, entry.id)
                await entries.change(work, replace(entry, state=EntryState.RETRACTED))
                await events.record(
                    work,
                    entry.study_id,
                    "entry.retracted",
                    entry.id,
                    session_id=person.session_id,
                    person_id=person.id,
                    role=person.role.value,
                    body={"reason": why, "proposal": proposal_id},
                    base_version=entry.version,
                )
            else:
                await entries.remove_evidence(work, entry.id, proposal.grounds)
            state = negotiation.reopened(proposal, scene.present, scene.setting.rule)
            body = {"reason": why, "entry": entry.id}
            await board.settle(
                scene, "proposal.promotion_undone", body=body, state=state, forget_entry=True
            )
            work.publish(
                TaxonomyChanged(proposal.study_id, proposal.session_id, entry.id, "retracted")
            )
            return {"state": state.value}

        room = await self._rooms.open(person.session_id)
        return await board.command(
            self._database, room, person, key, Action.UNDO, proposal_id, Move.UNDO, do
        )

    async def _grounds(self, room: Room, proposal_id: ProposalId) -> list[Annotation]:
        """Return the annotations the proposal rests on as the document has them, on disk."""
        async with self._database.read() as work:
            proposal = board.of_session(await proposals.get(work, proposal_id), room.session)
        await room.flushed()
        known = {one.id: one for one in room.annotations()}
        wanted = proposal.grounds or (proposal.draft,)
        if proposal.carried_from is not None:  # it rests on notes of an earlier session as well
            elsewhere = [one for one in wanted if one not in known]
            async with self._database.read() as work:
                known |= await annotations.among(work, elsewhere)
        return [known[one] for one in wanted if one in known and not known[one].withdrawn]


def _decided(scene: Scene, choice: Choice) -> Move:
    """Return the move, after checking wording, consent and override."""
    proposal = scene.proposal
    if not proposal.wordings:
        raise Conflict("proposal.no_wording")
    require_newest(proposal, choice.number)
    merges = choice.into is not None
    rule = scene.setting.rule
    state = negotiation.state_after(proposal, scene.present, rule)
    if state not in negotiation.NEGOTIATED or state is ProposalState.AGREED:
        move = Move.MERGE if merges else Move.PROMOTE
    else:
        permissions.require(scene.person.role, Action.OVERRIDE, scene.setting.state)
        found = negotiation.consent(proposal, scene.present, rule)
        if not 0 < len(choice.override.strip()) <= MAX_REASON_CHARACTERS:
            raise Conflict(found.obstacle, waiting=len(found.waiting))
        move = Move.OVERRIDE_MERGE if merges else Move.OVERRIDE_PROMOTE
    if not negotiation.may(state, move):
        raise Conflict("proposal.state", state=state.value, move=move.value)
    return move


async def _added(scene: Scene, choice: Choice) -> Entry:
    work, setting, proposal = scene.work, scene.setting, scene.proposal
    wording = _in(proposal.wordings[-1].text)
    if choice.category.strip():
        parent: Entry | None = await _category(scene, " ".join(choice.category.split()))
    else:
        parent = await entries.get(work, choice.parent_id) if choice.parent_id else None
    entry = taxonomy.new_entry(
        EntryId(new_id()),
        setting.study_id,
        kind=choice.kind,
        parent=parent,
        label=choice.label if choice.label != Bilingual() else wording,
        definition=wording,
        order=await entries.next_order(work, setting.study_id),
    )
    slug = taxonomy.slug(entry.label, entry.id)
    await entries.add(work, entry, slug=slug, stage_id=setting.stage_id, proposal_id=proposal.id)
    return entry


async def _category(scene: Scene, name: str) -> Entry:
    """Return the study's category of this name, made where there is none yet."""
    work, setting, person = scene.work, scene.setting, scene.person
    for one in await entries.of_study(work, setting.study_id):
        names = {one.label.en.casefold(), one.label.zh.casefold()}
        if name.casefold() in names and taxonomy.may_stand_under(EntryKind.PROBLEM, one):
            return one
    made = taxonomy.new_entry(
        EntryId(new_id()),
        setting.study_id,
        kind=EntryKind.CATEGORY,
        parent=None,
        label=_in(name),
        definition=Bilingual(),
        order=await entries.next_order(work, setting.study_id),
    )
    slug = taxonomy.slug(made.label, made.id)
    await entries.add(work, made, slug=slug, stage_id=setting.stage_id)
    await events.record(
        work,
        setting.study_id,
        "entry.added",
        made.id,
        session_id=person.session_id,
        person_id=person.id,
        role=person.role.value,
        body={"proposal": scene.proposal.id},
    )
    return made  # told together with the entry below it


async def _merged(scene: Scene, choice: Choice) -> Entry:
    entry = await entries.get(scene.work, EntryId(choice.into or ""), lock=True)
    is_usable = may_change(entry.state, EntryMove.BACK) and entry.kind is not EntryKind.CATEGORY
    if entry.study_id != scene.setting.study_id or not is_usable:
        raise Invalid("entry.into", entry=entry.id)
    return entry


async def _back(scene: Scene, entry: Entry, grounds: Sequence[Annotation]) -> None:
    """Write the entry's units and its evidence: each line of each ground, down to the second."""
    spoken = {anchor.line_id for ground in grounds for anchor in ground.anchors}
    said = {line.id: line for line in await lines.among(scene.work, sorted(spoken))}
    found = [
        _evidence(entry.id, ground, anchor.quote, said[anchor.line_id])
        for ground in grounds
        for anchor in ground.anchors
        if anchor.line_id in said
    ]
    await entries.add_evidence(scene.work, found)
    stands = negotiation.standing(scene.proposal)
    heard: dict[UnitId, bool] = {unit: unit in stands for unit in scene.proposal.affected}
    heard |= dict.fromkeys(stands, True)
    voices = (ground.voice.unit_id for ground in grounds)
    heard |= {unit: True for unit in voices if unit in scene.setting.units}
    shared = await marks.on(scene.work, "annotation", [ground.id for ground in grounds])
    heard |= {one.mark.unit_id: True for one in shared if one.mark.shared}
    await entries.set_units(scene.work, entry.id, heard)


def _evidence(entry_id: EntryId, ground: Annotation, quote: str, line: Line) -> Evidence:
    return Evidence(
        id=EvidenceId(new_id()),
        entry_id=entry_id,
        session_id=line.session_id,
        line_id=line.id,
        annotation_id=ground.id,
        track_id=line.track_id,
        start=line.start,
        end=line.end,
        quote=quote or line.text,
    )


async def _close(scene: Scene, entry: Entry, move: Move, choice: Choice) -> Answer:
    """Settle the proposal, tell every live session of the study, and answer."""
    merges = move in (Move.MERGE, Move.OVERRIDE_MERGE)
    body = {"number": choice.number, "override": choice.override.strip(), "move": move.value}
    settled = await board.settle(
        scene,
        "entry.evidence_added" if merges else "entry.promoted",
        body=body,
        state=negotiation.destination(move),
        entry_id=entry.id,
    )
    scene.work.publish(
        TaxonomyChanged(
            settled.study_id,
            settled.session_id,
            entry.id,
            "evidence" if merges else "promoted",
        )
    )
    return {"entry": entry.id, "state": settled.state.value}


def _in(text: str) -> Bilingual:
    """The text in the language it is in: a Chinese expert's wording in an English session is Chinese."""
    return Bilingual(zh=text) if _language(text) is Language.ZH else Bilingual(en=text)


def _language(text: str) -> Language:
    return Language(language_of(text))
