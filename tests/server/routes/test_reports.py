"""Documents over HTTP: pages in both languages, DOCX in both layouts, the installation's own."""

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import docx
import pytest
from docx.document import Document
from docx.shared import Pt

from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import Browser, House, house
from tests.server.method import SESSION, STUDY
from tests.server.printed import printed
from web.documents.layouts import Layout, built_in

PAGES = (f"/sessions/{SESSION}/minutes", f"/studies/{STUDY}/report", f"/entries/{SHARING}/report")


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        yield running


@pytest.fixture
def reader(app: House, sqlite_url: str) -> Browser:
    """An expert of the session, who came in before it was closed."""
    expert = app.browser()
    expert.join()
    asyncio.run(_close(sqlite_url))
    return expert


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()


def read(body: bytes) -> Document:
    return docx.Document(io.BytesIO(body))


def texts(document: Document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def test_minutes_tell_what_became_of_each_wording(reader: Browser) -> None:

    reader.post("/language", {"lang": "zh"})
    shown = reader.get(PAGES[0])

    assert shown.status_code == 200
    for told in ("一、", "保留分歧", "交管局", "Which roads?", "L1, 00:00:22", "Too early"):
        assert told in shown.text
    assert f"/sessions/{SESSION}#line-line-1" in shown.text
    assert "Wording 1 of kept_contested" in shown.text


@pytest.mark.parametrize("path", PAGES)
def test_strangers_get_no_document(app: House, reader: Browser, path: str) -> None:
    assert reader.get(path).status_code == 200
    for address in (path, f"{path}.docx", f"{path}.pdf"):
        assert app.browser().get(address).status_code == 401


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("layout", list(Layout))
def test_a_document_comes_as_docx_in_each_layout(
    reader: Browser, path: str, layout: Layout
) -> None:

    reader.post("/language", {"lang": "zh"})
    answer = reader.get(f"{path}.docx?layout={layout.value}")

    document = read(answer.content)
    heading = next(one for one in document.paragraphs if one.style.name == "Heading 1")
    assert heading.text.startswith("一、")
    assert document.core_properties.title
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert unquote(answer.headers["Content-Disposition"]).endswith(".docx")


@pytest.mark.parametrize("at", range(len(PAGES)))
def test_a_document_comes_as_pdf(reader: Browser, at: int) -> None:
    path, said = PAGES[at], ("交管局", "数据不共享", "依据")[at]
    reader.post("/language", {"lang": "zh"})

    answer = reader.get(f"{path}.pdf?layout=official")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert unquote(answer.headers["Content-Disposition"]).endswith(".pdf")
    assert said in printed(answer.content)
    assert "—1—" in printed(answer.content)


def test_a_document_has_no_other_form(reader: Browser) -> None:
    assert reader.get(f"{PAGES[0]}.odt").status_code == 404


def test_every_statement_of_the_page_stands_in_the_file(reader: Browser) -> None:

    told = "\n".join(texts(read(reader.get(f"{PAGES[0]}.docx").content)))

    for part in ("3.1 Wording 2 of promoted [Problem]", "Objection: It is shared", "L2, 00:00:22"):
        assert part in told


def test_the_official_layout_has_22_lines_of_28_characters() -> None:
    document = built_in(Layout.OFFICIAL)

    section = document.sections[0]
    text_width = (section.page_width - section.left_margin - section.right_margin) / 36000
    text_height = (section.page_height - section.top_margin - section.bottom_margin) / 36000
    assert (round(text_width), round(text_height)) == (156, 225)
    grid = section._sectPr.find(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}docGrid"
    )
    pitch = {key.split("}")[1]: value for key, value in grid.attrib.items()}
    assert round(text_height / 25.4 * 1440 / int(pitch["linePitch"])) == 22
    assert round(text_width / 25.4 * 72 / (16 + int(pitch["charSpace"]) / 4096)) == 28
    assert document.styles["Normal"].font.size == Pt(16)


def test_an_installations_own_layout_is_taken(reader: Browser, tmp_path: Path) -> None:
    own = built_in(Layout.PLAIN)
    own.add_paragraph("City of Tianjin, letterhead")
    folder = tmp_path / "data" / "templates"
    folder.mkdir()
    own.save(str(folder / "plain.docx"))

    found = texts(read(reader.get(f"{PAGES[0]}.docx").content))

    assert found[0] == "City of Tianjin, letterhead"
    assert "Minutes: Flood" in found


def test_a_broken_layout_is_named(reader: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "templates"
    folder.mkdir()
    (folder / "plain.docx").write_bytes(b"not a zip")

    answer = reader.get(f"{PAGES[0]}.docx")

    assert answer.status_code == 422
    assert reader.get(f"{PAGES[0]}.docx?layout=none").status_code == 404


FIGURES = f"/studies/{STUDY}/figures"


def test_figures_are_the_same_each_time_and_say_themselves_as_tables(reader: Browser) -> None:
    reader.post("/language", {"lang": "zh"})

    shown = reader.get(FIGURES)

    assert shown.status_code == 200
    for told in ("水务局", "未归属单位", "数据不共享", "<desc", "figures/units.svg"):
        assert told in shown.text
    assert re.sub(r'value="[^"]+"|nonce="[^"]+"', "", shown.text) == re.sub(
        r'value="[^"]+"|nonce="[^"]+"', "", reader.get(FIGURES).text
    )
    told = texts(read(reader.get(f"{FIGURES}.docx?layout=official").content))
    assert any(one.startswith("一、") for one in told)


@pytest.mark.parametrize("name", ["units", "participation", "saturation"])
def test_a_figure_is_saved_as_a_drawing_of_its_own(reader: Browser, name: str) -> None:
    answer = reader.get(f"{FIGURES}/{name}.svg")

    drawing = ElementTree.fromstring(answer.text)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert drawing.attrib["role"] == "img"
    assert [child.tag.rpartition("}")[2] for child in drawing][:2] == ["title", "desc"]
    assert drawing.findall("{http://www.w3.org/2000/svg}rect")


def test_what_cannot_be_drawn_is_not_there(app: House, reader: Browser) -> None:
    for name in ("together", "unknown"):
        assert reader.get(f"{FIGURES}/{name}.svg").status_code == 404
    for path in (FIGURES, f"{FIGURES}/units.svg"):
        assert app.browser().get(path).status_code == 401
