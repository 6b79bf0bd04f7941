"""PDF files: Chinese without a font of the machine's, the official page, marking, tags, no markup."""

import io
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from pypdf import PdfReader

from schemas.session import Language
from tests.web.documents.sample import MARKING, SAID, sample
from web.documents.layouts import Layout
from web.documents.pdf import pdf_data
from web.documents.typeset import typeset
from web.report_views import Section


@cache
def pdf(layout: Layout, language: Language = Language.ZH, statements: int = 12) -> PdfReader:
    data = pdf_data(sample(statements), layout, language)
    return PdfReader(io.BytesIO(typeset("document", "pdf", None, data.encode())))


def text(reader: PdfReader) -> str:
    return "".join("".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("language", list(Language))
def test_all_that_was_said_is_there_in_embedded_fonts(layout: Layout, language: Language) -> None:
    reader = pdf(layout, language)

    told = text(reader)
    for part in (
        SAID,
        "王镕喆",
        "L12,00:01:22",
        "Peoplecomeback<twice>#now$x",
        "各单位的数据不共享",
    ):
        assert part in told
    fonts = [
        font["/DescendantFonts"][0]["/FontDescriptor"]
        for page in reader.pages
        for font in (one.get_object() for one in page["/Resources"]["/Font"].values())
    ]
    assert fonts
    assert all("/FontFile2" in one or "/FontFile3" in one for one in fonts)


@pytest.mark.parametrize("layout", list(Layout))
def test_every_page_has_the_marking_and_its_number(layout: Layout) -> None:
    reader = pdf(layout)

    assert len(reader.pages) > 1
    for number, page in enumerate(reader.pages, 1):
        shown = "".join(page.extract_text().split())
        assert MARKING.replace(" ", "") in shown
        assert (f"—{number}—" if layout is Layout.OFFICIAL else str(number)) in shown


def test_the_official_page_has_22_lines_of_28_characters() -> None:
    section = Section("one", "一、", "概况", intro="水" * 28 * 60)
    view = replace(sample(0), sections=(section,))
    data = pdf_data(view, Layout.OFFICIAL, Language.ZH).encode()
    page = PdfReader(io.BytesIO(typeset("document", "pdf", None, data))).pages[1]
    lines: list[tuple[float, str]] = []

    def visit(shown: str, ctm: list[float], matrix: list[float], *_: object) -> None:
        if "水" in shown:
            lines.append((matrix[5] * ctm[3] + ctm[5], shown.strip()))

    page.extract_text(visitor_text=visit)

    gaps = {round(abs(one[0] - other[0]), 1) for one, other in pairwise(lines)}
    assert [len(shown) for _, shown in lines] == [28] * 22
    assert gaps == {round(225 * 72 / 25.4 / 22, 1)}
    assert [float(side) for side in page.mediabox[2:]] == pytest.approx([595.28, 841.89], abs=0.01)


def test_it_is_tagged_titled_and_has_an_outline() -> None:
    reader = pdf(Layout.PLAIN)

    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("zh")
    assert reader.metadata is not None
    assert reader.metadata.title == "会议纪要：雨天封路"
    assert reader.outline[0]["/Title"] == "一、达成一致的表述"


def test_a_figure_is_drawn_not_photographed() -> None:
    reader = pdf(Layout.PLAIN)

    assert not any(page.images for page in reader.pages)
    assert "数据不共享" in reader.pages[-1].extract_text()


def test_the_same_document_is_the_same_file_but_for_its_time() -> None:
    data = pdf_data(sample(), Layout.OFFICIAL, Language.ZH)

    assert data == pdf_data(sample(), Layout.OFFICIAL, Language.ZH)
