"""Chinese names are found by what people type: their readings, and the initials of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import content
from server.domain.pinyin import MOST_WAYS, typed


@pytest.mark.parametrize(
    ("name", "whole", "short"),
    [
        ("市水务局", "shishuiwuju", "sswj"),
        ("和平区", "hepingqu", "hpq"),
        ("国家超级计算天津中心", "guojiachaojijisuantianjinzhongxin", "gjcjjstjzx"),
        ("5G办", "5gban", "5gb"),
        ("旅游局", "lvyouju", "lyj"),
    ],
)
def test_a_name_is_typed_by_its_reading_and_by_its_initials(
    name: str, whole: str, short: str
) -> None:
    assert typed(name)[:2] == (whole, short)


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("重庆银行", "chongqingyinhang"),
        ("行政审批局", "xingzhengshenpiju"),
        ("长春市", "changchunshi"),
    ],
)
def test_of_several_readings_the_one_that_is_right_there_is_taken(name: str, whole: str) -> None:
    assert typed(name)[0] == whole


def test_a_character_of_two_readings_is_found_by_both_initials() -> None:
    assert {"zl", "cl"} <= set(typed("长芦"))


def test_a_name_without_chinese_is_typed_as_it_stands() -> None:
    assert typed("Water Bureau") == ()


def test_every_unit_of_the_demo_is_found_by_its_reading() -> None:
    study = content.study()
    for unit in (*(one for theme in study.themes for one in theme.units), *study.beside):
        assert len(typed(unit.zh)[0]) > len(unit.zh), unit


@given(st.text(max_size=40))
def test_any_text_gives_few_lower_case_ways(text: str) -> None:
    ways = typed(text)

    assert len(ways) <= MOST_WAYS
    assert all(way.isascii() and way == way.lower() for way in ways)
