"""Memory of the server's side and of a worker over hours of sound from eight microphones, at speed.

Everything that runs in a session runs: recording, endpoints, a worker, keep rules, and FLAC and Opus
of what is finished. On each track somebody speaks for a third of the time, as in a room of eight; the
rest is a room's noise. What a database would keep is not kept here.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import numpy as np

from schemas.ids import TrackId
from schemas.session import Track
from schemas.transcript import Hypothesis, Segment, Transcript
from schemas.wire import EarState
from tests.bench.ear.cost import SENTENCE
from tests.transcription import scripted
from tests.transcription.memory import frames, noise, track
from transcription.bundled import recordings
from transcription.ear import Ear, EarSettings, Intake
from transcription.model_settings import ModelSettings
from transcription.ports import Utterance
from transcription.recording import TrackStore
from transcription.samples import Samples

TRACKS = 8
PASS_SECONDS = 60
SPOKEN_SECONDS = 20
WARM_PASSES = 10
"""Until then decoders, encoders and caches are still being filled: nothing is compared with it."""
BEGINNINGS = (0, 5, 11, 17)
"""Where the passes begin in the demo's sound, in seconds, so that they do not end alike."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Percent of resident memory gained after the first tenth, or what warms up if that is more.

    Of both processes together.
    speed: seconds of sound, of all tracks together, in a second. compacted: segments.
    """

    hours: float
    tracks: int
    speed: float
    lines: int
    compacted: int
    first_megabytes: float
    last_megabytes: float
    percent: float


class Counted:
    """A to-do list and a sink that keep what is not done, and count what is."""

    def __init__(self) -> None:
        self.lines = self.compacted = 0
        self._pending: set[Segment] = set()
        self._heard: dict[TrackId, int] = {}

    async def began(self, track: Track, sample: int) -> None:
        """See UtteranceLog."""

    async def open(self, segment: Segment) -> None:
        """See UtteranceLog."""
        self._pending.add(segment)
        self._heard[segment.track_id] = segment.last_sample

    async def heard(self, track: TrackId) -> int:
        """See UtteranceLog."""
        return self._heard.get(track, 0)

    async def pending(self) -> Sequence[Utterance]:
        """See UtteranceLog; nothing is left of an earlier process."""
        return []

    async def unended(self) -> Sequence[Track]:
        """See UtteranceLog."""
        return []

    async def final(self, transcript: Transcript) -> None:
        """See LineSink."""
        self._pending.remove(transcript.segment)
        self.lines += bool(transcript.text)

    async def compact(self, store: TrackStore) -> None:
        """Make FLAC and Opus of what was finished before."""
        for name in store.loose():
            self.compacted += await store.compact(name, is_ended=False)

    def interim(self, hypothesis: Hypothesis) -> None:
        """See LineSink."""

    def status(self, state: EarState, lag: float) -> None:
        """See LineSink."""


async def growth(
    folder: Path, hours: float, tell: Callable[[Growth], None] = lambda _: None
) -> Growth:
    """Send `hours` of the demo's sound on each track, as fast as they are transcribed and compacted."""
    model = scripted.make(
        folder / "model", scripted.NANO, SENTENCE,
        settings=ModelSettings(temperatures=(0.0,), window="short"),
    )  # fmt: skip
    counted, sounds = Counted(), _sounds()
    passes = max(3 * WARM_PASSES, round(hours * 3600 / PASS_SECONDS))
    warm = max(WARM_PASSES, passes // 10)
    seen: Growth | None = None
    async with (
        TrackStore(folder / "audio") as store,
        Ear(store, counted, counted, EarSettings(model, workers=1)) as ear,
    ):
        intakes = [await ear.listen(track(f"track-{number}")) for number in range(TRACKS)]
        began = time.monotonic()
        for done in range(1, passes + 1):
            async with anyio.create_task_group() as tasks:
                for number, intake in enumerate(intakes):
                    tasks.start_soon(_pass, intake, sounds[(done + number) % len(sounds)])
                tasks.start_soon(counted.compact, store)
            now = _resident([os.getpid(), *ear.pool.pids])
            first = now if seen is None or done <= warm else seen.first_megabytes
            sent = done * PASS_SECONDS
            speed = TRACKS * sent / (time.monotonic() - began)
            seen = Growth(
                sent / 3600, TRACKS, speed, counted.lines, counted.compacted, first, now,
                100 * (now / first - 1),
            )  # fmt: skip
            tell(replace(seen))
    assert seen is not None
    return seen


def _sounds() -> list[Samples]:
    """A minute each: somebody speaks, then nobody."""
    speech, room = recordings()["workshop-en"].samples(), noise(PASS_SECONDS - SPOKEN_SECONDS, 40.0)
    starts = [16_000 * second for second in BEGINNINGS]
    return [
        np.concatenate([speech[start : start + 16_000 * SPOKEN_SECONDS], room]) for start in starts
    ]


async def _pass(intake: Intake, sound: Samples) -> None:
    for one in frames(sound, intake.next_sample):
        await intake.receive(one)
        await anyio.lowlevel.checkpoint()
    await intake.pause()
    await intake.drained()


def _resident(pids: list[int]) -> float:
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
