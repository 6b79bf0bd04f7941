"""One track as it comes in: recorded first, then listened to, then put on the to-do list.

An utterance belongs to whoever had the floor when its speech began (`UtteranceLog.began`), so
whoever moves the floor does so before the first frame of the new speaker.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio
from anyio import to_thread

from schemas.errors import Conflict
from schemas.session import Track
from schemas.transcript import Hypothesis, Segment
from schemas.wire import SAMPLE_RATE, AudioFrame
from transcription.endpointer import Began, Endpoint, Endpointing
from transcription.listener import Listener
from transcription.off_record import AFTERWARDS, OffRecord, Pace, without
from transcription.ports import UtteranceLog
from transcription.recording import Recording
from transcription.samples import Samples
from transcription.scheduler import Job, Scheduler
from transcription.stabiliser import Stabiliser
from transcription.vad import Vad

INLINE_SAMPLES = 8_000
"""Up to here listening takes less than 5 ms; more goes to a thread."""
CATCH_UP_SAMPLES = 10 * SAMPLE_RATE
FIRST_INTERIM = 0.9
"""Seconds of an open utterance, its 200 ms of run-up included, before it is shown."""
INTERIM_EVERY = 1.0
INTERIM_COST = 3.0
"""Interim text of a track takes at most a third of a worker."""


@dataclass(frozen=True, slots=True)
class Ack:
    """What is on disk: the sequence number wanted next, and how many samples."""

    seq: int
    sample: int


class Intake:
    """Where one track's frames arrive; made by `Ear.listen`."""

    def __init__(
        self,
        track: Track,
        recording: Recording,
        utterances: UtteranceLog,
        scheduler: Scheduler,
        *,
        heard: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.track = track
        self.received_at = clock()
        self._recording = recording
        self._utterances = utterances
        self._scheduler = scheduler
        self._clock = clock
        self._listener = Listener(Vad, Endpointing.for_language(track.language), heard)
        self._endpoints: deque[Endpoint] = deque()
        self._stabiliser = Stabiliser(track.language)
        self._next_interim = -math.inf
        self._guessed: Segment | None = None
        self._turn = anyio.Lock()
        self._is_ended = False
        self._pace = Pace()
        self._off: list[OffRecord] = []

    @property
    def next_seq(self) -> int:
        """The sequence number that comes next."""
        return self._recording.next_seq

    @property
    def next_sample(self) -> int:
        """The sample that comes next."""
        return self._recording.next_sample

    @property
    def is_ended(self) -> bool:
        """Whether the track has ended and takes no more frames."""
        return self._is_ended

    @property
    def is_open(self) -> bool:
        """Whether somebody is speaking as far as was heard."""
        return self._listener.first_sample is not None

    async def catch_up(self) -> None:
        """Listen to what was recorded but, before a crash, never put on the list."""
        async with self._turn:
            while self._listener.next_sample < self._recording.next_sample:
                first = self._listener.next_sample
                samples = await self._recording.read(first, first + CATCH_UP_SAMPLES)
                await self._hear(samples)
                await self._settle()

    async def receive(self, frame: AudioFrame) -> None:
        """Record and hear what is new in `frame`.

        Duplicates are dropped by sample position, gaps recorded as silence. Waits while the
        disk is behind. Raises DiskFull, DiskSlow, TooFarAhead, or Conflict after the end; what
        was recorded before an error stays, and the frame may be sent again.
        """
        async with self._turn:
            if self._is_ended:
                raise Conflict("audio.ended", track=self.track.id)
            await self._recording.has_room()
            self.received_at = self._clock()
            self._pace.heard(self.received_at, frame.first_sample + frame.n_samples)
            appended = self._recording.append(without(frame, self._off))
            heard = max(0, self._listener.next_sample - appended.first_sample)  # before a crash
            if appended.gap > heard:
                self._endpoints += self._listener.silence(appended.gap - heard)
            await self._hear(appended.samples[max(0, heard - appended.gap) :])
            await self._settle()
            self._offer()
            if frame.is_end:
                await self._finish()

    def was_off(self, spans: Sequence[OffRecord]) -> None:
        """Keep nothing of these, unless this process saw for itself when it was off the record."""
        self._off = self._off or list(spans)

    def hold(self) -> None:
        """Off the record: of what is being said now and from now on no sample is kept.

        An open utterance ends by the silence that follows; nothing is waited for here, so it may
        be called inside a unit of work.
        """
        began = max(self.next_sample, self._pace.being_said(self._clock()) or 0)
        if not self._off or self._off[-1].last is not None:
            self._off.append(OffRecord(began, None))

    def release(self) -> None:
        """On the record again: what is said half a second from now is kept."""
        if self._off and self._off[-1].last is None:
            said = self._pace.being_said(self._clock())
            last = self.next_sample if said is None else said + AFTERWARDS
            self._off[-1] = OffRecord(self._off[-1].first, max(self._off[-1].first, last))

    async def acked(self, beyond: int) -> Ack:
        """Wait until more than `beyond` samples are on disk (-1: say what is). Raises DiskSlow."""
        return Ack(*await self._recording.durable(beyond))

    async def pause(self) -> None:
        """End an open utterance where it is; the track may go on later."""
        async with self._turn:
            if not self._is_ended:
                self._endpoints += self._listener.finish()
                await self._settle()
                self._scheduler.withdraw(self.track.id)

    async def end(self) -> None:
        """No more frames: end an open utterance and write everything to disk."""
        async with self._turn:
            await self._finish()

    async def drained(self) -> None:
        """Wait until every utterance of the track has its line, or was dropped."""
        await self._scheduler.drained(self.track.id)

    def hypothesis(self, job: Job, text: str, *, started: float) -> Hypothesis | None:
        """Return what to show after an interim decode; None if the utterance is closed by now."""
        now = self._clock()
        self._next_interim = max(self._next_interim, now + (INTERIM_COST - 1) * (now - started))
        if self._listener.first_sample != job.segment.first_sample:
            return None
        stable, tail = self._stabiliser.hear(text)
        return Hypothesis(self.track.id, job.segment.first_sample, stable, tail)

    async def _hear(self, samples: Samples) -> None:
        if len(samples) > INLINE_SAMPLES:
            self._endpoints += await to_thread.run_sync(self._listener.hear, samples)
        else:
            self._endpoints += self._listener.hear(samples)

    async def _settle(self) -> None:
        """Tell the to-do list; what it could not take is told again with the next frame.

        An utterance is on disk before it is on the list: what a crash takes is sent again, and would
        be missing from a line that was decoded without it.
        """
        while self._endpoints:
            endpoint = self._endpoints[0]
            if isinstance(endpoint, Began):
                await self._utterances.began(self.track, endpoint.first_sample)
                self._stabiliser = Stabiliser(self.track.language)
            else:
                segment = Segment(self.track.id, endpoint.first_sample, endpoint.last_sample)
                await self._recording.commit()
                await self._utterances.open(segment)
                self._scheduler.add(self.track, segment)
            self._endpoints.popleft()

    def _offer(self) -> None:
        """Have the utterance decoded as if it had ended in a pause, else for show."""
        pause = self._listener.pause
        if pause is None:
            self._offer_interim()
            return
        segment = Segment(self.track.id, *pause)
        if segment != self._guessed:
            self._guessed = segment
            self._scheduler.guess(self.track, segment)

    def _offer_interim(self) -> None:
        first = self._listener.first_sample
        if first is None:
            self._scheduler.withdraw(self.track.id)
            return
        last = self._listener.next_sample
        is_long_enough = last - first >= FIRST_INTERIM * SAMPLE_RATE
        if is_long_enough and self._clock() >= self._next_interim:
            self._scheduler.offer(self.track, Segment(self.track.id, first, last))
            self._next_interim = self._clock() + INTERIM_EVERY

    async def _finish(self) -> None:
        self._endpoints += self._listener.finish()
        await self._settle()
        self._scheduler.withdraw(self.track.id)
        self._is_ended = True
        await self._recording.commit()
