"""The stenographer's page in a real browser before a real server: keys only, axe, both languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import chromium
from tests.journeys.running import Running, free_port
from tests.web.test_live_page import PHONE, STATE, Room, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("steno_page")]  # one server for all


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    server = Running(tmp_path_factory.mktemp("steno") / "data", free_port()).start()
    path = chromium.find()
    assert path is not None, "no Chromium: run `make test`, which finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(server.ways().moderator)
        page.locator("a[href^='/sessions/']").first.click()
        expect(page.locator("#boot")).to_be_attached()  # the page is whole
        expect(page.locator("#boot")).to_be_attached()
        session = page.url.split("/sessions/")[1].split("/")[0].split("?")[0]
        if page.evaluate(STATE) == "prepared":
            page.locator("#console button.main").click()
        expect(page.locator("#composer")).to_be_visible()
        yield Room(browser, server.base, session, page)
        browser.close()
    server.stop()
    assert server.process is not None
    assert server.process.stdout is not None
    server.process.stdout.close()


def desk(room: Room, *, language: str = "en", **options: object) -> Page:
    """Open the stenographer's page; the focus is in its box."""
    options.setdefault("viewport", {"width": 1440, "height": 900})
    state = room.moderator.context.storage_state()
    page = room.browser.new_context(storage_state=state, **options).new_page()  # type: ignore[arg-type]
    page.context.add_cookies([{"name": "lang", "value": language, "url": room.base}])
    page.goto(f"{room.base}/sessions/{room.session}/steno")
    expect(page.locator("#seats button").first).to_be_visible()
    return page


def write(page: Page, text: str) -> None:
    """Type into the box and wait until the last line of it stands in the record."""
    page.locator("#steno-box").focus()
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")
    last = text.splitlines()[-1]
    expect(page.locator("#lines .steno-text", has_text=last).last).to_be_visible()


def test_lines_are_written_and_corrected_without_a_mouse(room: Room) -> None:
    page = desk(room)
    write(page, "the water burro has no data\nand nobody told us 数据")

    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    box = page.locator("#steno-line")
    expect(box).to_have_value("the water burro has no data")
    box.fill("the water bureau has no data")
    page.keyboard.press("Enter")

    expect(page.locator(".steno-text", has_text="water bureau")).to_contain_text("corrected")
    expect(box).to_have_value("and nobody told us 数据")
    page.keyboard.press("Enter")
    expect(page.locator("#steno-box")).to_be_focused()


def test_a_line_is_split_at_the_caret_and_joined_again(room: Room) -> None:
    page = desk(room)
    write(page, "yes of course 🚰 no never")
    page.keyboard.press("ArrowUp")
    page.locator("#steno-line").evaluate("box => box.setSelectionRange(16, 16)")

    page.keyboard.press("Control+Enter")
    expect(page.locator("#steno-line")).to_have_value("no never")
    page.keyboard.press("Alt+Backspace")

    expect(page.locator("#steno-line")).to_have_value("yes of course 🚰 no never")
    page.keyboard.press("Escape")
    expect(page.locator(".steno-text", has_text="no never")).to_have_count(1)


STRIKE = """async (line) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const answer = await fetch(`/api/lines/${line}/strike`, {
    method: "POST",
    headers: {"Content-Type": "application/json", "X-Colloquy-Token": boot.token},
    body: JSON.stringify({key: "0123456789012345678901"}),
  });
  if (!answer.ok) throw new Error(await answer.text());
}"""


def test_a_line_that_goes_while_it_is_corrected_leaves_what_was_typed(room: Room) -> None:
    page = desk(room)
    write(page, "taken out again")
    page.keyboard.press("ArrowUp")
    page.locator("#steno-line").fill("taken out again, half corrected")
    line = page.locator("#lines .is-current").get_attribute("id")
    assert line is not None

    room.moderator.evaluate(STRIKE, line.removeprefix("line-"))

    expect(page.locator("#steno-line")).to_have_count(0)
    expect(page.locator("#steno-box")).to_be_focused()
    expect(page.locator("#steno-box")).to_have_value("taken out again, half corrected")
    page.keyboard.press("Enter")
    expect(page.locator(".steno-text", has_text="half corrected")).to_be_visible()


def test_a_seat_key_says_who_spoke(room: Room) -> None:
    page = desk(room)
    name = page.locator("#seats button span").nth(1).inner_text()
    write(page, "I speak for another")
    page.keyboard.press("ArrowUp")

    page.keyboard.press("F2")

    row = page.locator(".steno-row.is-current")
    expect(row.locator(".steno-who")).to_have_text(name)
    page.keyboard.press("Escape")
    page.keyboard.press("F2")
    expect(page.locator("#seats button").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#steno-hint")).to_contain_text(name)


def test_an_input_method_that_composes_keeps_its_keys(room: Room) -> None:
    page = desk(room)
    page.locator("#steno-box").focus()
    page.keyboard.insert_text("shui")

    page.evaluate(
        """() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
        {code: "Enter", key: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
    )

    expect(page.locator("#steno-box")).to_have_value("shui")
    page.keyboard.press("Alt+KeyU")
    expect(page.locator("#steno-box")).to_have_value("shui[unclear]")


def test_a_term_is_corrected_everywhere_after_a_look(room: Room) -> None:
    page = desk(room)
    write(page, "the sponge sit plan\na second sponge sit")
    page.keyboard.press("Alt+KeyE")
    page.keyboard.type("sponge sit")
    page.keyboard.press("Tab")
    page.keyboard.type("sponge city")
    page.keyboard.press("Enter")

    expect(page.locator(".everywhere-places li")).to_have_count(2)
    expect(page.locator("#everywhere .replace")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#lines")).to_contain_text("the sponge city plan")
    expect(page.locator("#everywhere [role=status]")).to_contain_text("Replaced in 2 lines")
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+KeyV")
    expect(page.locator(".steno-versions li")).to_have_count(2)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["desk", "phone"])
def test_axe_finds_nothing(room: Room, language: str, form: str) -> None:
    page = desk(room, language=language, **(PHONE if form == "phone" else {}))
    write(page, "to be looked at 一看")
    page.locator("#steno-box").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Alt+KeyE")
    page.keyboard.press("Alt+KeyV")
    expect(page.locator(".steno-versions")).to_be_visible()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_recording_is_brought_in_and_refused_where_it_is_none(room: Room) -> None:
    page = desk(room)
    page.locator("#uploads summary").click()
    page.locator("#uploads [name=file]").set_input_files(
        {"name": "minutes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 minutes" * 99}
    )
    page.locator("#uploads [type=submit]").focus()
    page.keyboard.press("Enter")

    row = page.locator(".uploads li", has_text="minutes.pdf")
    expect(row).to_contain_text("This file is no recording that can be read.", timeout=20_000)
    expect(page.locator("#uploads [type=submit]")).to_be_focused()
    assert violations(page) == []


def hear(room: Room, text: str) -> None:
    """Put a line into the record as a file would bring it: what a model heard stands in its place."""
    page = room.moderator
    page.evaluate(
        """([url, body, token]) => fetch(url, {method: "POST", body, headers: {"X-Colloquy-Token": token}})""",
        [
            f"/api/sessions/{room.session}/scripts?name=a.txt&way=lines&key=a-key-of-sixteen-{len(text)}",
            text,
            page.evaluate("JSON.parse(document.getElementById('boot').textContent).token"),
        ],
    )


def test_a_brought_transcript_is_settled_with_single_keys(room: Room) -> None:
    hear(room, "the reservoir gaze is broken\nwe call the next county by phone")
    page = desk(room)
    expect(page.locator(".steno-text", has_text="reservoir gaze")).to_be_visible()
    page.locator("#script summary").click()
    page.locator("#script [name=script]").set_input_files(
        {
            "name": "steno.txt",
            "mimeType": "text/plain",
            "buffer": b"The reservoir gauge is broken.\nWe call the next county by telephone, always.",
        }
    )
    expect(page.locator(".script-ways .main")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".difference")).to_have_count(2)
    assert violations(page) == []

    page.locator("#steno-box").focus()
    page.keyboard.press("Alt+KeyD")
    expect(page.locator(".difference.is-current")).to_be_focused()
    page.keyboard.press("t")
    expect(page.locator(".difference")).to_have_count(1)
    expect(page.locator(".difference.is-current")).to_be_focused()
    page.keyboard.press("k")

    expect(page.locator(".steno-text", has_text="reservoir gauge")).to_be_visible()
    expect(page.locator(".steno-text", has_text="county by phone")).to_be_visible()
    expect(page.locator("#steno-box")).to_be_focused()


PATIENT = 30_000
"""Milliseconds for what goes to the server and back on a busy machine."""
COMMAND = """([path, body]) => fetch(path, {method: "POST", body: JSON.stringify(body), headers: {
  "Content-Type": "application/json",
  "X-Colloquy-Token": JSON.parse(document.getElementById("boot").textContent).token,
}}).then(async (answer) => [answer.ok, await answer.json()])"""
HEAR_AUDIO = """() => {
  const Real = window.Audio;
  window.Audio = function () { return (window.player = new Real()); };
}"""


def command(room: Room, path: str, **body: object) -> dict[str, object]:
    """Send a command as the moderator's page does."""
    sent = {"key": f"a-key-of-sixteen-{abs(hash((path, str(body))))}", **body}
    is_ok, answer = room.moderator.evaluate(COMMAND, [path, sent])
    assert is_ok, answer
    return dict(answer)


def compose(page: Page, typed: str, meant: str) -> None:
    """Type with an input method: its own Enter and arrows, then what was chosen."""
    keys = page.context.new_cdp_session(page)
    composed = {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
    keys.send("Input.imeSetComposition", composed)
    for code in ("Enter", "ArrowUp", "Escape"):
        pressed = {"type": "rawKeyDown", "key": "Process", "code": code}
        keys.send("Input.dispatchKeyEvent", {**pressed, "windowsVirtualKeyCode": 229})
    keys.send("Input.insertText", {"text": meant})


def test_a_meeting_is_written_in_chinese_by_keys_alone(room: Room) -> None:
    """The whole way of a stenographer; the mouse is never touched."""
    command(room, f"/api/sessions/{room.session}/playback", speed=8)
    page = desk(room, language="zh", permissions=["clipboard-read", "clipboard-write"])
    page.context.add_init_script(f"({HEAR_AUDIO})()")
    page.reload()
    expect(page.locator("#steno-box")).to_be_focused()
    names = page.locator("#seats button span")
    expect(names.nth(1)).to_be_visible()

    # What the model heard is played from two seconds before where it was stopped.
    spoken = page.locator(".steno-text", has_text="Good morning, everyone")
    expect(spoken).to_be_visible(timeout=90_000)
    command(room, f"/api/sessions/{room.session}/playback", speed=0)
    while "Good morning, everyone" not in value_of(page):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+Space")
    page.wait_for_function("() => window.player && !player.paused && player.currentTime > 0.1")
    began = page.evaluate("Number(player.src.split('#t=')[1])")
    page.evaluate("player.currentTime = 3.5")
    page.wait_for_function("() => player.currentTime >= 3.5")
    page.keyboard.press("F9")
    stopped = page.evaluate("player.currentTime")
    page.keyboard.press("F9")
    again = page.evaluate("Number(player.src.split('#t=')[1])")
    page.keyboard.press("F9")
    assert began < 3.5
    assert abs(again - (stopped - 2)) < 0.05
    page.keyboard.press("Escape")

    # An input method keeps its keys; a pasted block becomes lines with their speakers.
    compose(page, "shui wu ju", "水务局没有数据")
    expect(page.locator("#steno-box")).to_have_value("水务局没有数据")
    page.keyboard.press("Enter")
    expect(page.locator(".steno-text", has_text="水务局没有数据")).to_be_visible(timeout=PATIENT)
    name = names.nth(1).inner_text()
    page.evaluate(
        "block => navigator.clipboard.writeText(block)", f"{name}：管网图每年一报\n各报各的"
    )
    page.keyboard.press("Control+V")
    page.keyboard.press("Enter")
    expect(page.locator(".steno-text", has_text="各报各的")).to_be_visible(timeout=PATIENT)

    # Off the record leaves a line that the arrows pass over.
    command(room, f"/api/sessions/{room.session}/record", off=True)
    command(room, f"/api/sessions/{room.session}/record", off=False)
    expect(page.locator(".steno-gap").last).to_be_visible(timeout=PATIENT)
    page.keyboard.insert_text("回到正题")
    page.keyboard.press("Enter")
    expect(page.locator(".steno-text", has_text="回到正题")).to_be_visible(timeout=PATIENT)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    field = page.locator("#steno-line")
    expect(field).to_have_value("各报各的", timeout=PATIENT)

    # Corrected behind the speech; an unclear place is marked.
    page.keyboard.insert_text("，没人汇总")
    page.keyboard.press("Alt+KeyU")
    expect(field).to_have_value("各报各的，没人汇总〔听不清〕")
    page.keyboard.press("Escape")
    expect(page.locator("#steno-box")).to_be_focused()


def value_of(page: Page) -> str:
    """What stands in the line being corrected."""
    field = page.locator("#steno-line")
    return field.input_value() if field.count() else ""
