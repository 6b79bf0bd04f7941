"""A round by unit asks everybody once, and comes back to who was skipped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.conduct import Round
from schemas.errors import Conflict, Invalid
from schemas.ids import UnitId
from server.domain import rounds

A, B, C, D = UNITS = tuple(UnitId(name) for name in "abcd")


def test_units_speak_in_the_order_of_the_protocol() -> None:
    now = rounds.begin([A, B, C])
    turns = []
    while now.turn is not None:
        turns.append(now.turn)
        now = rounds.heard(now)

    assert turns == [A, B, C]
    assert now.heard == (A, B, C)
    assert not rounds.waiting(now)


def test_who_is_skipped_can_be_come_back_to() -> None:
    now = rounds.skipped(rounds.begin([A, B]))
    assert (now.turn, now.skipped) == (B, (A,))

    now = rounds.heard(rounds.called(rounds.heard(now), A))

    assert (now.turn, now.heard, now.skipped) == (None, (B, A), ())


def test_a_unit_called_early_leaves_the_one_before_it_waiting() -> None:
    now = rounds.called(rounds.begin([A, B, C]), C)
    assert rounds.waiting(now) == [A, B]

    assert rounds.heard(now).turn == A


def test_who_comes_late_joins_at_the_end() -> None:
    now = rounds.called(rounds.begin([A, B]), D)

    assert (now.order, now.turn) == ((A, B, D), D)


def test_a_round_of_nobody_or_past_its_end_is_refused() -> None:
    with pytest.raises(Invalid):
        rounds.begin([])
    over = rounds.heard(rounds.begin([A]))
    for move in (rounds.heard, rounds.skipped):
        with pytest.raises(Conflict):
            move(over)


@given(st.lists(st.tuples(st.sampled_from(["heard", "skipped", "called"]), st.sampled_from(UNITS))))
def test_every_unit_is_in_exactly_one_place(moves: list[tuple[str, UnitId]]) -> None:
    now = rounds.begin([A, B, C])
    for move, unit in moves:
        now = _moved(now, move, unit)
        waiting = rounds.waiting(now)

        assert not set(now.heard) & set(now.skipped)
        assert set(now.order) == {*now.heard, *now.skipped, *waiting} | ({now.turn} - {None})
        assert now.turn not in {*now.skipped, *waiting}
        assert now.turn is not None or not waiting
        assert len(set(now.heard)) == len(now.heard)
        assert len(set(now.order)) == len(now.order)


def _moved(now: Round, move: str, unit: UnitId) -> Round:
    if move == "called":
        return rounds.called(now, unit)
    if now.turn is None:
        return now
    return rounds.heard(now) if move == "heard" else rounds.skipped(now)
