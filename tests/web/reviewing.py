"""A review round as people walk it by keyboard: coded blind, compared, settled, signed off, opened again."""

from playwright.sync_api import Browser, Page, expect

from tests.web.test_live_page import PHONE, violations


def begin(chair: Page) -> list[str]:
    """Begin a round of each line with two reviewers; return their links."""
    chair.locator("#review-names").fill("Ada\n博")
    chair.get_by_role("radio", name="Each line").check()
    chair.get_by_role("button", name="Freeze and invite").press("Enter")
    links = chair.locator(".coder-link")
    expect(links).to_have_count(2)
    return [link.input_value() for link in links.all()]


def code_by_keys(browser: Browser, link: str) -> None:
    """Code a range in one action, one line as empty, a memo while the network is cut; reload; be done."""
    desk = browser.new_context().new_page()
    desk.goto(link)
    expect(desk.locator("#unit-1 .unit-words")).to_be_focused()
    expect(desk.locator("#desk-state")).to_contain_text("0 of 40 units seen.")
    label = desk.locator(".code:not(.is-category) .code-label").first.inner_text()

    desk.keyboard.press("Shift+ArrowDown")
    desk.keyboard.press("c")
    desk.keyboard.type(label)
    desk.keyboard.press("Enter")  # puts it on both lines
    desk.keyboard.press("Enter")  # goes on
    expect(desk.locator("#unit-3 .unit-words")).to_be_focused()
    desk.keyboard.press("1")
    desk.keyboard.press("z")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk-state")).to_have_text("3 of 40 units seen. Saved")
    assert violations(desk) == []
    cut = "**/api/reviews/**"
    desk.context.route(cut, lambda route: route.abort())
    desk.keyboard.press("m")
    desk.keyboard.type("没有听清")
    desk.keyboard.press("Escape")
    expect(desk.locator("#desk-state")).to_contain_text("Not saved yet")
    desk.reload()
    expect(desk.locator("#desk-state")).to_contain_text("4 of 40 units seen. Not saved yet")
    desk.context.unroute(cut)

    expect(desk.locator("#desk-state")).to_have_text("4 of 40 units seen. Saved", timeout=20_000)
    expect(desk.locator("#unit-4 [data-memo]")).to_have_text("没有听清")
    expect(desk.locator("#unit-2 [data-codes]")).to_have_text(label)
    expect(desk.locator("#unit-3 [data-codes]")).to_have_text("Seen and empty")
    _be_done(desk)


def code_on_a_phone(browser: Browser, link: str) -> None:
    """See three lines, a card at a time, in Chinese."""
    desk = browser.new_context(**PHONE, locale="zh-CN").new_page()
    desk.goto(link)
    for number in (1, 2, 3):
        expect(desk.locator(".coding-unit:visible")).to_have_count(1)
        expect(desk.locator(f"#unit-{number}")).to_be_visible()
        desk.locator("#seen-empty").tap()
    expect(desk.locator("#desk-state")).to_contain_text("3／40")
    assert desk.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    _be_done(desk)


def compare_and_settle(chair: Page) -> None:
    """Unblind, settle what differs one by one, sign off, open again; the focus is where each led."""
    address = chair.url
    chair.reload()
    chair.get_by_role("button", name="Unblind and compare").press("Enter")
    expect(chair.locator("#agreement-title")).to_be_focused()
    assert violations(chair) == []
    chair.get_by_role("link", name="Go through them one by one").press("Enter")
    expect(chair.locator("#unit-1")).to_contain_text("number0 ")
    expect(chair.locator("#settling .around-lines")).to_contain_text("number3 ")
    expect(chair.locator("input[name=outcome]").first).to_be_focused()
    chair.keyboard.press("1")
    chair.keyboard.type("heard again")
    chair.keyboard.press("Enter")
    expect(chair.locator("#unit-2")).to_be_visible()
    assert violations(chair) == []
    chair.locator("#remark").fill("Ask them.")
    chair.get_by_role("button", name="Say it").press("Enter")
    expect(chair.locator(".remarks")).to_contain_text("Ask them.")
    expect(chair.locator("#remark")).to_be_focused()
    chair.locator("input[name=outcome]").first.focus()
    chair.keyboard.press("6")
    chair.keyboard.type("only they know")
    chair.keyboard.press("Enter")
    expect(chair.locator("#sign-title")).to_be_focused()
    chair.locator("#sign-version").fill("Heating, reviewed")
    chair.locator("#sign-version").press("Enter")
    expect(chair.locator("#reopen-reason")).to_be_visible()
    expect(chair.locator("#sign-title")).to_be_focused()
    expect(chair.locator(".facts")).to_contain_text("Heating, reviewed")
    chair.locator("#reopen-reason").fill("a line was corrected")
    chair.locator("#reopen-reason").press("Enter")
    expect(chair.locator("#sign-version")).to_be_visible()
    expect(chair.locator(".settled")).to_contain_text("2 differences settled")
    assert chair.url.split("#")[0] == address


def _be_done(desk: Page) -> None:
    desk.locator(".done-form input[type=checkbox]").check()
    desk.locator(".done-form button").click()
    expect(desk.locator(".done-form")).to_have_count(0)
    desk.context.close()
