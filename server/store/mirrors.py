"""Mirror rows as rooms read them (`realtime.mirror.MirrorLog`)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from realtime.mirror import MirrorOp
from schemas.errors import NotFound, Unavailable
from schemas.ids import SessionId, StudyId
from server.store import tables
from server.store.database import Database

mirror = tables.mirror.c
session = tables.session.c


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

    async def study_of(self, session_id: SessionId) -> StudyId:
        """Return the session's study. Raises NotFound (`session.unknown`) or Unavailable."""
        asked = select(session.study_id).where(session.id == session_id)
        try:
            async with self._database.read() as work:
                study = (await work.connection.execute(asked)).scalar_one_or_none()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("database.unavailable") from error
        if study is None:
            raise NotFound("session.unknown", session=session_id)
        return StudyId(study)
