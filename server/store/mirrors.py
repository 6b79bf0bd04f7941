"""Mirror rows as rooms read them (`realtime.mirror.MirrorLog`)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from realtime.mirror import MirrorOp, Place
from schemas.errors import NotFound, Unavailable
from schemas.ids import SessionId, StudyId
from server.store import tables
from server.store.database import Database

mirror = tables.mirror.c
session = tables.session.c
study = tables.study.c


class Mirrors:
    """Reads mirror rows in short reading units of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, session_id: SessionId, seq: int) -> Sequence[MirrorOp]:
        """Return all ops of the session after `seq`, in order. Raises Unavailable."""
        asked = (
            select(mirror.seq, mirror.root, mirror.key, mirror.value)
            .where(mirror.session_id == session_id, mirror.seq > seq)
            .order_by(mirror.seq)
        )
        try:
            async with self._database.read() as work:
                found = (await work.connection.execute(asked)).all()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error
        return [MirrorOp(row.seq, row.root, row.key, row.value) for row in found]

    async def place_of(self, session_id: SessionId) -> Place:
        """Return the session's place. Raises NotFound (`session.unknown`) or Unavailable."""
        found = await self.places((session_id,))
        if session_id not in found:
            raise NotFound("session.unknown", session=session_id)
        return found[session_id]

    async def places(self, sessions: Sequence[SessionId]) -> Mapping[SessionId, Place]:
        """Return the places of those sessions that there are. Raises Unavailable."""
        asked = (
            select(session.id, session.study_id, session.mirror_seq, study.bulletin_seq)
            .join(tables.study, study.id == session.study_id)
            .where(session.id.in_(sessions))
        )
        try:
            async with self._database.read() as work:
                found = (await work.connection.execute(asked)).all()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error
        return {
            SessionId(row.id): Place(StudyId(row.study_id), row.mirror_seq, row.bulletin_seq)
            for row in found
        }
