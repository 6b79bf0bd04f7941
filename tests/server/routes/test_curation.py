"""Changing an entry from its page: forms, a stale one with its difference, redirects, the map."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.ids import EntryId
from schemas.session import Bilingual, Language
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind, Scope
from server.routes.atlas import map_view
from server.services.taxonomy import Atlas
from server.store import entries, events
from server.store.database import Database
from server.store.entries import Link
from server.store.studies import Study
from tests.server.house import House, house
from tests.server.method import STAGE, STUDY, key
from web.i18n import translator

LATE, SHARED = EntryId("late"), EntryId("shared")


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house(sqlite_url, tmp_path / "data") as running:
        asyncio.run(_prepare(sqlite_url))
        yield running


async def _prepare(url: str) -> None:
    database = Database(url)
    async with database.write() as work:
        for order, (name, kind, parent) in enumerate(
            [
                ("data", EntryKind.CATEGORY, None),
                (LATE, EntryKind.PROBLEM, EntryId("data")),
                (SHARED, EntryKind.PROBLEM, EntryId("data")),
            ]
        ):
            one = replace(_entry(name, kind, parent), order=order)
            await entries.add(work, one, slug=name, stage_id=STAGE)
        await entries.add_links(work, [Link(LATE, SHARED, LinkKind.CAUSES)])
        await events.record(work, STUDY, "taxonomy.imported", STUDY)
    await database.close()


def _entry(name: str, kind: EntryKind, parent: EntryId | None) -> Entry:
    label, nothing = Bilingual(name.title(), ""), Bilingual()
    return Entry(
        EntryId(name), STUDY, kind, parent, label, nothing, Scope.UNKNOWN, EntryState.ACTIVE, 1, 0
    )


def amendment(number: int, label: str) -> dict[str, str]:
    form = {"key": key(number), "base": "1", "label_en": label, "kind": "problem"}
    return form | {"parent": "data", "scope": "unknown"}


def test_a_stale_amendment_comes_back_with_what_was_changed(app: House) -> None:
    chair = app.browser()
    chair.sign_in()

    first = chair.post(f"/entries/{LATE}/amend", amendment(1, "Too late"))
    second = chair.post(f"/entries/{LATE}/amend", amendment(2, "Much too late"))

    assert (first.status_code, first.headers["location"]) == (303, f"/entries/{LATE}")
    assert second.status_code == 409
    assert "Late → Too late" in second.text
    assert 'name="label_en" maxlength="400" lang="en" value="Much too late"' in second.text
    assert 'name="base" value="2"' in second.text
    changes = chair.get(f"/studies/{STUDY}/changes?since=1").text
    assert re.search(r"<ins>Too</ins>|<ins>Too late</ins>", changes)


def test_what_only_the_other_one_changed_stays_theirs_and_is_told_in_words(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    moved = amendment(1, "Late") | {"parent": SHARED, "scope": "local", "scope_reason": "Said"}
    mine = amendment(2, "Much too late") | {"definition_en": "Hours, not minutes"}

    chair.post(f"/entries/{LATE}/amend", moved)
    refused = chair.post(f"/entries/{LATE}/amend", mine).text

    assert "Stands below: Data → Shared" in refused
    assert "Hours, not minutes</textarea>" in refused
    assert f'<option value="{SHARED}" selected>' in refused
    assert '<option value="local" selected>' in refused


def test_a_merged_entry_leads_to_what_stands_for_it(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    form = {"key": key(1), "base": "1", "into": SHARED, "reason": "the same"}

    chair.post(f"/entries/{LATE}/merge", form)

    led = chair.get(f"/entries/{LATE}")
    assert (led.status_code, led.headers["location"]) == (302, f"/entries/{SHARED}")
    assert "Put in force again" in chair.get(f"/entries/{LATE}?itself").text


def test_the_map_says_in_a_table_what_it_draws(app: House) -> None:
    chair = app.browser()
    chair.sign_in()

    page = chair.get(f"/studies/{STUDY}/map").text

    assert page.count('class="map-box"') == 2
    assert re.search(r"<td>.*Late.*</td><td>causes</td><td>.*Shared.*</td>", page)


def test_what_is_linked_and_stands_below_as_well_is_one_line_of_the_map() -> None:
    problem = _entry("problem", EntryKind.PROBLEM, None)
    solution = _entry("solution", EntryKind.SOLUTION, problem.id)
    study = Study(STUDY, "s", Bilingual("S", ""), Bilingual(), {})
    link = Link(problem.id, solution.id, LinkKind.SOLVED_BY)

    view = map_view(Atlas(study, [problem, solution], [link]), translator(Language.EN))

    assert [(row.from_label, row.kind, row.to_label) for row in view.rows] == [
        ("Problem", "solved by", "Solution")
    ]
    assert len(view.edges) == 1


def test_the_history_tells_each_minute_and_leads_to_what_it_changed(app: House) -> None:
    chair = app.browser()
    chair.sign_in()
    chair.post(f"/entries/{LATE}/amend", amendment(1, "Too late"))

    page = chair.get(f"/studies/{STUDY}/history").text

    assert re.search(r'Too late</a> <span>Amended</span> <span class="meta">Chen Jing</span>', page)
    way = re.findall(r'href="(/studies/[^"]+changes\?since=\d+&amp;until=\d+)"', page)[0]
    changed = chair.get(way.replace("&amp;", "&")).text
    assert re.search(r"<ins>Too</ins>|<ins>Too late</ins>", changed)
    assert "Nothing has happened" in chair.get(f"/studies/{STUDY}/history?before=1").text
    assert app.browser().get(f"/studies/{STUDY}/history").status_code == 401


def test_who_has_no_account_changes_nothing_and_an_expert_may_challenge(app: House) -> None:
    expert = app.browser()
    expert.join()

    refused = expert.post(f"/entries/{LATE}/amend", amendment(1, "Mine"))
    page = expert.get(f"/entries/{LATE}").text

    assert refused.status_code == 404
    assert "Change this entry" not in page
