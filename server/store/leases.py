"""Leases of sessions as rows (`realtime.lease.LeaseBook`), by the clock of the database.

One node has one data folder and its own name in it: what was its own before a restart it takes back
at once, without waiting for the end of its old lease.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Float, literal_column, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from realtime.lease import LEASE_SECONDS
from schemas.errors import Unavailable
from schemas.ids import SessionId
from server.store import tables
from server.store.database import Database, Work

lease = tables.session_lease.c


def node_name(folder: Path) -> str:
    """Return the name of the node whose data folder this is, made when it is first asked for."""
    file = folder / "node"
    if not file.exists():
        file.write_text(secrets.token_hex(16), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


class Leases:
    """See realtime.lease.LeaseBook. node: the name under which this process holds leases."""

    def __init__(self, database: Database, node: str) -> None:
        self._database = database
        self._node = node

    async def take(self, session: SessionId) -> int:
        """See LeaseBook."""
        try:
            async with self._database.write() as work:
                epoch = await self._take(work, session)
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error
        if epoch is None:
            raise Unavailable("room.elsewhere")
        return epoch

    async def renew(self, held: Mapping[SessionId, int]) -> frozenset[SessionId]:
        """See LeaseBook. On SQLite nobody else could take one: it is only looked whether they are
        ours, without a write.
        """
        theirs = tuple_(lease.session_id, lease.epoch).in_(list(held.items()))
        try:
            if self._database.writer.dialect.name == "sqlite":
                async with self._database.read() as work:
                    found = await work.connection.execute(select(lease.session_id).where(theirs))
                    return frozenset(SessionId(one) for one in found.scalars())
            async with self._database.write() as work:
                # in the order in which the log locks them, so that the two never wait in a ring
                locked = select(lease.session_id).where(theirs).order_by(lease.session_id)
                found = await work.connection.execute(locked.with_for_update())
                ours = frozenset(SessionId(one) for one in found.scalars())
                until = update(tables.session_lease).where(lease.session_id.in_(ours))
                await work.connection.execute(until.values(expires=_now(work) + LEASE_SECONDS))
                return ours
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error

    async def release(self, held: Mapping[SessionId, int]) -> None:
        """See LeaseBook."""
        theirs = tuple_(lease.session_id, lease.epoch).in_(list(held.items()))
        try:
            async with self._database.write() as work:
                await work.connection.execute(
                    update(tables.session_lease).where(theirs).values(expires=0.0)
                )
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error

    async def _take(self, work: Work, session: SessionId) -> int | None:
        insert = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
        until = _now(work) + LEASE_SECONDS
        statement = insert(tables.session_lease).values(
            session_id=session, node=self._node, epoch=1, expires=until
        )
        taken = statement.on_conflict_do_update(
            index_elements=[lease.session_id],
            set_={"node": self._node, "epoch": lease.epoch + 1, "expires": until},
            where=(lease.node == self._node) | (lease.expires < _now(work)),
        ).returning(lease.epoch)
        epoch: int | None = (await work.connection.execute(taken)).scalar_one_or_none()
        return epoch


async def fence(work: Work, session: SessionId, epoch: int) -> None:
    """Let nobody take the session before `work` ends, for what was read of its room under `epoch`.

    Raises Unavailable (`room.elsewhere`) if somebody has: what was read may be out of date.
    """
    newest = select(lease.epoch).where(lease.session_id == session).with_for_update(read=True)
    found = (await work.connection.execute(newest)).scalar_one_or_none()
    if found is not None and found > epoch:
        raise Unavailable("room.elsewhere")


def _now(work: Work) -> ColumnElement[float]:
    """UTC seconds by the database's clock: the nodes' clocks may differ."""
    if work.dialect == "postgresql":
        return literal_column("extract(epoch from clock_timestamp())", Float)
    return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)
