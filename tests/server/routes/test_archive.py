"""The archive over HTTP: narrowing, exports, saved searches, coding hits, the reader."""

import csv
import io
import json
import re

import openpyxl

from tests.server.house import ORIGIN, Browser, House
from tests.server.method import SESSION, STUDY, key
from tests.server.routes.test_sessions import command


def typed(browser: Browser, number: int, text: str) -> str:
    body: dict[str, object] = {"key": key(number), "text": text}
    answer = command(browser, f"/api/sessions/{SESSION}/lines", body)
    assert isinstance(answer, dict)
    return str(answer["line"])


def posted(browser: Browser, path: str, fields: dict[str, object]) -> str:
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}
    answer = browser.client.post(path, data=fields, headers=headers)
    assert answer.status_code in (200, 303), answer.text
    return answer.text


def test_hits_are_narrowed_by_links_that_name_nobody(app: House) -> None:
    wang, li = app.browser(), app.browser("192.0.2.11")
    wang.join("Wang Fang", "water")
    li.join("Li Wei", "traffic")
    typed(wang, 1, "water data")
    typed(li, 2, "traffic data")
    app.indexed()

    page = wang.get("/archive?q=data").text
    links = dict(
        re.findall(r'<a href="([^"]*)"><span class="facet-label">(Wang Fang|Li Wei)</span>', page)
    )

    assert "<b>2 hits</b>" in page
    assert sorted(links.values()) == ["Li Wei", "Wang Fang"]
    (to_li,) = [link for link, name in links.items() if name == "Li Wei"]
    assert "Li" not in to_li
    narrowed = wang.get(to_li.replace("&amp;", "&")).text
    assert "<b>1 hit</b>" in narrowed
    assert "traffic <" in narrowed or "traffic\u00a0" in narrowed
    assert "water\u00a0" not in narrowed


def test_hits_are_exported_and_no_cell_is_a_formula(app: House) -> None:
    expert = app.browser()
    expert.join()
    line = typed(expert, 1, "=1+1 data")
    app.indexed()

    sheet = list(
        csv.DictReader(io.StringIO(expert.get("/archive/hits.csv?q=data").text.lstrip("\ufeff")))
    )
    book = openpyxl.load_workbook(io.BytesIO(expert.get("/archive/hits.xlsx?q=data").content))
    listed = json.loads(expert.get("/archive/hits.json?q=data").text)
    cited = expert.get("/archive/hits.txt?q=data").text

    assert sheet[0]["text"] == "'=1+1 data"
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert "=1+1 data" in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)
    assert (listed[0]["id"], listed[0]["version"], listed[0]["session"]) == (line, "0", "Flood")
    assert f"/lines/{line}?version=0" in cited
    assert expert.get("/archive/hits.exe?q=data").status_code == 404


def test_a_citation_leads_to_its_line_for_who_may_read_it(app: House) -> None:
    expert, other = app.browser(), app.browser("192.0.2.11")
    expert.join()
    line = typed(expert, 1, "数据")

    answer = expert.get(f"/lines/{line}")

    assert answer.headers["location"] == f"/sessions/{SESSION}/transcript#line-{line}"
    assert other.get(f"/lines/{line}").status_code == 401


def test_a_citation_stays_what_it_was_through_correction_renaming_and_strike(app: House) -> None:
    expert, chair = app.browser(), app.browser("192.0.2.11")
    expert.join()
    chair.sign_in()
    line = typed(expert, 1, "the pipes brake")
    app.indexed()
    cited = expert.get("/archive/hits.txt?q=pipes").text
    other = app.browser("192.0.2.13")
    other.join("Li Wei", "traffic")
    (person,) = re.findall(r'"me": ?{"id": ?"(\w+)"', other.get(f"/sessions/{SESSION}").text)
    command(chair, f"/api/lines/{line}/speaker", {"key": key(4), "person": person})
    app.indexed()
    assert "Li Wei" in expert.get("/archive?q=pipes").text
    assert expert.get("/archive/hits.txt?q=pipes").text == cited
    address = cited.rsplit(" ", 1)[1].removeprefix(ORIGIN)
    body: dict[str, object] = {"key": key(2), "revision": 0, "text": "the pipes break"}
    command(chair, f"/api/lines/{line}/text", body)
    app.indexed()

    place = expert.get(address).headers["location"]
    read = expert.get(place).text
    new = expert.get("/archive/hits.txt?q=pipes").text
    command(chair, f"/api/lines/{line}/strike", {"key": key(3)})
    struck, forged = expert.get(address), app.browser("192.0.2.12").get(address)

    assert "“the pipes brake” Study, Flood, 1970-01-01, " in cited
    assert f"line {line}, v0." in cited
    assert place == f"/sessions/{SESSION}/transcript?cited={line}.0#line-{line}"
    assert "As it was cited, version 0: “the pipes brake”" in read
    assert "the pipes break<" in read
    assert f"line {line}, v1." in new
    assert (struck.status_code, forged.status_code) == (404, 401)
    assert "was struck from the record" in struck.text
    assert "cited" not in expert.get(f"/sessions/{SESSION}/transcript?cited={line}.x").text


def test_an_account_keeps_its_searches(app: House) -> None:
    chair = app.browser()
    chair.sign_in()

    posted(chair, "/archive/saved", {"name": "Water data", "query": "q=data&kind=line"})
    page = chair.get("/archive").text
    (saved,) = re.findall(r"/archive/saved/([0-9a-f]{32})/remove", page)
    posted(chair, f"/archive/saved/{saved}/remove", {"query": ""})

    assert '<a class="chip" href="/archive?q=data&amp;kind=line">Water data</a>' in page
    assert "Water data" not in chair.get("/archive").text


def test_a_search_is_kept_under_its_words_and_choices_so_that_none_replaces_another(
    app: House,
) -> None:
    chair, expert = app.browser(), app.browser("192.0.2.11")
    chair.sign_in()
    expert.join()
    typed(expert, 1, "data")
    app.indexed()

    names = [
        re.findall(r'id="save-name"[^>]*value="([^"]*)"', chair.get(f"/archive?{asked}").text)
        for asked in ("q=data", "q=data&of=line&kind=line")
    ]

    assert names == [["data"], ["data · Said · Line"]]


def test_experts_keep_and_code_nothing(app: House) -> None:
    expert = app.browser()
    expert.join()
    typed(expert, 1, "数据")
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": expert.token()}

    saved = expert.client.post("/archive/saved", data={"name": "x", "query": ""}, headers=headers)

    assert saved.status_code == 401
    assert "coding-bar" not in expert.get("/archive?q=数据").text


def test_the_reader_shows_lines_and_plays_nothing_that_was_typed(app: House) -> None:
    expert, stranger = app.browser(), app.browser("192.0.2.11")
    expert.join()
    line = typed(expert, 1, "水位太高")

    page = expert.get(f"/sessions/{SESSION}/transcript").text

    assert f'id="line-{line}"' in page
    assert "水位太高" in page
    assert "data-track" not in page
    assert stranger.get(f"/sessions/{SESSION}/transcript").status_code == 401
    assert STUDY


def test_what_is_wrong_with_a_question_is_marked_at_its_character(app: House) -> None:
    expert = app.browser()
    expert.join()

    shown = expert.get("/archive?q=open (data").text
    at_the_end = expert.get("/archive?q=open AND").text

    assert '<code class="wrong-at">open <mark>(</mark>data</code>' in shown
    assert '<code class="wrong-at">open AND<mark>␣</mark></code>' in at_the_end
