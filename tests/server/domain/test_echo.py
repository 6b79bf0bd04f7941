"""Which terms of a line are looked for, and which keys echo it."""

from server.domain import echo


def said(text: str) -> list[str]:
    return ["".join(atom.text for atom in term.atoms) for term in echo.terms_of(text)]


def test_grammar_and_short_words_are_not_looked_for() -> None:
    assert said("我们的水位很高") == ["水位"]
    assert said("They have that sewer data") == ["sewer", "data"]


def test_a_long_line_costs_no_more_than_its_budget() -> None:
    long = "".join(chr(0x4E00 + 7 * number) for number in range(400))

    assert len(echo.terms_of(long)) == echo.MOST_TERMS


def test_a_common_term_tells_nothing() -> None:
    assert echo.is_telling(2, 10)
    assert not echo.is_telling(9, 10)
    assert not echo.is_telling(echo.CAP + 1, 10_000)


def test_two_shared_terms_are_no_echo() -> None:
    assert echo.echoes({0: [7], 1: [7]}, asked=2, terms=2, most=3) == []


def test_what_shares_most_comes_first_and_the_newer_before_the_older() -> None:
    found = {0: [9, 5, 7], 1: [9, 5, 7], 2: [9, 5, 7], 3: [5]}

    assert echo.echoes(found, asked=4, terms=4, most=2) == [5, 9]


def test_three_rare_words_of_a_long_line_are_no_echo() -> None:
    assert echo.echoes({0: [7], 1: [7], 2: [7]}, asked=3, terms=9, most=3) == []
