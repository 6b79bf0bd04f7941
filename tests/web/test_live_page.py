"""The live page in a real browser, before a real server: keys, input method, stillness, axe."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import chromium
from tests.journeys.running import Running, free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("live_page")]  # one server for all

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

TYPE_LINES = """async ({session, count, tag}) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  for (let n = 0; n < count; n += 1) {
    const answer = await fetch(`/api/sessions/${session}/lines`, {
      method: "POST",
      headers: {"Content-Type": "application/json", "X-Colloquy-Token": boot.token},
      body: JSON.stringify({key: `${tag}-${String(n).padStart(16, "0")}`, text: `${tag} ${n}: 窗口 list`}),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}"""

STATE = 'JSON.parse(document.getElementById("boot").textContent).session.state'


@dataclass(frozen=True, slots=True)
class Room:
    """An open session with some lines, and a browser to enter it with."""

    browser: Browser
    base: str
    session: str
    moderator: Page

    def page(self, *, language: str = "en", **options: object) -> Page:
        """Open the session as the moderator in a window of its own."""
        options.setdefault("viewport", {"width": 1440, "height": 900})
        state = self.moderator.context.storage_state()
        page = self.browser.new_context(storage_state=state, **options).new_page()  # type: ignore[arg-type]
        page.context.add_cookies([{"name": "lang", "value": language, "url": self.base}])
        page.goto(f"{self.base}/sessions/{self.session}")
        page.locator("#lines .line").first.wait_for(state="attached")
        return page

    def type_lines(self, count: int, tag: str) -> None:
        """Let `count` lines arrive from the moderator's other window."""
        values = {"session": self.session, "count": count, "tag": tag}
        self.moderator.evaluate(TYPE_LINES, values)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    server = Running(tmp_path_factory.mktemp("live") / "data", free_port()).start()
    path = chromium.find()
    assert path is not None, "no Chromium: run `make test`, which finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(server.ways().moderator)
        page.locator("a[href^='/sessions/']").first.click()
        expect(page.locator("#boot")).to_be_attached()  # the page is whole
        session = page.url.split("/sessions/")[1].split("/")[0].split("?")[0]
        if page.evaluate(STATE) == "prepared":
            page.locator("#console button.main").click()
        expect(page.locator("#composer")).to_be_visible()
        opened = Room(browser, server.base, session, page)
        opened.type_lines(40, "first")
        yield opened
        browser.close()
    server.stop()
    assert server.process is not None
    assert server.process.stdout is not None
    server.process.stdout.close()


def focused(page: Page) -> str:
    """Return the id of the element that has the focus."""
    return str(page.evaluate("document.activeElement.id"))


def choose(page: Page, number: int) -> str:
    """Click the text of a line and return its element's id."""
    line = page.locator("#lines .line").nth(number)
    line.locator(".line-text").click()
    return str(line.get_attribute("id"))


def test_a_note_is_written_without_a_mouse(room: Room) -> None:
    page = room.page()
    page.locator("#scroller").focus()
    page.keyboard.press("ArrowUp")
    line = focused(page)

    page.keyboard.press("Digit2")
    assert focused(page) == "note-text"
    page.keyboard.type("Nobody owns the list")
    page.keyboard.press("Enter")

    note = page.locator(f"#{line} .note", has_text="Nobody owns the list")
    expect(note).to_have_attribute("data-kind", "cause")
    assert focused(page) == line

    note.get_by_role("button", name="Propose").press("Enter")
    card = page.locator(".proposal", has_text="Cause")
    card.get_by_role("button", name="More").press("Enter")
    card.get_by_role("button", name="Drop").press("Enter")
    page.keyboard.type("because")
    card.get_by_role("button", name="Cancel").press("Enter")
    assert focused(page) == card.get_attribute("id")  # not thrown back to the top of the page


def test_escape_keeps_the_draft_and_returns_to_the_line(room: Room) -> None:
    page = room.page()
    line = choose(page, 5)
    page.keyboard.press("Digit1")
    page.keyboard.type("half a thought")

    page.keyboard.press("Escape")
    assert focused(page) == line
    page.keyboard.press("Digit1")

    expect(page.locator("#note-text")).to_have_value("half a thought")
    assert page.locator(".note", has_text="half a thought").count() == 0


def test_an_input_method_keeps_its_keys(room: Room) -> None:
    page = room.page()
    line = choose(page, 6)
    page.keyboard.press("Digit3")
    keys = page.context.new_cdp_session(page)

    keys.send(
        "Input.imeSetComposition", {"text": "cailiao", "selectionStart": 7, "selectionEnd": 7}
    )
    for code in ("Digit1", "Enter", "Escape"):
        keys.send(
            "Input.dispatchKeyEvent",
            {
                "type": "rawKeyDown",
                "key": "Process",
                "code": code,
                "windowsVirtualKeyCode": 229,
            },
        )
    assert focused(page) == "note-text"
    assert page.locator("#composer").get_attribute("data-kind") == "consequence"
    assert page.locator(f"#{line} .note").count() == 0

    keys.send("Input.insertText", {"text": "材料清单"})
    page.keyboard.press("Enter")

    expect(page.locator(f"#{line} .note", has_text="材料清单")).to_be_visible()


def test_single_keys_can_be_switched_off(room: Room) -> None:
    page = room.page()
    page.locator("#help summary").click()
    page.locator("#keys-on").uncheck()
    line = choose(page, 7)

    page.keyboard.press("Digit1")

    assert focused(page) == line


def test_nothing_moves_under_the_reader_and_nothing_takes_the_focus(room: Room) -> None:
    page, other = room.page(), room.page()
    line = choose(page, 12)
    page.keyboard.press("Digit1")
    page.keyboard.type("still here")
    top = f"document.getElementById('{line}').getBoundingClientRect().top"
    before = page.evaluate(top)

    choose(other, 11)
    other.keyboard.press("Digit4")
    other.keyboard.type("a note just above the line that is being read " * 4)
    other.keyboard.press("Enter")
    room.type_lines(20, "later")

    expect(page.locator(".note", has_text="just above the line")).to_have_count(1)
    expect(page.locator("#pill")).to_contain_text("20 new lines")
    assert page.evaluate(top) - before == 0
    assert focused(page) == "note-text"
    expect(page.locator("#note-text")).to_have_value("still here")


def wait_for_draft(room: Room, text: str) -> None:
    path = f"/api/sessions/{room.session}/drafts"
    deadline = time.monotonic() + 10
    while text not in room.moderator.evaluate(
        "path => fetch(path).then((one) => one.text())", path
    ):
        assert time.monotonic() < deadline, "the draft did not come"
        room.moderator.wait_for_timeout(50)


def test_what_is_typed_is_not_lost_when_the_page_goes(room: Room) -> None:
    page = room.page()
    choose(page, 9)
    page.keyboard.press("Digit6")
    page.keyboard.type("kept on the server")
    page.goto("about:blank")  # at once: nothing waits for the last letters
    wait_for_draft(room, "kept on the server")  # sent as the page went, it comes when it comes

    again = room.page()

    expect(again.locator("#note-text")).to_have_value("kept on the server")


@pytest.mark.parametrize(
    ("language", "scheme", "device"),
    [
        ("en", "light", {}),
        ("en", "dark", {}),
        ("zh", "light", {}),
        ("zh", "dark", PHONE),
        ("en", "light", PHONE),
    ],
    ids=["light", "dark", "zh", "phone-zh-dark", "phone"],
)
def test_axe_finds_nothing(
    room: Room, language: str, scheme: str, device: dict[str, object]
) -> None:
    page = room.page(language=language, color_scheme=scheme, **device)
    for pane in ("board", "now", "room", "talk") if device else ("",):
        if pane:
            page.locator(f"#pane-nav [data-pane={pane}]").click()
        assert violations(page) == []


def test_axe_finds_nothing_on_the_projector(room: Room) -> None:
    page = room.page()
    page.goto(f"{room.base}/sessions/{room.session}/projector")
    page.locator("#screen-step:not(:empty)").wait_for()

    assert violations(page) == []


def violations(page: Page) -> list[object]:
    """Return what axe-core finds, each with the elements it is about."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async (rules) => (await axe.run(document, {runOnly: rules})).violations.map(
             (one) => [one.id, one.nodes.map((node) => node.html)])""",
        RULES,
    )
    return list(found)
