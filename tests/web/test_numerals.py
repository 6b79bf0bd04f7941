"""Chinese numbers of headings."""

import pytest

from web.numerals import chinese


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (100, "一百"), (101, "一百零一"), (110, "一百一十"), (999, "九百九十九")],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(number: int, text: str) -> None:
    assert chinese(number) == text


def test_what_is_no_heading_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        chinese(0)
