"""Cuts, reloads, kills and signing out, in real browsers: nothing that a person wrote is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.journeys.conftest import Launch, NewGuest
from tests.journeys.entering import enter_seated, note, say
from tests.journeys.running import Running
from web.client_messages import MESSAGES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

LINE = "The permit office never sees the drainage plan"
TICKETS = re.compile(r"/api/sessions/[^/]+/ticket$")
INCARNATION = 122


def refuse_tickets(context: BrowserContext) -> Callable[[], None]:
    """Keep a browser off the room while pages still load; returns how to let it in again."""

    def away(route: Route) -> None:
        route.fulfill(status=503, body="")

    context.route(TICKETS, away)
    return lambda: context.unroute(TICKETS, away)


def expect_saved(page: Page) -> None:
    expect(page.locator("#status .saved.is-calm")).to_have_text("Saved", timeout=60_000)


def expect_kept(page: Page, count: int) -> None:
    sentence = MESSAGES["offline_kept_one" if count == 1 else "offline_kept"].format(n=count)
    expect(page.locator("#status .saved.is-warn")).to_have_text(sentence, timeout=30_000)


def notes(page: Page) -> list[str]:
    return page.locator("#lines .note-text").all_inner_texts()


def test_edits_made_offline_outlive_a_kill_and_a_reload_and_come_in_order(
    running: Running, launch: Launch, guest: NewGuest
) -> None:
    browser = launch()
    ana, boris = guest(browser), guest(browser).page
    enter_seated(ana.page, running, "Ana Petrov", "Water Aff")
    enter_seated(boris, running, "Boris Lind", "Telecom")
    say(ana.page, LINE)
    note(ana.page, LINE, "said before")
    expect_saved(ana.page)

    let_in = refuse_tickets(ana.context)
    running.kill()
    expect(ana.page.locator("#status .saved.is-warn")).to_be_visible(timeout=30_000)
    note(ana.page, LINE, "first while away")
    note(ana.page, LINE, "第二条")
    expect_kept(ana.page, 2)
    running.start()
    expect_saved(boris)
    note(boris, LINE, "by somebody else meanwhile")
    ana.page.reload()
    ana.page.locator("#status .saved.is-warn").wait_for()
    let_in()

    for page in (ana.page, boris):
        for text in ("first while away", "第二条", "by somebody else meanwhile"):
            expect(page.locator("#lines").get_by_text(text, exact=True)).to_have_count(
                1, timeout=60_000
            )
    expect_saved(ana.page)
    assert notes(ana.page) == notes(boris)
    mine = [text for text in notes(boris) if text != "by somebody else meanwhile"]
    assert mine == ["said before", "first while away", "第二条"]


def test_a_tab_from_before_a_redaction_is_told_why_and_keeps_its_words_as_a_draft(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser = launch()
    ana, boris = guest(browser), guest(browser).page
    enter_seated(ana.page, running, "Ana Petrov", "Water Aff")
    enter_seated(boris, running, "Boris Lind", "Telecom")
    say(boris, LINE)
    say(boris, "Strike this 这一句")
    note(ana.page, LINE, "said before")
    expect_saved(ana.page)
    let_in = refuse_tickets(ana.context)
    running.kill()
    expect(ana.page.locator("#status .saved.is-warn")).to_be_visible(timeout=30_000)
    note(ana.page, LINE, "built on what is gone")
    expect_kept(ana.page, 1)
    running.start()
    expect_saved(boris)

    with boris.expect_websocket(timeout=60_000):  # the redaction sends everybody away, and back
        boris.evaluate(_STRIKE, "Strike this")
    expect(boris.locator(".line-text").filter(has_text="Strike this")).to_have_count(0)
    let_in()

    told = ana.page.locator("#told")
    expect(told).to_have_text(MESSAGES["generation_kept"], timeout=60_000)
    expect(ana.page.locator("#composer textarea")).to_have_value("built on what is gone")
    expect_saved(ana.page)
    ana.page.screenshot(path=shots / "generation.png")
    assert notes(ana.page) == ["said before"]
    expect_saved(boris)
    assert notes(boris) == ["said before"]
    expect(ana.page.locator(".line-text").filter(has_text="Strike this")).to_have_count(0)


_STRIKE = """async (text) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const lines = Array.from(document.querySelectorAll("#lines .line"));
  const line = lines.find((each) => each.textContent.includes(text)).id.replace("line-", "");
  const answer = await fetch(`/api/lines/${line}/strike`, {
    method: "POST",
    headers: {"Content-Type": "application/json", "X-Colloquy-Token": boot.token},
    body: JSON.stringify({key: `strike-${crypto.randomUUID()}`}),
  });
  if (!answer.ok) throw new Error(await answer.text());
}"""


def test_signing_out_with_unsaved_edits_asks_in_place_and_sends_them(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser = launch()
    ana, boris = guest(browser).page, guest(browser).page
    enter_seated(ana, running, "Ana Petrov", "Water Aff")
    enter_seated(boris, running, "Boris Lind", "Telecom")
    say(ana, LINE)
    running.kill()
    expect(ana.locator("#status .saved.is-warn")).to_be_visible(timeout=30_000)
    note(ana, LINE, "not yet sent")
    ana.locator("#lines .line").filter(has_text=LINE).first.focus()
    ana.keyboard.press("Digit2")
    ana.keyboard.type("only begun")

    ana.get_by_role("button", name="Sign out", exact=True).click()
    asked = ana.locator("#leaving")
    expect(asked).to_contain_text(MESSAGES["leave_unsaved"].format(n=2))
    ana.screenshot(path=shots / "leaving.png")
    with ana.expect_download() as download:
        asked.get_by_role("button", name="Download").click()
    words = Path(download.value.path()).read_text(encoding="utf-8")
    for text in ("not yet sent", "only begun", LINE):
        assert text in words
    asked.get_by_role("button", name="Send, then sign out").click()
    expect(asked).to_contain_text(MESSAGES["leave_waiting"])
    running.start()

    expect(ana.locator("#code")).to_be_visible(timeout=60_000)
    expect(boris.locator("#lines").get_by_text("not yet sent", exact=True)).to_have_count(
        1, timeout=60_000
    )


def test_signing_out_may_discard_and_a_saved_page_is_not_asked(
    running: Running, launch: Launch, guest: NewGuest
) -> None:
    browser = launch()
    ana, boris = guest(browser), guest(browser).page
    enter_seated(ana.page, running, "Ana Petrov", "Water Aff")
    enter_seated(boris, running, "Boris Lind", "Telecom")
    say(ana.page, LINE)
    refuse_tickets(ana.context)
    running.kill()
    expect(ana.page.locator("#status .saved.is-warn")).to_be_visible(timeout=30_000)
    note(ana.page, LINE, "thought better of")
    running.start()

    ana.page.get_by_role("button", name="Sign out", exact=True).click()
    ana.page.get_by_role("button", name="Stay").click()
    expect(ana.page.locator("#leaving")).to_be_empty()
    ana.page.get_by_role("button", name="Sign out", exact=True).click()
    ana.page.get_by_role("button", name="Discard and sign out").click()
    expect(ana.page.locator("#code")).to_be_visible(timeout=30_000)
    expect_saved(boris)
    boris.get_by_role("button", name="Sign out", exact=True).click()

    expect(boris.locator("#code")).to_be_visible(timeout=30_000)


def test_a_browser_that_can_keep_nothing_says_so(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    ana = guest(launch(), viewport={"width": 390, "height": 844})
    ana.page.add_init_script(
        "Object.defineProperty(crypto, 'subtle', {value: undefined})"  # as over plain HTTP
    )
    enter_seated(ana.page, running, "Ana Petrov", "Water Aff")
    ana.page.locator("#pane-nav").get_by_role("button", name="Transcript").click()
    say(ana.page, LINE)

    expect(ana.page.locator("#keeping")).to_have_text(MESSAGES["keeping_memory"])
    running.kill()
    note(ana.page, LINE, "only in this tab")

    warning = ana.page.locator("#status .saved.is-warn")
    expect(warning).to_have_text(MESSAGES["offline_memory_one"], timeout=30_000)
    expect(ana.page.locator(".has-draft")).to_have_count(0)
    ana.page.screenshot(path=shots / "memory-only-phone.png")
    running.start()
    expect_saved(ana.page)
