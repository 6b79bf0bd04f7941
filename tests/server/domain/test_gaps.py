"""Gaps: what counts as one, whom it is asked of, what it weighs, in which order units stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import EntryId, ProposalId, StepId, UnitId
from schemas.session import Bilingual
from server.domain.concrete import Sign, signs
from server.domain.gaps import (
    WEIGHTS,
    Absent,
    Aside,
    Gap,
    Known,
    Objection,
    Problem,
    Reason,
    Unreached,
    rank,
)

A, B, C = UnitId("a"), UnitId("b"), UnitId("c")
TITLE = Bilingual("Data is not shared.", "数据不共享。")


def problem(**changes: object) -> Problem:
    """A problem about which nothing is missing, but for what is changed."""
    whole: dict[str, object] = {
        "id": EntryId("e"),
        "label": TITLE,
        "has_cause": True,
        "has_consequence": True,
        "concerned": (A, B, C),
        "voices": frozenset({A, B}),
        "texts": ("In 2016 the platform lost 40 cameras",),
        "line_count": 2,
    }
    return Problem(**whole | changes)  # type: ignore[arg-type]


def gaps(*problems: Problem, **known: object) -> set[tuple[Reason, UnitId | None]]:
    found = rank(Known((A, B, C), problems, **known))  # type: ignore[arg-type]
    every = [gap for one in found.units for gap in one.gaps] + list(found.open)
    return {(gap.reason, gap.unit_id) for gap in every}


def test_where_nothing_is_missing_there_is_no_gap() -> None:
    assert gaps(problem()) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"has_cause": False}, {(Reason.NO_CAUSE, unit) for unit in (A, B, C)}),
        ({"has_consequence": False}, {(Reason.NO_CONSEQUENCE, unit) for unit in (A, B, C)}),
        ({"texts": ("it is bad",)}, {(Reason.NO_EXAMPLE, unit) for unit in (A, B, C)}),
        ({"unheard": frozenset({C})}, {(Reason.NOT_HEARD, C)}),
        ({"voices": frozenset({A})}, {(Reason.ONE_VOICE, B), (Reason.ONE_VOICE, C)}),
        ({"line_count": 0}, {(Reason.NO_LINE, unit) for unit in (A, B, C)}),
        ({"has_cause": False, "concerned": ()}, {(Reason.NO_CAUSE, None)}),
    ],
)
def test_what_lacks_is_asked_of_who_would_know(
    changes: dict[str, object], expected: set[tuple[Reason, UnitId | None]]
) -> None:
    assert gaps(problem(**changes)) == expected


def test_a_deferred_question_is_asked_of_the_unit_that_the_room_named_in_the_rooms_words() -> None:
    aside = Aside(ProposalId("p"), TITLE, TITLE, (A, B), True, C, "Which roads?")

    (asked,) = rank(Known((A, B, C), asides=[aside])).units

    assert asked.unit_id == C
    assert asked.gaps[0].question == Bilingual("Which roads?")
    assert asked.weight == WEIGHTS[Reason.DEFERRED] * 3


def test_a_contest_is_asked_of_all_whom_it_affects() -> None:
    aside = Aside(ProposalId("p"), TITLE, TITLE, (A, B), False)
    challenge = Objection(EntryId("e"), TITLE, C, (A,))

    assert gaps(asides=[aside]) == {(Reason.CONTESTED, A), (Reason.CONTESTED, B)}
    assert gaps(objections=[challenge]) == {(Reason.CONTESTED, A), (Reason.CONTESTED, C)}


def test_a_step_is_asked_of_who_acts_else_of_who_goes_on() -> None:
    step = Unreached(StepId("s"), TITLE, TITLE, A, B)
    handed = Unreached(StepId("s"), TITLE, TITLE, None, B)

    assert gaps(unreached=[step]) == {(Reason.STEP_NOT_REACHED, A)}
    assert gaps(unreached=[handed]) == {(Reason.STEP_NOT_REACHED, B)}
    assert gaps(absent=[Absent("x", "Xu", C, TITLE)]) == {(Reason.EXPERT_ABSENT, C)}


def test_every_reason_asks_a_question_in_both_languages() -> None:
    aside = Aside(ProposalId("p"), TITLE, TITLE, (A,), False)
    deferred = Aside(ProposalId("q"), TITLE, TITLE, (A,), True)
    bare = problem(has_cause=False, has_consequence=False, texts=(), unheard=frozenset({A}))
    lonely = problem(id=EntryId("f"), voices=frozenset({B}), line_count=0)
    found = rank(
        Known(
            (A, B, C),
            [bare, lonely],
            [aside, deferred],
            unreached=[Unreached(StepId("s"), TITLE, TITLE, A, None)],
            absent=[Absent("x", "Xu", C, Bilingual("Flood", "内涝"))],
        )
    )

    asked = {gap.reason: gap.question for one in found.units for gap in one.gaps}
    assert set(asked) == set(Reason)
    for question in asked.values():
        assert question.en.endswith("?")
        assert question.zh.endswith("？")
        assert "{" not in question.en + question.zh
        assert ".?" not in question.en


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is bad for everybody", set()),
        ("大家都觉得不方便", set()),
        ("The platform could not show it", {Sign.SYSTEM}),
        ("数字城管平台处理不了", {Sign.SYSTEM}),
        ("On Weijin Road the water rises", {Sign.PLACE}),
        ("卫津南路经常积水", {Sign.PLACE}),
        ("We waited four times", {Sign.NUMBER}),
        ("群众要跑三次", {Sign.NUMBER}),
        ("Since last winter", {Sign.DATE}),
        ("去年就这样", {Sign.DATE}),
    ],
)
def test_an_example_is_concrete_by_system_place_number_or_date(
    text: str, expected: set[Sign]
) -> None:
    assert signs(text) == expected


def test_a_system_that_the_study_names_makes_an_example_concrete() -> None:
    assert signs("Only in Jinqi can it be seen", ["jinqi"]) == {Sign.SYSTEM}


UNITS = st.sampled_from([A, B, C])
PROBLEMS = st.lists(
    st.builds(
        Problem,
        st.sampled_from([EntryId("e"), EntryId("f"), EntryId("g")]),
        st.just(TITLE),
        st.booleans(),
        st.booleans(),
        st.lists(UNITS, unique=True).map(tuple),
        st.frozensets(UNITS),
        st.frozensets(UNITS),
        st.lists(st.text(max_size=20), max_size=2).map(tuple),
        st.integers(0, 2),
    ),
    max_size=5,
    unique_by=lambda one: one.id,
)


@given(PROBLEMS)
def test_the_order_is_by_weight_then_protocol_and_each_weight_is_explained(
    problems: list[Problem],
) -> None:
    known = Known((A, B, C), problems)
    found = rank(known)

    place = {unit: number for number, unit in enumerate(known.units)}
    keys = [(-one.weight, place[one.unit_id]) for one in found.units]
    assert keys == sorted(keys)
    every: list[Gap] = [gap for one in found.units for gap in one.gaps] + list(found.open)
    assert len({gap.id for gap in every}) == len(every)
    for one in found.units:
        assert one.weight == sum(WEIGHTS[gap.reason] * gap.breadth for gap in one.gaps)
    assert rank(Known((A, B, C), problems[::-1])) == found
