"""The specification over HTTP: who may write, a stale form, the document with its references."""

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

from server.store.database import Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import Browser, House, house
from tests.server.method import STUDY, key
from tests.server.printed import printed

LIST = f"/studies/{STUDY}/requirements"
DOCUMENT = f"/studies/{STUDY}/specification"
_PATH = re.compile(r'href="(/requirements/\w+)"')


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        yield running


@pytest.fixture
def expert(app: House) -> Browser:
    """Somebody who is let in while the session is open."""
    browser = app.browser()
    browser.join()
    return browser


@pytest.fixture
def moderator(app: House, expert: Browser, sqlite_url: str) -> Browser:
    asyncio.run(_close(sqlite_url))
    browser = app.browser()
    browser.sign_in()
    return browser


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()


def draft(moderator: Browser) -> str:
    """Draft one requirement and return its path."""
    answer = moderator.post(LIST, {"key": key(1), "entry": SHARING})
    assert answer.status_code == 303, answer.text
    found = _PATH.search(moderator.get(LIST).text)
    assert found
    return found.group(1)


def content(**said: str) -> dict[str, str]:
    form = {"base": "1", "statement_en": "Share the data", "statement_zh": "共享数据"}
    form |= {"priority": "must", "standing": "confirmed", "entry": SHARING, "unit": "water"}
    return form | said


def test_the_document_carries_number_version_and_the_lines(moderator: Browser) -> None:
    path = draft(moderator)
    assert moderator.post(path, content(acceptance_zh="两局均可查看")).status_code == 303
    moderator.post("/language", {"lang": "zh"})

    shown = moderator.get(DOCUMENT).text
    for layout in ("plain", "official"):
        body = moderator.get(f"{DOCUMENT}.docx?layout={layout}").content
        told = "\n".join(one.text for one in docx.Document(io.BytesIO(body)).paragraphs)
        for part in ("（一）R1 共享数据", "必须", "两局均可查看", "第2版", "00:00:22"):
            assert part in told
    for part in ("共享数据", "第2版", "#line-line-1", "data is not shared"):
        assert part in shown
    sheet = printed(moderator.get(f"{DOCUMENT}.pdf?layout=official").content)
    for part in ("（一）R1共享数据", "1.", "验收标准：两局均可查看", "00:00:22"):
        assert part in sheet


def test_its_page_shows_the_lines_that_it_is_traced_to(moderator: Browser) -> None:
    shown = moderator.get(draft(moderator)).text

    assert re.search(r"<details><summary>The lines.*data is not shared.*#line-line-1", shown, re.S)


def test_a_stale_form_comes_back_with_what_was_typed(moderator: Browser) -> None:
    path = draft(moderator)
    moderator.post(path, content())

    refused = moderator.post(path, content(statement_en="Publish the data"))

    assert refused.status_code == 409
    assert "Publish the data" in refused.text
    assert 'name="base" value="2"' in refused.text
    assert moderator.post(path, content(statement_en="Publish the data", base="2")).is_redirect


@pytest.mark.parametrize(
    "wrong", [{"priority": "much"}, {"base": "x"}, {"entry": ""}, {"statement_en": "x" * 2001}]
)
def test_what_no_form_of_ours_sends_is_refused(moderator: Browser, wrong: dict[str, str]) -> None:
    path = draft(moderator)

    assert moderator.post(path, content(**wrong)).status_code == 422
    assert "Version 2" not in moderator.get(path).text


def test_experts_read_and_do_not_write(app: House, moderator: Browser, expert: Browser) -> None:
    path = draft(moderator)
    assert app.browser().get(path).status_code == 401

    for address in (LIST, path, DOCUMENT):
        shown = expert.get(address)
        assert shown.status_code == 200
        assert 'name="key"' not in shown.text
    assert expert.post(path, content()).status_code == 404
    assert expert.post(LIST, {"key": key(2), "entry": SHARING}).status_code == 404


def test_saving_goes_on_to_the_next_where_asked(moderator: Browser) -> None:
    path = draft(moderator)

    onward = moderator.post(path, content(then="abc123"))
    elsewhere = moderator.post(path, content(base="2", then="//evil.example", reason="again"))

    assert onward.headers["location"] == "/requirements/abc123"
    assert elsewhere.headers["location"] == f"{path}?saved"
