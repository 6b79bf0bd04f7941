"""Exports through the pages: asked for, made in the background, fetched by permission alone."""

import re

import anyio
import pytest

from server.domain.formats import jsonl
from server.store import memberships
from server.store.database import Database
from server.store.jobs import JobId
from server.store.memberships import Share
from tests.server.house import Browser, House, account_of
from tests.server.method import STUDY

PAGE = "/studies/study/exports"
_FILE = re.compile(r'href="(/exports/[0-9a-f]+/export)"')


def made(app: House, browser: Browser) -> str:
    """The list of exports once the newest has ended."""
    listed = browser.get(f"{PAGE}/made").text
    found = re.search(r'id="job-([0-9a-f]+)"', listed)
    assert found is not None
    jobs, portal, me = app.state.jobs, browser.client.portal, account_of(app.url).id
    assert portal is not None

    async def wait() -> None:
        with anyio.fail_after(60):
            await jobs.ended(me, JobId(found.group(1)))

    portal.call(wait)
    return browser.get(f"{PAGE}/made").text


def test_an_export_is_made_and_fetched(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    sent = browser.post(PAGE, {"form": "jsonl", "session": ""})
    listed = made(app, browser)
    found = _FILE.search(listed)

    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}#made")
    assert found is not None
    file = browser.get(found.group(1))
    assert file.headers["content-disposition"].startswith("attachment;")
    assert "no-store" in file.headers["cache-control"]
    assert [kind for kind, _ in jsonl.read(file.content)][:2] == ["study", "stage"]


def test_nobody_else_fetches_it(app: House) -> None:
    browser, expert, stranger = app.browser(), app.browser("192.0.2.11"), app.browser("192.0.2.12")
    browser.sign_in()
    expert.join()
    browser.post(PAGE, {"form": "jsonl"})
    found = _FILE.search(made(app, browser))
    assert found is not None

    assert expert.get(PAGE).status_code == 404
    assert expert.get(found.group(1)).status_code in (401, 403, 404)
    assert stranger.get(found.group(1)).status_code in (303, 401)
    assert browser.get(found.group(1).removesuffix("export") + "key").status_code == 409


@pytest.mark.parametrize("form", ["", "exe"])
def test_an_unknown_form_is_refused(app: House, form: str) -> None:
    browser = app.browser()
    browser.sign_in()

    assert browser.post(PAGE, {"form": form}).status_code == 422


def test_a_cancelled_one_is_not_made_and_may_be_asked_for_again(app: House) -> None:
    browser = app.browser()
    browser.sign_in()
    wake, app.state.jobs.on_asked = app.state.jobs.on_asked, lambda: None  # it waits
    browser.post(PAGE, {"form": "csv"})
    [job] = set(re.findall(r"/exports/([0-9a-f]+)/cancel", browser.get(PAGE).text))

    browser.post(f"/exports/{job}/cancel")

    shown = browser.get(PAGE).text
    assert "Cancelled" in shown
    assert browser.get(f"/exports/{job}/export").status_code == 409
    app.state.jobs.on_asked = wake
    browser.post(f"/exports/{job}/again")
    assert _FILE.search(made(app, browser)) is not None


def test_what_cannot_go_together_comes_back_as_it_was_chosen(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    sent = browser.post(PAGE, {"form": "qdpx", "pseudonyms": "yes", "sound": "yes"})

    assert sent.status_code == 422
    assert "A voice names who speaks" in sent.text
    assert len(re.findall(r'value="(?:qdpx|yes)" checked', sent.text)) == 3


def test_the_key_of_pseudonyms_is_a_file_of_its_own_for_owners(app: House) -> None:
    browser = app.browser()
    browser.sign_in()
    browser.post(PAGE, {"form": "jsonl", "pseudonyms": "yes"})
    listed = made(app, browser)

    key = re.search(r'href="(/exports/[0-9a-f]+/key)"', listed)
    assert key is not None
    sheet = browser.get(key.group(1)).text
    copy = browser.get(key.group(1).removesuffix("key") + "export").content
    assert "wang" in sheet
    people = {record["id"]: record["name"] for kind, record in jsonl.read(copy) if kind == "person"}
    assert people["wang"] == "U01-E1"

    make_moderator(app)
    assert "/key" not in browser.get(f"{PAGE}/made").text
    assert browser.get(key.group(1)).status_code == 403


def make_moderator(app: House) -> None:
    """Let the account run the study without owning it."""
    account = account_of(app.url)

    async def change() -> None:
        database = Database(app.url)
        async with database.write() as work:
            await memberships.add(work, STUDY, account.id, Share.MODERATOR)
        await database.close()

    anyio.run(change)
