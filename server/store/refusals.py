"""Refused messages as rows: who, where, why, how often and when; never what was in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from schemas.ids import PersonId, SessionId
from server.store import tables
from server.store.database import Work, rows

refusal = tables.refusal.c


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one person's messages to one session were refused for. Times are UTC."""

    session_id: SessionId
    person_id: PersonId
    code: str
    times: int
    first_at: float
    last_at: float


async def add(
    work: Work, counted: Mapping[tuple[SessionId, PersonId, str], int], at: float
) -> None:
    """Count further refusals."""
    insert = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    for (session_id, person_id, code), times in sorted(counted.items()):
        first = insert(tables.refusal).values(
            session_id=session_id,
            person_id=person_id,
            code=code,
            times=times,
            first_at=at,
            last_at=at,
        )
        again = first.on_conflict_do_update(
            index_elements=[refusal.session_id, refusal.person_id, refusal.code],
            set_={"times": refusal.times + times, "last_at": at},
        )
        await work.connection.execute(again)


async def of_session(work: Work, session_id: SessionId) -> Sequence[Refusal]:
    """Return the refusals of a session, the latest first."""
    asked = select(tables.refusal).where(refusal.session_id == session_id)
    found = await work.connection.execute(asked.order_by(refusal.last_at.desc()))
    return [Refusal(**row._mapping) for row in rows(found)]
