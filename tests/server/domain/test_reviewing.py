"""How units are cut, and what stands after a difference was settled."""

from dataclasses import replace

import pytest

from schemas.errors import Invalid
from schemas.ids import LineId, PersonId, SessionId
from schemas.session import Language
from schemas.transcript import Line, LineSource
from server.domain.reviewing import (
    Cut,
    Outcome,
    cut,
    is_filler,
    moments,
    settle,
    two_sides,
)

LINE = Line(
    LineId("1"), SessionId("s"), 0.0, "Data is not shared", Language.EN, LineSource.TYPED, "Wang",
    PersonId("wang"), None, False, None, None, None, None, 0, None,
)  # fmt: skip
A, B, NONE = frozenset("a"), frozenset("b"), frozenset[str]()


def said(*pairs: tuple[str, str]) -> list[Line]:
    return [
        replace(LINE, id=LineId(str(at)), person_id=PersonId(who), speaker=who, text=text)
        for at, (who, text) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("text", "filler"),
    [
        ("Um, okay.", True),
        ("嗯，好的。", True),
        ("…", True),
        ("No data", False),
        ("好的方案", False),
    ],
)
def test_fillers_are_told_from_words(text: str, filler: bool) -> None:
    assert is_filler(text) is filler


def test_a_turn_goes_on_over_somebody_elses_filler() -> None:
    lines = said(("wang", "one"), ("li", "Mm."), ("wang", "two"), ("li", "three"))

    turns = [[line.text for line in unit] for unit in cut(lines, Cut.TURN)]
    single = [[line.text for line in unit] for unit in cut(lines, Cut.LINE)]

    assert turns == [["one", "two"], ["three"]]
    assert single == [["one"], ["two"], ["three"]]


def test_a_difference_has_the_two_most_chosen_sides() -> None:
    assert two_sides({"x": A, "y": A}) is None
    assert two_sides({"x": A}) is None
    assert two_sides({"x": NONE, "y": A, "z": A}) == (A, NONE)


@pytest.mark.parametrize(
    ("outcome", "stands"),
    [
        (Outcome.ONE, A),
        (Outcome.OTHER, B),
        (Outcome.BOTH, A | B),
        (Outcome.NEITHER, NONE),
        (Outcome.BACK, NONE),
        (Outcome.NEW, frozenset("c")),
    ],
)
def test_each_outcome_leaves_its_codes(outcome: Outcome, stands: frozenset[str]) -> None:
    assert settle(outcome, (A, B), frozenset("c")) == stands


def test_segments_begin_at_the_moments_that_a_person_named() -> None:
    lines = [replace(LINE, at=float(at)) for at in (0, 59, 60, 61, 3700)]

    units = cut(lines, Cut.SEGMENT, moments("1:00\n 1:01:00 \n\n"))

    assert [[int(each.at) for each in unit] for unit in units] == [[0, 59], [60, 61], [3700]]
    for wrong in ("soon", "1:75", "", "12"):
        with pytest.raises(Invalid, match=r"review\.begins"):
            moments(wrong)
