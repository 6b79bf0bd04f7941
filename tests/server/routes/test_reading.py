"""The reader's view of a closed session: what happened, when, and by whom as far as a reader may know."""

import pytest
from sqlalchemy import insert, select, update

from schemas.ids import LineId
from schemas.session import Language
from server.routes.reading import reader_view
from server.services.reading import Reading
from server.store import events, tables
from server.store.database import Database
from tests.server.closed_session import CAUSE, SHARING, closed_session
from tests.server.method import SESSION, STUDY, WATER, small_study
from web.i18n import translator
from web.session_views import ReaderNote, ReaderView

pytestmark = pytest.mark.anyio

_HAPPENED: tuple[tuple[str, str, dict[str, object], float], ...] = (
    ("proposal.wording_put", "proposal-1", {"number": 1}, 1030.0),
    (
        "proposal.position_taken",
        "proposal-1",
        {"unit": WATER, "number": 1, "stance": "object"},
        1040.0,
    ),
    ("proposal.wording_put", "proposal-1", {"number": 2}, 1090.0),
    ("session.step", SESSION, {"step": "step-2"}, 1100.0),
    ("session.state", SESSION, {"state": "closed"}, 1600.0),
    ("entry.promoted", SHARING, {"proposal": "proposal-1"}, 1500.0),
    ("entry.evidence_added", CAUSE, {}, 1510.0),  # of an entry that no proposal here became
    (
        "proposal.position_returned",
        "proposal-1",
        {"unit": WATER, "number": 2, "stance": "agree"},
        90000.0,
    ),
)


@pytest.fixture
async def closed(database: Database) -> Database:
    await small_study(database)
    await closed_session(database)
    async with database.write() as work:
        step = {"id": "step-2", "session_id": SESSION, "order": 2, "title_en": "Close the road"}
        await work.connection.execute(insert(tables.step).values(title_zh="封路", **step))
        for action, subject, body, at in _HAPPENED:
            await events.record(work, STUDY, action, subject, session_id=SESSION, body=body, at=at)
    return database


async def view(database: Database, language: Language = Language.EN) -> ReaderView:
    return reader_view(await Reading(database).transcript(SESSION), translator(language))


def told(found: ReaderView) -> list[ReaderNote]:
    return [one for line in found.lines for one in line.happened]


async def test_wordings_positions_and_steps_come_as_they_came(closed: Database) -> None:
    found = await view(closed)

    assert [(one.kind_label, one.text, one.at_seconds) for one in told(found)] == [
        ("A wording was put", "Wording 1 of promoted", 30.0),
        ("A position was taken", "Water: Object · Wording 1 of promoted", 40.0),
        ("A wording was put", "Wording 2 of promoted", 90.0),
        ("Step", "Close the road", 100.0),
        ("The session was closed", "", 600.0),
        ("Promoted into the taxonomy", "Data is not shared", 500.0),
        ("Evidence added", "No standard", 510.0),
        ("A position was sent in writing", "Water: Agree · Wording 2 of promoted", 89_000.0),
    ]
    assert [one.time for one in found.agenda] == ["00:00:22", "00:01:40"]
    assert found.minutes == 11  # to its closing, not to its last line, nor to what came later
    assert [one.text for one in told(await view(closed, Language.ZH))][1].startswith("水务局")


@pytest.mark.parametrize("why", ["counts", "live"])
async def test_who_took_a_position_is_told_only_where_the_room_may_know(
    closed: Database, why: str
) -> None:
    async with closed.write() as work:
        if why == "counts":
            shown = update(tables.study).values(rule={"show": "count"})
            await work.connection.execute(shown)
        else:
            await work.connection.execute(update(tables.session).values(state="live"))

    positions = [one for one in told(await view(closed)) if "position" in one.kind_label]

    assert [one.text for one in positions] == ["Wording 1 of promoted", "Wording 2 of promoted"]
    assert {one.by for one in positions} == {""}


async def test_a_step_that_the_next_line_stands_under_is_told_once(closed: Database) -> None:
    async with closed.write() as work:
        line = tables.line
        values = dict((await work.connection.execute(select(line))).mappings().first() or {})
        del values["seq"]
        values |= {"id": LineId("late"), "at": 130.0, "step_id": "step-2"}
        await work.connection.execute(insert(line).values(values))

    found = await view(closed)

    assert [line.step for line in found.lines][-1] == "Close the road"
    assert "Step" not in [one.kind_label for one in told(found)]
