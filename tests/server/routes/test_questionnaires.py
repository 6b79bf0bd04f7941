"""A questionnaire from its preparation to released, searchable, coded answers, over HTTP."""

import re
from dataclasses import dataclass

import pytest

from tests.server.house import ORIGIN, Browser, House
from tests.server.store_themes import theme_of_all

QUESTIONS = {
    "id": ["", ""],
    "en": ["Which data do you need?", "How far is the city?"],
    "zh": ["需要哪些数据？", "水平如何？"],
    "kind": ["open", "level"],
    "theme": ["", ""],
}


@dataclass
class Opened:
    """An open questionnaire: its owner's browser, its path, and the link of a unit."""

    app: House
    owner: Browser
    path: str
    link: str


@pytest.fixture
def opened(app: House, sqlite_url: str) -> Opened:
    theme_of_all(sqlite_url)
    owner = app.browser()
    owner.sign_in()
    words = {"title_en": "Survey", "title_zh": "问卷", "cities": "Shanghai\nShenzhen"}
    path = owner.post("/studies/study/questionnaires", words).headers["location"]
    owner.post(f"{path}/questions", QUESTIONS)  # type: ignore[arg-type]
    assert owner.post(f"{path}/lead", {"do": "open"}).status_code == 303
    links = re.findall(r'href="[^"]*(/reply/[^"]+)"', owner.get(path).text)
    assert len(links) == 3
    return Opened(app, owner, path, links[0])


def _enter(opened: Opened, address: str) -> tuple[Browser, str, list[str]]:
    browser = opened.app.browser(address)
    sheet = browser.get(opened.link).headers["location"]
    asked = re.findall(r'data-question="([^"]+)"', browser.get(sheet).text)
    return browser, sheet, asked


def _put(browser: Browser, sheet: str, question: str, **body: object):  # type: ignore[no-untyped-def]
    page = browser.get(sheet).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    return browser.client.put(
        f"/api{sheet}/answers/{question}",
        json={"levels": {}, "name": "", **body},
        headers={"Origin": ORIGIN, "X-Colloquy-Token": token.group(1)},
    )


def test_colleagues_share_a_sheet_and_nobody_writes_over_another(opened: Opened) -> None:
    first, sheet, asked = _enter(opened, "192.0.2.31")
    second, same, _ = _enter(opened, "192.0.2.32")
    assert same == sheet

    kept = _put(first, sheet, asked[0], version=0, text="Cadastral data", name="Wang")
    clash = _put(second, sheet, asked[0], version=0, text="Traffic data", name="Li")

    assert kept.json()["version"] == 1
    assert clash.status_code == 409
    assert clash.json()["code"] == "answer.version"
    assert clash.json()["fields"]["text"] == "Cadastral data"
    assert clash.json()["fields"]["by"] == "Wang"
    assert "Cadastral data" in second.get(sheet).text
    again = _put(second, sheet, asked[0], version=1, text="Cadastral and traffic data", name="Li")
    assert again.json()["version"] == 2


def test_released_answers_are_passages_levels_a_table_and_nothing_changes(opened: Opened) -> None:
    browser, sheet, asked = _enter(opened, "192.0.2.31")
    _put(browser, sheet, asked[0], version=0, text="地籍数据没有共享。", name="Wang")
    levels = {"own": 2, "Shanghai": 4, "Elsewhere": 5}
    _put(browser, sheet, asked[1], version=0, text="", levels=levels)
    form = {"do": "release", "released_by": "Wang Fang"}

    assert "地籍数据" not in opened.owner.get(f"{opened.path}/answers").text
    assert browser.post(sheet, form).status_code == 303

    assert "Wang Fang" in browser.get(sheet).text
    assert _put(browser, sheet, asked[0], version=1, text="Other").status_code == 403
    answers = opened.owner.get(f"{opened.path}/answers").text
    assert "地籍数据没有共享。" in answers
    assert "<td>4</td>" in answers
    assert "Elsewhere" not in answers
    assert "/answers/" in opened.owner.get("/archive?q=地籍&of=answer").text
    expert = opened.app.browser("192.0.2.40")
    expert.join()
    assert "/answers/" not in expert.get("/archive?q=地籍&of=answer").text


def test_the_owner_reopens_with_a_reason_and_the_answer_keeps_its_place(opened: Opened) -> None:
    browser, sheet, asked = _enter(opened, "192.0.2.31")
    _put(browser, sheet, asked[0], version=0, text="地籍数据")
    browser.post(sheet, {"do": "release", "released_by": "Wang"})
    response = sheet.rsplit("/", 1)[1]
    again = {"do": "reopen", "response": response}

    assert opened.owner.post(f"{opened.path}/lead", {**again, "reason": " "}).status_code == 422
    opened.owner.post(f"{opened.path}/lead", {**again, "reason": "Please name the system"})

    assert "Please name the system" in browser.get(sheet).text
    assert _put(browser, sheet, asked[0], version=1, text="交通数据").status_code == 200
    browser.post(sheet, {"do": "release", "released_by": "Wang"})
    answers = opened.owner.get(f"{opened.path}/answers").text
    assert "交通数据" in answers
    assert answers.count('name="passage"') == 1
    assert "/answers/" not in opened.owner.get("/archive?q=地籍&of=answer").text


def test_a_link_leads_to_one_unit_and_strangers_nowhere(opened: Opened) -> None:
    _, sheet, _ = _enter(opened, "192.0.2.31")
    stranger = opened.app.browser("192.0.2.50")
    expert = opened.app.browser("192.0.2.51")
    expert.join()

    assert stranger.get("/reply/nothing").status_code == 404
    assert stranger.get(sheet).status_code in (303, 401)
    assert expert.get(sheet).status_code == 404
    assert expert.get(opened.path).status_code in (303, 401, 404)


def test_the_form_alone_saves_and_says_when_a_colleague_was_faster(opened: Opened) -> None:
    browser, sheet, asked = _enter(opened, "192.0.2.31")
    form = {f"version-{asked[0]}": "0", f"text-{asked[0]}": "First", "do": "save"}

    assert browser.post(sheet, form).status_code == 303
    late = browser.post(sheet, {**form, f"text-{asked[0]}": "Second"})

    assert late.status_code == 409
    assert "Second" in late.text
    assert "Nothing was written over" in late.text


def test_reminders_go_to_those_who_have_not_released(opened: Opened) -> None:
    browser, sheet, asked = _enter(opened, "192.0.2.31")
    _put(browser, sheet, asked[0], version=0, text="Data")
    browser.post(sheet, {"do": "release", "released_by": "Wang"})

    letters = opened.owner.get(f"{opened.path}/reminders").text

    assert letters.count('class="letter stack') == 2
    assert opened.link not in letters
    assert "mailto:" in letters


def test_a_survey_tools_sheet_is_stored_whole_or_not_at_all(opened: Opened) -> None:
    path = f"{opened.path}/import"
    head = "单位,填写人,Q1,2,2：Shanghai\n"
    bad = head + "水务局,王,数据没有共享,2,4\nNobody,Li,x,,\nTraffic,Li,y,9,\n水务局,王,again,,\n"

    checked = opened.owner.post(path, {"rows": bad, "do": "check"})
    refused = opened.owner.post(path, {"rows": bad, "do": "import"})

    assert "No unit that is asked has this name." in checked.text
    assert "A level must be 1, 2, 3, 4 or 5." in checked.text
    assert "This unit stands in an earlier row already." in checked.text
    assert refused.status_code == 409
    assert "数据没有共享" not in opened.owner.get(f"{opened.path}/answers").text

    good = {"rows": head + "水务局,王,数据没有共享,2,4\nTraffic,Li,More data,,\n", "do": "import"}
    assert opened.owner.post(path, good).status_code == 303
    answers = opened.owner.get(f"{opened.path}/answers").text
    assert "数据没有共享" in answers
    assert "More data" in answers
    assert "2 of 3 units" in answers
    again = opened.owner.post(path, {**good, "do": "check"})
    assert "has released its answers already" in again.text
