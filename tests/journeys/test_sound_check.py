"""The pre-flight page: Chromium's fake microphone reads the shown paragraph to the real ear."""

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import expect

from schemas.session import Language
from server.services.reading_test import SENTENCES
from tests.journeys.conftest import Launch, NewGuest
from tests.journeys.running import Running
from tests.web.test_live_page import violations
from transcription import bundled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def read_aloud(folder: Path, language: Language) -> tuple[Path, float]:
    """The paragraph as a 48 kHz WAV that begins after three seconds, and how long it takes."""
    recording = bundled.recordings()[f"workshop-{language.value}"]
    end = recording.cues[SENTENCES[language] - 1].end + 0.5
    with av.open(str(recording.path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        parts = [
            one.to_ndarray().reshape(-1)
            for frame in container.decode(audio=0)
            for one in resampler.resample(frame)
        ]
    said = np.concatenate(parts)[: round(end * 48_000)]
    path = folder / f"{language.value}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.concatenate([np.zeros(3 * 48_000, "<i2"), said]).tobytes())
    return path, end + 3


@pytest.mark.parametrize("language", list(Language))
def test_the_paragraph_is_read_and_measured(
    running: Running, launch: Launch, guest: NewGuest, tmp_path: Path, language: Language
) -> None:
    wav, seconds = read_aloud(tmp_path, language)
    locale = {Language.EN: "en-US", Language.ZH: "zh-CN"}[language]
    page = guest(launch(wav), locale=locale).page
    page.goto(running.ways().moderator)
    page.locator("a[href^='/sessions/']").first.click()
    session = page.url.split("?")[0].split("#")[0]
    page.context.add_cookies([{"name": "lang", "value": language.value, "url": running.base}])
    page.goto(f"{session}/sound?read={language.value}")
    expect(page.locator(".sound-checks .is-good")).to_have_count(6)
    expect(page.locator(".sound-checks .is-bad")).to_have_count(0)
    assert violations(page) == []

    page.locator("#microphone button").focus()
    page.keyboard.press("Enter")
    button, taken = page.locator("#reading button"), page.locator("#reading")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(button).to_be_focused()
    expect(taken).to_contain_text(f"{int(seconds) + 2} ", timeout=(seconds + 30) * 1000)
    page.keyboard.press("Enter")

    expect(page.locator(".reading-figures")).to_be_visible(timeout=90_000)
    expect(page.locator("#reading-result")).to_be_focused()
    wrong = int(page.locator(".reading-figures dd").first.inner_text().removesuffix(" %"))
    assert wrong <= 10, page.locator("#reading-result").inner_text()
    assert page.locator(".reading-advice li").count() >= 1
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tracks = running.data / "tracks"
    assert [one.name for one in tracks.iterdir() if one.is_dir()] == []
