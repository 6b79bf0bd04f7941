"""Proposals in a room: propose, put the wording, take positions, name the affected.

What reads the document (put the wording, suggest affected units) reads it before the unit of
work begins, so that no transaction waits for a room.
"""

import hashlib
import time
from dataclasses import replace

from realtime.room import Room
from realtime.rooms import Rooms
from schemas.annotation import Kind
from schemas.errors import Conflict, Invalid
from schemas.ids import (
    AnnotationId,
    LineId,
    PersonId,
    ProposalId,
    SessionId,
    StudyId,
    UnitId,
    new_id,
)
from schemas.session import Person, Role, SessionState
from schemas.taxonomy import Position, Proposal, ProposalState, Stance, Wording
from server.domain import negotiation, permissions
from server.domain.lifecycles import NoteMove, may_note, note_state
from server.domain.negotiation import Move
from server.domain.permissions import Action
from server.services import board
from server.services.board import Scene
from server.store import commands, lines, marks, proposals
from server.store.commands import Answer
from server.store.database import Database

MAX_REASON_CHARACTERS = 1_000
MAX_GROUNDS = 200


class Proposals:
    """The commands of one negotiation, each idempotent by its key.

    All raise NotFound, Forbidden `permission.denied`, Conflict `proposal.state` and
    `command.key_reused`; then nothing was written or sent.
    """

    def __init__(self, database: Database, rooms: Rooms) -> None:
        self._database = database
        self._rooms = rooms

    async def session_of(self, proposal_id: ProposalId) -> SessionId:
        """Return the session of a proposal. Raises NotFound."""
        async with self._database.read() as work:
            return await proposals.session_of(work, proposal_id)

    async def propose(
        self,
        person: Person,
        key: str,
        *,
        draft: AnnotationId,
        grounds: tuple[AnnotationId, ...],
        kind: Kind,
        affected: tuple[UnitId, ...],
        split_from: ProposalId | None = None,
    ) -> Answer:
        """Put annotations to the room; answers `{proposal}`.

        No affected: the grounds' voices. The units that share one of them are asked too. split_from:
        the proposal whose wording is divided; grounds and affected units are then taken from it.

        Raises Conflict `proposal.exists` if the draft already is a proposal's, or
        `annotation.withdrawn` where a ground was withdrawn by its author.
        """
        permissions.require(person.role, Action.PROPOSE, SessionState.LIVE)
        if len(grounds) > MAX_GROUNDS:
            raise Invalid("proposal.grounds", at_most=MAX_GROUNDS)
        room = await self._rooms.open(person.session_id)
        suggested = affected or _voices(room, grounds)
        present = board.units_in(room)

        async with self._database.write() as work:

            async def do() -> Answer:
                await board.fence(work, room)
                setting = await board.permitted(work, person, Action.PROPOSE)
                known = await proposals.by_draft(work, person.session_id, draft)
                if known is not None:
                    raise Conflict("proposal.exists", proposal=known.id)
                _require_in_use(room, grounds)
                proposal = _open(setting.study_id, person, draft, grounds, kind, suggested)
                if split_from is not None:
                    whole = board.of_session(
                        await proposals.get(work, split_from), person.session_id
                    )
                    proposal = replace(
                        proposal,
                        grounds=whole.grounds,
                        affected=whole.affected,
                        split_from=whole.id,
                    )
                else:
                    shared = await marks.on(work, "annotation", grounds)
                    also = (one.mark.unit_id for one in shared if one.mark.shared)
                    proposal = replace(proposal, affected=(*proposal.affected, *also))
                asked = board.known_units(setting, proposal.affected)
                proposal = replace(proposal, affected=asked)
                await proposals.add(work, proposal, by=person.id)
                scene = Scene(work, person, setting, present, proposal)
                await board.settle(scene, "proposal.opened", body={"affected": list(asked)})
                return {"proposal": proposal.id}

            return await commands.once(work, key, person.id, "propose", do)

    async def put_wording(
        self, person: Person, key: str, proposal_id: ProposalId, *, base: int
    ) -> Answer:
        """Freeze the opened text as the next wording; answers `{number, text}`.

        The text is the document's after everything received so far is on disk. base: the last
        number that the moderator saw.

        Raises Conflict `proposal.stale_wording` (number, text, difference),
        `proposal.wording_unchanged`, or Invalid `wording.empty`.
        """
        permissions.require(person.role, Action.PUT_WORDING, SessionState.LIVE)
        async with self._database.read() as work:
            answered = await commands.earlier(work, key, person.id, "put_wording")
            if answered is not None:
                return answered
            draft = (await proposals.get(work, proposal_id)).draft
        room = await self._rooms.open(person.session_id)
        await room.flushed()
        opened = room.wording(draft)
        text = opened.text.strip()

        async def do(scene: Scene) -> Answer:
            require_newest(scene.proposal, base)
            last = scene.proposal.wordings[-1] if scene.proposal.wordings else None
            if last is not None and last.text == text:
                raise Conflict("proposal.wording_unchanged", number=last.number)
            wording = _freeze(base + 1, text, opened.authors)
            await proposals.add_wording(
                scene.work, proposal_id, wording, room_seq=opened.sequence, by=person.id
            )
            put = {"number": wording.number, "sha256": wording.sha256}
            await board.settle(scene, "proposal.wording_put", body=put)
            return {"number": wording.number, "text": wording.text}

        return await board.command(
            self._database,
            room,
            person,
            key,
            Action.PUT_WORDING,
            proposal_id,
            Move.PUT_WORDING,
            do,
        )

    async def take_position(
        self,
        person: Person,
        key: str,
        proposal_id: ProposalId,
        *,
        number: int,
        stance: Stance,
        reason: str = "",
        unit_id: UnitId | None = None,
        line_id: LineId | None = None,
    ) -> Answer:
        """Take a unit's position on wording `number`; answers `{number, stance, state}`.

        An expert answers for their own unit. A moderator or stenographer records what another
        unit said, with the line where it was spoken.

        Raises Conflict `proposal.stale_wording`, Invalid `position.reason` (an objection needs
        one), `position.unit`, `position.line`.
        """
        own = person.role is Role.EXPERT
        action = Action.TAKE_POSITION if own else Action.RECORD_POSITION
        reason = reason.strip()
        if len(reason) > MAX_REASON_CHARACTERS or (stance is Stance.OBJECT and not reason):
            raise Invalid("position.reason", at_most=MAX_REASON_CHARACTERS)

        async def do(scene: Scene) -> Answer:
            require_newest(scene.proposal, number)
            unit = _answering(scene, unit_id)
            speaker = person.id if own else await _speaker(scene, line_id)
            line = None if own else line_id
            position = Position(unit, speaker, number, stance, reason, line, person.id)
            await proposals.add_position(scene.work, proposal_id, position)
            taken = {"unit": unit, "number": number, "stance": stance.value, "line": line}
            settled = await board.settle(scene, "proposal.position_taken", body=taken)
            return {"number": number, "stance": stance.value, "state": settled.state.value}

        return await self._command(person, key, action, proposal_id, Move.TAKE_POSITION, do)

    async def set_affected(
        self, person: Person, key: str, proposal_id: ProposalId, affected: tuple[UnitId, ...]
    ) -> Answer:
        """Name the units that the consent rule asks; answers `{affected, state}`."""

        async def do(scene: Scene) -> Answer:
            asked = board.known_units(scene.setting, affected)
            await proposals.set_affected(scene.work, proposal_id, asked)
            body = {"affected": list(asked)}
            settled = await board.settle(scene, "proposal.affected_set", body=body)
            return {"affected": list(asked), "state": settled.state.value}

        return await self._command(
            person, key, Action.SET_AFFECTED, proposal_id, Move.SET_AFFECTED, do
        )

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


def _voices(room: Room, grounds: tuple[AnnotationId, ...]) -> tuple[UnitId, ...]:
    voices = (one.voice.unit_id for one in room.annotations() if one.id in grounds)
    return tuple(dict.fromkeys(unit for unit in voices if unit is not None))


def _require_in_use(room: Room, grounds: tuple[AnnotationId, ...]) -> None:
    for one in room.annotations():
        if one.id in grounds and not may_note(note_state(one, proposed=False), NoteMove.PROPOSE):
            raise Conflict("annotation.withdrawn", annotation=one.id)


def require_newest(proposal: Proposal, number: int) -> None:
    """Raise Conflict `proposal.stale_wording` unless `number` is the newest wording's.

    The error carries the newest number and text, and the difference from wording `number`.
    """
    newest = negotiation.newest_number(proposal)
    if number == newest:
        return
    texts = {one.number: one.text for one in proposal.wordings}
    text = texts.get(newest, "")
    raise Conflict(
        "proposal.stale_wording",
        number=newest,
        text=text,
        difference=negotiation.difference(texts.get(number, ""), text),
    )


def _open(
    study_id: StudyId,
    person: Person,
    draft: AnnotationId,
    grounds: tuple[AnnotationId, ...],
    kind: Kind,
    affected: tuple[UnitId, ...],
) -> Proposal:
    return Proposal(
        id=ProposalId(new_id()),
        study_id=study_id,
        session_id=person.session_id,
        kind=kind,
        state=ProposalState.OPEN,
        draft=draft,
        grounds=tuple(dict.fromkeys(grounds)),
        wordings=(),
        affected=affected,
        positions=(),
        entry_id=None,
        at=time.time(),
    )


def _freeze(number: int, text: str, authors: tuple[PersonId, ...]) -> Wording:
    if not text:
        raise Invalid("wording.empty")
    return Wording(number, text, hashlib.sha256(text.encode()).hexdigest(), authors)


def _answering(scene: Scene, unit_id: UnitId | None) -> UnitId:
    """Return the unit that answers: an expert's own, or the one that a moderator names."""
    if not scene.proposal.wordings:
        raise Conflict("proposal.no_wording")
    own = scene.person.unit_id if scene.person.role is Role.EXPERT else unit_id
    if own is None or (unit_id is not None and unit_id != own):
        raise Invalid("position.unit", unit=unit_id)
    (known,) = board.known_units(scene.setting, (own,))
    return known


async def _speaker(scene: Scene, line_id: LineId | None) -> PersonId | None:
    """Return who spoke the line that a position is recorded from, where that is known."""
    if line_id is None:
        return None
    found = await lines.among(scene.work, (line_id,))
    if not found or found[0].session_id != scene.setting.session_id:
        raise Invalid("position.line", line=line_id)
    return found[0].person_id
