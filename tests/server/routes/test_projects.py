"""Projects of other tools through the pages: sent, looked at, brought in by a real job, taken back."""

import re

import anyio
import pytest
from httpx2 import Response

from server.store.jobs import JobId
from server.store.projects import ImportId
from tests.server.house import ORIGIN, Browser, House, account_of
from tests.server.refi import foreign

PAGE = "/studies/study/projects"


def send(browser: Browser, content: bytes, page: str = PAGE) -> Response:
    """Choose a file and send it, as the form does."""
    files = {"project": ("Flood.qdpx", content, "application/zip")}
    data = {"token": browser.token()}
    return browser.client.post(
        page, data=data, files=files, headers={"Origin": ORIGIN}, follow_redirects=False
    )


def brought_in(app: House, browser: Browser, here: str) -> str:
    """Press the button, wait for the job, and return the page."""
    assert browser.post(here, {"do": "import"}).status_code == 303
    state, portal, me = app.state, browser.client.portal, account_of(app.url)
    assert portal is not None

    async def wait() -> None:
        shown = await state.projects.shown(me, ImportId(here.rpartition("/")[2]))
        assert shown.one.job_id is not None
        with anyio.fail_after(60):
            await state.jobs.ended(me.id, JobId(shown.one.job_id))

    portal.call(wait)
    return browser.get(here).text


@pytest.fixture
def chen(app: House) -> Browser:
    browser = app.browser()
    browser.sign_in()
    return browser


def test_a_project_is_looked_at_brought_in_and_taken_back(app: House, chen: Browser) -> None:
    sent = send(chen, foreign())
    here = sent.headers["location"]
    shown = chen.get(here).text

    assert sent.status_code == 303
    assert "come 🌊 late" in shown
    assert "UTF-16 units" in shown
    assert "Pictures: only texts" in shown

    done = brought_in(app, chen, here)
    assert "Brought in" in done
    assert "come 🌊 late." in chen.get("/archive?q=readings").text
    assert "Late" in chen.get("/studies/study/taxonomy").text
    [late] = re.findall(r'href="(/entries/[0-9a-f]{32})"[^>]*>\s*Late', chen.get("/studies/study/taxonomy").text)  # fmt: skip
    assert "coded by Wang" in chen.get(late).text
    assert "Brought in with a codebook or a project" in chen.get(late).text
    assert "coded by Li" in chen.get(f"{late}/report").text
    sitting = re.findall(r'href="/sessions/([0-9a-f]{32})', chen.get("/studies/study").text)[0]
    assert "Since when?" in chen.get(f"/sessions/{sitting}/transcript.txt").text

    assert chen.post(here, {"do": "back"}).status_code == 303
    assert "Taken back" in chen.get(here).text
    assert "Late" not in chen.get("/studies/study/taxonomy").text
    assert chen.get(f"/sessions/{sitting}/transcript.txt").status_code == 404
    assert chen.post(here, {"do": "back"}).status_code == 409


def test_choices_are_kept_and_another_way_shows_other_words(chen: Browser) -> None:
    here = send(chen, foreign()).headers["location"]
    code_points = next(
        value
        for value, label in re.findall(r'<option value="(\d+)"[^>]*>([^<]*)', chen.get(here).text)
        if label.startswith("characters —")
    )

    chen.post(here, {"do": "look", "way": code_points, "text-0": "nothing"})
    shown = chen.get(here).text

    assert f'<option value="{code_points}" selected' in shown
    assert '<option value="nothing" selected' in shown
    assert "another one fits better" in shown
    assert chen.post(here, {"do": "look", "text-0": "poem"}).status_code == 422
    assert chen.post(here, {"do": "look", "stage": "elsewhere"}).status_code == 422


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"<Project/>"])
def test_what_is_no_project_is_refused_in_words(chen: Browser, content: bytes) -> None:
    answer = send(chen, content)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "No project has been brought in yet." in answer.text


def test_nobody_else_comes_near_it(app: House, chen: Browser) -> None:
    here = send(chen, foreign()).headers["location"]
    expert, stranger = app.browser("192.0.2.11"), app.browser("192.0.2.12")
    expert.join()

    for who in (expert, stranger):
        assert who.get(PAGE).status_code in (303, 401, 404)
        assert who.get(here).status_code in (303, 401, 403, 404)
        assert who.post(here, {"do": "import"}).status_code in (303, 401, 403, 404)
        assert send(who, foreign()).status_code in (303, 401, 403, 404)
    assert chen.post(here, {"do": "discard"}).headers["location"] == PAGE
    assert "No project has been brought in yet." in chen.get(PAGE).text
