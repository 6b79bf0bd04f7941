"""Bringing a database to the schema that this program needs.

SQLite is migrated when the server starts, after a copy was put beside it. PostgreSQL is migrated by
`colloquy migrate`, under an advisory lock, so that two nodes never do it at once.
"""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from anyio import to_thread
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.errors import Unavailable
from server.store import tables
from server.store.database import Database

_ADVISORY_LOCK = 0x434F_4C4C_4F51
_FOLDER = Path(__file__).parent / "migrations"
_OWN_OF_SEARCH = "search_index"  # store/search.py makes it: it differs between the engines


class SchemaBehind(Unavailable):
    """The database has not the schema that this program needs (`database.behind`)."""


class DatabaseUnreachable(Unavailable):
    """The database does not answer, or is none (`database.unreachable`)."""


def head() -> str:
    """Return the revision that this program needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


async def current(database: Database) -> str | None:
    """Return the revision of the database; None for an empty one."""
    async with database.read() as work:
        return await work.connection.run_sync(_revision)


async def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema to a revision; does nothing where it is there already."""
    async with (
        database.writer.connect() as connection,
        _without_cascades(connection),
        connection.begin(),
    ):
        await connection.run_sync(_upgrade, to)


async def prepare(database: Database, backups: Path) -> Path | None:
    """Make the database usable at start, or refuse.

    SQLite is migrated; before a change of an existing schema a copy is put into `backups`, whose
    path is returned. PostgreSQL raises SchemaBehind (`database.behind`) unless it is at head.
    Raises DatabaseUnreachable.
    """
    needs = head()
    try:
        at = await current(database)
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DatabaseUnreachable("database.unreachable", reason=reason) from error
    if at == needs:
        return None
    if database.url.get_backend_name() != "sqlite":
        raise SchemaBehind("database.behind", at=at or "empty", needs=needs)
    copy = None
    if at is not None:
        copy = await to_thread.run_sync(_back_up, str(database.url.database), backups, at)
    await upgrade(database)
    return copy


def differences(connection: Connection) -> list[object]:
    """Return how the database differs from `tables.metadata`; for tests and `colloquy doctor`."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": _is_ours}
    )
    return list(compare_metadata(context, tables.metadata))


@asynccontextmanager
async def _without_cascades(connection: AsyncConnection) -> AsyncIterator[None]:
    """Keep SQLite from emptying what belongs to a table that a migration lays anew.

    It alters a table by making another and dropping the first, and with foreign keys on dropping
    deletes its rows, and theirs. The switch does nothing inside a transaction, so it stands around it.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        await driver.execute("PRAGMA foreign_keys=ON")


def _upgrade(connection: Connection, to: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if connection.dialect.name == "sqlite":
        left = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if left is not None:  # nothing of this upgrade is kept
            raise SchemaBehind("database.behind", at=f"{left[0]} without {left[2]}", needs=to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _back_up(file: str, backups: Path, revision: str) -> Path:
    """Copy a live SQLite database consistently (the backup interface, not the file)."""
    backups.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = backups / f"colloquy-{revision}-{stamp}.sqlite3"
    source, target = sqlite3.connect(file), sqlite3.connect(path)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return path


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
    return not (kind == "table" and str(name).startswith(_OWN_OF_SEARCH))
