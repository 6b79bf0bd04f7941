"""What a newcomer is shown of a session before being let in."""

from dataclasses import dataclass

from sqlalchemy import case, select

from schemas.errors import NotFound
from schemas.ids import SessionId
from schemas.session import Bilingual, Session, SessionState, Unit
from server.store import sessions, studies, tables
from server.store.database import Work


@dataclass(frozen=True, slots=True)
class Door:
    """A session as seen from outside: its study's title, and the units one may come for."""

    session: Session
    study_title: Bilingual
    code: str
    units: tuple[Unit, ...]


async def by_code(work: Work, code_sha256: str) -> Door | None:
    """Return the session that a join code opens, or None; a closed one gives way to an open one."""
    session = tables.session.c
    closed_last = case((session.state == SessionState.CLOSED.value, 1), else_=0)
    found = select(session.id).where(session.code_sha256 == code_sha256).order_by(closed_last)
    session_id = (await work.connection.execute(found.limit(1))).scalar_one_or_none()
    return None if session_id is None else await by_session(work, SessionId(session_id))


async def by_session(work: Work, session_id: SessionId) -> Door | None:
    """Return that session, or None."""
    try:
        sitting = await sessions.sitting(work, session_id)
    except NotFound:
        return None
    study = await studies.get(work, sitting.session.study_id)
    units = await studies.units(work, study.id)
    return Door(sitting.session, study.title, sitting.code, tuple(units))
