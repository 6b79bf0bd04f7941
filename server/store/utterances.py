"""Utterances: the ear's to-do list. An utterance has the id of the line that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select, update

from schemas.errors import NotFound
from schemas.ids import LineId, PersonId, SessionId, StepId, TrackId, UtteranceId, line_id
from schemas.transcript import Segment
from server.store import homes, tables
from server.store.database import Work, rows
from server.store.once import insert_once
from server.store.tracks import track_of
from transcription.ports import Utterance


@dataclass(frozen=True, slots=True)
class Opened:
    """An utterance as stored. at: UTC, when its speech began; floor, step: as they were then."""

    is_pending: bool
    at: float
    floor: PersonId | None
    step: StepId | None


def utterance_id(segment: Segment) -> UtteranceId:
    """Return the utterance's id, the same every time."""
    return UtteranceId(line_id(segment.track_id, segment.first_sample, segment.last_sample))


async def add(
    work: Work, segment: Segment, *, floor: PersonId | None, step: StepId | None, at: float
) -> None:
    """Put an utterance on the list, unless it is there already."""
    await insert_once(
        work,
        tables.utterance,
        id=utterance_id(segment),
        track_id=segment.track_id,
        first_sample=segment.first_sample,
        last_sample=segment.last_sample,
        state="pending",
        reason="",
        floor=floor,
        step_id=step,
        created_at=at,
    )


async def get(work: Work, segment: Segment) -> Opened:
    """Return an utterance; on PostgreSQL nobody else settles it meanwhile.

    Raises NotFound `utterance.unknown`.
    """
    asked = select(tables.utterance).where(tables.utterance.c.id == utterance_id(segment))
    row = (await work.connection.execute(asked.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("utterance.unknown", track=segment.track_id)
    return Opened(
        row.state == "pending",
        row.created_at,
        None if row.floor is None else PersonId(row.floor),
        None if row.step_id is None else StepId(row.step_id),
    )


async def settle(
    work: Work, segment: Segment, state: Literal["kept", "dropped"], reason: str
) -> None:
    """Take an utterance off the list and remember why."""
    await work.connection.execute(
        update(tables.utterance)
        .where(tables.utterance.c.id == utterance_id(segment))
        .values(state=state, reason=reason)
    )


async def pending(work: Work, node: str) -> Sequence[Utterance]:
    """Return what is on the list of a node: its tracks lie there. Oldest first."""
    utterance, track = tables.utterance.c, tables.track
    asked = (
        select(track, utterance.first_sample, utterance.last_sample)
        .join(track, track.c.id == utterance.track_id)
        .where(utterance.state == "pending", homes.of(node))
        .order_by(utterance.created_at, utterance.first_sample)
    )
    return [
        Utterance(track_of(row), Segment(TrackId(row.id), row.first_sample, row.last_sample))
        for row in rows(await work.connection.execute(asked))
    ]


async def segment(work: Work, line_id: LineId) -> Segment | None:
    """Return the samples of a spoken line; None where nothing was recorded."""
    utterance = tables.utterance.c
    asked = select(utterance.track_id, utterance.first_sample, utterance.last_sample)
    row = (await work.connection.execute(asked.where(utterance.id == line_id))).one_or_none()
    return None if row is None else Segment(TrackId(row[0]), row[1], row[2])


async def waits(work: Work, session_id: SessionId) -> bool:
    """Whether something said in a session is not transcribed yet."""
    asked = (
        select(tables.utterance.c.id)
        .join(tables.track, tables.track.c.id == tables.utterance.c.track_id)
        .where(tables.track.c.session_id == session_id, tables.utterance.c.state == "pending")
    )
    return (await work.connection.execute(asked.limit(1))).first() is not None


async def heard(work: Work, track_id: TrackId) -> int:
    """Return the last sample of the track's last utterance; 0 before the first."""
    asked = select(func.max(tables.utterance.c.last_sample)).where(
        tables.utterance.c.track_id == track_id
    )
    return (await work.connection.execute(asked)).scalar_one() or 0
