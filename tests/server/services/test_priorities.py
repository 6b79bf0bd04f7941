"""The silent step: each unit's marks are its own until it is over, then the spread is everybody's."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from schemas.errors import Conflict, Forbidden, Invalid
from schemas.ids import EntryId, PersonId
from schemas.taxonomy import EntryKind
from server.domain.priorities import Spread
from server.services.priorities import Priorities
from server.store import entries, events, priorities, tables
from server.store.database import Committed, Database
from tests.server.closed_session import SHARING, closed_session
from tests.server.method import (
    GUEST,
    LI,
    MODERATOR,
    PLANNING,
    SESSION,
    STAGE,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    ZHAO,
    key,
    small_study,
)

pytestmark = pytest.mark.anyio
PROBLEM = (EntryKind.PROBLEM,)
COLLEAGUE = replace(WANG, id=PersonId("wu"), name="Wu")


@pytest.fixture
async def service(database: Database) -> Priorities:
    await small_study(database)
    await closed_session(database)
    async with database.write() as work:
        opened = update(tables.session).values(state="live", closed_at=None)
        await work.connection.execute(opened)
        wu = {"id": "wu", "session_id": SESSION, "unit_id": WATER, "name": "Wu", "role": "expert"}
        await work.connection.execute(
            insert(tables.person).values(wu | {"language": "en", "created_at": 1.0})
        )
    return Priorities(database, now=lambda: 2000.0)


async def test_what_a_unit_marks_is_its_own_until_the_step_is_closed(
    service: Priorities, database: Database
) -> None:
    await service.open(MODERATOR, PROBLEM, 3, key=key(1))
    sent: list[Committed] = []
    database.on_commit(sent.append)
    before = [await service.seen(one) for one in (LI, GUEST)]

    await service.mark(WANG, [SHARING], [], base=0)

    assert sent == []  # nobody is told that anybody marked
    assert [await service.seen(one) for one in (LI, GUEST)] == before
    own, chair = await service.seen(WANG), await service.seen(MODERATOR)
    assert own.sheet is not None
    assert own.sheet.urgent == {SHARING}
    assert (chair.sheet, chair.handed_in, chair.spreads) == (None, 1, None)
    assert (own.handed_in, own.spreads) == (None, None)
    async with database.read() as work:
        told = await events.of_study(work, STUDY)
        assert [one.action for one in told if one.action.startswith("priorit")] == [
            "priorities.opened"
        ]
        assert await priorities.spreads(work, STUDY) == {}

    await service.mark(LI, [], [SHARING], base=0)
    await service.close(MODERATOR, key=key(2))

    spread = Spread((WATER, TRAFFIC), (WATER,), (TRAFFIC,), is_named=False)
    for one in (WANG, ZHAO, GUEST):
        assert (await service.seen(one)).spreads == {SHARING: spread}


async def test_a_step_can_be_narrowed_to_chosen_entries(
    service: Priorities, database: Database
) -> None:
    async with database.write() as work:
        shared = await entries.get(work, SHARING)
        other = replace(shared, id=EntryId("other"), order=99)
        await entries.add(work, other, slug="other", stage_id=STAGE)
    assert [one.id for one in (await service.seen(MODERATOR)).askable] == [SHARING, other.id]
    assert (await service.seen(WANG)).askable == ()

    await service.open(MODERATOR, PROBLEM, 3, key=key(1), only=[SHARING, EntryId("unknown")])

    assert [one.id for one in (await service.seen(WANG)).asked] == [SHARING]
    assert (await service.seen(MODERATOR)).askable == ()
    with pytest.raises(Invalid, match=r"priority\.entry"):
        await service.mark(WANG, [other.id], [], base=0)


async def test_a_small_round_is_shown_by_unit_once_the_session_is_closed(
    service: Priorities, database: Database
) -> None:
    await service.open(MODERATOR, PROBLEM, 3, key=key(1))
    await service.mark(WANG, [SHARING], [], base=0)

    async with database.write() as work:  # which ends the step too
        await work.connection.execute(update(tables.session).values(state="closed"))

    seen = await service.seen(LI)
    assert not seen.is_open
    assert seen.spreads == {SHARING: Spread((WATER,), (WATER,))}
    with pytest.raises(Forbidden):
        await service.mark(WANG, [], [], base=1)


async def test_a_study_that_shows_counts_never_names_units(
    service: Priorities, database: Database
) -> None:
    await service.open(MODERATOR, PROBLEM, 3, key=key(1))
    await service.mark(WANG, [SHARING], [], base=0)
    async with database.write() as work:
        await work.connection.execute(update(tables.study).values(rule={"show": "count"}))
        await work.connection.execute(update(tables.session).values(state="closed"))
        assert not (await priorities.spreads(work, STUDY))[SHARING].is_named


async def test_a_colleague_is_not_overwritten_unseen(service: Priorities) -> None:
    await service.open(MODERATOR, PROBLEM, 3, key=key(1))
    await service.mark(WANG, [SHARING], [], base=0)
    await service.mark(WANG, [SHARING], [SHARING], base=0)  # the own browser is a tick behind

    with pytest.raises(Conflict, match=r"priority\.stale"):
        await service.mark(COLLEAGUE, [], [], base=0)
    sheet = await service.mark(COLLEAGUE, [], [SHARING], base=2)

    assert (sheet.version, sheet.unit_id) == (3, WATER)
    assert (await service.seen(WANG)).sheet == sheet


async def test_who_may_hold_and_mark(service: Priorities) -> None:
    with pytest.raises(Conflict, match=r"priority\.closed"):
        await service.mark(WANG, [], [], base=0)
    with pytest.raises(Forbidden):
        await service.open(WANG, PROBLEM, 3, key=key(1))
    with pytest.raises(Invalid, match=r"priority\.round"):
        await service.open(MODERATOR, PROBLEM, 0, key=key(2))
    with pytest.raises(Invalid, match=r"priority\.empty"):
        await service.open(MODERATOR, (EntryKind.SOLUTION, EntryKind.CAUSE), 3, key=key(3))
    await service.open(MODERATOR, PROBLEM, 1, key=key(4))
    with pytest.raises(Conflict, match=r"priority\.open"):
        await service.open(MODERATOR, PROBLEM, 3, key=key(5))

    for person in (replace(GUEST, unit_id=WATER), replace(MODERATOR, unit_id=WATER)):
        with pytest.raises(Forbidden):
            await service.mark(person, [SHARING], [], base=0)
    with pytest.raises(Invalid, match=r"priority\.unit"):
        await service.mark(replace(LI, unit_id=None), [SHARING], [], base=0)
    with pytest.raises(Invalid, match=r"priority\.entry"):
        await service.mark(ZHAO, [EntryId("elsewhere")], [], base=0)
    assert (await service.seen(ZHAO)).sheet is not None
    assert (await service.seen(MODERATOR)).handed_in == 0
    await service.mark(ZHAO, [SHARING], [SHARING], base=0)
    with pytest.raises(Forbidden):
        await service.close(ZHAO, key=key(6))
    answer = await service.close(MODERATOR, key=key(7))
    assert (answer["sheets"], await service.close(MODERATOR, key=key(7))) == (1, answer)
    assert (await service.seen(MODERATOR)).spreads == {
        SHARING: Spread((PLANNING,), (PLANNING,), (PLANNING,), is_named=False)
    }
