"""Real servers and real browsers; any page error, blocked script or foreign request fails a test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import chromium
from tests.journeys.running import Running, free_port

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A server with the demo study over a fresh data folder."""
    server = Running(tmp_path / "data", free_port()).start()
    yield server
    server.stop()


Launch = Callable[..., Browser]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start Chromium; `microphone` is a 48 kHz WAV file that the fake microphone plays once."""
    path = chromium.find()
    assert path is not None, "no Chromium: run `make test`, which finds or installs one"
    with sync_playwright() as playwright:
        started: list[Browser] = []

        def start(microphone: Path | None = None) -> Browser:
            flags = list(FLAGS)
            if microphone is not None:
                flags.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
            browser = playwright.chromium.launch(executable_path=path, args=flags)
            started.append(browser)
            return browser

        yield start
        for browser in started:
            browser.close()


class Guest:
    """One person: a browser context of their own, and the page they look at."""

    def __init__(self, browser: Browser, base: str, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", lambda request: self._foreign(request.url, base))

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(f"blocked: {message.text}")

    def _foreign(self, url: str, base: str) -> None:
        if url.startswith(("http:", "https:", "ws:", "wss:")):
            host = base.split("//", 1)[1]
            if url.split("//", 1)[1].split("/", 1)[0] != host:
                self.faults.append(f"foreign request: {url}")


NewGuest = Callable[..., Guest]


@pytest.fixture
def guest(running: Running) -> Iterator[NewGuest]:
    """Open a browser context for one more person; their faults fail the test at its end."""
    guests: list[Guest] = []

    def invite(browser: Browser, **options: Any) -> Guest:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        options.setdefault("locale", "en-GB")
        guests.append(Guest(browser, running.base, **options))
        return guests[-1]

    yield invite
    faults = [fault for one in guests for fault in one.faults]
    assert faults == []


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots go: tests/shots, emptied at the start of a run, never committed."""
    folder = ROOT / "tests" / "shots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
