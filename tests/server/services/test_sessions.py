"""Sessions are prepared, opened, led and closed; every screen follows by the mirror."""

import pytest
from sqlalchemy import select

from schemas.errors import Conflict, Forbidden, NotFound
from schemas.events import SessionChanged
from schemas.ids import PersonId, SessionId, StepId
from schemas.session import (
    Bilingual,
    Language,
    Person,
    Role,
    Session,
    SessionKind,
    SessionState,
    Step,
)
from server.services.sessions import Sessions, prepare
from server.store import events, people, sessions, tables
from server.store.database import Committed, Database
from server.store.sessions import Sitting
from tests.server.method import SESSION, STAGE, STUDY, WATER, key, small_study

pytestmark = pytest.mark.anyio

NEXT = SessionId("next")
STEPS = (
    Step(StepId("first"), 1, Bilingual("Warn", "预警"), WATER),
    Step(StepId("second"), 2, Bilingual("Close", "封路")),
)
CHAIR = Person(PersonId("chair"), NEXT, "Chair", Role.MODERATOR, None, Language.EN)
ANNA = Person(PersonId("anna"), NEXT, "Anna", Role.EXPERT, WATER, Language.EN)


@pytest.fixture
async def service(database: Database) -> Sessions:
    await small_study(database)
    session = Session(
        NEXT,
        STUDY,
        SessionKind.FOCUS_GROUP,
        Bilingual("Next", "下次"),
        Language.ZH,
        SessionState.PREPARED,
        None,
        STEPS[0].id,
        None,
    )
    async with database.write() as work:
        await prepare(work, Sitting(session, STAGE, None, "ABCD-EFGH", "demo"), STEPS, at=2.0)
        for each in (CHAIR, ANNA):
            await people.add(work, each, notice_at=2.0, at=2.0)
    return Sessions(database, now=lambda: 500.0)


async def document(database: Database, root: str) -> dict[str, object]:
    async with database.read() as work:
        asked = select(tables.mirror).where(
            tables.mirror.c.root == root, tables.mirror.c.session_id == NEXT
        )
        found = await work.connection.execute(asked.order_by(tables.mirror.c.seq))
        return {row.key: row.value for row in found}


async def test_a_prepared_session_fills_its_document(database: Database, service: Sessions) -> None:
    meta, agenda = await document(database, "meta"), await document(database, "agenda")

    assert meta == {
        "title": {"en": "Next", "zh": "下次"},
        "language": "zh",
        "state": "prepared",
        "recording": "demo",
        "step": "first",
    }
    assert agenda == {
        "first": {
            "order": 1,
            "title": {"en": "Warn", "zh": "预警"},
            "actor": WATER,
            "detail": None,
            "progress": None,
        },
        "second": {
            "order": 2,
            "title": {"en": "Close", "zh": "封路"},
            "actor": None,
            "detail": None,
            "progress": None,
        },
    }


async def test_opening_starts_the_clock_and_tells_the_study(
    database: Database, service: Sessions
) -> None:
    told: list[Committed] = []
    database.on_commit(told.append)

    await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(1))
    await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(1))

    session = await service.get(NEXT)
    assert (session.state, session.opened_at) == (SessionState.LIVE, 500.0)
    assert (await document(database, "meta"))["state"] == "live"
    assert told == [Committed((NEXT,), (SessionChanged(STUDY, NEXT),))]
    async with database.read() as work:
        assert [each.action for each in await events.of_study(work, STUDY)] == ["session.state"]


async def test_a_session_is_opened_once_and_closed_for_good(service: Sessions) -> None:
    with pytest.raises(Forbidden):
        await service.set_state(NEXT, SessionState.CLOSED, by=CHAIR, key=key(1))
    await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(2))
    with pytest.raises(Forbidden):
        await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(3))
    with pytest.raises(Conflict):
        await service.set_state(NEXT, SessionState.PREPARED, by=CHAIR, key=key(4))
    await service.set_state(NEXT, SessionState.CLOSED, by=CHAIR, key=key(5))
    with pytest.raises(Forbidden):
        await service.set_step(NEXT, STEPS[1].id, by=CHAIR, key=key(6))


async def test_the_floor_is_given_and_taken(database: Database, service: Sessions) -> None:
    await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(1))

    await service.give_floor(NEXT, ANNA.id, CHAIR)
    given = (await document(database, "meta"))["floor"]
    await service.give_floor(NEXT, None, ANNA)

    assert given == {"person": "anna", "name": "Anna", "unit": WATER}
    assert (await document(database, "meta"))["floor"] is None
    assert (await service.get(NEXT)).floor is None


async def test_an_expert_takes_the_floor_only_for_himself(service: Sessions) -> None:
    with pytest.raises(Forbidden):
        await service.give_floor(NEXT, ANNA.id, ANNA)
    await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(1))
    await service.give_floor(NEXT, ANNA.id, ANNA)
    with pytest.raises(Forbidden):
        await service.give_floor(NEXT, CHAIR.id, ANNA)
    with pytest.raises(NotFound):
        await service.give_floor(NEXT, PersonId("wang"), CHAIR)

    assert (await service.get(NEXT)).floor == ANNA.id


async def test_the_step_moves_along_the_agenda(database: Database, service: Sessions) -> None:
    await service.set_step(NEXT, STEPS[1].id, by=CHAIR, key=key(1))
    with pytest.raises(NotFound):
        await service.set_step(NEXT, StepId("elsewhere"), by=CHAIR, key=key(2))

    assert (await document(database, "meta"))["step"] == "second"
    assert (await service.scene(CHAIR)).step == STEPS[1]


async def test_nobody_leads_a_session_of_others(service: Sessions) -> None:
    with pytest.raises(NotFound):
        await service.set_state(SESSION, SessionState.CLOSED, by=CHAIR, key=key(1))


async def test_everybody_of_a_session_is_known_to_it(service: Sessions) -> None:
    mine = await service.mine(ANNA)

    assert list(mine.participants) == [ANNA, CHAIR]
    assert mine.positions == {}


async def test_closing_takes_the_floor_back(database: Database, service: Sessions) -> None:
    await service.set_state(NEXT, SessionState.LIVE, by=CHAIR, key=key(1))
    await service.give_floor(NEXT, ANNA.id, CHAIR)

    await service.set_state(NEXT, SessionState.CLOSED, by=CHAIR, key=key(2))

    assert (await document(database, "meta"))["floor"] is None
    async with database.read() as work:
        assert (await sessions.get(work, NEXT)).floor is None
