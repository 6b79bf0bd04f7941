"""The ear: tracks in, transcripts out.

    frame → Recording (disk) → Listener (endpoints) → UtteranceLog (to-do list) → Scheduler
          → Decoding (a worker, keep rules) → LineSink

Nothing in the second half can hold up the first. Without a usable model the ear is `off`: tracks
are recorded, utterances wait on the list, and are decoded once a model is there.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import anyio
import structlog

from schemas.ids import SessionId, TrackId
from schemas.session import Track, TrackKind
from schemas.transcript import Transcript
from schemas.wire import EarState
from transcription.away import Away
from transcription.decoding import Decoding
from transcription.engine import Guidance, Loading
from transcription.intake import Ack, Intake
from transcription.off_record import OffRecord
from transcription.pool import Pool, default_size
from transcription.ports import Guide, LineSink, UtteranceLog
from transcription.recording import TrackStore
from transcription.samples import Samples
from transcription.scheduler import Job, Scheduler
from transcription.trial import Trials

__all__ = ["Ack", "Ear", "EarSettings", "EarStatus", "Intake"]

BEHIND = 5.0
IDLE = 10.0
"""Seconds without a frame after which an open utterance is ended: its speaker is cut off."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EarSettings:
    """model: a CTranslate2 Whisper directory, or None. workers: 0 means one per spare core.

    is_here: False where only workers on other machines transcribe.
    """

    model: Path | None
    workers: int = 0
    loading: Loading = field(default_factory=Loading)
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class EarStatus:
    """lag: seconds that the oldest utterance has waited. detail: for operators, in English."""

    state: EarState
    lag: float
    detail: str
    model: str


class Pinned:
    """Guidance where nobody knows more than the track's language."""

    async def guidance(self, track: Track) -> Guidance:
        """See Guide."""
        return Guidance.pinned(track.language)


class Ear:
    """`async with Ear(store, utterances, sink, settings) as ear`."""

    def __init__(
        self,
        store: TrackStore,
        utterances: UtteranceLog,
        sink: LineSink,
        settings: EarSettings,
        guide: Guide | None = None,
        away: Away | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._utterances = utterances
        self._sink = sink
        self._trials = Trials(sink)
        self._clock = clock
        self._started = clock()
        self._scheduler = Scheduler(clock)
        self._away = away
        self._is_here = settings.is_here
        size = (settings.workers or default_size()) if settings.is_here else 0
        self.pool = Pool(settings.model, size, settings.loading)
        self._decoding = Decoding(
            store, self._scheduler, guide or Pinned(), self._trials, self._show, clock,
            has_smaller=settings.loading.smaller is not None,
        )  # fmt: skip
        self._intakes: dict[TrackId, Intake] = {}
        self._expected: dict[TrackId, float] = {}
        self._listening = anyio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Take up what was left undone, start the workers."""
        for utterance in await self._utterances.pending():
            self._scheduler.add(utterance.track, utterance.segment)
        tails = await self._utterances.unended()
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self.pool.run, self._decoding.serve)
        if self._away is not None:
            tasks.start_soon(self._away.run, self._decoding.serve)
        tasks.start_soon(self._watch, tails)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the workers; what they had not finished stays on the list."""
        await self._stack.aclose()

    @property
    def status(self) -> EarStatus:
        """How the ear is."""
        lag = self._scheduler.lag()
        away = self._away
        state = "ready" if away is not None and away.hands else self.pool.state
        if state == "ready" and lag > BEHIND:
            state = "relieved" if self._decoding.is_relieved else "behind"
        model = self.pool.model or (away.model if away is not None else "")
        return EarStatus(state, lag, self._detail(state, lag), model)

    async def listen(self, track: Track, off: Sequence[OffRecord] = ()) -> Intake:
        """Return the track's intake, which resumes where the store stopped.

        off: what was off the record before this process began to listen to the track.

        Raises DiskSlow and whatever the to-do list raises.
        """
        async with self._listening:
            recording = await self._store.open(track.id)
            intake = self._intakes.get(track.id)
            if intake is None or intake.is_ended:
                heard = await self._utterances.heard(track.id)
                intake = Intake(
                    track, recording, self._utterances, self._scheduler,
                    heard=heard, clock=self._clock,
                )  # fmt: skip
                self._intakes[track.id] = intake
            intake.was_off(off)
            await intake.catch_up()
            return intake

    async def caught_up(self) -> None:
        """Wait until nothing that was spoken in a room waits to be decoded."""
        await self._scheduler.caught_up()

    async def trial(self, track: Track, samples: Samples) -> list[Transcript]:
        """Return what is heard in `samples`, of which nothing is kept; `track` is not stored.

        Raises DiskFull. Waits as long as there is no model.
        """
        return await self._trials.hear(track, samples, self._store, self._scheduler)

    def expect(self, track_id: TrackId) -> None:
        """Count the seconds without a frame of a new track from now on."""
        self._expected[track_id] = self._clock()

    def quiet_for(self, track_id: TrackId) -> float:
        """Return for how many seconds no frame of the track came, at most since the start."""
        intake = self._intakes.get(track_id)
        if intake is not None:
            return self._clock() - intake.received_at
        return self._clock() - self._expected.get(track_id, self._started)

    def hold(self, session_id: SessionId) -> None:
        """Off the record: keep nothing of what is said in a session from now on."""
        for intake in self._of(session_id):
            intake.hold()

    def release(self, session_id: SessionId) -> None:
        """On the record again."""
        for intake in self._of(session_id):
            intake.release()

    def _of(self, session_id: SessionId) -> list[Intake]:
        """The microphones of a session; whoever plays a recording into it stops by himself."""
        return [
            one
            for one in self._intakes.values()
            if one.track.session_id == session_id and one.track.kind is TrackKind.MICROPHONE
        ]

    def _show(self, job: Job, text: str, started: float) -> None:
        intake = self._intakes.get(job.track.id)
        if intake is None:
            return
        shown = intake.hypothesis(job, text, started=started)
        if shown is not None:
            self._sink.interim(shown)

    async def _watch(self, tails: Sequence[Track]) -> None:
        """Hear what a crash left unheard; end utterances whose microphone fell silent.

        A sender who is back within `IDLE` seconds of a start goes on where the crash cut it short.
        """
        for track in tails:
            await self._look_after(track, self.listen)
        while True:
            status = self.status
            self._sink.status(status.state, status.lag)
            await anyio.sleep(1.0)
            for intake in list(self._intakes.values()):
                if intake.is_ended:
                    del self._intakes[intake.track.id]
                    self._expected.pop(intake.track.id, None)
                elif intake.is_open and self._clock() - intake.received_at > IDLE:
                    await self._look_after(intake.track, self._pause)

    async def _pause(self, track: Track) -> None:
        await (await self.listen(track)).pause()

    async def _look_after(self, track: Track, do: Callable[[Track], Awaitable[object]]) -> None:
        try:
            await do(track)
        except Exception as error:  # as with the sink: its owner may still resume the track
            log.error("ear.tail_unheard", track=track.id, error=type(error).__name__)

    def _detail(self, state: EarState, lag: float) -> str:
        match state:
            case "off":
                if not self._is_here:
                    return "No worker is there; audio is recorded and waits. Start colloquy worker."
                problem = self.pool.problem
                lacking = f" ({problem.code}: {problem.fields})" if problem else ""
                return (
                    "No usable Whisper model; audio is recorded and waits. Put a CTranslate2 Whisper"
                    f" directory on this machine and set COLLOQUY_MODEL to its path{lacking}"
                )
            case "loading":
                return "The model is being loaded."
            case "behind":
                return f"Catching up, {lag:.0f} s behind."
            case "relieved":
                return f"Catching up with the smaller model, {lag:.0f} s behind."
            case "ready":
                return ""
