"""How a proposal moves: its states, the consent rule, and what the room may see of positions.

Two pure parts. The table says which moves a state admits and where they lead; the consent rule
says what the standing positions make of a proposal that is still being negotiated. A position
stands while it is its unit's newest and names the newest wording; it is stale after that. Where
a unit named whose position counts, its colleagues' are shown as division and decide nothing.
"""

import difflib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from schemas.errors import Conflict
from schemas.ids import PersonId, UnitId
from schemas.taxonomy import Position, Proposal, ProposalState, Stance

SHOWN_FROM_UNITS = 5
"""With fewer units present, a count would be as good as a name: never by unit before closing."""


class Method(StrEnum):
    """Which rule turns positions into agreement."""

    CONSENT = "consent"
    QUORUM = "quorum"
    THRESHOLD = "threshold"


class Show(StrEnum):
    """What the room sees of positions before the session is closed."""

    BY_UNIT = "by_unit"
    COUNT = "count"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Rule:
    """A study's consent rule.

    consent: every affected unit in the room answered. quorum: at least `quorum` (0..1) of the
    affected units did, whoever is in the room. threshold: that, and at least `threshold` (0..1)
    of those who took a stand agree or can live with it. Under consent and quorum one reasoned
    objection contests; under a threshold it does only until the share is reached.
    """

    method: Method = Method.CONSENT
    quorum: float = 0.0
    threshold: float = 1.0
    show: Show = Show.BY_UNIT


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
    REVEAL = "reveal"
    UNDO = "undo"
    CLAIM = "claim"


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
    Move.REOPEN: (frozenset({_S.DEFERRED, _S.KEPT_CONTESTED, _S.DROPPED}), None),
    Move.REVEAL: (NEGOTIATED, None),
    Move.UNDO: (frozenset({_S.PROMOTED, _S.MERGED}), None),
    Move.CLAIM: (NEGOTIATED, None),
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What the consent rule finds. Units are in the order of `Proposal.affected`.

    waiting: affected, present, no standing position. not_heard: affected, absent, no standing
    position; they never hold the room up. answered: some affected unit took a stand (an
    abstention takes none). contested: a reasoned objection stands, from whatever unit. obstacle:
    the error code of what keeps the room from agreeing, "" if nothing does.
    """

    waiting: tuple[UnitId, ...]
    not_heard: tuple[UnitId, ...]
    answered: bool
    contested: bool
    obstacle: str

    @property
    def is_agreed(self) -> bool:
        """Whether the room agrees."""
        return not self.obstacle


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
    """Return each unit's newest position on the newest wording, among those that count.

    `Proposal.positions` holds all that were ever taken, oldest first. What was spoken for a unit
    counts until the person whose position counts answers.
    """
    number = newest_number(proposal)
    return {
        one.unit_id: one
        for one in proposal.positions
        if one.number == number and _counts(one, proposal.speakers)
    }


def unheard(proposal: Proposal) -> tuple[UnitId, ...]:
    """Return the affected units that have not answered the newest wording, if one was put."""
    stands = standing(proposal)
    return tuple(unit for unit in proposal.affected if proposal.wordings and unit not in stands)


def divided(proposal: Proposal) -> tuple[UnitId, ...]:
    """Return the units whose people take different stances on the newest wording."""
    number = newest_number(proposal)
    said: dict[UnitId, dict[PersonId, Stance]] = {}
    for one in proposal.positions:
        if one.number == number and one.person_id is not None:
            said.setdefault(one.unit_id, {})[one.person_id] = one.stance
    return tuple(unit for unit, people in said.items() if len(set(people.values())) > 1)


def _counts(position: Position, speakers: Mapping[UnitId, PersonId]) -> bool:
    speaker = speakers.get(position.unit_id)
    for_the_unit = position.recorded_by != position.person_id  # spoken or in writing
    return speaker is None or for_the_unit or position.person_id == speaker


def stale(proposal: Proposal) -> tuple[UnitId, ...]:
    """Return the units that answered an earlier wording and not yet the newest."""
    stands = standing(proposal)
    earlier = dict.fromkeys(one.unit_id for one in proposal.positions)
    return tuple(unit for unit in earlier if unit not in stands)


_CONSENT = Rule()


def consent(
    proposal: Proposal, present: Collection[UnitId], rule: Rule = _CONSENT, *, closed: bool = False
) -> Consent:
    """Apply the rule to the standing positions; `present` are the units in the room."""
    stands = standing(proposal)
    silent = tuple(unit for unit in proposal.affected if unit not in stands)
    waiting = tuple(unit for unit in silent if unit in present)
    answered = any(
        unit in stands and stands[unit].stance is not Stance.ABSTAIN for unit in proposal.affected
    )
    objects = any(one.stance is Stance.OBJECT and one.reason for one in stands.values())
    contested = objects and not (rule.method is Method.THRESHOLD and _reaches(stands, rule))
    if is_hidden(proposal, rule, closed=closed):
        obstacle = "proposal.hidden"
    elif contested:
        obstacle = "proposal.contested"
    elif waiting and rule.method is Method.CONSENT:
        obstacle = "proposal.waiting"
    elif not answered:
        obstacle = "proposal.unanswered"
    elif rule.method is not Method.CONSENT and _short(proposal, stands, rule):
        obstacle = "proposal.quorum"
    elif rule.method is Method.THRESHOLD and not _reaches(stands, rule):
        obstacle = "proposal.threshold"
    else:
        obstacle = ""
    not_heard = tuple(unit for unit in silent if unit not in present)
    return Consent(waiting, not_heard, answered, contested, obstacle)


def _short(proposal: Proposal, stands: Mapping[UnitId, Position], rule: Rule) -> bool:
    """Whether fewer affected units answered than the quorum asks for."""
    heard = sum(unit in stands for unit in proposal.affected)
    return heard < math.ceil(rule.quorum * len(proposal.affected))


def _reaches(stands: Mapping[UnitId, Position], rule: Rule) -> bool:
    """Whether enough of those who took a stand agree or can live with the wording."""
    stances = [one.stance for one in stands.values() if one.stance is not Stance.ABSTAIN]
    willing = sum(stance is not Stance.OBJECT for stance in stances)
    return bool(stances) and willing >= math.ceil(rule.threshold * len(stances))


def is_hidden(proposal: Proposal, rule: Rule, *, closed: bool) -> bool:
    """Whether nobody may see yet where units stand on the newest wording."""
    if rule.show is not Show.HIDDEN or closed or not proposal.wordings:
        return False
    return proposal.revealed != newest_number(proposal)


def state_after(
    proposal: Proposal, present: Collection[UnitId], rule: Rule = _CONSENT, *, closed: bool = False
) -> ProposalState:
    """Return where the positions put the proposal; what is settled stays where it is.

    Hidden positions move nothing: the state would tell what they hide.
    """
    if proposal.state not in NEGOTIATED:
        return proposal.state
    if is_hidden(proposal, rule, closed=closed):
        return ProposalState.OPEN
    found = consent(proposal, present, rule, closed=closed)
    if found.contested:
        return ProposalState.CONTESTED
    return ProposalState.AGREED if found.is_agreed else ProposalState.OPEN


def reopened(
    proposal: Proposal, present: Collection[UnitId], rule: Rule = _CONSENT
) -> ProposalState:
    """Return where the positions put a settled proposal that is negotiated again."""
    return state_after(replace(proposal, state=ProposalState.OPEN), present, rule)


def tally(
    proposal: Proposal, present: Collection[UnitId], rule: Rule = _CONSENT, *, closed: bool = False
) -> Mapping[str, int]:
    """Return how many units stand where, were `heard`, and are here and still `waiting`.

    While positions are hidden the stances count 0.
    """
    counted = {stance.value: 0 for stance in Stance}
    stands = standing(proposal)
    if not is_hidden(proposal, rule, closed=closed):
        for one in stands.values():
            counted[one.stance.value] += 1
    waiting = len(consent(proposal, present).waiting)
    return counted | {"waiting": waiting, "heard": len(stands)}


def shown(
    proposal: Proposal, present: Collection[UnitId], rule: Rule = _CONSENT, *, closed: bool
) -> tuple[Position, ...] | None:
    """Return the standing positions by unit, or None where the room must see counts only.

    closed: whether the session is closed; until then fewer than `SHOWN_FROM_UNITS` units
    present are never shown by unit, nor what is hidden. A study that shows counts shows no more
    after closing either.
    """
    if rule.show is Show.COUNT or is_hidden(proposal, rule, closed=closed):
        return None
    if not closed and len(set(present)) < SHOWN_FROM_UNITS:
        return None
    return tuple(standing(proposal).values())


def objections(
    proposal: Proposal, rule: Rule = _CONSENT, *, closed: bool = False
) -> tuple[str, ...]:
    """Return the reasons of the standing objections, without names; none while hidden."""
    if is_hidden(proposal, rule, closed=closed):
        return ()
    return tuple(one.reason for one in standing(proposal).values() if one.stance is Stance.OBJECT)


def rule_of(stored: Mapping[str, object]) -> Rule:
    """Return the rule that a study's row holds; what it lacks is the default."""
    return Rule(
        method=Method(str(stored.get("method", Method.CONSENT))),
        quorum=_share(stored.get("quorum"), 0.0),
        threshold=_share(stored.get("threshold"), 1.0),
        show=Show(str(stored.get("show", Show.BY_UNIT))),
    )


def stored_rule(rule: Rule) -> dict[str, object]:
    """Return what a study's row holds of the rule."""
    return {
        "method": rule.method.value,
        "quorum": rule.quorum,
        "threshold": rule.threshold,
        "show": rule.show.value,
    }


def _share(value: object, default: float) -> float:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else default


def history(proposal: Proposal) -> Sequence[tuple[int, list[dict[str, str]]]]:
    """Return each wording's number and how it differs from the one before, newest first."""
    before = ""
    found: list[tuple[int, list[dict[str, str]]]] = []
    for wording in proposal.wordings:
        found.append((wording.number, difference(before, wording.text)))
        before = wording.text
    return found[::-1]


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
