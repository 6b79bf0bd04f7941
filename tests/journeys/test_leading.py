"""A moderator leads the room through a step, in real browsers: clock, silent minute, round, questions."""

import re
from pathlib import Path

from playwright.sync_api import Page, Response, expect

from tests.journeys.conftest import Launch, NewGuest
from tests.journeys.entering import enter_seated, say
from tests.journeys.running import Running

RUNNING = re.compile(r"^\d\d:\d\d")
SECRET = "the pump station has no data at night 泵站夜间无数据"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Wire:
    """Every byte that a page's sockets bring it."""

    def __init__(self, page: Page) -> None:
        self.received: list[bytes] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._keep))

    def _keep(self, payload: str | bytes) -> None:
        self.received.append(payload if isinstance(payload, bytes) else payload.encode())

    def holds(self, text: str) -> bool:
        """Whether any byte sequence of it came by."""
        return any(text.encode() in frame for frame in self.received)


def _keeps_it_ready(response: Response) -> bool:
    body = response.request.post_data or ""
    return "/api/drafts/" in response.url and '"ready":true' in body.replace(" ", "")


def command(page: Page, name: str) -> None:
    """Press a button of the room's pane."""
    page.locator("#round").get_by_role("button", name=name, exact=True).click()


def test_a_step_is_led_with_clock_silence_and_a_round(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser = launch()
    wang = guest(browser, viewport=WIDE, locale="en-GB").page
    li = guest(browser, viewport=PHONE, locale="zh-CN").page
    wire = Wire(wang)
    enter_seated(wang, running, "Wang", "Water")
    enter_seated(li, running, "李丽", "交通", "zh")
    chair = running.chair
    assert chair is not None
    say(chair, "Let us begin with the warning")

    # The clock: the same on all screens, and after a reload.
    expect(wang.locator("#step-time")).to_have_text(RUNNING)
    chair.reload()
    expect(chair.locator("#step-time")).to_have_text(RUNNING)

    # The silent minute: not a byte of a note reaches another browser before the signal.
    chair.locator(".quiet-begin summary").click()
    chair.get_by_label("What people write about").fill("What fails at night?")
    chair.locator(".quiet-begin").get_by_role("button", name="3 minutes").click()
    expect(li.locator("#quiet-now")).to_contain_text("静写")
    li.locator("#note-text").fill(SECRET)
    with li.expect_response(_keeps_it_ready):
        li.locator("#note-text").press("Enter")
    expect(li.locator("#ready")).to_contain_text(SECRET)
    li.screenshot(path=shots / "leading-quiet-phone-zh.png")
    chair.screenshot(path=shots / "leading-quiet-chair.png")
    li.reload()
    expect(li.locator("#ready")).to_contain_text(SECRET)
    say(chair, "Please write on")
    expect(wang.locator(".line-text").filter(has_text="Please write on")).to_be_attached()
    assert not wire.holds("pump station")
    assert not wire.holds("泵站")

    command(chair, "Bring the notes in")
    expect(wang.locator("#lines .note-text").filter(has_text="pump station")).to_be_attached()
    assert wire.holds("泵站")
    expect(li.locator("#ready")).to_be_hidden()
    expect(wang.locator("#lines .note").filter(has_text="pump station")).to_contain_text("李丽")

    # The walk: how the step goes on one of the four questions, for all to read.
    walk = chair.locator("#walk")
    walk.get_by_role("button", name="It fails", exact=True).nth(1).click()
    walk.get_by_label("How, in a sentence").fill("nobody is on duty")
    walk.get_by_label("How, in a sentence").press("Enter")
    expect(wang.locator("#walk q")).to_have_text("nobody is on duty")
    expect(walk.locator(".lacks")).to_contain_text("Problem 1")

    # The round: whose turn it is has the floor.
    command(chair, "Round by unit")
    expect(li.locator(".round-turn")).to_be_attached()
    floor = wang.locator(".floor-now")
    expect(floor).to_contain_text("·")
    first = floor.inner_text()
    chair.screenshot(path=shots / "leading-round.png")
    command(chair, "Has spoken, next")
    expect(floor).not_to_have_text(first)
    expect(floor).to_contain_text("·")
    command(chair, "Has spoken, next")
    expect(li.locator(".round-turn")).to_have_text("各单位均已发言。")
    expect(floor).to_have_text("Nobody has the floor.")
    chair.screenshot(path=shots / "leading-chair.png", full_page=True)
    wang.screenshot(path=shots / "leading-expert.png")
