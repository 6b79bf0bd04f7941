"""What every command on a proposal shares: the checks before it, the traces after it.

A command is one unit of work: its key is claimed, permission and state are checked under the
proposal's lock, rows are written, then `settle` decides the new state, appends one study event
and mirrors the proposal into the room's `board`. Rows are locked in one order everywhere
(lease, session, proposal, study), so that two commands wait for each other and never deadlock.

Who is here and what a wording says only the session's owner knows. A node that slept may have been
replaced since it read that, so the unit of work is fenced with the lease under which it was read.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from realtime.room import Room
from schemas import document
from schemas.errors import Invalid, NotFound
from schemas.events import ProposalChanged
from schemas.ids import EntryId, ProposalId, SessionId, UnitId
from schemas.session import Person, Role, SessionState
from schemas.taxonomy import Outcome, Position, Proposal, ProposalState
from server.domain import claims, negotiation, permissions
from server.domain.negotiation import Move
from server.domain.permissions import Action
from server.store import commands, events, leases, proposals
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.proposals import Setting


@dataclass(frozen=True, slots=True)
class Scene:
    """A command under way: its unit of work, who gives it, where, on what.

    present: units with an expert connected when the command came.
    """

    work: Work
    person: Person
    setting: Setting
    present: frozenset[UnitId]
    proposal: Proposal


Do = Callable[[Scene], Awaitable[Answer]]
"""What a command does once it may."""


async def command(
    database: Database,
    room: Room,
    person: Person,
    key: str,
    action: Action,
    proposal_id: ProposalId,
    move: Move | None,
    do: Do,
) -> Answer:
    """Run `do` on a proposal in a unit of work of its own, once for each key.

    Raises Unavailable (`room.elsewhere`) if `room` is not the session's any more.
    """
    present = units_in(room)
    async with database.write() as work:

        async def run() -> Answer:
            await fence(work, room)
            return await do(await scene(work, person, action, proposal_id, present, move))

        return await commands.once(work, key, person.id, action.value, run)


def units_in(room: Room) -> frozenset[UnitId]:
    """Return the units that have an expert connected to the room now."""
    here = room.present()
    return frozenset(UnitId(one.unit) for one in here if one.unit and one.role == Role.EXPERT)


async def fence(work: Work, room: Room) -> None:
    """See that what was read of `room` is the session's until `work` ends.

    Raises Unavailable (`room.elsewhere`) if another node has taken it over.
    """
    await leases.fence(work, room.session, room.epoch)


async def permitted(work: Work, person: Person, action: Action) -> Setting:
    """Lock the person's session and return it, if they may do `action` in its state.

    Raises Forbidden.
    """
    setting = await proposals.setting(work, person.session_id, lock=True)
    permissions.require(person.role, action, setting.state)
    return setting


async def scene(
    work: Work,
    person: Person,
    action: Action,
    proposal_id: ProposalId,
    present: frozenset[UnitId],
    move: Move | None = None,
) -> Scene:
    """Lock the proposal and check that the person may act on it, and that its state admits `move`.

    Raises NotFound (also for a proposal of another session), Forbidden, Conflict.
    """
    setting = await permitted(work, person, action)
    proposal = of_session(await proposals.get(work, proposal_id, lock=True), person.session_id)
    if move is not None:
        negotiation.require_move(proposal, move)
    return Scene(work, person, setting, present, proposal)


async def settle(
    scene: Scene,
    event: str,
    *,
    body: Mapping[str, object] | None = None,
    state: ProposalState | None = None,
    entry_id: EntryId | None = None,
    forget_entry: bool = False,
) -> Proposal:
    """Write the new state, one study event and the mirror; return the proposal as it now is.

    state: where the move leads, None where the positions decide. entry_id: what the proposal
    became; the event is then about that entry. forget_entry: it became none after all.
    """
    work, person = scene.work, scene.person
    written = await proposals.get(work, scene.proposal.id)
    after = state or negotiation.state_after(written, scene.present, scene.setting.rule)
    became = None if forget_entry else entry_id or written.entry_id
    is_settled = after not in negotiation.NEGOTIATED
    claim = claims.after(written.claim, person.id, time.time(), is_settled=is_settled)
    settled = replace(written, state=after, entry_id=became, claim=claim)
    await proposals.set_state(work, settled.id, after, entry_id=settled.entry_id)
    if claim != written.claim:
        await proposals.set_claim(work, settled.id, claim)
    await show(work, scene.setting, settled, scene.present)
    await events.record(
        work,
        settled.study_id,
        event,
        entry_id or settled.id,
        session_id=settled.session_id,
        person_id=person.id,
        role=person.role.value,
        body={**(body or {}), "proposal": settled.id, "state": after.value},
        base_version=negotiation.newest_number(scene.proposal),
    )
    work.publish(ProposalChanged(settled.study_id, settled.session_id, settled.id))
    return settled


async def show(
    work: Work, setting: Setting, proposal: Proposal, present: frozenset[UnitId]
) -> None:
    """Mirror a proposal into the room's board."""
    value = board_value(setting, proposal, present)
    await work.mirror(proposal.session_id, document.BOARD, proposal.id, value)


async def show_all(work: Work, session_id: SessionId) -> None:
    """Mirror every proposal of a session anew: closing lets units be seen where the rule allows."""
    setting = await proposals.setting(work, session_id)
    for proposal in await proposals.of_session(work, session_id):
        await show(work, setting, proposal, frozenset())


def board_value(
    setting: Setting, proposal: Proposal, present: frozenset[UnitId]
) -> dict[str, object]:
    """Return what the room sees of a proposal: the keys of `document.BOARD_KEYS`."""
    wording = proposal.wordings[-1] if proposal.wordings else None
    closed, rule = setting.state is SessionState.CLOSED, setting.rule
    by_unit = negotiation.shown(proposal, present, rule, closed=closed)
    outcome = proposal.outcome
    return {
        "kind": proposal.kind.value,
        "state": proposal.state.value,
        "draft": proposal.draft,
        "grounds": list(proposal.grounds),
        "number": wording.number if wording else 0,
        "text": wording.text if wording else "",
        "affected": list(proposal.affected),
        "tally": dict(negotiation.tally(proposal, present, rule, closed=closed)),
        "shown": None if by_unit is None else [_shown(one) for one in by_unit],
        "objections": list(negotiation.objections(proposal, rule, closed=closed)),
        "stale": bool(negotiation.stale(proposal)),
        "entry": proposal.entry_id,
        "at": max(0.0, proposal.at - (setting.opened_at or proposal.at)),
        "outcome": None
        if outcome == Outcome()
        else {"reason": outcome.reason, "unit": outcome.unit_id, "question": outcome.question},
        "divided": [] if by_unit is None else list(negotiation.divided(proposal)),
        "hidden": negotiation.is_hidden(proposal, rule, closed=closed),
        "claim": None
        if closed or proposal.claim is None
        else {
            "person": proposal.claim.person_id,
            "name": proposal.claim.name,
            "until": proposal.claim.until,
        },
    }


def of_session(proposal: Proposal, session_id: SessionId) -> Proposal:
    """Return the proposal. Raises NotFound if it belongs to another session."""
    if proposal.session_id != session_id:
        raise NotFound("proposal.unknown", proposal=proposal.id)
    return proposal


def known_units(setting: Setting, units: tuple[UnitId, ...]) -> tuple[UnitId, ...]:
    """Return the units once each, in order. Raises Invalid `unit.unknown` for a foreign one."""
    for unit in units:
        if unit not in setting.units:
            raise Invalid("unit.unknown", unit=unit)
    return tuple(dict.fromkeys(units))


def _shown(position: Position) -> dict[str, object]:
    return {
        "unit": position.unit_id,
        "stance": position.stance.value,
        "spoken": position.was_spoken,
        "written": position.was_written,
    }
