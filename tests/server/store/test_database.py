"""What a unit of work says when it cannot be done: nothing of what it was given, and what to do."""

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schemas.errors import Unavailable
from server.store.database import Database

pytestmark = pytest.mark.anyio


async def test_an_error_names_nothing_that_the_statement_was_given(database: Database) -> None:
    asked = text("INSERT INTO no_such_table VALUES (:said)")
    with pytest.raises((DBAPIError, Unavailable)) as refused:
        async with database.write() as work:
            await work.connection.execute(asked, {"said": "what Wang Fang said"})

    told = (refused.value, refused.value.__cause__)
    assert not any("Wang Fang" in str(one) for one in told)


async def test_whoever_waits_too_long_for_a_connection_is_told_to_try_again(
    database: Database,
) -> None:
    pool = database.writer.sync_engine.pool
    pool._timeout = 0.05  # type: ignore[attr-defined]  # half a minute otherwise
    most = 10  # of PostgreSQL; SQLite has one
    release = anyio.Event()

    async def hold(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        async with database.write():
            task_status.started()
            await release.wait()

    async with anyio.create_task_group() as tasks:
        for _ in range(1 if database.url.get_backend_name() == "sqlite" else most):
            await tasks.start(hold)
        with pytest.raises(Unavailable) as refused:
            async with database.write():
                raise AssertionError
        release.set()

    assert refused.value.code == "database.unavailable"
