"""Which words are worth telling the ear first."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import UnitId
from schemas.session import Bilingual, Language, Unit
from server.domain.hotwords import MOST, ranked

WATER = Unit(UnitId("w"), Bilingual("Water Authority", "水务局"), "bureau", 1, ("WAB", "市水务"))
TRAFFIC = Unit(UnitId("t"), Bilingual("Traffic Police", "交管局"), "bureau", 2)
LABELS = [Bilingual("No common map", "没有统一地图"), Bilingual("Late permits", "审批滞后")]


def test_the_sources_take_turns_each_in_its_own_order() -> None:
    words = ranked(["pipe register"], ["Wang Fang"], [WATER, TRAFFIC], LABELS, [Language.EN])

    assert words == (
        "pipe register", "Wang Fang", "Water Authority", "No common map",
        "Traffic Police", "Late permits", "WAB",
    )  # fmt: skip


def test_only_what_is_said_in_the_language_is_named() -> None:
    assert ranked([], [], [WATER], LABELS, [Language.ZH]) == (
        "水务局", "没有统一地图", "市水务", "审批滞后",
    )  # fmt: skip


def test_where_either_is_spoken_both_names_are() -> None:
    words = ranked([], [], [WATER], LABELS[:1], [Language.ZH, Language.EN])

    assert set(words) == {
        "水务局", "Water Authority", "WAB", "市水务", "没有统一地图", "No common map",
    }  # fmt: skip


def test_a_word_is_named_once_and_nothing_that_nobody_says_whole() -> None:
    words = ranked(
        ["GIS", "gis", "", "x"], ["GIS", "A" * 61], [], [Bilingual("", "长" * 25)], [Language.ZH]
    )

    assert words == ("GIS",)


@given(
    st.lists(st.text(max_size=70), max_size=200),
    st.lists(st.text(alphabet="水务局ab ,，", max_size=30), max_size=200),
)
def test_any_words_make_a_list_of_bounded_clean_terms(one: list[str], other: list[str]) -> None:
    words = ranked(one, other, [WATER], LABELS, list(Language))

    assert len(words) <= MOST
    assert len({word.casefold() for word in words}) == len(words)
    assert all(word == " ".join(word.split()) and not set(word) & set(",，、;；") for word in words)
