"""Chinese names are found by the initials that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.pinyin import MOST_READINGS, initials


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("市水务局", "sswj"),
        ("和平区", "hpq"),
        ("国家超级计算天津中心", "gjcjjstjzx"),
        ("5G办", "5gb"),
    ],
)
def test_a_name_is_typed_by_its_initials(name: str, typed: str) -> None:
    assert initials(name)[0] == typed


def test_a_character_of_two_readings_is_found_by_both() -> None:
    assert {"zqyh", "cqyh"} <= set(initials("重庆银行"))


def test_a_name_without_chinese_has_no_initials() -> None:
    assert initials("Water Bureau") == ()


@given(st.text(max_size=40))
def test_any_text_gives_few_short_lower_case_ways(text: str) -> None:
    ways = initials(text)

    assert len(ways) <= MOST_READINGS
    assert all(way.isascii() and way == way.lower() and len(way) <= len(text) for way in ways)
