"""The update log in PostgreSQL: asyncpg past SQLAlchemy, one statement for a whole batch.

That statement is a transaction of its own: a node that sleeps in the middle of its work holds no
lock that its successor would wait for.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped]

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

CONNECTIONS = 4
STATEMENT_SECONDS = 10.0

_APPEND = """
WITH held AS MATERIALIZED (
    SELECT session_id, epoch FROM session_lease
    WHERE session_id = ANY($1::text[]) ORDER BY session_id FOR SHARE
), put AS (
    INSERT INTO doc_update (doc, seq, epoch, person, client, at, payload)
    SELECT given.* FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
    $6::float8[], $7::bytea[]) AS given (doc, seq, epoch, person, client, at, payload)
    JOIN held ON held.session_id = given.doc AND held.epoch = given.epoch
    ON CONFLICT (doc, seq) DO NOTHING RETURNING seq
)
SELECT session_id, epoch, (SELECT count(*) FROM put) AS stored FROM held
"""
"""The lock makes whoever takes a lease wait for appends under way, and appends see who took it."""
_CUT_SNAPSHOTS = """
DELETE FROM doc_snapshot WHERE doc = $1 AND seq NOT IN
(SELECT seq FROM doc_snapshot WHERE doc = $1 ORDER BY seq DESC LIMIT $2)
"""
_CUT_UPDATES = """
DELETE FROM doc_update WHERE doc = $1 AND seq <= (SELECT min(seq) FROM doc_snapshot
WHERE doc = $1) AND $2 <= (SELECT count(*) FROM doc_snapshot WHERE doc = $1)
"""


@asynccontextmanager
async def open_postgres_log(dsn: str) -> AsyncIterator["PostgresLog"]:
    """Open the log in the database at `dsn`. Raises Unavailable."""
    with _ours():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=CONNECTIONS,
            command_timeout=STATEMENT_SECONDS,
            server_settings={"synchronous_commit": "on"},
        )
    try:
        yield PostgresLog(pool)
    finally:
        await pool.close()


class PostgresLog:
    """See realtime.log.UpdateLog."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def load(self, doc: str) -> StoredDoc:
        """See UpdateLog."""
        with _ours():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                snapshots = await connection.fetch(
                    "SELECT seq, state, sha256 FROM doc_snapshot WHERE doc = $1 ORDER BY seq DESC",
                    doc,
                )
                updates = await connection.fetch(
                    "SELECT doc, seq, epoch, person, client, at, payload FROM doc_update"
                    " WHERE doc = $1 ORDER BY seq",
                    doc,
                )
                clients = await connection.fetch(
                    "SELECT client, person FROM doc_client WHERE doc = $1", doc
                )
                generation = await connection.fetchval(
                    "SELECT generation FROM doc_generation WHERE doc = $1", doc
                )
        packed = [Packed(*row) for row in snapshots]
        rows = [UpdateRow(*row) for row in updates]
        persons = {row["client"]: row["person"] for row in clients}
        return stored_doc(doc, packed, rows, persons, generation or 1)

    async def append(self, rows: Sequence[UpdateRow]) -> Stale:
        """See UpdateLog."""
        columns = (
            [row.doc for row in rows],
            [row.seq for row in rows],
            [row.epoch for row in rows],
            [row.person for row in rows],
            [row.client for row in rows],
            [row.at for row in rows],
            [row.payload for row in rows],
        )
        with _ours():
            async with self._pool.acquire() as connection:
                held = await connection.fetch(_APPEND, *columns)
                newest = {(one["session_id"], one["epoch"]) for one in held}
                stale = frozenset({(row.doc, row.epoch) for row in rows} - newest)
                ours = [row for row in rows if (row.doc, row.epoch) not in stale]
                if ours and held[0]["stored"] != len(ours):
                    await self._check_same(connection, ours)
        return stale

    async def snapshot(self, doc: str, seq: int, state: bytes) -> None:
        """See UpdateLog."""
        packed = pack(seq, state)
        with _ours():
            async with self._pool.acquire() as connection:
                await connection.execute(
                    "INSERT INTO doc_snapshot (doc, seq, state, sha256, at)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (doc, seq)"
                    " DO UPDATE SET state = excluded.state, sha256 = excluded.sha256",
                    *(doc, seq, packed.state, packed.sha256, time.time()),
                )
                async with connection.transaction():
                    stored = await connection.fetchrow(
                        "SELECT seq, state, sha256 FROM doc_snapshot WHERE doc = $1 AND seq = $2",
                        *(doc, seq),
                    )
                    if stored is None or unpack(Packed(*stored)) != state:
                        raise Unavailable("log.snapshot_differs", doc=doc)
                    await connection.execute(_CUT_SNAPSHOTS, doc, SNAPSHOTS_KEPT)
                    await connection.execute(_CUT_UPDATES, doc, SNAPSHOTS_KEPT)

    async def rewrite(self, doc: str, seq: int, state: bytes) -> None:
        """See UpdateLog."""
        await self.snapshot(doc, seq, state)
        with _ours():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    "DELETE FROM doc_snapshot WHERE doc = $1 AND seq <> $2", doc, seq
                )
                await connection.execute(
                    "DELETE FROM doc_update WHERE doc = $1 AND seq <= $2", doc, seq
                )
                await connection.execute(NEXT_GENERATION.format("$1"), doc)

    async def claim(self, doc: str, client: int, person: str) -> bool:
        """See UpdateLog."""
        with _ours():
            async with self._pool.acquire() as connection:
                await connection.execute(
                    "INSERT INTO doc_client (doc, client, person) VALUES ($1, $2, $3)"
                    " ON CONFLICT (doc, client) DO NOTHING",
                    *(doc, client, person),
                )
                owner = await connection.fetchval(
                    "SELECT person FROM doc_client WHERE doc = $1 AND client = $2", doc, client
                )
        return bool(owner == person)

    async def _check_same(self, connection: Any, rows: Sequence[UpdateRow]) -> None:
        for row in rows:
            payload = await connection.fetchval(
                "SELECT payload FROM doc_update WHERE doc = $1 AND seq = $2", row.doc, row.seq
            )
            if payload != row.payload:
                raise Conflict("log.foreign_row", doc=row.doc, seq=row.seq)


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise Unavailable("log.unavailable") from error
