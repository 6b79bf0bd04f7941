"""Which terms of a line are looked for, and which keys echo it."""

from server.domain import echo
from server.domain.echo import Term
from server.domain.query import Either, Phrase, matches
from server.domain.tokens import atoms


def said(text: str) -> list[str]:
    found = []
    for term in echo.terms_of(text):
        assert isinstance(term.query, Phrase)
        found.append("".join(atom.text for atom in term.query.atoms) + "*" * term.query.prefix)
    return found


def pairs(*places: int) -> list[Term]:
    """Terms that a line has at these atoms, each another one."""
    return [
        Term(Phrase(tuple(atoms(chr(0x4E00 + at) + chr(0x5E00 + at))), False), at, is_pair=True)
        for at in places
    ]


def test_grammar_and_everyday_words_are_not_looked_for() -> None:
    assert said("我们的水位很高") == ["水位"]
    assert said("They have that sewer data") == ["sewer*", "data*"]


def test_a_word_is_looked_for_in_all_its_forms_and_a_short_one_as_it_is() -> None:
    assert said("permits approved for a bus") == ["permit*", "approv*", "bus"]


def test_a_units_name_is_one_term_whichever_of_its_names_was_said() -> None:
    ((first, *others),) = [echo.terms_of("市容委没有探头", [("市容园林委", "市容委")])]

    assert isinstance(first.query, Either)
    assert matches(first.query, atoms("找过市容园林委两次"))
    assert [one.at for one in others] == [5]


def test_a_long_line_costs_no_more_than_its_budget() -> None:
    long = "".join(chr(0x4E00 + 7 * number) for number in range(400))

    assert len(echo.terms_of(long)) == echo.MOST_TERMS


def test_a_common_term_tells_nothing() -> None:
    assert echo.is_telling(2, 10)
    assert not echo.is_telling(9, 10)
    assert not echo.is_telling(echo.CAP + 1, 10_000)


def test_rare_words_that_stand_apart_are_an_echo_and_one_long_name_is_none() -> None:
    apart = {term: [7] for term in pairs(0, 3, 6)}
    one_name = {term: [7] for term in pairs(0, 1, 2, 3, 4, 5)}

    assert echo.echoes(apart, total=700, most=3) == [7]
    assert echo.echoes(one_name, total=700, most=3) == []


def test_the_larger_the_archive_the_more_must_be_shared() -> None:
    often = {term: list(range(20)) for term in pairs(0, 3, 6, 9)}
    weighed = sum(echo.weight(20, total := 700) for _ in often)

    assert weighed < echo.UNLIKELY + 8
    assert echo.echoes(often, total=total, most=3) == []


def test_what_shares_most_comes_first_and_the_newer_before_the_older() -> None:
    first, second, third, fourth = pairs(0, 3, 6, 9)
    found: dict[Term, list[int]] = {one: [9, 5, 7] for one in (first, second, third)}
    found[fourth] = [5]

    assert echo.echoes(found, total=5_000, most=2) == [5, 9]


def test_nothing_found_is_no_echo() -> None:
    empty: dict[Term, list[int]] = {one: [] for one in pairs(0, 3, 6)}

    assert echo.echoes(empty, total=0, most=3) == []
