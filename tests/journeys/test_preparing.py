"""Preparing in the browser: a study of one's own, a session with its agenda, people and papers."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.conftest import ROOT, Launch, NewGuest
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PHONE = {"width": 390, "height": 844}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHEET = "专题,英文名称,单位名称,单位类型,简称\n交通,Transport Bureau,市交通局,局,交通、运输局\n交通,Port Office,,码头,\n"
PEOPLE = (
    ("姓名", "单位", "处室", "角色", "语言"),
    ("陈晨", "运输局", "规划处", "专家", "中文"),
    ("高静", "", "", "速录员", "中文"),
    ("罗平", "Port Office", "", "领导", ""),
)


def test_a_moderator_prepares_a_study_and_a_session_and_seats_who_came_by_the_code(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser = launch()
    page = guest(browser).page
    page.goto(running.ways().moderator)
    page.goto(running.base)
    page.get_by_role("link", name="New study").click()
    page.locator("#title-en").fill("Harbour plan")
    page.locator("#title-zh").fill("港口规划")
    _look(page, shots / "study-new.png")
    page.get_by_role("button", name="Make the study").click()
    expect(page.get_by_role("heading", name="Prepare the study")).to_be_visible()

    page.get_by_role("link", name="Import units from a sheet").click()
    _bring(page, SHEET.encode("gb18030"), "units.csv")
    expect(page.get_by_text("1 row must be mended.")).to_be_visible()
    expect(page.get_by_text("This kind of unit is not known.")).to_be_visible()
    expect(page.get_by_role("button", name="Import all of them")).to_have_count(0)
    _look(page, shots / "study-import.png")
    _bring(page, SHEET.replace("码头", "办公室").encode("utf-8-sig"), "units.csv")
    page.get_by_role("button", name="Import all of them").click()
    expect(page.get_by_text("2 units")).to_be_visible()
    _look(page, shots / "study-prepare.png")
    _people(page)

    page.get_by_role("link", name="New session").click()
    page.locator("#title-en").fill("From ship to truck")
    page.locator("#starts").fill("2026-12-01T09:30")
    page.locator("#place").fill("Room 301")
    page.get_by_label("People in the room").select_option("either")
    page.get_by_label("Chinese is written in").select_option("hant")
    _look(page, shots / "session-new.png")
    page.get_by_role("button", name="Prepare the session").click()
    expect(page.locator("#spoken")).to_have_value("either")
    expect(page.locator("#script")).to_have_value("hant")
    _agenda(page)
    _look(page, shots / "session-prepare.png")
    _invite(page)
    _papers(page, shots)
    expert = guest(browser, locale="zh-CN", viewport=PHONE).page
    _seat(running, page, expert, shots)
    _first_entry(page, expert, shots)
    _nobody_else_sees_it(running, page, guest(browser).page)


def _people(page: Page) -> None:
    """People come in from a workbook, all of them or none; the bad row is named."""
    here = page.url.split("?")[0]
    page.get_by_role("link", name="People").click()
    _bring(page, _workbook(PEOPLE), "people.xlsx")
    bad = page.get_by_role("row").filter(has_text="领导")
    expect(bad).to_contain_text("This role is not known.")
    expect(page.get_by_role("button", name="Store")).to_have_count(0)
    _bring(page, _workbook(PEOPLE[:-1]), "people.xlsx")
    page.get_by_role("button", name="Store 2 rows").click()
    expect(page.get_by_role("row").filter(has_text="高静")).to_contain_text("Stenographer")
    expect(page.get_by_role("row").filter(has_text="陈晨")).to_contain_text("Transport Bureau")
    page.goto(here)


def _bring(page: Page, body: bytes, name: str) -> None:
    """Choose a file, as from a desk, and have it checked."""
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": body}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check").click()


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    book, out = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(out)
    return out.getvalue()


def _agenda(page: Page) -> None:
    """Six steps from the template: the second goes up by the keyboard, a unit by its reading."""
    first = page.locator("#agenda .edit-row").first
    second = page.locator("#agenda .edit-row").nth(1)
    expect(first.locator("[name=en]")).to_have_value("What starts the process")
    second.locator("[name=en]").fill("The harbour office asks for a berth")
    second.locator("[name=en]").press("Alt+ArrowUp")
    expect(first.locator("[name=en]")).to_have_value("The harbour office asks for a berth")
    expect(first.locator("[name=en]")).to_be_focused()
    for typed in ("jtj", "jiaotongju", "运输"):
        first.get_by_role("combobox", name="Unit that acts").fill(typed)
        expect(first.get_by_role("option")).to_have_text("Transport Bureau")
    first.get_by_role("combobox", name="Unit that acts").press("ArrowDown")
    first.get_by_role("combobox", name="Unit that acts").press("Enter")
    expect(first.get_by_role("combobox", name="Unit that acts")).to_have_value("Transport Bureau")
    first.get_by_label("System").fill("Berth register")
    page.get_by_role("button", name="Save the agenda").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(first.locator("[name=en]")).to_have_value("The harbour office asks for a berth")
    expect(first.get_by_label("System")).to_have_value("Berth register")
    expect(first.get_by_role("combobox", name="Unit that acts")).to_have_value("Transport Bureau")


def _invite(page: Page) -> None:
    row = page.locator("#guests .edit-row").last
    row.get_by_role("textbox", name="Name").fill("Wang Fang")
    row.get_by_role("combobox", name="Unit").fill("port off")
    row.get_by_role("combobox", name="Unit").press("Enter")
    page.get_by_role("button", name="Save the list").click()
    expect(page.locator("#guests").get_by_text("Expected")).to_be_visible()


def _papers(page: Page, shots: Path) -> None:
    here = page.url.split("/prepare")[0]
    page.goto(f"{here}/attendance")
    expect(page.get_by_role("rowheader", name="Wang Fang")).to_be_visible()
    _look(page, shots / "attendance.png")
    page.goto(f"{here}/notice")
    expect(page.get_by_text("Room 301")).to_be_visible()
    expect(page.get_by_text("The harbour office asks for a berth")).to_be_visible()
    _look(page, shots / "notice.png")
    page.goto(here)


def _seat(running: Running, moderator: Page, watcher: Page, shots: Path) -> None:
    moderator.get_by_role("button", name="Open the session").click()
    expect(moderator.locator("#composer textarea")).to_be_visible(timeout=30_000)
    code = moderator.locator(".join-code b").inner_text()
    watcher.goto(running.base)
    watcher.locator("#code").fill(code)
    watcher.locator("#code").press("Enter")
    watcher.locator("#name").fill("李伟")
    watcher.locator("#unit-text").fill("jt")
    watcher.locator("#unit-text").press("ArrowDown")
    watcher.locator("#unit-text").press("Enter")
    watcher.locator("input[name=notice]").check()
    watcher.locator("#join form button.main").click()
    expect(watcher.get_by_text("您正在旁听")).to_be_visible(timeout=30_000)
    expect(watcher.locator("#composer textarea")).to_be_hidden()
    watcher.screenshot(path=shots / "watching-phone-zh.png")

    seat = moderator.locator(".seat-give").filter(has_text="李伟")
    expect(seat).to_be_visible(timeout=30_000)
    moderator.screenshot(path=shots / "seat-give.png")
    seat.click()

    expect(watcher.get_by_text("您正在旁听")).to_have_count(0, timeout=30_000)
    expect(watcher.locator("#composer textarea")).to_be_visible(timeout=30_000)
    expect(seat).to_have_count(0)


def _first_entry(moderator: Page, expert: Page, shots: Path) -> None:
    """In a study where nothing is agreed yet, by the keyboard: a line, a note, an entry in a new category."""
    box = moderator.locator("#note-text")
    box.fill("The berth list comes too late")
    box.press("Enter")
    expect(moderator.locator("#composer [role=alert]")).to_contain_text("Line for all")
    expect(box).to_have_value("The berth list comes too late")
    box.fill("")
    moderator.get_by_role("radio", name="Line for all").check()
    box.fill("We hear of a ship when it is at the gate.")
    box.press("Enter")
    line = moderator.locator("#lines .line").filter(has_text="at the gate")
    expect(line).to_be_visible()
    line.focus()
    moderator.keyboard.press("Digit1")
    moderator.keyboard.type("Ships are announced too late")
    moderator.keyboard.press("Enter")
    note = moderator.locator(".note").filter(has_text="announced too late")
    note.get_by_role("button", name="Propose").focus()
    moderator.keyboard.press("Enter")
    put = moderator.get_by_role("button", name="Put wording 1")
    expect(put).to_be_visible()
    expect(moderator.locator(".draft-text")).to_be_focused()
    put.focus()
    moderator.keyboard.press("Enter")
    expert.locator("#pane-nav").get_by_role("button", name="表述").click()
    expect(expert.get_by_role("button", name="同意", exact=True)).to_be_visible()
    expect(put).to_have_count(0)
    expect(moderator.locator(".proposal")).to_be_focused()
    expert.get_by_role("button", name="同意", exact=True).click()
    expect(moderator.locator(".proposal-head")).to_contain_text("Agreed")
    moderator.locator(".proposal").get_by_role("button", name="Promote").focus()
    moderator.keyboard.press("Enter")
    panel = moderator.locator("section.promotion")
    expect(panel).to_be_visible()
    moderator.screenshot(path=shots / "first-entry-panel.png")
    panel.get_by_label("new category").fill("Announcements")
    panel.get_by_role("button", name="Promote").focus()
    moderator.keyboard.press("Enter")
    expect(moderator.locator("#now-tree")).to_contain_text("Announcements")
    expert.locator("#pane-nav").get_by_role("button", name="问题清单").click()
    expect(expert.locator("#now-tree")).to_contain_text("Ships are announced too late")
    expert.screenshot(path=shots / "first-entry-phone-zh.png")
    expect(panel.get_by_role("heading", name="In the taxonomy")).to_be_focused()


def _nobody_else_sees_it(running: Running, moderator: Page, stranger: Page) -> None:
    for place in (moderator.url, f"{moderator.url}/prepare", f"{moderator.url}/seats"):
        answer = stranger.goto(place)
        assert answer is not None
        assert answer.status in (401, 404), place


def _look(page: Page, path: Path) -> None:
    """Axe finds nothing, nothing overflows: wide, on a phone, in both languages."""
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    for size in ({"width": 1440, "height": 900}, PHONE):
        page.set_viewport_size(size)
        page.evaluate(axe)
        found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
        assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.screenshot(path=path.with_stem(f"{path.stem}-{size['width']}"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
