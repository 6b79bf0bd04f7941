"""Two moderators at one queue, and an expert on two devices: claims, no dialog while people speak, closing."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Launch, NewGuest
from tests.journeys.entering import note, say
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PHONE = {"width": 390, "height": 844}
WORDING = "Water data is not shared in time"
_DIALOGS = """() => {
  window.opened = [];
  for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.opened.push(name);
  for (const name of ["show", "showModal"]) HTMLDialogElement.prototype[name] = () => window.opened.push(name);
}"""


def test_moderators_see_who_works_on_what_and_the_room_goes_on(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser = launch()
    chair = guest(browser).page
    chair.goto(running.ways().moderator)
    chair.goto(running.base)
    session = running.base + (
        chair.locator("a[href^='/sessions/']").first.get_attribute("href") or ""
    )
    links = _seats(chair, session)
    lin, operator = guest(browser).page, guest(browser).page
    _join(lin, links[0])
    _join(operator, links[1])
    chair.goto(session)
    chair.evaluate(_DIALOGS)
    operator.evaluate(_DIALOGS)

    say(chair, "Let us begin with the gauges")
    note(lin, "gauges", "nobody sees the gauges in time")
    _propose(chair)
    mine, theirs = chair.locator(".proposal").first, operator.locator(".proposal").first
    expect(theirs.locator(".draft-text")).to_have_value(WORDING)

    # Who works on what: taken, seen by the other one, taken over, put down.
    mine.get_by_role("button", name="I take this").click()
    expect(mine.locator(".is-claim")).to_have_text("You work on this")
    expect(theirs.locator(".is-claim")).to_have_text("Moderator works on this")
    expect(lin.locator(".is-claim")).to_have_count(0)
    operator.screenshot(path=shots / "claims-operator.png")
    theirs.get_by_role("button", name="Take over").click()
    expect(mine.locator(".is-claim")).to_have_text("Zhou Lan works on this")
    operator.reload()
    operator.evaluate(_DIALOGS)
    expect(theirs.locator(".is-claim")).to_have_text("You work on this")

    # It locks nothing: the other one puts the wording; both see the same queues.
    mine.get_by_role("button", name="Put wording 1").click()
    lin.locator("[data-stance=object]").click()
    lin.locator(".reason textarea").fill("Ours is shared")
    lin.locator(".reason button.main").click()
    for page in (chair, operator):
        expect(page.locator(".proposal-head").first).to_contain_text("Contested")
    theirs.get_by_role("button", name="Spoken position").click()
    say(chair, "Somebody speaks on while this is open")
    theirs.get_by_role("button", name="More").click()
    theirs.get_by_role("button", name="Defer").click()
    say(chair, "And on")
    for page in (chair, operator):
        assert page.evaluate("window.opened") == []
        expect(page.locator("dialog, [role=dialog], [role=alertdialog]")).to_have_count(0)

    _on_a_second_device(links[0], guest(browser, viewport=PHONE, locale="zh-CN").page, lin, shots)
    _closed(chair, lin, shots)


def _join(page: Page, link: str) -> None:
    page.goto(link)
    if page.locator("input[name=notice]").count():
        page.locator("input[name=notice]").check()
    page.locator("main form button").last.click()
    expect(page.locator("#status .saved.is-calm")).to_be_visible(timeout=30_000)


def _seats(chair: Page, session: str) -> tuple[str, str]:
    """Invite somebody who leads too; return the seat cards' links of an expert and of them."""
    chair.goto(f"{session}/prepare")
    row = chair.locator("#guests .edit-row").last
    row.get_by_role("textbox", name="Name").fill("Zhou Lan")
    row.locator("select[name=role]").select_option("moderator")
    chair.get_by_role("button", name="Save the list").click()
    chair.goto(f"{session}/seats")
    cards = chair.locator(".seat-card:not(.guest)")
    expert = cards.filter(has=chair.locator(".seat-unit")).first.locator(".seat-url").inner_text()
    return expert, cards.filter(has_text="Zhou Lan").locator(".seat-url").inner_text()


def _propose(chair: Page) -> None:
    shown = chair.locator("#lines .note").filter(has_text="gauges in time")
    shown.hover()
    shown.get_by_role("button", name="Propose").click()
    chair.locator(".draft-text").first.fill(WORDING)


def _on_a_second_device(link: str, phone: Page, lin: Page, shots: Path) -> None:
    """The same card on a phone: the same person, what is half typed, and where the unit stands."""
    with lin.expect_response(lambda one: "/api/drafts/" in one.url and one.ok):
        lin.locator("#note-text").fill("half a thought")
    phone.goto(link)
    expect(phone.locator("#status .saved.is-calm")).to_be_visible(timeout=30_000)
    boot = 'JSON.parse(document.getElementById("boot").textContent).me.id'
    assert phone.evaluate(boot) == lin.evaluate(boot)
    expect(phone.locator("#note-text")).to_have_value("half a thought", timeout=15_000)
    expect(phone.locator(".position [aria-pressed=true]")).to_be_attached()
    phone.screenshot(path=shots / "second-device-phone-zh.png")


def _closed(chair: Page, lin: Page, shots: Path) -> None:
    """At closing nothing opens over the page, and whoever was writing reads what became of it."""
    chair.get_by_role("button", name="Close the session").click()
    chair.locator(".closing button.danger").click()
    expect(lin.locator("#write-not")).to_contain_text("The session is closed")
    expect(lin.locator("#composer textarea")).to_be_hidden()
    assert chair.evaluate("window.opened") == []
    lin.screenshot(path=shots / "closed-expert.png")
