"""Hearing: the ear's to-do list as rows, and its words into the record and onto the screens.

The presumed speaker of an utterance is who had the floor when its speech began: the ear says so
with `began`, before the next frame is taken, so a floor that moves between two frames moves
exactly there. An utterance whose beginning was heard by an earlier process takes the floor as it
stands in the row.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from realtime.rooms import Rooms
from schemas.ids import PersonId, StepId, TrackId, UnitId
from schemas.session import Track, TrackKind
from schemas.transcript import Hypothesis, Segment, Transcript
from schemas.wire import LATE, EarState
from server.services.transcripts import Transcripts
from server.store import people, sessions, tracks, utterances
from server.store.database import Database, Work
from transcription.ports import Utterance


@dataclass(frozen=True, slots=True)
class _Speaking:
    """Who is presumed to speak on a track since `sample`, heard at `at`, and in which step."""

    track: Track
    sample: int
    at: float
    person_id: PersonId | None
    step_id: StepId | None
    name: str
    unit_id: UnitId | None


class Hearing:
    """Given to the ear as its UtteranceLog and its LineSink. node: whose disk the ear reads."""

    def __init__(
        self,
        database: Database,
        transcripts: Transcripts,
        rooms: Rooms,
        now: Callable[[], float] = time.time,
        *,
        node: str = "",
    ) -> None:
        self._database = database
        self._transcripts = transcripts
        self._rooms = rooms
        self._now = now
        self._node = node
        self._speaking: dict[TrackId, _Speaking] = {}

    async def began(self, track: Track, sample: int) -> None:
        """Remember who has the floor, and which step runs, as speech begins at `sample`."""
        async with self._database.read() as work:
            self._speaking[track.id] = await _speaking(work, track, sample, self._now())

    async def open(self, segment: Segment) -> None:
        """Put an utterance on the list; the same samples twice are one utterance."""
        speaking = self._speaking.get(segment.track_id)
        async with self._database.write() as work:
            if speaking is None or speaking.sample != segment.first_sample:
                track = await tracks.get(work, segment.track_id)
                speaking = await _speaking(work, track, segment.first_sample, self._now())
            await utterances.add(
                work,
                segment,
                floor=speaking.person_id,
                step=speaking.step_id,
                at=speaking.at,
            )

    async def heard(self, track: TrackId) -> int:
        """Return where the last utterance of the track ends; 0 before the first."""
        async with self._database.read() as work:
            return await utterances.heard(work, track)

    async def pending(self) -> Sequence[Utterance]:
        """Return what still waits for its transcript, oldest first."""
        async with self._database.read() as work:
            return await utterances.pending(work, self._node)

    async def unended(self) -> Sequence[Track]:
        """Return the tracks here that were never ended."""
        async with self._database.read() as work:
            return await tracks.unended_of(work, self._node)

    async def final(self, transcript: Transcript) -> None:
        """Write the line, or only why there is none, and tick the list: one unit of work."""
        segment = transcript.segment
        async with self._database.write() as work:
            opened = await utterances.get(work, segment)
            if not opened.is_pending:
                return
            state: Literal["kept", "dropped"] = "kept" if transcript.text else "dropped"
            if transcript.text:
                await self._transcripts.spoken(
                    transcript,
                    floor=opened.floor,
                    step=opened.step,
                    reason=transcript.reason,
                    began_at=opened.at,
                    work=work,
                )
            await utterances.settle(work, segment, state, transcript.reason)

    def interim(self, hypothesis: Hypothesis) -> None:
        """Show an open utterance to the room, where it is loaded; empty text clears it."""
        speaking = self._speaking.get(hypothesis.track_id)
        room = speaking and self._rooms.get(speaking.track.session_id)
        if not speaking or not room:
            return
        room.send_interim(
            {
                "track": hypothesis.track_id,
                "first": hypothesis.first_sample,
                "stable": hypothesis.stable,
                "tail": hypothesis.tail,
                "speaker": speaking.name,
                "unit": speaking.unit_id,
                "presumed": speaking.track.person_id is None and speaking.person_id is not None,
            }
        )

    def status(self, state: EarState, lag: float) -> None:
        """Say on every screen how the ear is; seconds matter only while it is behind."""
        health = {"ear": state, "lag": round(lag) if state in LATE else 0}
        for room in self._rooms.loaded():
            room.send_health(health)


async def _speaking(work: Work, track: Track, sample: int, at: float) -> _Speaking:
    session = await sessions.get(work, track.session_id)
    is_now = track.kind is not TrackKind.UPLOAD  # else the floor says nothing about who spoke
    person_id = track.person_id or (session.floor if is_now else None)
    person = None if person_id is None else await people.by_id(work, person_id)
    return _Speaking(
        track,
        sample,
        at,
        None if person is None else person.id,
        session.step_id,
        "" if person is None else person.name,
        None if person is None else person.unit_id,
    )
