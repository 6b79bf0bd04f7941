"""Priorities: what a sheet may hold, and the spread over units and steps."""

from dataclasses import replace

import pytest

from schemas.errors import Invalid
from schemas.ids import EntryId, SessionId, StudyId, UnitId
from server.domain.priorities import (
    HandedIn,
    PriorityRound,
    PriorityRoundId,
    PrioritySheet,
    Spread,
    check,
    spreads,
)

A, B, C = EntryId("a"), EntryId("b"), EntryId("c")
ONE, TWO, THREE = UnitId("one"), UnitId("two"), UnitId("three")
ROUND = PriorityRound(
    PriorityRoundId("r"), StudyId("s"), SessionId("t"), (A, B), 1, 1.0, 2.0, "chair"
)


def sheet(unit: UnitId, urgent: set[EntryId], ours: set[EntryId]) -> PrioritySheet:
    return PrioritySheet(unit, frozenset(urgent), frozenset(ours), 1)


def test_a_spread_names_units_in_protocol_order_and_counts_who_marked_nothing() -> None:
    sheets = [sheet(THREE, {A}, {A}), sheet(ONE, {A}, set()), sheet(TWO, set(), set())]

    found = spreads([HandedIn(ROUND, one, True) for one in sheets], [ONE, TWO, THREE], {})

    assert found[A] == Spread((ONE, TWO, THREE), (ONE, THREE), (THREE,))
    assert found[B] == Spread((ONE, TWO, THREE))


def test_a_later_step_replaces_what_the_unit_said_of_the_same_entry_alone() -> None:
    later = replace(ROUND, id=PriorityRoundId("later"), entries=(A,))
    before, after = sheet(ONE, {A}, {B}), sheet(ONE, set(), {A})

    found = spreads([HandedIn(ROUND, before, True), HandedIn(later, after, False)], [ONE], {})

    assert found[A] == Spread((ONE,), (), (ONE,), is_named=False)
    assert found[B] == Spread((ONE,), (), (ONE,), is_named=True)


def test_marks_follow_an_entry_that_was_merged() -> None:
    found = spreads([HandedIn(ROUND, sheet(ONE, {B}, {A}), True)], [ONE], {A: C, B: C})

    assert found == {C: Spread((ONE,), (ONE,), (ONE,))}


@pytest.mark.parametrize(
    ("urgent", "ours", "code"),
    [({C}, set(), "priority.entry"), (set(), {A, B}, "priority.most"), ({A, B}, set(), "priority.most")],
)  # fmt: skip
def test_a_sheet_holds_what_was_asked_and_no_more_than_it_may(
    urgent: set[EntryId], ours: set[EntryId], code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        check(sheet(ONE, urgent, ours), (A, B), 1)
    check(sheet(ONE, {A}, {B}), (A, B), 1)
