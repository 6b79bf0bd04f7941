"""How a proposal moves: its states, the consent rule, and what the room may see of positions.

Two pure parts. The table says which moves a state admits and where they lead; the consent rule
says what the standing positions make of a proposal that is still being negotiated. A position
stands while it is its unit's newest and names the newest wording; it is stale after that.
"""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Conflict
from schemas.ids import UnitId
from schemas.taxonomy import Position, Proposal, ProposalState, Stance

SHOWN_FROM_UNITS = 5
"""With fewer units present, a count would be as good as a name: never by unit before closing."""


class Move(StrEnum):
    """What may be done with a proposal."""

    PUT_WORDING = "put_wording"
    TAKE_POSITION = "take_position"
    SET_AFFECTED = "set_affected"
    PROMOTE = "promote"
    MERGE = "merge"
    OVERRIDE_PROMOTE = "override_promote"
    OVERRIDE_MERGE = "override_merge"
    DEFER = "defer"
    KEEP_CONTESTED = "keep_contested"
    DROP = "drop"
    REOPEN = "reopen"


_S = ProposalState
NEGOTIATED = frozenset({_S.OPEN, _S.CONTESTED, _S.AGREED})
"""The states between which positions decide."""

_UNDECIDED = frozenset({_S.OPEN, _S.CONTESTED})

_MOVES: Mapping[Move, tuple[frozenset[ProposalState], ProposalState | None]] = {
    # move: the states that admit it, and where it leads; None: where the positions say
    Move.PUT_WORDING: (NEGOTIATED, _S.OPEN),
    Move.TAKE_POSITION: (NEGOTIATED, None),
    Move.SET_AFFECTED: (NEGOTIATED, None),
    Move.PROMOTE: (frozenset({_S.AGREED}), _S.PROMOTED),
    Move.MERGE: (frozenset({_S.AGREED}), _S.MERGED),
    Move.OVERRIDE_PROMOTE: (_UNDECIDED, _S.PROMOTED),
    Move.OVERRIDE_MERGE: (_UNDECIDED, _S.MERGED),
    Move.DEFER: (_UNDECIDED, _S.DEFERRED),
    Move.KEEP_CONTESTED: (_UNDECIDED, _S.KEPT_CONTESTED),
    Move.DROP: (_UNDECIDED, _S.DROPPED),
    Move.REOPEN: (frozenset({_S.DEFERRED}), _S.OPEN),
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What the consent rule finds. Units are in the order of `Proposal.affected`.

    waiting: affected, present, no standing position. not_heard: affected, absent, no standing
    position; they do not hold the room up. answered: some affected unit took a stand (an
    abstention takes none). contested: a reasoned objection stands, from whatever unit.
    """

    waiting: tuple[UnitId, ...]
    not_heard: tuple[UnitId, ...]
    answered: bool
    contested: bool

    @property
    def is_agreed(self) -> bool:
        """Whether the room agrees."""
        return self.answered and not self.waiting and not self.contested

    @property
    def obstacle(self) -> str:
        """The error code of what keeps the room from agreeing, "" if nothing does."""
        if self.contested:
            return "proposal.contested"
        if self.waiting:
            return "proposal.waiting"
        return "" if self.answered else "proposal.unanswered"


def may(state: ProposalState, move: Move) -> bool:
    """Return whether a proposal in this state admits the move."""
    return state in _MOVES[move][0]


def require_move(proposal: Proposal, move: Move) -> None:
    """Raise Conflict `proposal.state` with state and move unless the proposal admits the move."""
    if not may(proposal.state, move):
        raise Conflict("proposal.state", state=proposal.state.value, move=move.value)


def destination(move: Move) -> ProposalState | None:
    """Return the state that the move leads to; None where the positions say (`state_after`)."""
    return _MOVES[move][1]


def newest_number(proposal: Proposal) -> int:
    """Return the number of the newest wording, 0 before the first was put."""
    return proposal.wordings[-1].number if proposal.wordings else 0


def standing(proposal: Proposal) -> Mapping[UnitId, Position]:
    """Return each unit's newest position on the newest wording.

    `Proposal.positions` holds all that were ever taken, oldest first.
    """
    number = newest_number(proposal)
    return {one.unit_id: one for one in proposal.positions if one.number == number}


def stale(proposal: Proposal) -> tuple[UnitId, ...]:
    """Return the units that answered an earlier wording and not yet the newest."""
    stands = standing(proposal)
    earlier = dict.fromkeys(one.unit_id for one in proposal.positions)
    return tuple(unit for unit in earlier if unit not in stands)


def consent(proposal: Proposal, present: Collection[UnitId]) -> Consent:
    """Apply the consent rule to the standing positions; `present` are the units in the room."""
    stands = standing(proposal)
    silent = tuple(unit for unit in proposal.affected if unit not in stands)
    return Consent(
        waiting=tuple(unit for unit in silent if unit in present),
        not_heard=tuple(unit for unit in silent if unit not in present),
        answered=any(
            unit in stands and stands[unit].stance is not Stance.ABSTAIN
            for unit in proposal.affected
        ),
        contested=any(one.stance is Stance.OBJECT and one.reason for one in stands.values()),
    )


def state_after(proposal: Proposal, present: Collection[UnitId]) -> ProposalState:
    """Return where the positions put the proposal; what is settled stays where it is."""
    if proposal.state not in NEGOTIATED:
        return proposal.state
    found = consent(proposal, present)
    if found.contested:
        return ProposalState.CONTESTED
    return ProposalState.AGREED if found.is_agreed else ProposalState.OPEN


def tally(proposal: Proposal, present: Collection[UnitId]) -> Mapping[str, int]:
    """Return how many units stand where, and how many present ones are still `waiting`."""
    counted = {stance.value: 0 for stance in Stance}
    for one in standing(proposal).values():
        counted[one.stance.value] += 1
    return counted | {"waiting": len(consent(proposal, present).waiting)}


def shown(
    proposal: Proposal, present: Collection[UnitId], *, closed: bool
) -> tuple[Position, ...] | None:
    """Return the standing positions by unit, or None where the room must see counts only.

    closed: whether the session is closed; until then fewer than `SHOWN_FROM_UNITS` units
    present are never shown by unit.
    """
    if not closed and len(set(present)) < SHOWN_FROM_UNITS:
        return None
    return tuple(standing(proposal).values())


def objections(proposal: Proposal) -> tuple[str, ...]:
    """Return the reasons of the standing objections, without names."""
    return tuple(one.reason for one in standing(proposal).values() if one.stance is Stance.OBJECT)


_TOKEN = re.compile(r"[^\W\u2e80-\u9fff]+|\s+|.", re.DOTALL)
"""Words, gaps, and each Chinese character or sign by itself."""


def difference(before: str, after: str) -> list[dict[str, str]]:
    """Return how `after` differs from `before`: [{op: keep, add or remove; text}], in order.

    Words are whole, Chinese goes by character; what is removed stands before what replaces it.
    """
    ours, theirs = _TOKEN.findall(before), _TOKEN.findall(after)
    found: list[dict[str, str]] = []
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for op, first, last, start, end in matcher.get_opcodes():
        if op == "equal":
            found.append({"op": "keep", "text": "".join(ours[first:last])})
            continue
        if last > first:
            found.append({"op": "remove", "text": "".join(ours[first:last])})
        if end > start:
            found.append({"op": "add", "text": "".join(theirs[start:end])})
    return found
