"""Mirror rows as rooms read them, on both engines."""

import time

import pytest

from realtime.mirror import MirrorOp, Place
from schemas.errors import NotFound
from schemas.events import PersonSeated, SessionChanged
from schemas.ids import PersonId, SessionId
from server.store.bulletins import KEPT_SECONDS, Bulletins
from server.store.database import Database
from server.store.mirrors import Mirrors
from tests.server.method import SESSION, STUDY, small_study

pytestmark = pytest.mark.anyio


async def test_ops_come_in_the_order_of_their_commits(database: Database) -> None:
    await small_study(database)
    async with database.write() as work:
        await work.mirror(SESSION, "lines", "l1", {"text": "你好"})
        await work.mirror(SESSION, "lines", "l1", None)
    mirrors = Mirrors(database)

    assert await mirrors.after(SESSION, 0) == [
        MirrorOp(1, "lines", "l1", {"text": "你好"}),
        MirrorOp(2, "lines", "l1", None),
    ]
    assert await mirrors.after(SESSION, 2) == []


async def test_a_session_has_its_place_in_one_study(database: Database) -> None:
    await small_study(database)
    before = await Mirrors(database).place_of(SESSION)
    async with database.write() as work:
        await work.mirror(SESSION, "lines", "l1", {"text": "你好"})
        work.publish(SessionChanged(STUDY, SESSION))
        work.publish(SessionChanged(STUDY, SESSION))

    after = await Mirrors(database).place_of(SESSION)

    assert after == Place(STUDY, before.mirrored + 1, before.told + 1)
    with pytest.raises(NotFound):
        await Mirrors(database).place_of(SessionId("none"))


async def test_bulletins_are_numbered_and_go_with_their_unit_of_work(database: Database) -> None:
    await small_study(database)
    for event in (SessionChanged(STUDY, SESSION), PersonSeated(STUDY, SESSION, PersonId("p"))):
        async with database.write() as work:
            work.publish(event)
    with pytest.raises(NotFound):
        await _publish_and_fail(database)

    posted = await Bulletins(database).after(STUDY, 0)

    assert [(one.seq, one.body["kind"]) for one in posted] == [(1, "session"), (2, "seated")]
    assert await Bulletins(database).after(STUDY, 2) == []
    await Bulletins(database).remove_old(time.time() + KEPT_SECONDS + 1)
    assert await Bulletins(database).after(STUDY, 0) == []


async def _publish_and_fail(database: Database) -> None:
    async with database.write() as work:
        work.publish(SessionChanged(STUDY, SESSION))
        raise NotFound("session.unknown")
