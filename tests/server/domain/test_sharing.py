"""A new text is shared out over the lines it stands for."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import LineId
from schemas.transcript import Edit
from server.domain.anchors import Place, edit_between, edit_of_join, resolve
from server.domain.sharing import shared_out

SOME = st.lists(st.text(alphabet="ab 数据。", min_size=1, max_size=20), min_size=1, max_size=5)


def test_each_line_gets_the_words_that_were_its_own() -> None:
    olds = ["the water burro has no data", "and nobody tolled us"]

    assert shared_out(olds, "The water bureau has no data and nobody told us") == [
        "The water bureau has no data",
        "and nobody told us",
    ]
    assert shared_out(["水务局没有", "数据三年了"], "水务局一直没有数据，三年了") == [
        "水务局一直没有",
        "数据，三年了",
    ]


@given(SOME, st.text(alphabet="ab 数据。", max_size=60))
def test_nothing_of_the_new_text_is_lost(olds: list[str], new: str) -> None:
    parts = shared_out(olds, new)

    assert len(parts) == len(olds)
    assert "".join("".join(parts).split()) == "".join(new.split())


WORDS = st.lists(
    st.sampled_from(["water", "data", "nobody", "水", "务", "局", "level"]), min_size=1
)
HEARD, TYPED = LineId("heard"), LineId("typed")


@given(WORDS, WORDS, st.booleans(), st.data())
def test_no_note_is_lost_when_one_record_goes_into_another(
    heard: list[str], typed: list[str], is_taken: bool, data: st.DataObject
) -> None:
    """As server.services.differences does it: first the same words, then into the line."""
    old, said = " ".join(heard), " ".join(typed)
    line = said if is_taken else old
    mine = data.draw(st.sampled_from([HEARD, TYPED]))
    text = old if mine == HEARD else said
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.none() | st.integers(start + 1, len(text)))
    edits: dict[LineId, list[Edit]] = {
        HEARD: [edit_between(old, said)] if is_taken else [],
        TYPED: [edit_between(said, line), edit_of_join(line, 0, HEARD, int(is_taken))],
    }

    shown = resolve(Place(mine, 0 if end is None else start, end), 0, edits.get)

    assert shown is not None
    assert shown.place.line_id == HEARD
    words = line[shown.place.start : shown.place.end]
    assert shown.is_lost or words.strip() or not text[start:end].strip()
