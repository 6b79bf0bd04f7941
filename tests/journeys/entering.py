"""How people of a journey come in and say something, without a microphone."""

from playwright.sync_api import Page, expect

from tests.journeys.people import give_seat
from tests.journeys.running import Running

_SAY = """async (text) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const answer = await fetch(`/api/sessions/${boot.session.id}/lines`, {
    method: "POST",
    headers: {"Content-Type": "application/json", "X-Colloquy-Token": boot.token},
    body: JSON.stringify({key: `line-${crypto.randomUUID()}`, text}),
  });
  if (!answer.ok) throw new Error(await answer.text());
}"""


def enter(page: Page, base: str, code: str, name: str, unit: str, language: str = "en") -> None:
    """Join a session by its code, as a person would, and wait for the live page."""
    page.goto(base)
    page.get_by_role("button", name={"en": "English", "zh": "中文"}[language]).click()
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    page.locator("#name").fill(name)
    page.locator("#unit-text").fill(unit)
    page.locator("#unit-text").press("ArrowDown")
    page.locator("#unit-text").press("Enter")
    page.locator("input[name=notice]").check()
    page.locator("#join form button.main").click()
    expect(page.locator("#status .saved.is-calm")).to_be_visible(timeout=30_000)


def enter_seated(page: Page, running: Running, name: str, unit: str, language: str = "en") -> None:
    """Join the first session by its code and be given a seat there by the moderator."""
    enter(page, running.base, running.ways().codes[0], name, unit, language)
    browser = page.context.browser
    assert browser is not None
    chair = running.chair or browser.new_context(locale="en-GB").new_page()
    if running.chair is None:
        running.chair = chair
        chair.goto(running.ways().moderator)
    chair.goto(page.url.split("#")[0])
    give_seat(chair, page, name)
    expect(page.locator("#status .saved.is-calm")).to_be_visible(timeout=30_000)


def say(page: Page, text: str) -> None:
    """Type a line for everybody and wait until it stands in the transcript."""
    page.evaluate(_SAY, text)
    expect(page.locator(".line-text").filter(has_text=text).first).to_be_attached()


def note(page: Page, line: str, text: str, *, key: str = "Digit1") -> None:
    """Write a note on the line that holds `line`, and send it. key: of its kind, a problem's."""
    row = page.locator("#lines .line").filter(has_text=line).first
    row.focus()
    page.keyboard.press(key)
    page.keyboard.type(text)
    page.keyboard.press("Enter")
