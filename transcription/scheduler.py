"""What is decoded next: finals, guesses, interim text, uploads; the oldest first, fair by session.

Uploads wait for everything that somebody is speaking, but not for ever: every `UPLOAD_TURN` seconds
one of their utterances goes before guesses and interim text, never before a final. A guess is an utterance decoded in a pause in which it may have ended. If it has, its final is the
same samples and takes over what was heard; if somebody goes on speaking, it was for show.

Finals are references to audio on disk, bounded by what was said, and mirrored in the database:
they wait here for as long as it takes and are never dropped. Interim jobs keep only the newest of
each track. A final that a worker failed on three times comes after all others, so that one
utterance that kills workers cannot hold up a room.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import anyio

from schemas.ids import SessionId, TrackId
from schemas.session import Track, TrackKind
from schemas.transcript import Segment
from transcription.engine import Guidance, Heard

MAX_ATTEMPTS = 3
UPLOAD_TURN = 15.0


@dataclass(frozen=True, slots=True)
class Job:
    """One decode. opened: when the utterance was put on the list, by the scheduler's clock.

    is_guess: with a final's care, though the utterance may not have ended.
    """

    track: Track
    segment: Segment
    is_final: bool
    opened: float
    order: int
    attempts: int = 0
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Guess:
    """What was heard in a pause, by which model and under which guidance."""

    segment: Segment
    heard: Heard
    model: str
    guidance: Guidance


class Scheduler:
    """All jobs of one process, waiting or being decoded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._order = count()
        self._unfinished: dict[Segment, Job] = {}
        self._finals: dict[Segment, Job] = {}
        self._guesses: dict[TrackId, Job] = {}
        self._guessing: set[Segment] = set()
        self._guessed: dict[TrackId, Guess] = {}
        self._interims: dict[TrackId, Job] = {}
        self._served: dict[SessionId, int] = {}
        self._upload_served = clock()
        self._arrived = anyio.Event()
        self._progress = anyio.Event()

    def add(self, track: Track, segment: Segment) -> None:
        """Have the utterance decoded for good; the same segment again changes nothing."""
        if segment in self._unfinished:
            return
        job = Job(track, segment, True, self._clock(), next(self._order))
        self._unfinished[segment] = self._finals[segment] = job
        self._wake()

    def offer(self, track: Track, segment: Segment) -> None:
        """Have the open utterance decoded for show, in place of the track's older offer."""
        job = Job(track, segment, False, self._clock(), next(self._order))
        self._interims[track.id] = job
        self._wake()

    def guess(self, track: Track, segment: Segment) -> None:
        """Have what may be a whole utterance decoded early, in place of the track's older jobs."""
        self._interims.pop(track.id, None)
        job = Job(track, segment, False, self._clock(), next(self._order), is_guess=True)
        self._guesses[track.id] = job
        self._wake()

    def guessed(self, job: Job, heard: Heard, model: str, guidance: Guidance) -> None:
        """Keep what a guess was heard as, for its final."""
        self._guessed[job.track.id] = Guess(job.segment, heard, model, guidance)
        self._guessing.discard(job.segment)
        self._wake()

    def take_guess(self, job: Job) -> Guess | None:
        """Return what was heard of the same samples before, once."""
        guess = self._guessed.get(job.track.id)
        if guess is None or guess.segment != job.segment:
            return None
        return self._guessed.pop(job.track.id)

    def withdraw(self, track_id: TrackId) -> None:
        """Forget the track's interim job and guess: its utterance is closed."""
        self._interims.pop(track_id, None)
        self._guesses.pop(track_id, None)

    async def next(self) -> Job:
        """Wait for the next job and take it; then `finished` or `put_back` is called with it."""
        while not (jobs := self._ready()):
            await self._arrived.wait()
        job = min(jobs, key=self._rank)
        if job.is_final:
            del self._finals[job.segment]
        elif job.is_guess:
            del self._guesses[job.track.id]
            self._guessing.add(job.segment)
        else:
            del self._interims[job.track.id]
        self._served[job.track.session_id] = next(self._order)
        if _is_upload(job):
            self._upload_served = self._clock()
        return job

    def put_back(self, job: Job) -> None:
        """The worker failed: a final waits again, interim text and guesses are not worth it."""
        if job.is_guess:
            self._guessing.discard(job.segment)
            self._wake()
        if job.is_final:
            again = replace(job, attempts=job.attempts + 1)
            self._unfinished[job.segment] = self._finals[job.segment] = again
            self._wake()

    def finished(self, job: Job) -> None:
        """The final's transcript is stored."""
        self._unfinished.pop(job.segment, None)
        guess = self._guessed.get(job.track.id)
        if guess is not None and guess.segment.first_sample <= job.segment.first_sample:
            del self._guessed[job.track.id]  # somebody went on speaking after it
        progress, self._progress = self._progress, anyio.Event()
        progress.set()

    def lag(self) -> float:
        """Return for how many seconds the oldest unfinished utterance has waited; 0 if none.

        Uploads do not count: nobody waits in a room for them.
        """
        live = (job for job in self._unfinished.values() if not _is_upload(job))
        oldest = min((job.opened for job in live), default=None)
        return 0.0 if oldest is None else self._clock() - oldest

    async def caught_up(self) -> None:
        """Wait until nothing that was spoken waits; uploads may."""
        while self.lag() > 0:
            await self._progress.wait()

    async def drained(self, track_id: TrackId) -> None:
        """Wait until every final of the track is finished."""
        while any(job.track.id == track_id for job in self._unfinished.values()):
            await self._progress.wait()

    def _ready(self) -> list[Job]:
        """The most urgent kind of job; a final that is being guessed waits for the guess."""
        finals = [job for job in self._finals.values() if job.segment not in self._guessing]
        live = [job for job in finals if not _is_upload(job)]
        uploads = [job for job in finals if _is_upload(job)]
        if not live and uploads and self._clock() - self._upload_served >= UPLOAD_TURN:
            return uploads
        return live or list((self._guesses or self._interims).values()) or uploads

    def _rank(self, job: Job) -> tuple[bool, int, int]:
        served = self._served.get(job.track.session_id, -1)
        return (job.attempts >= MAX_ATTEMPTS, served, job.order)

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, anyio.Event()
        arrived.set()


def _is_upload(job: Job) -> bool:
    return job.is_final and job.track.kind is TrackKind.UPLOAD
