"""DOCX files: sound as office programs want them, figures as drawings with a picture beside."""

import io
import zipfile

import docx
import pytest

from schemas.session import Language
from tests.web.documents.ooxml import faults
from tests.web.documents.sample import MARKING, sample
from web.documents.layouts import Layout, built_in
from web.documents.write import write_docx
from web.figure_svg import DARK, svg

# The smallest PNG that there is: one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("language", list(Language))
def test_a_file_is_sound(layout: Layout, language: Language) -> None:
    body = write_docx(sample(), layout, language, pictures={"units": PIXEL})

    assert faults(body) == []


def test_a_figure_is_a_drawing_with_a_picture_beside_it() -> None:
    body = write_docx(sample(), Layout.PLAIN, Language.ZH, pictures={"units": PIXEL})

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        drawn = [archive.read(one).decode() for one in archive.namelist() if one.endswith(".svg")]
        main = archive.read("word/document.xml").decode()
    assert len(drawn) == 1
    assert "数据不共享" in drawn[0]
    assert "svgBlip" in main
    assert 'descr="单位与问题. 行为单位，列为问题。"' in main


def test_a_layout_of_ones_own_takes_figures_too() -> None:
    own = io.BytesIO()
    built_in(Layout.PLAIN).save(own)

    body = write_docx(
        sample(), Layout.OFFICIAL, Language.ZH, own.getvalue(), pictures={"units": PIXEL}
    )

    assert faults(body) == []
    assert "svgBlip" in docx.Document(io.BytesIO(body)).element.xml


@pytest.mark.parametrize("layout", list(Layout))
def test_the_marking_and_the_number_stand_on_odd_and_even_pages(layout: Layout) -> None:
    document = docx.Document(io.BytesIO(write_docx(sample(), layout, Language.ZH)))

    section = document.sections[0]
    headers = (
        [section.header, section.even_page_header]
        if layout is Layout.OFFICIAL
        else [section.header]
    )
    footers = (
        [section.footer, section.even_page_footer]
        if layout is Layout.OFFICIAL
        else [section.footer]
    )
    assert document.settings.odd_and_even_pages_header_footer is (layout is Layout.OFFICIAL)
    assert all(one.paragraphs[0].text == MARKING for one in headers)
    assert all("PAGE" in one.paragraphs[0]._p.xml for one in footers)


def test_the_head_of_a_table_stands_on_each_page() -> None:
    document = docx.Document(io.BytesIO(write_docx(sample(), Layout.PLAIN, Language.ZH)))

    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables)


def test_a_picture_has_chinese_in_it_and_follows_its_theme() -> None:
    figure = sample().sections[1].figure
    assert figure is not None

    assert "#14181d" in svg(figure, DARK)
    assert "数据不共享" in svg(figure)
