"""A to-do list and a sink in memory, and frames cut from samples."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import numpy as np

from schemas.ids import SessionId, TrackId
from schemas.session import Language, Track, TrackKind
from schemas.transcript import Hypothesis, Segment, Transcript
from schemas.wire import AudioFrame, EarState
from transcription.ear import Ear, EarSettings, Intake
from transcription.ports import Utterance
from transcription.recording import TrackStore
from transcription.samples import Samples


def track(name: str = "track", language: Language = Language.EN) -> Track:
    """A room microphone's track."""
    return Track(
        TrackId(name), SessionId(f"of-{name}"), TrackKind.MICROPHONE, name, language, None, 0.0
    )


def frame(seq: int, first: int, samples: Samples, flags: int = 0) -> AudioFrame:
    """A frame as a browser sends it."""
    return AudioFrame(seq, first, len(samples), 0, flags, samples.astype("<i2").tobytes())


def frames(samples: Samples, first: int = 0, size: int = 1600) -> Iterator[AudioFrame]:
    """Frames of 100 ms over samples whose first one is at position `first`."""
    for start in range(0, len(samples), size):
        at = first + start
        yield frame(at // size, at, samples[start : start + size])


def noise(seconds: float, level: float = 300.0, seed: int = 1) -> Samples:
    """White noise."""
    generator = np.random.default_rng(seed)
    return (generator.standard_normal(round(seconds * 16_000)) * level).astype(np.int16)


class MemoryHearing:
    """An UtteranceLog and a LineSink that forget nothing until they are gone."""

    def __init__(self) -> None:
        self.opened: dict[Segment, None] = {}
        self.transcripts: dict[Segment, Transcript] = {}
        self.finals = 0
        self.hypotheses: list[Hypothesis] = []
        self.began_at: list[int] = []
        self.tracks: dict[TrackId, Track] = {}
        self.failures = 0
        self.states: list[EarState] = []
        self.final_arrived = anyio.Event()

    async def began(self, track: Track, sample: int) -> None:
        self.tracks[track.id] = track
        self.began_at.append(sample)

    async def open(self, segment: Segment) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.opened[segment] = None

    async def heard(self, track: TrackId) -> int:
        ends = [segment.last_sample for segment in self.opened if segment.track_id == track]
        return max(ends, default=0)

    async def pending(self) -> Sequence[Utterance]:
        return [
            Utterance(self.tracks[segment.track_id], segment)
            for segment in self.opened
            if segment not in self.transcripts
        ]

    async def unended(self) -> Sequence[Track]:
        return list(self.tracks.values())

    async def final(self, transcript: Transcript) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.finals += 1
        self.transcripts[transcript.segment] = transcript
        arrived, self.final_arrived = self.final_arrived, anyio.Event()
        arrived.set()

    def interim(self, hypothesis: Hypothesis) -> None:
        self.hypotheses.append(hypothesis)

    def status(self, state: EarState, lag: float) -> None:
        self.states.append(state)

    def texts(self) -> list[str]:
        """The lines in order of their time."""
        ordered = sorted(self.transcripts.values(), key=lambda one: one.segment.first_sample)
        return [one.text for one in ordered if one.text]


async def feed(intake: Intake, samples: Samples) -> None:
    """Send all samples, as fast as the intake takes them, while others get their turn."""
    for one in frames(samples, intake.next_sample):
        await intake.receive(one)
        await anyio.lowlevel.checkpoint()


async def hear(
    root: Path, samples: Samples, model: Path, language: Language
) -> tuple[MemoryHearing, Samples]:
    """Send samples through the whole live path; return what was heard and what was stored."""
    hearing = MemoryHearing()
    async with (
        TrackStore(root) as store,
        Ear(store, hearing, hearing, EarSettings(model, workers=1)) as ear,
    ):
        intake = await ear.listen(track(language=language))
        await feed(intake, samples)
        await intake.end()
        await intake.drained()
        recording = await store.open(TrackId("track"))
        stored = await recording.read(0, recording.next_sample)
    return hearing, stored
