"""An empty database, for what migrations make of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from server.store.database import Database


@pytest.fixture
async def empty(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table, once for each engine."""
    is_sqlite = database_url.startswith("sqlite")
    opened = Database(
        f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}" if is_sqlite else database_url
    )
    if not is_sqlite:
        async with opened.writer.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    yield opened
    await opened.close()
