"""A trial: sound that goes the whole way through the ear and is kept nowhere.

It has a track of its own in the store, which is removed with its last sample when the trial ends;
its transcripts come here and never reach the sink of the rooms.
"""

from contextlib import suppress
from dataclasses import dataclass, field

import anyio

from schemas.ids import TrackId
from schemas.session import Track
from schemas.transcript import Hypothesis, Segment, Transcript
from schemas.wire import MAX_FRAME_SAMPLES, AudioFrame, EarState
from transcription.endpointer import Ended, Endpointing
from transcription.listener import Listener
from transcription.ports import LineSink
from transcription.recording import TrackStore
from transcription.samples import Samples
from transcription.scheduler import Scheduler
from transcription.vad import Vad


@dataclass(slots=True)
class _Waiting:
    left: set[Segment] = field(default_factory=set)
    found: list[Transcript] = field(default_factory=list)
    done: anyio.Event = field(default_factory=anyio.Event)


class Trials:
    """A LineSink that keeps the transcripts of trials from the one behind it."""

    def __init__(self, sink: LineSink) -> None:
        self._sink = sink
        self._waiting: dict[TrackId, _Waiting] = {}

    async def hear(
        self, track: Track, samples: Samples, store: TrackStore, scheduler: Scheduler
    ) -> list[Transcript]:
        """Return what is heard in `samples`, in order; the track is gone afterwards.

        Raises DiskFull. Whoever calls limits the time.
        """
        mine = self._waiting[track.id] = _Waiting()
        try:
            recording = await store.open(track.id)
            for seq, at in enumerate(range(0, len(samples), MAX_FRAME_SAMPLES)):
                part = samples[at : at + MAX_FRAME_SAMPLES]
                recording.append(AudioFrame(seq, at, len(part), 0, 0, part.astype("<i2").tobytes()))
            listener = Listener(Vad, Endpointing.for_language(track.language), 0)
            endpoints = [*listener.hear(samples), *listener.finish()]
            mine.left = {
                Segment(track.id, one.first_sample, one.last_sample)
                for one in endpoints
                if isinstance(one, Ended)
            }
            for segment in sorted(mine.left, key=lambda one: one.first_sample):
                scheduler.add(track, segment)
            if mine.left:
                await mine.done.wait()
            return sorted(mine.found, key=lambda one: one.segment.first_sample)
        finally:
            del self._waiting[track.id]
            with anyio.CancelScope(shield=True), suppress(OSError):  # swept with the store's folder
                await store.remove(track.id)

    async def final(self, transcript: Transcript) -> None:
        """See LineSink."""
        mine = self._waiting.get(transcript.segment.track_id)
        if mine is None:
            await self._sink.final(transcript)
            return
        mine.left.discard(transcript.segment)
        mine.found.append(transcript)
        if not mine.left:
            mine.done.set()

    def interim(self, hypothesis: Hypothesis) -> None:
        """See LineSink."""
        if hypothesis.track_id not in self._waiting:
            self._sink.interim(hypothesis)

    def status(self, state: EarState, lag: float) -> None:
        """See LineSink."""
        self._sink.status(state, lag)
