"""What people do on the pages, in words; shared by the journeys."""

import re

from playwright.sync_api import Page, expect

SAVED = re.compile("^(Saved|已保存)$")
SWITCH = {"en": "English", "zh": "中文"}


def enter_by_code(page: Page, base: str, code: str, name: str, unit: str, language: str) -> None:
    """Join by code, name, unit found by a part of its name, notice read; then one watches."""
    page.goto(base)
    page.get_by_role("button", name=SWITCH[language]).click()
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    page.locator("#name").fill(name)
    page.locator("#unit-text").fill(unit)
    page.locator("#unit-text").press("ArrowDown")
    page.locator("#unit-text").press("Enter")
    page.locator("input[name=notice]").check()
    page.locator("#join form button.main").click()
    expect(page.locator("#lines")).to_be_attached()


def give_seat(moderator: Page, watcher: Page, name: str) -> None:
    """Give a seat to who came by the code, from the moderator's live page: one tap."""
    moderator.locator(".seat-give").filter(has_text=name).click()
    expect(watcher.locator(".waiting-notice")).to_have_count(0)
    expect(watcher.locator("#lines")).to_be_attached()


def wait_for_line(page: Page, words: str, seconds: float) -> None:
    """Wait until a line with `words` is on the page."""
    line = page.locator(".line-text").filter(has_text=words)
    expect(line.first).to_be_attached(timeout=seconds * 1000)


def expect_saved(page: Page) -> None:
    """See that the page says that everything is saved."""
    expect(page.locator("#status .saved")).to_have_text(SAVED, timeout=60_000)


def expect_offline(page: Page) -> None:
    """See that the page says that it is cut off."""
    expect(page.locator("#status .saved.is-warn")).to_be_visible(timeout=30_000)


def transcript(page: Page) -> str:
    """Return the text of all lines, joined by spaces."""
    return " ".join(page.locator(".line-text").all_inner_texts())
