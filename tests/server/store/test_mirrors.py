"""Mirror rows as rooms read them, on both engines."""

import pytest

from realtime.mirror import MirrorOp
from schemas.errors import NotFound
from schemas.ids import SessionId
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


async def test_a_session_is_of_one_study(database: Database) -> None:
    await small_study(database)

    assert await Mirrors(database).study_of(SESSION) == STUDY
    with pytest.raises(NotFound):
        await Mirrors(database).study_of(SessionId("none"))
