"""Sessions that are transcribed again: how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update

from schemas.errors import NotFound
from schemas.ids import PersonId, SessionId, TrackId
from schemas.session import Track
from schemas.transcript import Segment
from server.store import tables
from server.store.database import Work, rows
from server.store.tracks import track_of

State = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Rehearing:
    """done, total: utterances. changed: lines that got the new text; offered: those that people
    had touched, and what no line says. code: why it failed.
    """

    id: str
    session_id: SessionId
    person_id: PersonId
    model: str
    state: State
    done: int
    total: int
    changed: int
    offered: int
    code: str


async def add(work: Work, one: Rehearing, *, at: float) -> None:
    """Store one that begins."""
    await work.connection.execute(
        insert(tables.rehearing).values(
            id=one.id,
            session_id=one.session_id,
            person_id=one.person_id,
            model=one.model,
            state=one.state,
            done=one.done,
            total=one.total,
            changed=one.changed,
            offered=one.offered,
            code=one.code,
            at=at,
        )
    )


async def get(work: Work, rehearing_id: str) -> Rehearing:
    """Return one. Raises NotFound `rehearing.unknown`."""
    asked = select(tables.rehearing).where(tables.rehearing.c.id == rehearing_id)
    row = (await work.connection.execute(asked.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("rehearing.unknown", rehearing=rehearing_id)
    return _rehearing(row)


async def of_session(work: Work, session_id: SessionId) -> Sequence[Rehearing]:
    """Return a session's, newest first."""
    table = tables.rehearing
    asked = select(table).where(table.c.session_id == session_id).order_by(table.c.at.desc())
    return [_rehearing(row) for row in rows(await work.connection.execute(asked))]


async def running(work: Work) -> Sequence[Rehearing]:
    """Return what is not finished, oldest first."""
    table = tables.rehearing
    asked = select(table).where(table.c.state == "running").order_by(table.c.at)
    return [_rehearing(row) for row in rows(await work.connection.execute(asked))]


async def change(work: Work, rehearing_id: str, **values: object) -> None:
    """Change some columns."""
    await work.connection.execute(
        update(tables.rehearing).where(tables.rehearing.c.id == rehearing_id).values(**values)
    )


async def heard(work: Work, session_id: SessionId) -> Sequence[tuple[Track, Sequence[Segment]]]:
    """Return what was heard in a session, track by track in order; nothing that was struck."""
    utterance, track = tables.utterance.c, tables.track
    asked = (
        select(track, utterance.first_sample, utterance.last_sample)
        .join(track, track.c.id == utterance.track_id)
        .where(track.c.session_id == session_id, utterance.state.in_(["kept", "dropped"]))
        .order_by(track.c.created_at, track.c.id, utterance.first_sample)
    )
    found: dict[TrackId, tuple[Track, list[Segment]]] = {}
    for row in rows(await work.connection.execute(asked)):
        track_id = TrackId(row.id)
        _, segments = found.setdefault(track_id, (track_of(row), []))
        segments.append(Segment(track_id, row.first_sample, row.last_sample))
    return list(found.values())


def _rehearing(row: Row[Any]) -> Rehearing:
    return Rehearing(
        row.id,
        SessionId(row.session_id),
        PersonId(row.person_id),
        row.model,
        row.state,
        row.done,
        row.total,
        row.changed,
        row.offered,
        row.code,
    )
