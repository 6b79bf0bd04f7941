"""The archive's own language: what it means, and where it says that something is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Invalid
from server.domain.query import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_TERMS,
    Both,
    Either,
    Phrase,
    Query,
    marks,
    matches,
    parse,
)
from server.domain.tokens import atoms

TEXT = "The data is open. 供水管网的数据 sharing 还没有统一标准"


def shape(query: Query) -> object:
    """The tree as plain values: phrases as text, the rest as tuples."""
    match query:
        case Phrase(found, prefix):
            return " ".join(atom.text for atom in found) + ("*" if prefix else "")
        case Both(wanted, unwanted):
            return ("and", *map(shape, wanted), *(("not", shape(each)) for each in unwanted))
        case Either(options):
            return ("or", *map(shape, options))


@pytest.mark.parametrize(
    ("words", "tree"),
    [
        ("Data", "data"),
        ("open data", ("and", "open", "data")),
        ('"open data"', "open data"),
        ("“open data”", "open data"),
        ("数据gis", "数 据 gis"),
        ("da*", "da*"),
        ('"open da*"', "open da*"),
        ("a OR b c", ("or", "a", ("and", "b", "c"))),
        ("(a OR b) AND c", ("and", ("or", "a", "b"), "c")),
        ("（a OR b）c", ("and", ("or", "a", "b"), "c")),
        ("a -b", ("and", "a", ("not", "b"))),
        ("a NOT (b c)", ("and", "a", ("not", ("and", "b", "c")))),
        ("a NOT NOT b", ("and", "a", "b")),
        ("-b a", ("and", "a", ("not", "b"))),
        ("a AND NOT b", ("and", "a", ("not", "b"))),
        ("e-mail", "e mail"),
        ("a - b", ("and", "a", "b")),
        ("a ， b", ("and", "a", "b")),
        ("a AND …", "a"),
        ("and or", ("and", "and", "or")),
    ],
)
def test_words_become_a_tree(words: str, tree: object) -> None:
    assert shape(parse(words)) == tree


@pytest.mark.parametrize(
    ("words", "at", "reason"),
    [
        ("", 0, "empty"),
        ("  ，。 ", 0, "empty"),
        ("()", 1, "operand_missing"),
        ('data "open', 5, "unclosed_quote"),
        ("a (b", 2, "unclosed_parenthesis"),
        ("a) b", 1, "unopened_parenthesis"),
        ("a AND", 5, "operand_missing"),
        ("OR a", 0, "operand_missing"),
        ("a OR AND b", 5, "operand_missing"),
        ("-a", 0, "only_excluded"),
        ("a OR -b", 5, "only_excluded"),
        ("a (-b)", 3, "only_excluded"),
        ("d*ta", 1, "star"),
        ("a *", 2, "star"),
        ("a" * (MAX_CHARACTERS + 1), MAX_CHARACTERS, "too_long"),
        ("a " * (MAX_TERMS + 1), 2 * MAX_TERMS, "too_many"),
        ("(" * 40 + "a", MAX_DEPTH + 1, "too_deep"),
    ],
)
def test_errors_point_at_the_character(words: str, at: int, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(words)

    assert refused.value.code == "archive.query"
    assert refused.value.fields == {"at": at, "reason": reason}


@given(st.text(alphabet=st.sampled_from('ab水 "“”()（）*-ANDOR，\0é́'), max_size=60) | st.text())
def test_nothing_but_invalid_is_ever_raised(words: str) -> None:
    try:
        parse(words)
    except Invalid as refused:
        at = refused.fields["at"]
        assert isinstance(at, int)
        assert 0 <= at <= len(words)


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("数据", ["数据"]),
        ("水", ["水"]),
        ("data", ["data"]),
        ("sha*", ["sharing"]),
        ("据sharing还", ["据 sharing 还"]),
        ("供水 OR 水管", ["供水管"]),
        ("open -sharing", ["open"]),
    ],
)
def test_marks_show_what_answers(words: str, marked: list[str]) -> None:
    found = marks(parse(words), TEXT)

    assert [TEXT[start:end] for start, end in found] == marked


@given(
    st.text(alphabet="水管ab ，", max_size=20), st.text(alphabet="水管ab", min_size=1, max_size=4)
)
def test_a_text_that_answers_a_phrase_shows_where(text: str, words: str) -> None:
    query = parse(f'"{words}"')

    assert matches(query, atoms(text)) is bool(marks(query, text))
