"""Bulletins of a study as its rooms read them (`realtime.bulletins.BulletinLog`)."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from realtime.bulletins import Bulletin
from schemas.errors import Unavailable
from schemas.ids import StudyId
from server.store import tables
from server.store.database import Database

KEPT_SECONDS = 24 * 3600.0
"""Far longer than a node can lag behind and live."""

bulletin = tables.bulletin.c


class Bulletins:
    """Reads bulletins in short reading units of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, study_id: StudyId, seq: int) -> Sequence[Bulletin]:
        """Return all bulletins of the study after `seq`, in order. Raises Unavailable."""
        asked = (
            select(bulletin.seq, bulletin.body)
            .where(bulletin.study_id == study_id, bulletin.seq > seq)
            .order_by(bulletin.seq)
        )
        try:
            async with self._database.read() as work:
                found = (await work.connection.execute(asked)).all()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error
        return [Bulletin(row.seq, row.body) for row in found]

    async def remove_old(self, now: float) -> None:
        """Delete what every node has read long ago. now: UTC seconds."""
        async with self._database.write() as work:
            old = delete(tables.bulletin).where(bulletin.at < now - KEPT_SECONDS)
            await work.connection.execute(old)
