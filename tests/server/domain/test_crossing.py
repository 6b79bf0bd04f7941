"""Who spoke to what in which stage, and what ties units: counted by voices."""

from schemas.ids import EntryId, StageId, UnitId
from server.domain.crossing import HandOver, Tie, Voice, cells, ties

A, B, C = UnitId("a"), UnitId("b"), UnitId("c")
E, F = EntryId("e"), EntryId("f")
FOUR, FIVE = StageId("4"), StageId("5")


def test_voices_are_counted_by_unit_entry_and_stage_each_kind_by_itself() -> None:
    found = cells(
        [
            Voice(A, E, FOUR, "evidence"),
            Voice(A, E, FOUR, "evidence"),
            Voice(A, E, FOUR, "mark"),
            Voice(A, E, FIVE, "position"),
            Voice(B, F, FOUR, "mark"),
        ]
    )

    assert found == {
        (A, E, FOUR): {"evidence": 2, "mark": 1},
        (A, E, FIVE): {"position": 1},
        (B, F, FOUR): {"mark": 1},
    }


def test_units_are_tied_by_entries_and_hand_overs_the_strongest_first() -> None:
    concerned = {E: [C, A], F: [A, C, A]}
    steps = [HandOver(B, A, "Grant"), HandOver(A, B, "Grant"), HandOver(C, C, "Wait")]

    found = ties([A, B, C], concerned, steps)

    assert found == (Tie(A, C, (E, F), ()), Tie(A, B, (), ("Grant",)))


def test_a_unit_that_is_none_of_the_study_ties_nothing() -> None:
    assert ties([A], {E: [A, B]}, [HandOver(A, B, "x")]) == ()
