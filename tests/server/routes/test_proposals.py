"""A negotiation over HTTP, from two notes in the room to the entry's page, as the browser does it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response

from schemas.ids import EntryId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.routes.state import AppState
from server.store import entries
from server.store.database import Database
from tests.server import method
from tests.server.house import ORIGIN, Browser, House, house
from tests.server.method import MODERATOR, SESSION, STAGE, STUDY, WANG, key, spoken_line

DATA = EntryId("category-data")


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        asyncio.run(_prepare(sqlite_url))
        yield running


async def _prepare(url: str) -> None:
    database = Database(url)
    await spoken_line(database, "line-1")
    label, active = Bilingual("Data", "数据"), EntryState.ACTIVE
    category = Entry(
        DATA, STUDY, EntryKind.CATEGORY, None, label, Bilingual(), Scope.UNKNOWN, active, 1, 0
    )
    async with database.write() as work:
        await entries.add(work, category, slug="data", stage_id=STAGE)
    await database.close()


def note(browser: Browser) -> None:
    """Put a note and an opened wording into the room's document, as two browsers would."""
    state: AppState = browser.client.app_state["app"]

    async def write() -> None:
        room = await state.rooms.open(SESSION)
        wang, chair = method.Browser(room, WANG, 12), method.Browser(room, MODERATOR, 11)
        wang.note("note", "data is not shared", "line-1")
        chair.note("draft", "Departments do not share data", "line-1", opened=True)
        wang.leave()
        chair.leave()

    assert browser.client.portal is not None
    browser.client.portal.call(write)


def send(browser: Browser, path: str, **body: object) -> Response:
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}
    return browser.client.post(path, json=body, headers=headers)


def propose(chair: Browser) -> str:
    answer = send(
        chair,
        f"/api/sessions/{SESSION}/proposals",
        key=key(1),
        draft="draft",
        grounds=["note"],
        kind="problem",
        affected=["water"],
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["proposal"])


def test_from_a_note_to_the_entrys_page(app: House) -> None:
    chair, expert = app.browser(), app.browser()
    chair.sign_in()
    expert.join()
    note(chair)
    proposal = propose(chair)
    api, panel = f"/api/proposals/{proposal}", f"/proposals/{proposal}/promotion"

    put = send(chair, f"{api}/wordings", key=key(2), base=0)
    taken = send(expert, f"{api}/positions", key=key(3), number=1, stance="agree", reason="")
    shown = chair.get(panel, HX_Request="true")
    choice = {"key": key(4), "number": "1", "into": "new", "parent": DATA, "kind": "problem"}
    done = chair.post(panel, {**choice, "label_en": "Data is not shared", "label_zh": "数据不共享"})

    assert put.json() == {"number": 1, "text": "Departments do not share data"}
    assert taken.json() == {"number": 1, "stance": "agree", "state": "agreed"}
    assert (shown.status_code, 'name="override"' in shown.text) == (200, False)
    assert done.status_code == 200
    tree = expert.get(f"/studies/{STUDY}/taxonomy?session={SESSION}", HX_Request="true")
    assert "Data is not shared" in tree.text
    href = tree.text.split('href="/entries/')[2].split('"')[0]
    page = expert.get(f"/entries/{href}", Accept_Language="zh").text
    assert "数据不共享" in page
    assert f"/sessions/{SESSION}/transcript#line-line-1" in page
    assert "/tracks/track-line-1/audio.wav" in page


def test_a_stale_wording_answers_409_with_the_difference(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    note(chair)
    proposal = propose(chair)
    send(chair, f"/api/proposals/{proposal}/wordings", key=key(2), base=0)

    answer = send(chair, f"/api/proposals/{proposal}/wordings", key=key(3), base=0)

    assert answer.status_code == 409
    assert answer.json()["code"] == "proposal.stale_wording"
    assert answer.json()["fields"]["number"] == 1
    assert answer.json()["fields"]["difference"] == [
        {"op": "add", "text": "Departments do not share data"}
    ]


def test_what_is_wrong_is_said_in_the_panel_and_what_was_chosen_stays(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    note(chair)
    proposal = propose(chair)
    send(chair, f"/api/proposals/{proposal}/wordings", key=key(2), base=0)

    choice = {"key": key(4), "number": "1", "into": "new", "parent": DATA, "kind": "cause"}
    answer = chair.post(
        f"/proposals/{proposal}/promotion", {**choice, "label_en": "My label"}, HX_Request="true"
    )

    assert answer.status_code == 409
    assert 'value="My label"' in answer.text
    assert '<option value="cause" selected>' in answer.text
    assert 'name="override"' in answer.text


def test_experts_lead_nothing_and_strangers_see_nothing(app: House) -> None:
    chair, expert, stranger = app.browser(), app.browser(), app.browser()
    chair.sign_in()
    expert.join()
    note(chair)
    proposal = propose(chair)

    refused = send(expert, f"/api/proposals/{proposal}/drop", key=key(9), reason="no")

    assert (refused.status_code, refused.json()["code"]) == (403, "permission.denied")
    assert expert.get(f"/proposals/{proposal}/promotion").status_code == 403
    assert stranger.get(f"/proposals/{proposal}/promotion").status_code == 401
    assert stranger.get(f"/entries/{DATA}").status_code == 401
    assert expert.get("/entries/none").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"key": "k"},
        {"key": "k", "draft": "x" * 33, "kind": "problem"},
        {"key": "k", "draft": "d", "kind": "category"},
        {"key": "k", "draft": "d", "kind": "problem", "grounds": ["x" * 33]},
        {"key": "k", "draft": "d", "kind": "problem", "extra": 1},
    ],
)
def test_bodies_of_another_shape_are_refused(app: House, body: dict[str, object]) -> None:
    chair = app.browser()
    chair.sign_in()

    answer = send(chair, f"/api/sessions/{SESSION}/proposals", **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
