"""Solutions over HTTP: who reads what of the shelf, who assesses, and what the documents say of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, LineId, PersonId, SessionId
from schemas.taxonomy import EntryKind, LinkKind
from server.store import annotations, entries, tables
from server.store.database import Database
from server.store.entries import Link
from tests.server.closed_session import CAUSE, SHARING, closed_session
from tests.server.house import Browser, House, house
from tests.server.method import SESSION, STUDY, WATER, key

LIST = f"/studies/{STUDY}/solutions"
AGREED, SHELVED, FOREIGN = f"{LIST}/entry-{CAUSE}", f"{LIST}/note-shelved", f"{LIST}/note-foreign"
OTHER = SessionId("other")


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        asyncio.run(_fill(sqlite_url))
        yield running


@pytest.fixture
def chair(app: House) -> Browser:
    browser = app.browser()
    browser.sign_in()
    return browser


@pytest.fixture
def expert(app: House) -> Browser:
    browser = app.browser()
    browser.join()
    return browser


async def _fill(url: str) -> None:
    """A live focus group with one solution on the shelf, one agreed, one noted in another session."""
    database = Database(url)
    await closed_session(database)
    async with database.write() as work:
        session, entry = tables.session, tables.entry
        live = {"state": "live", "closed_at": None, "kind": "focus_group"}
        await work.connection.execute(update(session).values(live))
        row = (await work.connection.execute(session.select())).one()._mapping
        await work.connection.execute(
            insert(session).values({**row, "id": OTHER, "title_en": "Other", "code_sha256": "x"})
        )
        for name, where in (("shelved", SESSION), ("foreign", OTHER)):
            voice, anchor = Voice("Wang", None, WATER), Anchor(LineId("line-1"), 0, 0, None, "")
            note = Annotation(
                AnnotationId(name), PersonId("wang"), voice, Kind.SOLUTION, (anchor,),
                f"Words of the {name} note", 1.0, False, False,
            )  # fmt: skip
            await annotations.add(work, where, [note])
        solution = {"kind": EntryKind.SOLUTION.value, "parent_id": None}
        await work.connection.execute(update(entry).where(entry.c.id == CAUSE).values(solution))
        await entries.add_links(work, [Link(SHARING, CAUSE, LinkKind.SOLVED_BY)])
    await database.close()


def said(**more: str) -> dict[str, str]:
    form = {"base": "0", "lead": "water", "supporting": "traffic", "feasibility": "conditions"}
    form |= {
        "reason": "once the catalogue is there",
        "depends_on": "a standard",
        "horizon": "short",
    }
    return form | {"cost": "low", "regulation": "Data decree, art. 4"} | more


def test_a_solution_is_assessed_and_stands_wherever_it_is_named(chair: Browser) -> None:
    assert "Words of the shelved note" in chair.get(LIST).text

    answer = chair.post(AGREED, said())

    assert answer.headers["location"] == f"{AGREED}?saved"
    for path in (LIST, AGREED, f"/entries/{CAUSE}"):
        shown = chair.get(path).text
        for part in (
            "Feasible with conditions",
            "once the catalogue is there",
            "Water",
            "Data decree",
        ):
            assert part in shown, (path, part)
    assert "Solutions: 3, of which assessed: 1." in chair.get(LIST).text


def test_the_specification_says_how_the_solutions_were_assessed(chair: Browser) -> None:
    chair.post(AGREED, said(lead="planning", supporting="water"))
    drafted = chair.post(f"/studies/{STUDY}/requirements", {"key": key(1), "entry": SHARING})
    assert drafted.is_redirect

    shown = chair.get(f"/studies/{STUDY}/specification").text

    assert "Assessed: No standard" in shown
    assert "Feasible with conditions; Conditions, or why not: once the catalogue is there" in shown
    assert "Lead unit: Planning" in shown
    assert "Water, Traffic, Planning" in shown  # who leads is concerned as well


def test_a_stale_form_comes_back_with_what_was_typed(chair: Browser) -> None:
    chair.post(SHELVED, said())

    refused = chair.post(SHELVED, said(regulation="Another decree"))

    assert refused.status_code == 409
    assert "it is at version 1 now" in refused.text
    assert "Another decree" in refused.text
    assert 'name="base" value="1"' in refused.text
    assert chair.post(SHELVED, said(base="1", regulation="Another decree")).is_redirect


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"feasibility": "perhaps"}, ""),
        ({"base": "-1"}, ""),
        ({"reason": " "}, "needs the reason"),
        ({"lead": "traffic"}, "different units"),
    ],
)
def test_what_cannot_stand_is_refused(chair: Browser, wrong: dict[str, str], sentence: str) -> None:
    refused = chair.post(SHELVED, said(**wrong))

    assert refused.status_code == 422
    assert sentence in refused.text
    assert "of which assessed: 0." in chair.get(LIST).text


def test_experts_read_their_own_sessions_shelf_and_assess_nothing(
    app: House, chair: Browser, expert: Browser
) -> None:
    chair.post(FOREIGN, said())

    shown = expert.get(LIST).text
    assert "Words of the shelved note" in shown
    assert "Words of the foreign note" not in shown
    assert expert.get(FOREIGN).status_code == 404
    assert 'id="assessment-form"' not in expert.get(SHELVED).text
    assert expert.post(SHELVED, said()).status_code == 404
    assert expert.post(SHELVED, said(session=SESSION)).status_code == 403
    assert app.browser().get(LIST).status_code == 401
    assert expert.get(f"{LIST}?session={OTHER}").status_code == 404


def test_an_analyst_of_a_live_focus_group_assesses_beside_the_room(
    app: House, expert: Browser, sqlite_url: str
) -> None:
    asyncio.run(_change(sqlite_url, tables.person, role="analyst"))

    pane = expert.get(f"{LIST}?session={SESSION}", hx_request="true").text
    assert f'hx-get="{SHELVED}?session={SESSION}"' in pane
    kept = expert.post(SHELVED, said(session=SESSION), hx_request="true")

    assert kept.status_code == 200
    assert "Saved as a new version." in kept.text
    assert "Feasible with conditions" in expert.get(LIST).text
    assert expert.post(FOREIGN, said(session=SESSION)).status_code == 404
    asyncio.run(_change(sqlite_url, tables.session, kind="joint_development"))
    assert expert.post(SHELVED, said(base="1", session=SESSION)).status_code == 403


async def _change(url: str, table, **values: str) -> None:  # type: ignore[no-untyped-def]
    database = Database(url)
    async with database.write() as work:
        await work.connection.execute(update(table).values(values))
    await database.close()
