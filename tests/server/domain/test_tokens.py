"""What an index sees of a text."""

import unicodedata
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.domain import tokens as tokenising
from server.domain.tokens import MAX_WORD, atoms, tokens


def test_chinese_becomes_bigrams_and_the_last_character() -> None:
    found = tokens("数据共享")

    assert found.words == ("数据", "据共", "共享", "享")
    assert found.characters == tuple(sorted("数据共享"))


def test_words_and_characters_share_one_row_of_positions() -> None:
    assert tokens("使用GIS系统").words == ("使用", "用", "gis", "系统", "统")


def test_punctuation_ends_a_run() -> None:
    assert tokens("水。管").words == ("水", "管")


def test_width_case_and_form_are_folded() -> None:
    assert tokens("ＧＩＳ Straße ﾊﾞ").words == ("gis", "strasse", "バ")


def test_invisible_characters_neither_count_nor_separate() -> None:
    assert tokens("da\u00adta 水\u200b管").words == tokens("data 水管").words


def test_an_atom_knows_the_code_points_it_came_from() -> None:
    text = "😀 ﾊﾞe\u0301tat"

    assert [text[a.start : a.end] for a in atoms(text)] == ["ﾊﾞ", "e\u0301tat"]


def test_a_word_without_end_is_cut() -> None:
    assert [len(word) for word in tokens("x" * 150).words] == [MAX_WORD, MAX_WORD, 22]


@given(st.text())
def test_every_text_gives_tokens_that_both_engines_keep_as_they_are(text: str) -> None:
    found = tokens(text)

    for word in (*found.words, *found.characters):
        assert word
        assert len(word.encode()) <= 1_024
        assert all(unicodedata.category(c)[0] in "LNM" for c in word)
        assert word.isascii() is False or word.isalnum()


@given(st.text())
def test_atoms_lie_in_order_within_the_text(text: str) -> None:
    found = atoms(text)

    assert all(0 <= a.start < a.end <= len(text) for a in found)
    assert all(one.start <= other.start for one, other in pairwise(found))


def test_traditional_characters_are_found_as_simplified_ones() -> None:
    assert tokens("後臺數據") == tokens("后台数据")


@given(st.text())
def test_the_fast_way_gives_what_the_general_way_gives(text: str) -> None:
    general = tokenising._atoms_of_any(text)

    assert atoms(text) == general
    assert tokens(text).words == tuple(tokenising.words(general))
    assert tokens(text).characters == tuple(sorted({a.text for a in general if a.is_cjk}))


@given(st.text())
def test_pieces_normalise_as_the_whole_does(text: str) -> None:
    whole = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())

    assert tokens(text).words == tokens(whole).words


@given(st.text(alphabet="数据共享水管", min_size=1), st.data())
def test_every_pair_of_neighbours_is_a_token(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : start + 2]

    found = tokens(text)

    assert piece in (found.words if len(piece) == 2 else found.characters)
