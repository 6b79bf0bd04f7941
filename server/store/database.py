"""The database: one writing and one reading unit of work, and what is sent after the commit.

SQLite: one writing connection that begins IMMEDIATE, so that writers queue instead of failing,
and a small pool of readers. PostgreSQL: one pool for both. What a statement was given stands in no
error: logs hold errors whole, and nobody's words or names.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import anyio
from sqlalchemy import event, insert, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from schemas.errors import Unavailable
from schemas.events import StudyEvent
from schemas.ids import SessionId, StudyId
from server.store import tables


@dataclass(frozen=True, slots=True)
class Committed:
    """What one committed unit of work asks the live side to do.

    mirrored: sessions with new mirror rows, to be applied in order. events: to be sent; they are
    stored as bulletins of their studies.
    """

    mirrored: tuple[SessionId, ...]
    events: tuple[StudyEvent, ...]

    @property
    def studies(self) -> tuple[StudyId, ...]:
        """The studies that have new bulletins."""
        return tuple(dict.fromkeys(event.study_id for event in self.events))


@dataclass(slots=True)
class Work:
    """One unit of work: a connection inside a transaction, and what follows its commit."""

    connection: AsyncConnection
    learnt: dict[str, Sequence[int]] = field(default_factory=dict)
    """What a module of the store asks once in the whole unit."""
    _mirrored: list[SessionId] = field(default_factory=list)
    _events: dict[StudyEvent, None] = field(default_factory=dict)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`, where one function has two bodies."""
        return self.connection.dialect.name

    def publish(self, event: StudyEvent) -> None:
        """Send `event` to the live sessions of its study once this unit is committed."""
        self._events[event] = None

    async def mirror(self, session_id: SessionId, root: str, key: str, value: Any) -> None:
        """Set `root[key]` of the session's document to JSON `value` (None removes it)."""
        await self.mirror_all(session_id, root, {key: value})

    async def mirror_all(self, session_id: SessionId, root: str, values: Mapping[str, Any]) -> None:
        """Set keys of a root of the session's document, in this order.

        The row is part of this unit; the room applies it after the commit, or when it is next
        loaded. The session's row is locked, so sequence order is commit order.
        """
        bumped = (
            update(tables.session)
            .where(tables.session.c.id == session_id)
            .values(mirror_seq=tables.session.c.mirror_seq + len(values))
            .returning(tables.session.c.mirror_seq)
        )
        last = (await self.connection.execute(bumped)).scalar_one()
        found = [
            {"session_id": session_id, "seq": seq, "root": root, "key": key, "value": value}
            for seq, (key, value) in enumerate(values.items(), last - len(values) + 1)
        ]
        await self.connection.execute(insert(tables.mirror), found)
        if session_id not in self._mirrored:
            self._mirrored.append(session_id)

    async def post(self) -> None:
        """Store what was published as bulletins: the last of this unit, under the study's lock."""
        for happened in self._events:
            bumped = (
                update(tables.study)
                .where(tables.study.c.id == happened.study_id)
                .values(bulletin_seq=tables.study.c.bulletin_seq + 1)
                .returning(tables.study.c.bulletin_seq)
            )
            seq = (await self.connection.execute(bumped)).scalar_one()
            await self.connection.execute(
                insert(tables.bulletin).values(
                    study_id=happened.study_id, seq=seq, body=asdict(happened), at=time.time()
                )
            )

    def committed(self) -> Committed:
        """Return what is to follow the commit."""
        return Committed(tuple(self._mirrored), tuple(self._events))


class Database:
    """The engines, and the two ways to use them."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._on_commit: Callable[[Committed], None] = lambda _: None
        if self.url.get_backend_name() == "sqlite":
            self._writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1)
            self._reader = _sqlite_engine(url, begin="BEGIN", pool_size=4)
        else:
            self._writer = self._reader = create_async_engine(
                url,
                pool_size=5,
                max_overflow=5,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={
                    "server_settings": {
                        "statement_timeout": "15000",
                        "idle_in_transaction_session_timeout": "30000",
                    }
                },
            )

    @property
    def writer(self) -> AsyncEngine:
        """The engine that writes, for migrations and nothing else."""
        return self._writer

    def on_commit(self, follow: Callable[[Committed], None]) -> None:
        """Call `follow` after each commit that mirrored or published something; once, at wiring."""
        self._on_commit = follow

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """One unit of work: committed at the end of the block, or not at all.

        Raises Unavailable (`database.unavailable`) where the database cannot be reached or written to.
        """
        async with _there(), self._writer.begin() as connection:
            work = Work(connection)
            yield work
            await work.post()
        committed = work.committed()
        if committed.mirrored or committed.events:
            self._on_commit(committed)

    @asynccontextmanager
    async def read(self, *, snapshot: bool = False) -> AsyncIterator[Work]:
        """A consistent view; it is rolled back at the end and cannot write.

        snapshot: all queries see the same moment, as they always do in SQLite.

        Raises Unavailable (`database.unavailable`) where the database cannot be reached or read.
        """
        async with _there(), self._reader.connect() as connection:
            if connection.dialect.name == "postgresql":
                level = "ISOLATION LEVEL REPEATABLE READ, " if snapshot else ""
                await connection.execute(text(f"SET TRANSACTION {level}READ ONLY"))
            try:
                yield Work(connection)
            finally:
                await connection.rollback()

    async def close(self) -> None:
        """Give all connections back."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


@asynccontextmanager
async def _there() -> AsyncIterator[None]:
    """Turn what drivers raise when a database is away, starting, full or locked into ours.

    A unit of work is short and ends by itself, so who cancels its task waits for it. Cut off in the
    middle, SQLAlchemy closes the connection beside us, is cut off again, stops aiosqlite's thread,
    and leaves a task that waits for that thread for ever: the process then never ends.
    """
    try:
        with anyio.CancelScope(shield=True):
            yield
    except DBAPIError as error:
        # asyncpg's "the database system is starting up" is of no class below DBAPIError
        is_away = isinstance(error, OperationalError | InterfaceError) or type(error) is DBAPIError
        if is_away or error.connection_invalidated:
            raise Unavailable("database.unavailable") from error
        raise
    except (ConnectionError, FileNotFoundError, TimeoutError, NoConnectionFree) as error:
        if isinstance(error, FileNotFoundError) and error.filename is not None:
            raise  # of the caller's own work: a socket that is not there names no file
        raise Unavailable("database.unavailable") from error


def rows(result: Any) -> Sequence[Any]:
    """Return all rows of a result as attribute rows."""
    return list(result.all())


_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA secure_delete=ON",  # what is struck or withdrawn leaves no bytes behind
)


def _sqlite_engine(url: str, *, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin for us
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        if begin == "BEGIN":
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
