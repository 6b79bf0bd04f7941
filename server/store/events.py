"""The append-only log of a study: who did what, as which role, from which version on.

Events are numbered per study without gaps in commit order: the study's row is locked until the
unit of work ends, so no later number can be seen before an earlier one.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from schemas.ids import PersonId, SessionId, StudyId
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded change. subject: the id of what changed. at: UTC; session_time: seconds.

    actor: the person's name, "" where the server acted.
    """

    study_id: StudyId
    seq: int
    session_id: SessionId | None
    person_id: PersonId | None
    role: str
    action: str
    subject: str
    body: Mapping[str, object]
    base_version: int | None
    session_time: float | None
    at: float
    actor: str


async def record(
    work: Work,
    study_id: StudyId,
    action: str,
    subject: str,
    *,
    session_id: SessionId | None = None,
    person_id: PersonId | None = None,
    role: str = "server",
    body: Mapping[str, object] | None = None,
    base_version: int | None = None,
    at: float | None = None,
) -> int:
    """Append one event and return its number in the study.

    action: dotted, such as `proposal.wording_put`. body: JSON; what was said stays in its own
    rows and is named by id, because events are never changed and speech can be redacted.
    The session time is worked out from the session's opening.
    """
    now = time.time() if at is None else at
    bumped = (
        update(tables.study)
        .where(tables.study.c.id == study_id)
        .values(event_seq=tables.study.c.event_seq + 1)
        .returning(tables.study.c.event_seq)
    )
    seq: int = (await work.connection.execute(bumped)).scalar_one()
    await work.connection.execute(
        insert(tables.study_event).values(
            study_id=study_id,
            seq=seq,
            session_id=session_id,
            person_id=person_id,
            role=role,
            action=action,
            subject=subject,
            body=dict(body or {}),
            base_version=base_version,
            session_time=await _session_time(work, session_id, now),
            at=now,
        )
    )
    return seq


async def of_subjects(work: Work, study_id: StudyId, subjects: tuple[str, ...]) -> list[Event]:
    """Return the events about any of these ids, oldest first."""
    asked = (
        _named()
        .where(tables.study_event.c.study_id == study_id)
        .where(tables.study_event.c.subject.in_(subjects))
        .order_by(tables.study_event.c.seq)
    )
    return [_event(row) for row in rows(await work.connection.execute(asked))]


async def of_study(
    work: Work, study_id: StudyId, *, after: int = 0, limit: int = 500
) -> list[Event]:
    """Return the study's events with numbers above `after`, oldest first, at most `limit`."""
    asked = (
        _named()
        .where(tables.study_event.c.study_id == study_id, tables.study_event.c.seq > after)
        .order_by(tables.study_event.c.seq)
        .limit(limit)
    )
    return [_event(row) for row in rows(await work.connection.execute(asked))]


async def of_actions(
    work: Work, study_id: StudyId, actions: Collection[str], *, before: int | None, limit: int
) -> list[Event]:
    """Return the newest events of these kinds, with numbers below `before`, the oldest first."""
    event = tables.study_event.c
    asked = _named().where(event.study_id == study_id, event.action.in_(sorted(actions)))
    if before is not None:
        asked = asked.where(event.seq < before)
    asked = asked.order_by(event.seq.desc()).limit(limit)
    return [_event(row) for row in rows(await work.connection.execute(asked))][::-1]


async def of_session(work: Work, study_id: StudyId, session_id: SessionId) -> list[Event]:
    """Return what happened in one session, oldest first."""
    asked = (
        _named()
        .where(tables.study_event.c.study_id == study_id)
        .where(tables.study_event.c.session_id == session_id)
        .order_by(tables.study_event.c.seq)
    )
    return [_event(row) for row in rows(await work.connection.execute(asked))]


async def _session_time(work: Work, session_id: SessionId | None, now: float) -> float | None:
    if session_id is None:
        return None
    asked = select(tables.session.c.opened_at).where(tables.session.c.id == session_id)
    opened_at: float | None = (await work.connection.execute(asked)).scalar_one_or_none()
    return None if opened_at is None else now - opened_at


def _named() -> Select[Any]:
    name = func.coalesce(tables.person.c.name, "").label("actor")
    people = tables.person.c.id == tables.study_event.c.person_id
    return select(tables.study_event, name).outerjoin(tables.person, people)


def _event(row: Any) -> Event:
    return Event(**row._mapping)
