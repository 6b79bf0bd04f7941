"""A focus group in real browsers: made from a gap, a carried wording taken up, solutions, priorities."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from schemas.wire import STUDY_EVENT
from tests.journeys.conftest import ROOT, Launch, NewGuest
from tests.journeys.entering import enter, note, say
from tests.journeys.people import give_seat
from tests.journeys.running import Running
from tests.journeys.test_leading import Wire

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

CARRIED = "Which register of fire inspections is the valid one is not settled"
AGREED = "The safety bureau's register of inspections is the valid one"
QUESTION = "Which of the two registers of inspections counts, and since when?"
PROBE = "Who keeps it today?"
SOLUTION = "A code on each street notice"
ADDED = "登记表今后由应急办汇总"
SHELVED = "One register, kept by the safety bureau"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def test_what_was_left_open_is_settled_assessed_and_weighed(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser = launch()
    chair = guest(browser, viewport=WIDE, locale="en-GB").page
    cui = guest(browser, viewport=PHONE, locale="zh-CN").page
    he = guest(browser, viewport=WIDE, locale="en-GB").page
    wire = Wire(he)
    code = _convene(chair, running)
    enter(cui, running.base, code, "崔刚", "安监局", "zh")
    give_seat(chair, cui, "崔刚")
    enter(he, running.base, code, "He Rui", "Emergency", "en")
    give_seat(chair, he, "He Rui")
    _ask(chair, he, cui)
    say(chair, "What counts is the register of the safety bureau, since March")
    _shelve(chair, he)

    _take_up(chair, cui, he, shots)
    _assess(chair, he, shots)
    _weigh(chair, cui, he, wire, shots)
    _close(chair, he, shots)
    link = _send_back(chair, shots)
    _answer(guest(browser, viewport=PHONE, locale="zh-CN").page, link, shots)
    _decide(chair, shots)


def _convene(chair: Page, running: Running) -> str:
    """Make a focus group of the deferred gap, open it, and return the code to join it by."""
    chair.goto(running.ways().moderator)
    chair.goto(chair.url.split("?")[0] + "/gaps")
    gap = chair.locator("li").filter(has_text="Which of the two registers of inspections counts")
    chair.locator("details:not([open]) > summary").evaluate_all("all => all.forEach((one) => one.click())")  # fmt: skip
    gap.locator("input[name=gap][value^=deferred]").check()
    chair.get_by_role("button", name="Prepare a focus group with what is chosen").click()
    chair.wait_for_url("**/prepare")
    asked = chair.locator("#agenda .edit-row").first
    expect(asked.locator("[name=en]")).to_have_value(QUESTION)
    expect(asked.get_by_role("combobox")).to_have_value("Safety Supervision Bureau")
    asked.get_by_label("Probes, one on each line").fill(PROBE)
    chair.get_by_role("button", name="Save the agenda").click()
    expect(chair.get_by_text("Saved.")).to_be_visible()
    chair.goto(chair.url.split("/prepare")[0])
    chair.locator("#console button.main").click()
    return chair.locator(".join-code b").inner_text().strip()


def _ask(chair: Page, he: Page, cui: Page) -> None:
    """The question of the gap and its probe are put to the room, each as a line for everybody."""
    listed = chair.locator("#walk .probes li")
    expect(listed).to_have_count(2)
    for number, words in enumerate((QUESTION, PROBE)):
        asked = listed.nth(number)
        expect(asked).to_contain_text(words)
        asked.get_by_role("button", name="Ask").press("Enter")
        expect(asked).to_contain_text("Ask again")
        for page in (he, cui):
            expect(page.locator(".line-text").filter(has_text=words)).to_be_attached()
    expect(he.locator("#walk .probes button")).to_have_count(0)


def _shelve(chair: Page, he: Page) -> None:
    """A solution that somebody notes lies on the room's shelf at once."""
    say(he, "We could do with one register only")
    note(he, "We could do with one register", SHELVED, key="Digit4")
    shelf = chair.locator("#walk .shelf")
    shelf.locator("summary").press("Enter")
    expect(shelf.locator("li")).to_contain_text(SHELVED)
    expect(shelf.locator("li")).to_contain_text("Emergency Office")
    shelf.locator("summary").press("Enter")


def _take_up(chair: Page, cui: Page, he: Page, shots: Path) -> None:
    """The deferred wording stands on the board with its question; it becomes an entry."""
    card = chair.locator(".proposal").filter(has_text=CARRIED)
    expect(card).to_contain_text(QUESTION)
    card.get_by_role("button", name="History").click()
    expect(card.locator(".wording-history")).to_contain_text("Tian Yuan")
    card.get_by_role("button", name="Take up again").click()
    card.get_by_label("What is new?").fill("The safety bureau has an answer")
    card.locator(".reason, form").get_by_role("button", name="Take up again").last.click()
    draft = chair.locator(".draft-text")
    expect(draft).to_have_value(CARRIED)
    draft.fill(AGREED)
    chair.get_by_role("button", name="Put wording 2").click()
    for page, name in ((cui, "同意"), (he, "Agree")):
        expect(page.locator(".proposal").first).to_contain_text(AGREED)
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator(".proposal button[aria-pressed=true]")).to_contain_text(name)
    expect(chair.locator(".proposal-head")).to_contain_text("Agreed")
    chair.screenshot(path=shots / "focus-agreed.png")
    chair.get_by_role("button", name="Promote").first.click()
    panel = chair.locator("section.promotion")
    panel.get_by_label("Label in Chinese").fill("以安监局的检查台账为准")
    panel.get_by_role("button", name="Promote").click()
    expect(he.locator("#now-tree").get_by_text(AGREED).first).to_be_attached()


def _assess(chair: Page, he: Page, shots: Path) -> None:
    """A solution is assessed beside the room; the others see it without loading anything again."""
    for page in (chair, he):
        page.locator("#now-solutions > summary").click()
    shelved = chair.locator("#solutions li.solution").filter(has_text=SHELVED)
    expect(shelved).to_contain_text("Emergency Office")
    row = chair.locator("#solutions li.solution").filter(has_text=SOLUTION)
    expect(row).to_contain_text("Not assessed")
    row.get_by_role("link", name="Assess").click()
    form = chair.locator("#assessment-form")
    form.get_by_label("Lead unit").select_option(label="City Appearance and Garden Committee")
    form.get_by_label("Feasible").select_option("not")
    form.get_by_role("button", name="Save").click()
    expect(chair.locator("#solution")).to_contain_text("needs the reason")
    form.get_by_label("Conditions, or why not").fill("No budget for the codes this year")
    form.get_by_label("Feasible").select_option("conditions")
    form.get_by_role("button", name="Save").click()
    expect(chair.locator("#solution [role=status]")).to_have_text("Saved as a new version.")
    assert chair.evaluate("document.scrollingElement.scrollTop + document.body.scrollTop") == 0

    seen = he.locator("#solutions li.solution").filter(has_text=SOLUTION)
    expect(seen).to_contain_text("No budget for the codes this year")
    expect(seen).to_contain_text("Feasible with conditions")
    _look(chair, shots / "focus-solutions.png")
    chair.locator("#now-solutions > summary").click()
    he.locator("#now-solutions > summary").click()


def _weigh(chair: Page, cui: Page, he: Page, wire: Wire, shots: Path) -> None:
    """Units mark in silence; the marks are seen by nobody else before the step is closed."""
    asked: list[str] = []
    he.on("request", lambda request: asked.append(request.url))
    begin = chair.locator(".priorities-begin")
    begin.locator("> summary").click()
    begin.get_by_label("Marks of each kind").fill("1")
    begin.get_by_role("button", name="Open the step").click()
    mine = cui.locator("#priorities form").get_by_role("checkbox", name="紧迫")
    expect(he.locator("#priorities form")).to_be_attached()
    asked.clear()
    wire.received.clear()

    mine.nth(1).focus()
    cui.keyboard.press("Space")
    expect(cui.locator("#priority-status")).to_contain_text("剩余可标记：紧迫 0 项")
    mine.nth(2).check()
    expect(cui.locator("#priority-status")).to_contain_text("每类最多可标记 1 项")
    mine.nth(2).uncheck()
    expect(cui.locator("#priority-status")).to_contain_text("已保存")
    expect(chair.locator("#priority-count")).to_have_text(
        "Units that have marked: 1", timeout=20_000
    )
    _look(cui, shots / "focus-priorities-phone-zh.png")
    assert asked == []
    assert [frame for frame in wire.received if frame[0] in (0, STUDY_EVENT)] == []
    chair.get_by_role("button", name="Close, and show the spread").click()

    expect(he.locator("#priorities .spread-result")).to_be_attached()
    he.locator("#priorities .spread-result > summary").click()
    expect(he.locator("#priorities .spread").first).to_contain_text("Urgent: 1 of 1 units")
    expect(he.locator("#priorities .spread").first).not_to_contain_text("Safety")
    _look(he, shots / "focus-spread.png")


def _close(chair: Page, he: Page, shots: Path) -> None:
    """The room is closed by keyboard; the focus goes to what comes next, experts have a way to the minutes."""
    close = chair.get_by_role("button", name="Close the session")
    close.press("Enter")
    chair.get_by_role("button", name="Cancel").press("Enter")
    expect(close).to_be_focused()
    there = chair.get_by_role("link", name="Read-back").get_attribute("href")
    read = chair.context.new_page()
    read.goto(chair.url.split("/sessions/")[0] + str(there))
    expect(read.locator("main")).to_contain_text(AGREED)
    read.close()
    close.press("Enter")
    chair.get_by_role("button", name="Yes, close").press("Enter")
    expect(chair.get_by_role("link", name="Return to the units")).to_be_focused()
    chair.screenshot(path=shots / "focus-closed.png")
    expect(he.get_by_role("link", name="Minutes")).to_be_visible()
    he.screenshot(path=shots / "focus-closed-expert.png")
    chair.keyboard.press("Enter")
    chair.wait_for_url("**/returns")


def _send_back(chair: Page, shots: Path) -> str:
    """Each unit has a link of its own, a reminder and a form on paper; returns that of one unit."""
    chair.get_by_role("button", name="Send the record to the units").press("Enter")
    row = chair.locator(".asked-unit").filter(has_text="Emergency Office")
    expect(row).to_contain_text("Sent")
    row.locator("summary").press("Enter")
    link = row.get_by_label("The unit's own link").input_value()
    expect(row.get_by_label("Reminder to be sent")).to_have_value(re.compile(re.escape(link)))
    row.get_by_role("link", name="Reply form on paper").press("Enter")
    expect(chair.get_by_role("heading", level=1)).to_contain_text("Emergency Office")
    chair.screenshot(path=shots / "focus-paper.png")
    chair.go_back()
    return link


def _answer(unit: Page, link: str, shots: Path) -> None:
    """A unit without an account corrects, adds and says how it may be quoted, on a phone in Chinese."""
    unit.goto(link)
    expect(unit.locator("main")).to_contain_text("市应急办")
    if unit.locator("main section > details").count():
        unit.locator("main section > details > summary").press("Enter")
    line = unit.locator(".said-row").filter(has_text="one register only")
    line.locator("summary").press("Enter")
    line.locator("textarea").fill("We could do with one register alone")
    unit.get_by_label("需要补充的内容").fill(ADDED)
    unit.get_by_role("radio", name="可引用，不署名").press("Space")
    unit.get_by_label("姓名").fill("何睿")
    _look(unit, shots / "focus-return-phone-zh.png")
    unit.get_by_label("姓名").press("Enter")
    expect(unit.get_by_role("status")).to_contain_text("已收到")
    line = unit.locator(".said-row").filter(has_text="one register only")
    expect(line.locator("textarea")).to_have_value("We could do with one register alone")
    expect(unit.get_by_label("需要补充的内容")).to_have_value(ADDED)


def _decide(chair: Page, shots: Path) -> None:
    """What a unit changes waits for a moderator; what is taken is marked in the minutes."""
    chair.reload()
    row = chair.locator(".asked-unit").filter(has_text="Emergency Office")
    expect(row).to_contain_text("Answered with changes")
    expect(row).to_contain_text("Quote without name")
    change = row.locator(".gap-rows > li").filter(has_text="one register alone")
    expect(change).to_contain_text("He Rui")
    change.get_by_role("button", name="Take into the record").press("Enter")
    expect(change).to_contain_text("Taken into the record")
    _look(chair, shots / "focus-returns.png")
    chair.locator(".title .meta a").press("Enter")
    chair.wait_for_url("**/minutes")
    expect(chair.locator("main")).to_contain_text("We could do with one register alone")
    expect(chair.locator("main")).to_contain_text("Changed by the units afterwards")
    chair.screenshot(path=shots / "focus-minutes.png", full_page=True)


def _look(page: Page, path: Path) -> None:
    page.screenshot(path=path)
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
