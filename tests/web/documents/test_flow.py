"""What a document says in files, and how it is numbered there."""

from dataclasses import replace

from schemas.session import Language
from tests.web.documents.sample import sample
from web.documents.flow import Paragraph, Run, Style, fitting, flow
from web.documents.layouts import Layout
from web.report_views import Quote, Section, Statement, Table
from web.views import Link


def lines(layout: Layout, language: Language) -> list[str]:
    blocks = flow(sample(), layout, language)
    return ["".join(run.text for run in one.runs) for one in blocks if isinstance(one, Paragraph)]


def test_the_official_layout_numbers_four_levels() -> None:
    told = lines(Layout.OFFICIAL, Language.ZH)

    at = told.index("一、达成一致的表述")
    assert told[at + 1] == "（1）各单位的数据不共享 [问题]"  # （一） comes with the view
    assert told[at + 2 : at + 5] == [
        "1.意见：同意：水务局、交管局",
        "2.原因：没有统一的标准",
        "3.依据：",
    ]
    assert told[at + 5].startswith("（1）“材料清单")
    assert told[at + 5].endswith("（王镕喆 · 水务局，L12, 00:01:22）")
    assert told[at + 6].startswith("（2）「People come back")


def test_other_layouts_number_as_the_page_does() -> None:
    for layout, language in ((Layout.PLAIN, Language.ZH), (Layout.OFFICIAL, Language.EN)):
        assert not any(line.startswith("1.意见") for line in lines(layout, language))


def test_quotation_marks_inside_a_quotation_are_the_other_ones() -> None:
    said = Quote("“窗口贴的”是去年的", "zh", "", Link("", "L1"))
    section = Section("one", "", "", statements=(Statement("", "", quotes=(said,)),))
    view = replace(sample(), sections=(section,))

    last = flow(view, Layout.PLAIN, Language.ZH)[-1]

    assert last == Paragraph(Style.QUOTATION, (Run("“‘窗口贴的’是去年的”（L1）"),))


def test_a_table_too_wide_for_paper_names_its_columns_in_its_rows() -> None:
    wide = Table("T", ("Unit", *"abcdefghij"), (("Water", *"0120000003"),))

    assert fitting(wide).rows == (("Water", "b: 1; c: 2; j: 3"),)
    assert fitting(wide).head == ("Unit", "")
