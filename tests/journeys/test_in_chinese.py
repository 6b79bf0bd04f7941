"""The same job in Chinese: names, notes, interface, speech and search."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Launch, NewGuest
from tests.journeys.people import enter_by_code, expect_saved, give_seat, transcript, wait_for_line
from tests.journeys.running import Running
from tests.journeys.sound import character_errors, offline
from transcription import bundled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

POINTS = 0.03


def test_a_chinese_session_is_heard_noted_agreed_and_found(
    running: Running, launch: Launch, guest: NewGuest, shots: Path
) -> None:
    browser, ways = launch(), running.ways()
    moderator = guest(browser, locale="zh-CN").page
    moderator.goto(ways.moderator)
    moderator.get_by_role("button", name="中文").click()
    moderator.get_by_role("link", name="从采集到村庄").first.click()
    expert = guest(browser, locale="zh-CN", viewport={"width": 390, "height": 844}).page
    enter_by_code(expert, running.base, ways.codes[-1], "赵敏", "水务", "zh")
    give_seat(moderator, expert, "赵敏")

    moderator.get_by_role("button", name="4 倍速播放").click()
    cues = bundled.recordings()["workshop-zh"].cues
    wait_for_line(moderator, cues[-1].text[-5:], 180)
    said = "".join(cue.text for cue in cues)
    live = character_errors(said, transcript(moderator))
    alone = character_errors(said, offline("workshop-zh", cues))
    print(f"character error rate: live {live:.3f}, offline {alone:.3f}, n = {len(said)}")
    assert live <= alone + POINTS

    expert.locator("#pane-nav").get_by_role("button", name="发言记录").click()
    line = expert.locator("#lines .line").filter(has_text="数据").first
    line.locator(".line-text").click()
    line.locator(".note-here").click()
    expert.locator("#composer textarea").fill("各局数据标准不一致")
    expert.get_by_role("button", name="发送").click()
    expect_saved(expert)
    note = moderator.locator(".note").filter(has_text="各局数据标准不一致")
    note.hover()
    note.get_by_role("button", name="提出表述").click()
    moderator.get_by_role("button", name="提交表述第 1 稿").click()
    expert.locator("#pane-nav").get_by_role("button", name="表述").click()
    expert.get_by_role("button", name="同意", exact=True).click()
    expect(expert.locator(".sending")).to_contain_text("已记录")
    moderator.screenshot(path=shots / "moderator-zh.png")
    expert.screenshot(path=shots / "expert-phone-zh.png")

    moderator.goto(f"{running.base}/archive?q=数")
    expect(moderator.locator(".hit").first).to_be_visible()
    moderator.goto(f"{running.base}/archive?q=标准不一致")
    expect(moderator.locator(".hit").first).to_contain_text("标准不一致")
    moderator.screenshot(path=shots / "archive-zh.png")
