"""Tracks: which streams of audio a session has, and which of them are still open."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update

from schemas.errors import NotFound
from schemas.ids import PersonId, SessionId, TrackId
from schemas.session import Language, SessionState, Track, TrackKind
from server.store import homes, tables
from server.store.database import Work, rows


async def add(work: Work, track: Track, *, at: float) -> None:
    """Store a track that is open."""
    await work.connection.execute(
        insert(tables.track).values(
            id=track.id,
            session_id=track.session_id,
            person_id=track.person_id,
            kind=track.kind.value,
            label=track.label,
            language=track.language.value,
            offset=track.offset,
            ended=False,
            either=track.is_either,
            created_at=at,
        )
    )


async def get(work: Work, track_id: TrackId) -> Track:
    """Return one track. Raises NotFound `track.unknown`."""
    asked = select(tables.track).where(tables.track.c.id == track_id)
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("track.unknown", track=track_id)
    return track_of(row)


async def is_ended(work: Work, track_id: TrackId) -> bool:
    """Whether no more audio will come. Raises NotFound `track.unknown`."""
    asked = select(tables.track.c.ended).where(tables.track.c.id == track_id)
    ended = (await work.connection.execute(asked)).scalar_one_or_none()
    if ended is None:
        raise NotFound("track.unknown", track=track_id)
    return bool(ended)


async def of_session(work: Work, session_id: SessionId) -> Sequence[Track]:
    """Return a session's tracks, oldest first."""
    return await _tracks(work, tables.track.c.session_id == session_id)


async def unended(work: Work, session_id: SessionId) -> Sequence[Track]:
    """Return the open tracks of a session, oldest first."""
    return await _tracks(
        work, tables.track.c.ended.is_(False), tables.track.c.session_id == session_id
    )


async def unended_of(work: Work, node: str) -> Sequence[Track]:
    """Return the open tracks that lie on a node's disk, oldest first."""
    return await _tracks(work, tables.track.c.ended.is_(False), homes.of(node))


async def left_open(work: Work, node: str) -> Sequence[Track]:
    """Return the open tracks of closed sessions that lie on a node's disk."""
    closed = select(tables.session.c.id).where(tables.session.c.state == SessionState.CLOSED.value)
    return await _tracks(
        work,
        tables.track.c.ended.is_(False),
        tables.track.c.session_id.in_(closed),
        homes.of(node),
    )


async def of_proofed(work: Work) -> Sequence[TrackId]:
    """Return the tracks whose sound was to be deleted when the transcript was proofed."""
    proofed = select(tables.discretion.c.session_id).where(
        tables.discretion.c.proofed_at.is_not(None)
    )
    return [track.id for track in await _tracks(work, tables.track.c.session_id.in_(proofed))]


async def end(work: Work, track_id: TrackId) -> bool:
    """Close a track; return whether it was open."""
    ended = (
        update(tables.track)
        .where(tables.track.c.id == track_id, tables.track.c.ended.is_(False))
        .values(ended=True)
    )
    return (await work.connection.execute(ended)).rowcount == 1


def track_of(row: Row[Any]) -> Track:
    """Return the track in a row that has all columns of the table."""
    return Track(
        TrackId(row.id),
        SessionId(row.session_id),
        TrackKind(row.kind),
        row.label,
        Language(row.language),
        None if row.person_id is None else PersonId(row.person_id),
        row.offset,
        row.either,
    )


async def _tracks(work: Work, *which: ColumnElement[bool]) -> Sequence[Track]:
    track = tables.track.c
    asked = select(tables.track).where(*which).order_by(track.created_at, track.id)
    return [track_of(row) for row in rows(await work.connection.execute(asked))]
