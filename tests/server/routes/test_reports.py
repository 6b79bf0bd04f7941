"""Documents over HTTP: pages in both languages, DOCX in both layouts, the installation's own."""

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import av
import docx
import pytest
from docx.document import Document
from docx.shared import Pt

from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import Browser, House, house
from tests.server.method import SESSION, STUDY
from tests.server.printed import printed
from tests.web.documents.ooxml import faults
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


@pytest.mark.usefixtures("reader")
def test_the_card_of_a_closed_session_leads_on_and_not_into_the_room(app: House) -> None:
    moderator = app.browser()
    moderator.sign_in()

    shown = moderator.get("/").text

    for way in ("minutes", "returns", "reviews"):
        assert f'"/sessions/{SESSION}/{way}"' in shown
    for gone in ("seats", "prepare"):
        assert f'"/sessions/{SESSION}/{gone}"' not in shown
    assert "/project/" not in shown


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


def test_the_document_of_an_entry_is_numbered_and_says_who_coded(reader: Browser) -> None:
    told = texts(read(reader.get(f"{PAGES[2]}.docx?layout=official").content))

    assert any("wang" in one.casefold() and "coded by wang" in one for one in told)
    links = [one for one in told if one.startswith("3.")]
    assert links == ["3. Links", "3.1 leads to: Roads close late"]


@pytest.mark.parametrize("path", PAGES[:2])
def test_every_statement_says_what_it_rests_on(reader: Browser, path: str) -> None:
    shown = reader.get(path).text
    _, *stated = re.split('<div class="statement"', shown)

    assert stated
    for one in stated:
        assert re.search("<q |It rests on no line|No quotation is recorded", one), one


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
    closer = document.styles["Normal"].element.rPr.xpath("w:spacing/@w:val")[0]
    assert text_width / 25.4 * 1440 // (16 * 20 + int(closer)) == 28
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
TURNS = f"/sessions/{SESSION}/participation"
EVERY = ("thematic", "causes", "units", "saturation")


def test_figures_are_the_same_each_time_and_say_themselves_as_tables(reader: Browser) -> None:
    reader.post("/language", {"lang": "zh"})

    shown = reader.get(FIGURES)

    assert shown.status_code == 200
    for told in (
        "水务局",
        "没有标准",
        "数据不共享",
        "<desc",
        "figures/units.svg",
        "figures/causes.png",
    ):
        assert told in shown.text
    assert re.sub(r'value="[^"]+"|nonce="[^"]+"', "", shown.text) == re.sub(
        r'value="[^"]+"|nonce="[^"]+"', "", reader.get(FIGURES).text
    )
    told = texts(read(reader.get(f"{FIGURES}.docx?layout=official").content))
    assert any(one.startswith("一、") for one in told)


@pytest.mark.parametrize("name", EVERY)
def test_a_figure_is_saved_as_a_drawing_of_its_own(reader: Browser, name: str) -> None:
    answer = reader.get(f"{FIGURES}/{name}.svg")

    drawing = ElementTree.fromstring(answer.text)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert drawing.attrib["role"] == "img"
    assert [child.tag.rpartition("}")[2] for child in drawing][:2] == ["title", "desc"]
    assert answer.content == reader.get(f"{FIGURES}/{name}.svg").content
    assert answer.content != reader.get(f"{FIGURES}/{name}.svg?theme=dark").content


def test_a_figure_is_saved_as_a_picture_light_and_dark(reader: Browser) -> None:
    reader.post("/language", {"lang": "zh"})
    figure = ElementTree.fromstring(reader.get(f"{FIGURES}/causes.svg").text)

    papers = set()
    for theme in ("light", "dark"):
        answer = reader.get(f"{FIGURES}/causes.png?theme={theme}")
        assert answer.headers["Content-Type"] == "image/png"
        size, paper = png(answer.content)
        papers.add(paper)
        assert size == (2 * int(figure.attrib["width"]), 2 * int(figure.attrib["height"]))
    assert papers == {(255, 255, 255), (20, 24, 29)}


def png(body: bytes) -> tuple[tuple[int, int], tuple[int, ...]]:
    """The size of a picture, and the colour of its first corner."""
    frame = next(av.open(io.BytesIO(body)).decode(video=0)).to_ndarray(format="rgb24")
    return (frame.shape[1], frame.shape[0]), tuple(int(one) for one in frame[0, 0])


def test_what_cannot_be_drawn_is_not_there(app: House, reader: Browser) -> None:
    for name in ("together.svg", "unknown.svg", "units.gif", "units.svg?theme=blue"):
        assert reader.get(f"{FIGURES}/{name}").status_code == 404
    for path in (FIGURES, f"{FIGURES}/units.svg", f"{FIGURES}/units.png", TURNS):
        assert app.browser().get(path).status_code == 401


def test_participation_by_unit_is_for_who_leads_alone(app: House, reader: Browser) -> None:
    chair = app.browser()
    chair.sign_in()
    course = f"/sessions/{SESSION}/figures/course"

    for path in (TURNS, f"{TURNS}.docx", f"{TURNS}.pdf", f"{course}.svg", f"{course}.png"):
        assert reader.get(path).status_code == 403
        assert chair.get(path).status_code == 200
    assert reader.get(f"{FIGURES}/participation.svg").status_code == 404
    assert chair.get(f"{FIGURES}/participation.svg").status_code == 200
    assert "figures/participation" not in reader.get(FIGURES).text
    assert "figures/participation" in chair.get(FIGURES).text


def test_participation_prints_the_unassigned_share(app: House, reader: Browser) -> None:
    chair = app.browser()
    chair.sign_in()
    chair.post("/language", {"lang": "zh"})

    shown = chair.get(TURNS).text

    for told in ("水务局", "未归属单位", "占全部的 0%", "figures/course.svg", "100%"):
        assert told in shown
    assert "未归属单位的占 0%" in reader_text(reader)


def reader_text(reader: Browser) -> str:
    reader.post("/language", {"lang": "zh"})
    return reader.get(PAGES[0]).text


def test_the_list_ends_with_its_figures_drawn_and_sound(reader: Browser) -> None:
    reader.post("/language", {"lang": "zh"})

    for layout in Layout:
        body = reader.get(f"{PAGES[1]}.docx?layout={layout.value}").content
        assert faults(body) == []
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            drawn = [one for one in archive.namelist() if one.endswith(".svg")]
        assert len(drawn) == 3
    sheet = printed(reader.get(f"{PAGES[1]}.pdf").content)
    assert "专题图" in sheet
    assert "没有标准" in sheet
