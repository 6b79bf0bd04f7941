"""What a session keeps to itself: its sound, moments off the record, its wall screen, what was struck."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, select, update

from schemas.ids import LineId, PersonId, SessionId, TrackId, new_id
from schemas.session import AudioMode
from schemas.transcript import Segment
from server.store import tables
from server.store.database import Work, rows

SCREEN_DELAY = 20.0


@dataclass(frozen=True, slots=True)
class Discretion:
    """off_since, proofed_at: UTC seconds. screen_delay: None where the wall shows no speech."""

    audio: AudioMode = AudioMode.KEPT
    off_since: float | None = None
    screen_delay: float | None = SCREEN_DELAY
    screen_blank: bool = False
    proofed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A time off the record, UTC seconds; ended_at None while it lasts."""

    began_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Redaction:
    """A struck line. segment: its samples, None where nothing was recorded.

    kin: lines that shared words with it, by splitting and joining. is_forgotten: it is gone from the
    document. is_silenced: it is gone from the sound.
    """

    line_id: LineId
    session_id: SessionId
    segment: Segment | None
    kin: tuple[LineId, ...] = ()
    is_forgotten: bool = False
    is_silenced: bool = False


async def get(work: Work, session_id: SessionId) -> Discretion:
    """Return a session's discretion; the default where nothing was ever decided."""
    table = tables.discretion
    asked = select(table).where(table.c.session_id == session_id)
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        return Discretion()
    return Discretion(
        AudioMode(row.audio), row.off_since, row.screen_delay, row.screen_blank, row.proofed_at
    )


async def proofed(work: Work, session_ids: Collection[SessionId]) -> Mapping[SessionId, float]:
    """Return when the sound of these sessions was deleted, of those where it was (UTC seconds)."""
    table = tables.discretion.c
    asked = select(table.session_id, table.proofed_at).where(
        table.session_id.in_(session_ids), table.proofed_at.is_not(None)
    )
    return {
        SessionId(row.session_id): row.proofed_at
        for row in rows(await work.connection.execute(asked))
    }


async def change(work: Work, session_id: SessionId, **values: object) -> Discretion:
    """Store what has changed, under the session's lock; return how it is now."""
    table = tables.discretion
    now = replace(await get(work, session_id), **values)  # type: ignore[arg-type]  # own names
    await work.connection.execute(delete(table).where(table.c.session_id == session_id))
    await work.connection.execute(
        insert(table).values(
            session_id=session_id,
            audio=now.audio.value,
            off_since=now.off_since,
            screen_delay=now.screen_delay,
            screen_blank=now.screen_blank,
            proofed_at=now.proofed_at,
        )
    )
    return now


async def begin_span(work: Work, session_id: SessionId, at: float) -> None:
    """Note that the session is off the record from now on."""
    await work.connection.execute(
        insert(tables.off_record).values(
            id=new_id(), session_id=session_id, began_at=at, ended_at=None
        )
    )


async def end_span(work: Work, session_id: SessionId, at: float) -> None:
    """Note that it is on the record again."""
    span = tables.off_record.c
    await work.connection.execute(
        update(tables.off_record)
        .where(span.session_id == session_id, span.ended_at.is_(None))
        .values(ended_at=at)
    )


async def spans(work: Work, session_id: SessionId) -> Sequence[Span]:
    """Return when a session was off the record, oldest first."""
    span = tables.off_record.c
    asked = select(span.began_at, span.ended_at).where(span.session_id == session_id)
    found = rows(await work.connection.execute(asked.order_by(span.began_at)))
    return [Span(row.began_at, row.ended_at) for row in found]


async def queue(work: Work, redaction: Redaction, *, by: PersonId, at: float) -> None:
    """Have what is left of a struck line removed as soon as it can be."""
    segment = redaction.segment
    await work.connection.execute(
        insert(tables.redaction).values(
            id=redaction.line_id,
            session_id=redaction.session_id,
            track_id=None if segment is None else segment.track_id,
            first_sample=None if segment is None else segment.first_sample,
            last_sample=None if segment is None else segment.last_sample,
            kin=list(redaction.kin),
            asked_by=by,
            asked_at=at,
        )
    )


async def session_of_struck(work: Work, line_id: LineId) -> SessionId | None:
    """Return the session of a struck line, None if it was not struck."""
    asked = select(tables.redaction.c.session_id).where(tables.redaction.c.id == line_id)
    found = (await work.connection.execute(asked)).scalar_one_or_none()
    return None if found is None else SessionId(found)


async def queued(work: Work) -> Sequence[Redaction]:
    """Return what waits to be removed, oldest first."""
    table = tables.redaction
    asked = select(table).where(table.c.done_at.is_(None)).order_by(table.c.asked_at)
    return [
        Redaction(
            LineId(row.id),
            SessionId(row.session_id),
            None
            if row.track_id is None
            else Segment(TrackId(row.track_id), row.first_sample, row.last_sample),
            tuple(LineId(one) for one in row.kin),
            row.forgotten_at is not None,
            row.silenced_at is not None,
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def settle(
    work: Work, *, forgotten: Sequence[LineId], silenced: Sequence[LineId], at: float
) -> int:
    """Note what was removed of struck lines; return of how many nothing is left since now."""
    table = tables.redaction
    for ids, column in ((forgotten, "forgotten_at"), (silenced, "silenced_at")):
        named = table.c.id.in_(ids)
        await work.connection.execute(update(table).where(named).values({column: at}))
    is_done = table.c.forgotten_at.is_not(None) & table.c.silenced_at.is_not(None)
    settled = update(table).where(is_done, table.c.done_at.is_(None)).values(done_at=at)
    return (await work.connection.execute(settled)).rowcount
