"""What becomes of a proposal besides an entry: set aside, taken up again, shown, on the table.

And whose position counts for a unit, because that can move every proposal at once.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from realtime.rooms import Rooms
from schemas.document import META
from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import SessionChanged
from schemas.ids import AnnotationId, PersonId, ProposalId, UnitId
from schemas.session import Person, Role, SessionState
from schemas.taxonomy import Outcome, ProposalState
from server.domain import claims, negotiation, permissions
from server.domain.negotiation import Move
from server.domain.permissions import Action
from server.services import board
from server.services.board import Scene
from server.services.proposals import MAX_REASON_CHARACTERS
from server.store import commands, events, people, proposals
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.proposals import Setting


class Outcomes:
    """Commands of moderators, each idempotent by its key and one event in the study's log.

    All raise NotFound, Forbidden `permission.denied`, Conflict `proposal.state` and
    `command.key_reused`; then nothing was written or sent.
    """

    def __init__(self, database: Database, rooms: Rooms) -> None:
        self._database = database
        self._rooms = rooms

    async def drop(
        self, person: Person, key: str, proposal_id: ProposalId, *, reason: str
    ) -> Answer:
        """Give a proposal up, for a reason that stays; answers `{state}`.

        Raises Invalid `proposal.reason`.
        """
        why = Outcome(_said(reason))
        return await self._aside(person, key, proposal_id, Action.DROP, Move.DROP, why)

    async def defer(
        self,
        person: Person,
        key: str,
        proposal_id: ProposalId,
        *,
        unit_id: UnitId | None,
        question: str,
    ) -> Answer:
        """Put a proposal off until a unit has answered a question; answers `{state}`.

        Raises Invalid `proposal.reason` (no question) or `unit.unknown`.
        """
        why = Outcome(unit_id=unit_id, question=_said(question))
        return await self._aside(person, key, proposal_id, Action.DEFER, Move.DEFER, why)

    async def keep_contested(
        self, person: Person, key: str, proposal_id: ProposalId, *, reason: str
    ) -> Answer:
        """Leave a disagreement as it is, for minutes and report; answers `{state}`.

        Raises Invalid `proposal.reason`.
        """
        why, move = Outcome(_said(reason)), Move.KEEP_CONTESTED
        return await self._aside(person, key, proposal_id, Action.KEEP_CONTESTED, move, why)

    async def reopen(
        self,
        person: Person,
        key: str,
        proposal_id: ProposalId,
        *,
        reason: str,
        draft: AnnotationId | None = None,
    ) -> Answer:
        """Negotiate again what was set aside; its positions stand as they were. Answers `{state}`.

        draft: the annotation of this session in which the wording is typed from now on, for what
        comes from an earlier one.

        Raises Invalid `proposal.reason`, NotFound where nobody has opened that annotation, Conflict
        `proposal.exists` where it is another proposal's.
        """
        why = _said(reason)
        if draft is not None:
            permissions.require(person.role, Action.REOPEN, SessionState.LIVE)
            (await self._rooms.open(person.session_id)).wording(draft)

        async def do(scene: Scene) -> Answer:
            if draft is not None:
                await _take_draft(scene, draft)
            await proposals.set_outcome(scene.work, proposal_id, Outcome())
            state = negotiation.reopened(scene.proposal, scene.present, scene.setting.rule)
            await board.settle(scene, "proposal.reopened", body={"reason": why}, state=state)
            return {"state": state.value}

        return await self._command(person, key, Action.REOPEN, proposal_id, Move.REOPEN, do)

    async def reveal(self, person: Person, key: str, proposal_id: ProposalId) -> Answer:
        """Let the room see the positions on the newest wording; answers `{number, state}`."""

        async def do(scene: Scene) -> Answer:
            number = negotiation.newest_number(scene.proposal)
            await proposals.reveal(scene.work, proposal_id, number)
            settled = await board.settle(scene, "proposal.revealed", body={"number": number})
            return {"number": number, "state": settled.state.value}

        return await self._command(person, key, Action.REVEAL, proposal_id, Move.REVEAL, do)

    async def claim(
        self, person: Person, key: str, proposal_id: ProposalId, *, take: bool
    ) -> Answer:
        """Say that the person works on a proposal, or no longer; answers `{claim: name or ""}`.

        Taken from another one it is theirs no more: people agree on that, not the server.
        """

        async def do(scene: Scene) -> Answer:
            held = claims.standing(scene.proposal.claim, time.time())
            claim = claims.taken(person.id, person.name, time.time()) if take else None
            if not take and held is not None and held.person_id != person.id:
                claim = held  # only one's own is put down
            await proposals.set_claim(scene.work, proposal_id, claim)
            body = {"take": take, "from": None if held is None else held.person_id}
            await board.settle(scene, "proposal.claimed", body=body)
            return {"claim": "" if claim is None else claim.name}

        return await self._command(person, key, Action.CLAIM, proposal_id, Move.CLAIM, do)

    async def put_on_table(
        self, person: Person, key: str, proposal_id: ProposalId | None
    ) -> Answer:
        """Say which proposal the room is on, for every screen; answers `{table}`."""
        async with self._database.write() as work:

            async def do() -> Answer:
                setting = await board.permitted(work, person, Action.SET_TABLE)
                if proposal_id is not None:
                    board.of_session(await proposals.get(work, proposal_id), person.session_id)
                await proposals.put_on_table(work, person.session_id, proposal_id)
                await work.mirror(person.session_id, META, "table", proposal_id)
                await _record(work, setting, person, "session.table", {"proposal": proposal_id})
                return {"table": proposal_id}

            return await commands.once(work, key, person.id, "table", do)

    async def name_speaker(
        self, person: Person, key: str, unit_id: UnitId, speaker: PersonId | None
    ) -> Answer:
        """Say whose position counts for a unit; None: the newest. Answers `{unit, person}`.

        An expert names for the own unit. Every open proposal is settled by it at once.

        Raises Invalid `position.unit` or `speaker.unit` (the person is not here for that unit).
        """
        room = await self._rooms.open(person.session_id)
        present = board.units_in(room)
        async with self._database.write() as work:

            async def do() -> Answer:
                await board.fence(work, room)
                setting = await board.permitted(work, person, Action.NAME_SPEAKER)
                if person.role is Role.EXPERT and person.unit_id != unit_id:
                    raise Invalid("position.unit", unit=unit_id)
                board.known_units(setting, (unit_id,))
                if speaker is not None:
                    await _speaks_for(work, person, unit_id, speaker)
                await proposals.name_speaker(work, person.session_id, unit_id, speaker)
                await _settle_all(work, setting, present)
                body = {"unit": unit_id, "person": speaker}
                await _record(work, setting, person, "unit.speaker_named", body)
                return {"unit": unit_id, "person": speaker}

            return await commands.once(work, key, person.id, "name_speaker", do)

    async def _aside(
        self,
        person: Person,
        key: str,
        proposal_id: ProposalId,
        action: Action,
        move: Move,
        why: Outcome,
    ) -> Answer:
        """Set a proposal aside where `move` leads, with its reason or question."""

        async def do(scene: Scene) -> Answer:
            state = negotiation.destination(move)
            assert state is not None  # the table sends these moves to one state
            if why.unit_id is not None:
                board.known_units(scene.setting, (why.unit_id,))
            await proposals.set_outcome(scene.work, proposal_id, why)
            body = {"reason": why.reason, "unit": why.unit_id, "question": why.question}
            await board.settle(scene, _EVENTS[state], body=body, state=state)
            return {"state": state.value}

        return await self._command(person, key, action, proposal_id, move, do)

    async def _command(
        self,
        person: Person,
        key: str,
        action: Action,
        proposal_id: ProposalId,
        move: Move,
        do: board.Do,
    ) -> Answer:
        room = await self._rooms.open(person.session_id)
        return await board.command(self._database, room, person, key, action, proposal_id, move, do)


async def _take_draft(scene: Scene, draft: AnnotationId) -> None:
    known = await proposals.by_draft(scene.work, scene.person.session_id, draft)
    if known is not None and known.id != scene.proposal.id:
        raise Conflict("proposal.exists", proposal=known.id)
    await proposals.set_draft(scene.work, scene.proposal.id, draft)


_EVENTS = {
    ProposalState.DROPPED: "proposal.dropped",
    ProposalState.DEFERRED: "proposal.deferred",
    ProposalState.KEPT_CONTESTED: "proposal.kept_contested",
}


def _said(text: str) -> str:
    """Return a reason without surrounding blanks. Raises Invalid `proposal.reason`."""
    said = text.strip()
    if not 0 < len(said) <= MAX_REASON_CHARACTERS:
        raise Invalid("proposal.reason", at_most=MAX_REASON_CHARACTERS)
    return said


async def _speaks_for(work: Work, person: Person, unit_id: UnitId, speaker: PersonId) -> None:
    found = await people.by_id(work, speaker)
    if found is None or found.session_id != person.session_id:
        raise NotFound("person.unknown", person=speaker)
    if found.role is not Role.EXPERT or found.unit_id != unit_id:
        raise Invalid("speaker.unit", person=speaker, unit=unit_id)


async def _settle_all(work: Work, setting: Setting, present: frozenset[UnitId]) -> None:
    """Write and show what the positions now make of every proposal still negotiated."""
    for proposal in await proposals.of_session(work, setting.session_id):
        if proposal.state not in negotiation.NEGOTIATED:
            continue
        state = negotiation.state_after(proposal, present, setting.rule)
        await proposals.set_state(work, proposal.id, state, entry_id=proposal.entry_id)
        await board.show(work, setting, replace(proposal, state=state), present)


async def _record(
    work: Work, setting: Setting, person: Person, action: str, body: Mapping[str, object]
) -> None:
    await events.record(
        work,
        setting.study_id,
        action,
        setting.session_id,
        session_id=setting.session_id,
        person_id=person.id,
        role=person.role.value,
        body=body,
    )
    work.publish(SessionChanged(setting.study_id, setting.session_id))
