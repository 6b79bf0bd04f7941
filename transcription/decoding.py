"""Jobs to lines: what one worker does with its time, and what becomes of what it hears.

    Scheduler → samples from disk → guidance → a worker → script → keep rules → LineSink

While the room is `HURRY` seconds behind, finals are decoded with less care, and from `RELIEF` on, where
there is one, by a smaller model until the room is level again; that is written into the line, with the
model that heard it. Recordings that were brought in are never hurried: nobody waits for them in a room.
Nothing final is ever dropped without a reason.
"""

import time
from collections.abc import Callable
from typing import Protocol

import anyio
import structlog
from anyio import to_thread

from schemas.session import Language, TrackKind
from schemas.transcript import Hypothesis, Segment, Transcript
from transcription import keep
from transcription.engine import Care, Guidance, Heard
from transcription.errors import WorkerFailed
from transcription.ports import Guide, LineSink
from transcription.recording import TrackStore
from transcription.samples import Samples, to_float
from transcription.scheduler import Job, Scheduler
from transcription.script import written
from transcription.vad import speech_share

SINK_BACKOFF = 1.0
BEAT = 5.0
"""Seconds without a job after which a worker is asked for a sign of life."""
HURRY = 15.0
RELIEF = 60.0
LEVEL = 5.0

log = structlog.get_logger()


class Decoder(Protocol):
    """A worker, in a process of this machine or on another one."""

    model: str
    languages: tuple[Language, ...]

    @property
    def is_worn(self) -> bool:
        """Whether it has done enough and is to be replaced."""
        ...

    async def decode(
        self,
        samples: Samples,
        guidance: Guidance,
        care: Care,
        segment: Segment | None = None,
    ) -> Heard:
        """Return what is said; segment: where the samples lie. Raises WorkerFailed."""
        ...

    async def beat(self) -> None:
        """Give a sign of life. Raises WorkerFailed."""
        ...


class Decoding:
    """Takes jobs from the scheduler, hands lines to the sink and hypotheses to `show`."""

    def __init__(
        self,
        store: TrackStore,
        scheduler: Scheduler,
        guide: Guide,
        sink: LineSink,
        show: Callable[[Job, str, float], None],
        clock: Callable[[], float] = time.monotonic,
        *,
        beat: float = BEAT,
        has_smaller: bool = False,
    ) -> None:
        """has_smaller: whether the workers have a second model for when they are very far behind."""
        self._store = store
        self._scheduler = scheduler
        self._guide = guide
        self._sink = sink
        self._show = show
        self._clock = clock
        self._beat = beat
        self._has_smaller = has_smaller
        self._is_relieved = False

    @property
    def is_relieved(self) -> bool:
        """Whether the smaller model hears what is said."""
        self._is_relieved = self._has_smaller and (
            self._scheduler.lag() > (LEVEL if self._is_relieved else RELIEF)
        )
        return self._is_relieved

    async def serve(self, worker: Decoder) -> None:
        """Decode with `worker` until it is worn. Raises WorkerFailed; what it had is put back."""
        while not worker.is_worn:
            job: Job | None = None
            with anyio.move_on_after(self._beat):
                job = await self._scheduler.next()
            if job is None:
                await worker.beat()
                continue
            try:
                await self._do(job, worker)
            except WorkerFailed:
                self._scheduler.put_back(job)
                raise

    async def _do(self, job: Job, worker: Decoder) -> None:
        started = self._clock()
        recording = await self._store.open(job.track.id)
        samples = await recording.read(job.segment.first_sample, job.segment.last_sample)
        guess = self._scheduler.take_guess(job) if job.is_final else None
        if guess is not None:
            verdict = await _judged(samples, guess.heard, guess.guidance, Care.FINAL, worker)
            await self._conclude(job, guess.heard, guess.guidance, guess.model, verdict)
            return
        guidance = await self._guide.guidance(job.track)
        care = self._care(job)
        heard = await worker.decode(samples, guidance, care, job.segment)
        if job.is_final:
            verdict = await _judged(samples, heard, guidance, care, worker)
            await self._conclude(job, heard, guidance, heard.model or worker.model, verdict)
            return
        if job.is_guess:
            self._scheduler.guessed(job, heard, heard.model or worker.model, guidance)
        self._show(job, written(heard.text, heard.language, guidance.script), started)

    def _care(self, job: Job) -> Care:
        if not (job.is_final or job.is_guess):
            return Care.INTERIM
        if job.track.kind is TrackKind.UPLOAD:
            return Care.FINAL
        if self.is_relieved:
            return Care.RELIEF
        return Care.HURRIED if self._scheduler.lag() > HURRY else Care.FINAL

    async def _conclude(
        self, job: Job, heard: Heard, guidance: Guidance, model: str, verdict: keep.Verdict
    ) -> None:
        text = written(heard.text, heard.language, guidance.script) if verdict.is_kept else ""
        transcript = Transcript(
            segment=job.segment,
            text=text,
            language=heard.language,
            confidence=heard.confidence,
            model=model,
            reason=verdict.reason,
        )
        try:
            await self._sink.final(transcript)
        except Exception as error:  # the sink is the server's: its failure only delays the line
            log.error("ear.sink_failed", track=job.track.id, error=type(error).__name__)
            self._scheduler.put_back(job)
            await anyio.sleep(SINK_BACKOFF)
            return
        self._scheduler.finished(job)
        self._sink.interim(Hypothesis(job.track.id, job.segment.first_sample, "", ""))


async def _judged(
    samples: Samples, heard: Heard, guidance: Guidance, care: Care, worker: Decoder
) -> keep.Verdict:
    share = await to_thread.run_sync(speech_share, to_float(samples))
    verdict = keep.judge(
        heard, speech_share=share, hotwords=guidance.hotwords, known=worker.languages
    )
    return keep.Verdict(verdict.is_kept, f"{verdict.reason} care={care.value}")
