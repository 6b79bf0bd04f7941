"""Texts are cut where a reader would cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Invalid
from server.domain.passages import MAX_PASSAGE, cut


def test_blank_lines_part_paragraphs_and_headings_stand_over_them() -> None:
    found = cut("# Aims\n\nShare data\nbetween units.\n\n## Means\n- A platform\n- A standard\n")

    assert [(one.heading, one.text) for one in found] == [
        ("Aims", "Share data between units."),
        ("Means", "- A platform"),
        ("Means", "- A standard"),
    ]


def test_chinese_lines_are_joined_without_a_space() -> None:
    (first, second) = cut("推动政务数据\n共享开放。\n\n打破部门壁垒。")

    assert (first.text, second.text) == ("推动政务数据共享开放。", "打破部门壁垒。")


def test_without_blank_lines_each_line_is_a_passage() -> None:
    assert [one.text for one in cut("一、数据共享\r\n二、标准统一\r\n")] == [
        "一、数据共享",
        "二、标准统一",
    ]


def test_a_page_that_was_wrapped_is_parted_after_short_last_lines() -> None:
    page = "The units do not share their data with one\nanother today.\nStandards for the exchange are missing in ev-\nery unit of the city."

    assert [one.text for one in cut(page, wrapped=True)] == [
        "The units do not share their data with one another today.",
        "Standards for the exchange are missing in every unit of the city.",
    ]


def test_a_long_paragraph_is_cut_at_sentences() -> None:
    found = cut("数据没有共享。" * 400)

    assert len(found) > 1
    assert all(len(one.text) <= MAX_PASSAGE and one.text.endswith("。") for one in found)


@pytest.mark.parametrize("text", ["", " \n\n ", "# Only a heading"])
def test_nothing_to_code_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        cut(text)

    assert refused.value.code == "passage.none"


@given(st.text(max_size=4_000), st.booleans())
def test_no_word_is_lost(text: str, wrapped: bool) -> None:
    try:
        found = cut(text, wrapped=wrapped)
    except Invalid:
        return

    assert all(0 < len(one.text) <= MAX_PASSAGE for one in found)
    assert "".join("".join(one.text.split()) for one in found) != ""
