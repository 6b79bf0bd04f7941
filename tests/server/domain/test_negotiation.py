"""The proposal's states: every move from every state, the consent rule, what a room may see."""

import dataclasses
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.annotation import Kind
from schemas.errors import Conflict
from schemas.ids import AnnotationId, PersonId, ProposalId, SessionId, StudyId, UnitId
from schemas.taxonomy import Position, Proposal, ProposalState, Stance, Wording
from server.domain import negotiation
from server.domain.negotiation import Move

A, B, C = UnitId("a"), UnitId("b"), UnitId("c")
OPEN, CONTESTED, AGREED, PROMOTED, MERGED, DEFERRED, KEPT, DROPPED = ProposalState

ADMITTED: dict[Move, set[ProposalState]] = {
    Move.PUT_WORDING: {OPEN, CONTESTED, AGREED},
    Move.TAKE_POSITION: {OPEN, CONTESTED, AGREED},
    Move.SET_AFFECTED: {OPEN, CONTESTED, AGREED},
    Move.PROMOTE: {AGREED},
    Move.MERGE: {AGREED},
    Move.OVERRIDE_PROMOTE: {OPEN, CONTESTED},
    Move.OVERRIDE_MERGE: {OPEN, CONTESTED},
    Move.DEFER: {OPEN, CONTESTED},
    Move.KEEP_CONTESTED: {OPEN, CONTESTED},
    Move.DROP: {OPEN, CONTESTED},
    Move.REOPEN: {DEFERRED, KEPT, DROPPED},
    Move.REVEAL: {OPEN, CONTESTED, AGREED},
    Move.UNDO: {PROMOTED, MERGED},
    Move.CLAIM: {OPEN, CONTESTED, AGREED},
}


def proposal(
    *positions: Position,
    wordings: int = 1,
    affected: Sequence[UnitId] = (A, B),
    state: ProposalState = OPEN,
) -> Proposal:
    return Proposal(
        id=ProposalId("p"),
        study_id=StudyId("s"),
        session_id=SessionId("t"),
        kind=Kind.PROBLEM,
        state=state,
        draft=AnnotationId("d"),
        grounds=(),
        wordings=tuple(Wording(n, f"text {n}", "", ()) for n in range(1, wordings + 1)),
        affected=tuple(affected),
        positions=positions,
        entry_id=None,
    )


def takes(unit: UnitId, stance: Stance, number: int = 1) -> Position:
    reason = "because" if stance is Stance.OBJECT else ""
    return Position(unit, None, number, stance, reason, None, PersonId("x"))


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", ProposalState)
def test_each_state_admits_its_moves_and_no_others(state: ProposalState, move: Move) -> None:
    is_admitted = state in ADMITTED[move]

    assert negotiation.may(state, move) is is_admitted
    if not is_admitted:
        with pytest.raises(Conflict) as refused:
            negotiation.require_move(proposal(state=state), move)
        assert refused.value.fields == {"state": state.value, "move": move.value}


def test_moves_lead_where_they_say() -> None:
    assert {move: negotiation.destination(move) for move in Move} == {
        Move.PUT_WORDING: OPEN,
        Move.TAKE_POSITION: None,
        Move.SET_AFFECTED: None,
        Move.PROMOTE: PROMOTED,
        Move.MERGE: MERGED,
        Move.OVERRIDE_PROMOTE: PROMOTED,
        Move.OVERRIDE_MERGE: MERGED,
        Move.DEFER: DEFERRED,
        Move.KEEP_CONTESTED: KEPT,
        Move.DROP: DROPPED,
        Move.REOPEN: None,
        Move.REVEAL: None,
        Move.UNDO: None,
        Move.CLAIM: None,
    }


@pytest.mark.parametrize(
    ("one", "present", "expected"),
    [
        (proposal(wordings=0), {A}, OPEN),
        (proposal(), {A, B}, OPEN),
        (proposal(takes(A, Stance.AGREE)), {A, B}, OPEN),
        (proposal(takes(A, Stance.AGREE)), {A}, AGREED),
        (proposal(takes(A, Stance.AGREE), takes(B, Stance.LIVE_WITH)), {A, B}, AGREED),
        (proposal(takes(A, Stance.AGREE), takes(B, Stance.ABSTAIN)), {A, B}, AGREED),
        (proposal(takes(A, Stance.ABSTAIN), takes(B, Stance.ABSTAIN)), {A, B}, OPEN),
        (proposal(takes(A, Stance.AGREE), takes(B, Stance.OBJECT)), {A, B}, CONTESTED),
        (proposal(takes(A, Stance.AGREE), takes(C, Stance.OBJECT)), {A}, CONTESTED),
        (proposal(takes(A, Stance.OBJECT), takes(A, Stance.AGREE)), {A}, AGREED),
        (proposal(takes(A, Stance.AGREE), wordings=2), {A}, OPEN),
        (proposal(takes(A, Stance.AGREE, 2), wordings=2), {A}, AGREED),
        (proposal(takes(C, Stance.AGREE)), set(), OPEN),
        (proposal(takes(A, Stance.AGREE), affected=()), {A}, OPEN),
    ],
)
def test_positions_decide_by_the_consent_rule(
    one: Proposal, present: set[UnitId], expected: ProposalState
) -> None:
    assert negotiation.state_after(one, present) is expected


def test_absent_affected_units_are_not_yet_heard_and_hold_nobody_up() -> None:
    found = negotiation.consent(proposal(takes(A, Stance.AGREE), affected=(A, B, C)), {A, C})

    assert (found.waiting, found.not_heard) == ((C,), (B,))
    assert found.obstacle == "proposal.waiting"


def test_a_new_wording_makes_positions_stale_and_the_proposal_open() -> None:
    agreed = proposal(takes(A, Stance.AGREE), state=AGREED)
    reworded = dataclasses.replace(agreed, wordings=(*agreed.wordings, Wording(2, "", "", ())))

    assert negotiation.state_after(reworded, {A}) is OPEN
    assert negotiation.stale(reworded) == (A,)
    assert negotiation.standing(reworded) == {}


def test_positions_by_unit_are_hidden_from_fewer_than_five_units_until_closing() -> None:
    one = proposal(takes(A, Stance.AGREE))
    few, enough = set("abcd"), set("abcde")

    assert negotiation.shown(one, {UnitId(unit) for unit in few}, closed=False) is None
    assert negotiation.shown(one, {UnitId(unit) for unit in enough}, closed=False) is not None
    assert negotiation.shown(one, set(), closed=True) == one.positions


@pytest.mark.parametrize("stance", Stance)
def test_hidden_positions_move_nothing_until_they_are_revealed(stance: Stance) -> None:
    hides = negotiation.Rule(show=negotiation.Show.HIDDEN)
    asked = proposal(takes(A, stance), takes(B, Stance.AGREE))

    assert negotiation.state_after(asked, {A, B}, hides) is OPEN
    shown = dataclasses.replace(asked, revealed=1)
    found = negotiation.state_after(shown, {A, B}, hides)
    assert found is (CONTESTED if stance is Stance.OBJECT else AGREED)


def test_objections_are_told_without_names() -> None:
    assert negotiation.objections(proposal(takes(A, Stance.OBJECT))) == ("because",)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "new", [("add", "new")]),
        ("same", "same", [("keep", "same")]),
        (
            "data is lost",
            "data was lost",
            [("keep", "data "), ("remove", "is"), ("add", "was"), ("keep", " lost")],
        ),
        (
            "数据不共享",
            "数据未共享",
            [("keep", "数据"), ("remove", "不"), ("add", "未"), ("keep", "共享")],
        ),
    ],
)
def test_a_difference_names_what_was_added_and_removed(
    before: str, after: str, expected: list[tuple[str, str]]
) -> None:
    found = negotiation.difference(before, after)

    assert [(one["op"], one["text"]) for one in found] == expected


UNITS = st.sampled_from([A, B, C, UnitId("d"), UnitId("e"), UnitId("f")])
POSITIONS = st.lists(
    st.builds(takes, UNITS, st.sampled_from(Stance), st.integers(1, 3)), max_size=12
)


@given(POSITIONS, st.integers(0, 3), st.lists(UNITS, unique=True), st.sets(UNITS))
def test_agreement_always_means_an_answer_nobody_waiting_and_no_objection(
    positions: list[Position], wordings: int, affected: list[UnitId], present: set[UnitId]
) -> None:
    one = proposal(*positions, wordings=wordings, affected=affected)
    stands = negotiation.standing(one)
    state = negotiation.state_after(one, present)

    has_objection = any(position.stance is Stance.OBJECT for position in stands.values())
    is_complete = all(unit in stands for unit in affected if unit in present)
    is_answered = any(
        stands[unit].stance is not Stance.ABSTAIN for unit in affected if unit in stands
    )
    assert (state is CONTESTED) is has_objection
    assert (state is AGREED) is (is_complete and is_answered and not has_objection)
    counted = negotiation.tally(one, present)
    assert counted["heard"] == len(stands) == sum(counted[stance.value] for stance in Stance)
    assert counted["waiting"] == len(
        [unit for unit in affected if unit in present and unit not in stands]
    )


@given(POSITIONS, st.sampled_from([PROMOTED, MERGED, DEFERRED, KEPT, DROPPED]), st.sets(UNITS))
def test_what_is_settled_is_not_moved_by_positions(
    positions: list[Position], state: ProposalState, present: set[UnitId]
) -> None:
    assert negotiation.state_after(proposal(*positions, state=state), present) is state


@given(POSITIONS, st.integers(1, 3))
def test_only_the_newest_position_of_each_unit_on_the_newest_wording_stands(
    positions: list[Position], wordings: int
) -> None:
    one = proposal(*positions, wordings=wordings)

    for unit, position in negotiation.standing(one).items():
        newest = [p for p in positions if p.unit_id == unit and p.number == wordings]
        assert position == newest[-1]


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_difference_holds_both_texts_whole(before: str, after: str) -> None:
    found = negotiation.difference(before, after)

    assert "".join(one["text"] for one in found if one["op"] != "add") == before
    assert "".join(one["text"] for one in found if one["op"] != "remove") == after
