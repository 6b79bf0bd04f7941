"""Drafts are their author's alone, and the last one kept holds."""

import pytest
from sqlalchemy import update

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import DraftId
from server.services import drafts
from server.services.drafts import MAX_BYTES, Drafts
from server.store import tables
from server.store.database import Database
from tests.server.method import GUEST, LI, SESSION, WANG, small_study

pytestmark = pytest.mark.anyio

ONE, TWO = DraftId("one"), DraftId("two")


@pytest.fixture
async def service(database: Database) -> Drafts:
    await small_study(database)
    return Drafts(database, now=lambda: 7.0)


async def bodies(service: Drafts) -> list[object]:
    return [draft.body for draft in await service.of(WANG)]


async def test_the_last_one_kept_holds(service: Drafts) -> None:
    await service.keep(WANG, ONE, {"text": "水"})
    await service.keep(WANG, ONE, {"text": "水位", "targets": [{"line": "l1"}]})

    assert await bodies(service) == [{"text": "水位", "targets": [{"line": "l1"}]}]
    assert await service.session_of(ONE) == SESSION


async def test_nobody_sees_changes_or_removes_anothers(service: Drafts) -> None:
    await service.keep(WANG, ONE, {"text": "mine"})

    with pytest.raises(Conflict):
        await service.keep(LI, ONE, {"text": "stolen"})
    await service.remove(LI, ONE)

    assert await service.of(LI) == []
    assert await bodies(service) == [{"text": "mine"}]


async def test_what_is_sent_is_removed(service: Drafts) -> None:
    await service.keep(WANG, ONE, {"text": "mine"})

    await service.remove(WANG, ONE)
    await service.remove(WANG, ONE)

    assert await bodies(service) == []
    with pytest.raises(NotFound):
        await service.session_of(ONE)


async def test_a_closed_session_still_keeps_what_was_typed(
    database: Database, service: Drafts
) -> None:
    async with database.write() as work:
        await work.connection.execute(update(tables.session).values(state="closed"))

    await service.keep(WANG, ONE, {"text": "late"})

    assert await bodies(service) == [{"text": "late"}]


async def test_observers_have_none(service: Drafts) -> None:
    with pytest.raises(Forbidden):
        await service.keep(GUEST, ONE, {"text": "?"})


async def test_size_and_number_are_limited(
    service: Drafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 1)
    await service.keep(WANG, ONE, {"text": "mine"})

    with pytest.raises(Invalid):
        await service.keep(WANG, ONE, {"text": "水" * MAX_BYTES})
    with pytest.raises(Conflict):
        await service.keep(WANG, TWO, {"text": "one too many"})

    assert await bodies(service) == [{"text": "mine"}]
