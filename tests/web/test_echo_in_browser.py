"""Echo in a real browser: nothing is there until something echoes, and then nothing moves."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.test_live_page import PHONE, STATE, Room, choose, focused, room, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("echo_in_browser")]  # one server for all

__all__ = ["room"]

TREE = "document.getElementById('now-tree').getBoundingClientRect().top"
SAY = """async ({session, key, text}) => {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const answer = await fetch(`/api/sessions/${session}/lines`, {
    method: "POST",
    headers: {"Content-Type": "application/json", "X-Colloquy-Token": boot.token},
    body: JSON.stringify({key, text}),
  });
  if (!answer.ok) throw new Error(await answer.text());
}"""


def say(page: Page, session: str, key: str, text: str) -> None:
    page.evaluate(SAY, {"session": session, "key": key.ljust(20, "0"), "text": text})


def other_session(room: Room) -> str:
    """Open another session of the study, one that is not over, and return its id."""
    page = room.page()
    study = page.evaluate('JSON.parse(document.getElementById("boot").textContent).session.study')
    page.goto(f"{room.base}/studies/{study}")
    hrefs = page.locator("a[href^='/sessions/']").evaluate_all(
        "links => links.map(one => one.getAttribute('href'))"
    )
    sessions = {href.split("/")[2].split("?")[0] for href in hrefs} - {room.session}
    other, state = next(
        (session, state)
        for session in sorted(sessions)
        if (state := state_of(page, room, session)) != "closed"
    )
    if state == "prepared":
        page.locator("#console button.main").click()
        expect(page.locator("#composer")).to_be_visible()
    return other


def state_of(page: Page, room: Room, session: str) -> str:
    page.goto(f"{room.base}/sessions/{session}")
    return str(page.evaluate(STATE))


def answered(page: Page, room: Room, key: str, text: str) -> bool:
    """Say this; return whether an echo came. On a busy machine its time may run out."""
    with page.expect_response(lambda one: "/echoes/" in one.url) as answer:
        say(room.moderator, room.session, key, text)
    return answer.value.status == 200


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_echo_comes_quietly_and_is_noted_with_one_key(room: Room, language: str) -> None:
    said, again, noted = {
        "en": ("Ambulance dispatch cannot see roadworks permits", "roadworks permits never reach ambulance dispatch", "Said elsewhere too"),
        "zh": ("企业信用评级在招标审查时查不到", "招标审查的时候查不到企业信用评级", "他处亦有同类发言"),
    }[language]  # fmt: skip
    say(room.moderator, other_session(room), f"elsewhere-{language}", again)
    room.type_lines(1, f"nothing-{language}")
    page = room.page(language=language)
    line = choose(page, 12)
    before = page.evaluate(TREE)
    expect(page.locator("#echo")).to_be_hidden()

    assert any(answered(page, room, f"{number}-{language}", said) for number in range(10))
    expect(page.locator("#echo-brief")).to_contain_text(again)

    assert page.evaluate(TREE) == before
    assert focused(page) == line
    page.keyboard.press("KeyE")
    note = page.locator(".note", has_text=noted)
    expect(note).to_have_count(1)
    assert "/lines/" in note.inner_text()
    assert again not in note.inner_text()
    page.locator("#echo-open").click()
    expect(page.locator("#echo-list")).to_contain_text(again)
    assert violations(page) == []
    page.locator("#echo-dismiss").click()
    expect(page.locator("#echo")).to_be_hidden()
    assert focused(page) == "scroller"
    assert page.evaluate(TREE) == before


def test_a_phone_shows_no_echo(room: Room) -> None:
    page = room.page(**PHONE)

    assert page.locator(".echo-place").evaluate("one => getComputedStyle(one).display") == "none"
