"""The update log in SQLite: one connection, one statement at a time, every commit on disk."""

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from realtime.log import Stale, StoredDoc, UpdateRow
from schemas.errors import Conflict, Unavailable
from server.store.updates_rows import (
    NEXT_GENERATION,
    SNAPSHOTS_KEPT,
    Packed,
    pack,
    stored_doc,
    unpack,
)

BUSY_SECONDS = 5.0
_Answer = TypeVar("_Answer")

_INSERT = """
INSERT INTO doc_update (doc, seq, epoch, person, client, at, payload)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (doc, seq) DO NOTHING
"""
_CUT_SNAPSHOTS = """
DELETE FROM doc_snapshot WHERE doc = ?1 AND seq NOT IN
(SELECT seq FROM doc_snapshot WHERE doc = ?1 ORDER BY seq DESC LIMIT ?2)
"""
_CUT_UPDATES = """
DELETE FROM doc_update WHERE doc = ?1 AND seq <= (SELECT min(seq) FROM doc_snapshot
WHERE doc = ?1) AND ?2 <= (SELECT count(*) FROM doc_snapshot WHERE doc = ?1)
"""


@asynccontextmanager
async def open_sqlite_log(path: str) -> AsyncIterator["SqliteLog"]:
    """Open the log in the file at `path`, beside whoever else has it open."""
    connection = await to_thread.run_sync(_connect, path)
    log = SqliteLog(connection)
    try:
        yield log
    finally:
        await log.close()


class SqliteLog:
    """See realtime.log.UpdateLog. Calls wait for each other: SQLite has one writer anyway."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._one_at_a_time = CapacityLimiter(1)

    async def load(self, doc: str) -> StoredDoc:
        """See UpdateLog."""
        return await self._run(lambda: self._load(doc))

    async def append(self, rows: Sequence[UpdateRow]) -> Stale:
        """See UpdateLog."""
        return await self._run(lambda: self._append(rows))

    async def snapshot(self, doc: str, seq: int, state: bytes) -> None:
        """See UpdateLog."""
        await self._run(lambda: self._snapshot(doc, seq, state))

    async def rewrite(self, doc: str, seq: int, state: bytes) -> None:
        """See UpdateLog."""
        await self._run(lambda: self._rewrite(doc, seq, state))

    async def claim(self, doc: str, client: int, person: str) -> bool:
        """See UpdateLog."""
        return await self._run(lambda: self._claim(doc, client, person))

    async def close(self) -> None:
        """Close the connection after what is running."""
        await to_thread.run_sync(self._connection.close, limiter=self._one_at_a_time)

    async def _run(self, call: Callable[[], _Answer]) -> _Answer:
        try:
            return await to_thread.run_sync(call, limiter=self._one_at_a_time)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable("log.unavailable") from error

    def _load(self, doc: str) -> StoredDoc:
        with self._transaction("BEGIN") as cursor:
            snapshots = cursor.execute(
                "SELECT seq, state, sha256 FROM doc_snapshot WHERE doc = ? ORDER BY seq DESC",
                (doc,),
            ).fetchall()
            updates = cursor.execute(
                "SELECT doc, seq, epoch, person, client, at, payload FROM doc_update"
                " WHERE doc = ? ORDER BY seq",
                (doc,),
            ).fetchall()
            clients = cursor.execute(
                "SELECT client, person FROM doc_client WHERE doc = ?", (doc,)
            ).fetchall()
            generation = cursor.execute(
                "SELECT generation FROM doc_generation WHERE doc = ?", (doc,)
            ).fetchone()
        packed = [Packed(*row) for row in snapshots]
        rows = [UpdateRow(*row) for row in updates]
        return stored_doc(doc, packed, rows, dict(clients), generation[0] if generation else 1)

    def _append(self, rows: Sequence[UpdateRow]) -> Stale:
        with self._transaction() as cursor:
            stale = self._stale(cursor, {(row.doc, row.epoch) for row in rows})
            ours = [row for row in rows if (row.doc, row.epoch) not in stale]
            if not ours:
                return stale
            cursor.executemany(_INSERT, [_values(row) for row in ours])
            if cursor.rowcount != len(ours):
                self._check_same(cursor, ours)
        return stale

    def _stale(self, cursor: sqlite3.Cursor, asked: set[tuple[str, int]]) -> Stale:
        held = "SELECT 1 FROM session_lease WHERE session_id = ? AND epoch = ?"
        return frozenset(one for one in asked if cursor.execute(held, one).fetchone() is None)

    def _check_same(self, cursor: sqlite3.Cursor, rows: Sequence[UpdateRow]) -> None:
        for row in rows:
            asked = "SELECT payload FROM doc_update WHERE doc = ? AND seq = ?"
            (payload,) = cursor.execute(asked, (row.doc, row.seq)).fetchone()
            if payload != row.payload:
                raise Conflict("log.foreign_row", doc=row.doc, seq=row.seq)

    def _snapshot(self, doc: str, seq: int, state: bytes) -> None:
        packed = pack(seq, state)
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO doc_snapshot (doc, seq, state, sha256, at)"
                " VALUES (?, ?, ?, ?, ?)",
                (doc, seq, packed.state, packed.sha256, time.time()),
            )
        with self._transaction() as cursor:
            stored = cursor.execute(
                "SELECT seq, state, sha256 FROM doc_snapshot WHERE doc = ? AND seq = ?", (doc, seq)
            ).fetchone()
            if unpack(Packed(*stored)) != state:
                raise Unavailable("log.snapshot_differs", doc=doc)
            cursor.execute(_CUT_SNAPSHOTS, (doc, SNAPSHOTS_KEPT))
            cursor.execute(_CUT_UPDATES, (doc, SNAPSHOTS_KEPT))

    def _rewrite(self, doc: str, seq: int, state: bytes) -> None:
        self._connection.execute("PRAGMA secure_delete=ON")
        self._snapshot(doc, seq, state)
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM doc_snapshot WHERE doc = ? AND seq <> ?", (doc, seq))
            cursor.execute("DELETE FROM doc_update WHERE doc = ? AND seq <= ?", (doc, seq))
            cursor.execute(NEXT_GENERATION.format("?"), (doc,))

    def _claim(self, doc: str, client: int, person: str) -> bool:
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO doc_client (doc, client, person) VALUES (?, ?, ?)"
                " ON CONFLICT (doc, client) DO NOTHING",
                (doc, client, person),
            )
            asked = "SELECT person FROM doc_client WHERE doc = ? AND client = ?"
            (owner,) = cursor.execute(asked, (doc, client)).fetchone()
        return bool(owner == person)

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Cursor]:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(begin)
            try:
                yield cursor
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _values(row: UpdateRow) -> tuple[str, int, int, str, int, float, bytes]:
    return row.doc, row.seq, row.epoch, row.person, row.client, row.at, row.payload
