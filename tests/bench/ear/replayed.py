"""Tracks side by side: the demo's recordings replayed in real time, until the delay gives way.

One worker, so one core decodes; the tracks begin a little apart and alternate between the two
recordings. Nothing is left out: recording, endpoints, guesses, interim lines, finals, keep rules. CPU
seconds are those of the server's side and of the worker together, for a minute of one track; they hold
on a busy machine, where delays say more about the load.
"""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import anyio
import numpy as np

from tests.bench.ear.live import Stopwatch, percentiles, play
from tests.transcription.memory import track
from transcription.bundled import BundledRecording, recordings
from transcription.ear import Ear, EarSettings
from transcription.recording import TrackStore

APART = 0.7
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Replayed:
    """cpu: seconds for a minute of one track. lost: utterances without a transcript."""

    model: str
    tracks: int
    utterances: int
    lost: int
    delay_p50: float
    delay_p95: float
    cpu: float
    load: float


async def replayed(model: Path, name: str, tracks: int, seconds: float) -> Replayed:
    """Replay `seconds` on each of so many tracks."""
    sources = list(recordings().values())
    hearing = Stopwatch()
    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with (
            TrackStore(Path(folder)) as store,
            Ear(store, hearing, hearing, EarSettings(model, workers=1)) as ear,
        ):
            with anyio.fail_after(120):
                while ear.status.state != "ready":  # noqa: ASYNC110 - it is only said, not signalled
                    await anyio.sleep(0.1)
            began = _cpu(ear)
            async with anyio.create_task_group() as tasks:
                for number in range(tracks):
                    source = sources[number % len(sources)]
                    tasks.start_soon(_one, ear, hearing, source, number, seconds, delays)
            cpu = _cpu(ear) - began
    p50, p95 = percentiles(delays)
    return Replayed(
        name,
        tracks,
        len(hearing.opened),
        len(hearing.opened) - len(hearing.transcripts),
        p50,
        p95,
        round(cpu / tracks / seconds * 60, 2),
        round(os.getloadavg()[0], 1),
    )


async def _one(
    ear: Ear,
    hearing: Stopwatch,
    source: BundledRecording,
    number: int,
    seconds: float,
    delays: list[float],
) -> None:
    await anyio.sleep(APART * number)
    spoken = track(f"track-{number}", source.language)
    samples = np.roll(source.samples(), -16_000 * 20 * (number // 2))[: round(seconds * 16_000)]
    intake = await ear.listen(spoken)
    sent = await play(intake, samples)
    delays += hearing.delays(sent, spoken.id)


def _cpu(ear: Ear) -> float:
    """CPU seconds of this process and of the worker until now."""
    parts = [
        Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in ear.pool.pids
    ]
    return time.process_time() + sum(int(part[11]) + int(part[12]) for part in parts) / _TICKS
