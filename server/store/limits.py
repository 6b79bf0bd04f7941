"""A limit on what one query may cost, on both engines.

SQLite is asked every few thousand instructions whether to go on; PostgreSQL has a timeout of its
own for the statements of a transaction.
"""

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, cast

from sqlalchemy import text
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
            await work.connection.execute(
                text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            )
            yield
            await work.connection.execute(text("SET LOCAL statement_timeout = DEFAULT"))
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


def _is_stopped(error: DBAPIError) -> bool:
    cause: BaseException | None = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorname == "SQLITE_INTERRUPT"
    return getattr(cause, "sqlstate", None) == _QUERY_CANCELED
