"""A study that follows another over HTTP: chosen, marked with evidence, read on every page of it."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from schemas.ids import StudyId
from server.services import indexing
from server.services.accounts import Accounts
from server.store import memberships, tables
from server.store.database import Database
from server.store.memberships import Share
from tests.server.closed_session import SHARING, closed_session
from tests.server.house import PASSWORD, Browser, House, house
from tests.server.method import SESSION, STUDY, spoken_line

LINE = "line-later"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        yield running


@pytest.fixture
def expert(app: House) -> Browser:
    browser = app.browser()
    browser.join()
    return browser


@pytest.fixture
def chair(app: House, expert: Browser, sqlite_url: str) -> Browser:
    asyncio.run(_close(sqlite_url))
    browser = app.browser()
    browser.sign_in()
    return browser


async def _close(url: str) -> None:
    database = Database(url)
    await closed_session(database)
    await database.close()


@pytest.fixture
def later(chair: Browser, sqlite_url: str) -> str:
    """A new study of the same account, with the session moved into it and one line said there."""
    form = {"title_en": "Later", "title_zh": "后续", "city_en": "City", "city_zh": "市"}
    form |= {"languages": "both", "method": "consent", "show": "by_unit"}
    made = chair.post("/studies/new", form | {"quorum": "0", "threshold": "100"})
    found = re.search(r"/studies/(\w+)", made.headers["location"])
    assert found, made.text
    assert chair.post(f"/studies/{found[1]}/inherited", {"before": STUDY}).status_code == 200
    asyncio.run(_move(sqlite_url, found[1]))
    return found[1]


async def _move(url: str, study: str) -> None:
    database = Database(url)
    await spoken_line(database, LINE)
    async with database.write() as work:
        session = tables.session
        moved = update(session).where(session.c.id == SESSION).values(study_id=study)
        await work.connection.execute(moved)
    await database.close()


def heir(chair: Browser, later: str, label: str = "Data is not shared") -> str:
    """The address at which an inherited entry is marked."""
    shown = chair.get(f"/studies/{later}/inherited").text
    return re.findall(rf'href="(/studies/{later}/inherited/\w+)">[^<]*<span[^>]*> {label}<', shown)[
        0
    ]


def test_an_inherited_entry_is_marked_with_a_line_and_shown_wherever_it_stands(
    chair: Browser, later: str
) -> None:
    path = heir(chair, later)
    said = {"fate": "partly", "reason": "Two bureaus do", "base": "0"}

    shown = chair.post(path, said | {"addresses": f"http://127.0.0.1:8000/lines/{LINE}"})

    assert shown.headers["location"] == f"{path}?saved"
    entry = f"/entries/{path.rsplit('/', 1)[1]}"
    for page in (path, f"/studies/{later}/inherited", entry):
        text = chair.get(page).text
        for part in ("Partly solved", "Two bureaus do", "Our main problem", f"/lines/{LINE}"):
            assert part in text, (page, part)
    study = chair.get(f"/studies/{later}").text
    assert "<b>1</b> Partly solved" in study
    assert "<b>2</b> Not looked at yet" in study
    assert "Taken over from the study before" in chair.get(entry).text
    chair.post("/language", {"lang": "zh"})
    assert "部分解决" in chair.get(path).text


def test_what_cannot_stand_comes_back_as_it_was_typed(chair: Browser, later: str) -> None:
    path = heir(chair, later)
    said = {"fate": "solved", "reason": "Somebody says so", "base": "0"}

    for more, sentence in (
        ({}, "needs a line or a passage"),
        ({"addresses": "over there"}, "“over” is no address"),
        ({"proof": "/lines/line-elsewhere"}, "does not exist in this study"),
    ):
        refused = chair.post(path, said | more)
        assert refused.status_code == 422
        assert sentence in refused.text
        assert "Somebody says so" in refused.text
    assert chair.post(path, said | {"base": "x"}).status_code == 422
    assert chair.post(path, said | {"fate": "gone"}).status_code == 422
    assert chair.post(path, said | {"proof": f"/lines/{LINE}"}).is_redirect
    stale = chair.post(path, said | {"fate": "persists", "proof": f"/lines/{LINE}"})
    assert stale.status_code == 409
    assert 'name="base" value="1"' in stale.text


def test_experts_read_and_say_nothing_and_others_do_not_read(
    app: House, chair: Browser, expert: Browser, later: str
) -> None:
    path = heir(chair, later)

    assert "Say what became of it" not in expert.get(f"/studies/{later}/inherited").text
    assert 'name="fate"' not in expert.get(path).text
    assert expert.post(path, {"fate": "irrelevant", "reason": "No", "base": "0"}).status_code == 404
    assert expert.post(f"/studies/{later}/inherited", {"before": STUDY}).status_code == 404
    assert expert.get(f"/studies/{STUDY}/inherited").status_code == 404
    assert app.browser().get(path).status_code == 401
    assert chair.post(f"/studies/{later}/inherited/{SHARING}", {}).status_code == 404
    assert chair.post(f"/studies/{later}/inherited", {"before": "nowhere"}).status_code == 404
    again = chair.post(f"/studies/{STUDY}/inherited", {"before": later})
    assert again.status_code == 422
    assert "follows the other already" in again.text


def test_an_entry_is_followed_back_to_what_backed_it_in_the_study_before(
    app: House, chair: Browser, later: str, sqlite_url: str
) -> None:
    """The session was moved into the later study: what was said there the chair hears in both."""
    here = heir(chair, later).rsplit("/", 1)[1]

    new, old = chair.get(f"/entries/{here}").text, chair.get(f"/entries/{SHARING}").text
    elsewhere = app.browser("192.0.2.40")
    asyncio.run(_stranger(sqlite_url, later))
    found = chair.get(f"/archive?q=&entry={here}").text
    elsewhere.sign_in("newcomer")
    closed = elsewhere.get(f"/entries/{here}").text

    assert "In the study before: Study" in new
    assert f'href="/entries/{SHARING}"' in new
    assert "data is not shared" in new
    assert f'href="/entries/{here}"' in old
    assert "Later · " in old
    assert (
        f"/entries/{SHARING}" in found
    )  # narrowed by the copy, the archive finds the first as well
    assert "What backed it there is not open to you" in closed
    assert SHARING not in closed
    assert "data is not shared" not in closed
    assert elsewhere.get(f"/entries/{SHARING}").status_code == 404


async def _stranger(url: str, study: str) -> None:
    """Let somebody run the later study alone."""
    database = Database(url)
    found = await Accounts(database).create("newcomer", "Newcomer", PASSWORD)
    async with database.write() as work:
        await memberships.add(work, StudyId(study), found.id, Share.MODERATOR)
    await indexing.rebuild(database)
    await database.close()
