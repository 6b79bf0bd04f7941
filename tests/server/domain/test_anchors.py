"""Anchors follow what was kept of their words, in Python and in the browser alike."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ids import LineId
from schemas.transcript import Edit
from server.domain.anchors import (
    Place,
    edit_between,
    edit_of_join,
    edit_of_split,
    moved,
    resolve,
)
from server.store.lines import edits_json
from tests.web.nodejs import node

ONE, TWO = LineId("one"), LineId("two")
WORDS = st.lists(st.sampled_from(["the", "data", "水", "务局", "🚰", "is", " ", "，"]), max_size=14)
TEXT = WORDS.map(lambda words: "".join(words)) | st.text(max_size=20)


def shown(place: Place, edits: dict[LineId, list[Edit]], revision: int = 0) -> tuple[object, ...]:
    found = resolve(place, revision, edits.get)
    assert found is not None
    return found.place.line_id, found.place.start, found.place.end, found.is_lost


def quote(text: str, place: Place) -> str:
    return text[place.start : place.end]


@st.composite
def corrected(draw: st.DrawFn) -> tuple[str, str, Place]:
    old = draw(TEXT.filter(bool))
    start = draw(st.integers(0, len(old) - 1))
    return old, draw(TEXT), Place(ONE, start, draw(st.integers(start + 1, len(old))))


@given(corrected())
def test_an_anchor_stays_inside_the_text_or_is_said_to_be_lost(
    case: tuple[str, str, Place],
) -> None:
    old, new, place = case

    line_id, start, end, is_lost = shown(place, {ONE: [edit_between(old, new)]})

    assert line_id == ONE
    assert is_lost is (end is None)
    assert end is None or 0 <= start < end <= len(new)  # type: ignore[operator]


@given(TEXT, TEXT, TEXT.filter(bool), TEXT, TEXT)
def test_words_that_nobody_touched_keep_their_quote(
    before: str, new_before: str, kept: str, after: str, new_after: str
) -> None:
    old = f"{before} |{kept}| {after}"
    new = f"{new_before} |{kept}| {new_after}"
    edit = edit_between(old, new)
    at = len(before) + 2
    if not any(one.first <= at and at + len(kept) <= one.last for one in edit):
        return  # the comparison kept other words of the same kind

    found = moved(Place(ONE, at, at + len(kept)), edit)

    assert found is not None
    assert quote(new, found[0]) == kept


@given(corrected())
def test_what_was_kept_of_an_anchor_stays_in_it(case: tuple[str, str, Place]) -> None:
    old, new, place = case
    edit = edit_between(old, new)
    assert place.end is not None

    found = moved(place, edit)

    for kept in edit:
        for at in range(max(place.start, kept.first), min(place.end, kept.last)):
            assert found is not None
            assert found[0].end is not None
            assert found[0].start <= kept.to + at - kept.first < found[0].end
            assert old[at] == new[kept.to + at - kept.first]


@given(TEXT.filter(lambda text: bool(text.strip())), st.data())
def test_a_split_and_a_join_lose_no_words(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    start = data.draw(st.integers(0, len(text) - 1))
    place = Place(ONE, start, data.draw(st.integers(start + 1, len(text))))
    edit, first, second = edit_of_split(text, at, TWO)
    joined = f"{first} {second}"
    back = edit_of_join(second, len(first) + 1, ONE, 2)

    parted = shown(place, {ONE: [edit], TWO: []})
    together = shown(place, {ONE: [edit, edit_between(first, joined)], TWO: [back]})

    kept = text[place.start : place.end].strip()
    there = {ONE: first, TWO: second}[parted[0]]  # type: ignore[index]
    if kept:
        assert not parted[3]
        assert there[parted[1] : parted[2]].strip()[:1] in text[place.start : place.end]
        assert together[0] == ONE


def test_a_corrected_word_belongs_to_the_anchor_that_covered_it() -> None:
    edit = edit_between("the water burro is late", "the water bureau is late")

    assert shown(Place(ONE, 4, 15), {ONE: [edit]}) == (ONE, 4, 16, False)
    assert shown(Place(ONE, 10, 15), {ONE: [edit]}) == (ONE, 10, 16, False)
    assert shown(Place(ONE, 16, 18), {ONE: [edit]}) == (ONE, 17, 19, False)


def test_what_is_put_beside_an_anchor_stays_outside() -> None:
    edit = edit_between("水务局", "市水务局说")

    assert shown(Place(ONE, 0, 3), {ONE: [edit]}) == (ONE, 1, 4, False)


def test_removed_words_are_lost_and_the_line_is_shown() -> None:
    edit = edit_between("we own the data here", "we own here")

    assert shown(Place(ONE, 7, 15), {ONE: [edit]}) == (ONE, 0, None, True)


def test_a_note_on_a_whole_line_follows_it_into_the_other() -> None:
    joined = {ONE: [edit_between("a", "a b")], TWO: [edit_of_join("b", 2, ONE, 1)]}

    assert shown(Place(TWO), joined) == (ONE, 2, 3, False)
    assert resolve(Place(LineId("gone")), 0, joined.get) is None


@settings(max_examples=5, deadline=None)
@given(st.lists(corrected(), min_size=40, max_size=40), st.data())
def test_the_browser_moves_anchors_as_the_server_does(
    cases: list[tuple[str, str, Place]], data: st.DataObject
) -> None:
    given_cases, expected = [], []
    for old, new, place in cases:
        at = data.draw(st.integers(0, len(old)))
        split, first, second = edit_of_split(old, at, TWO)
        for edits in (
            {ONE: [edit_between(old, new)]},
            {ONE: [split], TWO: []},
            {
                ONE: [split, edit_between(first, f"{first} {second}")],
                TWO: [edit_of_join(second, len(first) + 1, ONE, 2)],
            },
        ):
            for one in (place, replace(place, start=0, end=None)):
                expected.append(list(shown(one, edits)))
                given_cases.append(
                    [one.start, one.end, {k: edits_json(v) for k, v in edits.items()}]
                )
    script = (
        'import { resolve } from "./web/client/anchor-moves.js";'
        "const given = JSON.parse(process.env.GIVEN);"
        "console.log(JSON.stringify(given.map(([start, end, edits]) => {"
        ' const at = resolve({ line: "one", revision: 0, start, end }, (line) => edits[line] ?? null);'
        " return [at.line, at.start, at.end, at.isLost]; })));"
    )

    found = json.loads(node("--input-type=module", "--eval", script, GIVEN=json.dumps(given_cases)))

    assert found == expected
