"""A limit on what one query may cost, on both engines.

SQLite is asked every few thousand instructions whether to go on. PostgreSQL has a timeout for each
statement: it is made shorter as the time of the block is used up.
"""

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, cast

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from schemas.errors import Unavailable
from server.store.database import Work

_INSTRUCTIONS = 20_000
"""Between two looks at the clock: well under a millisecond of a query."""
_QUERY_CANCELED = "57014"


class TooSlow(Unavailable):
    """A query was stopped because it took longer than it may (`archive.too_slow` {seconds})."""


class _Driver(Protocol):
    """What aiosqlite's connection offers for this."""

    async def set_progress_handler(
        self, handler: Callable[[], int | None] | None, n: int
    ) -> None: ...


@asynccontextmanager
async def time_limit(work: Work, seconds: float) -> AsyncIterator[None]:
    """Let the queries of this block take `seconds` together. Raises TooSlow."""
    try:
        if work.dialect == "sqlite":
            async with _sqlite_limit(work, seconds):
                yield
        else:
            async with _postgresql_limit(work, seconds):
                yield
    except DBAPIError as error:
        if _is_stopped(error):
            raise TooSlow("archive.too_slow", seconds=seconds) from error
        raise


@asynccontextmanager
async def _sqlite_limit(work: Work, seconds: float) -> AsyncIterator[None]:
    raw = await work.connection.get_raw_connection()
    driver = cast("_Driver", raw.driver_connection)  # aiosqlite's; SQLAlchemy types it as Any
    ends = time.monotonic() + seconds
    await driver.set_progress_handler(lambda: 1 if time.monotonic() > ends else 0, _INSTRUCTIONS)
    try:
        yield
    finally:
        await driver.set_progress_handler(None, 0)


@asynccontextmanager
async def _postgresql_limit(work: Work, seconds: float) -> AsyncIterator[None]:
    connection = work.connection.sync_connection
    assert connection is not None  # a unit of work has begun
    ends, armed = time.monotonic() + seconds, 2 * seconds

    def before(asking: Connection, *_: object) -> None:
        nonlocal armed
        left = ends - time.monotonic()
        if left <= 0:
            raise TooSlow("archive.too_slow", seconds=seconds)
        if left < _SHORTER * armed:
            armed = left
            _set_timeout(asking, str(max(1, int(left * 1000))))

    event.listen(connection, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", before)
    await work.connection.run_sync(_set_timeout, "DEFAULT")


_SHORTER = 0.8
"""Of the timeout that is set: only when so little is left is another set, which is a round trip."""


def _set_timeout(connection: Connection, value: str) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"SET LOCAL statement_timeout = {value}")
    finally:
        cursor.close()


def _is_stopped(error: DBAPIError) -> bool:
    cause: BaseException | None = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorname == "SQLITE_INTERRUPT"
    return getattr(cause, "sqlstate", None) == _QUERY_CANCELED
