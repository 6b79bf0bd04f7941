"""Memory of the server's side and of a worker over hours of sound from eight microphones, at speed."""

import os
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests.bench.ear.cost import SENTENCE
from tests.transcription import scripted
from tests.transcription.memory import MemoryHearing, frames, track
from transcription.bundled import recordings
from transcription.ear import Ear, EarSettings, Intake
from transcription.recording import TrackStore

TRACKS = 8
PASS_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Growth:
    """Percent of resident memory gained after the first tenth, of both processes together."""

    hours: float
    first_megabytes: float
    last_megabytes: float
    percent: float


async def growth(folder: Path, hours: float) -> Growth:
    """Send `hours` of the demo's sound on each track, as fast as they are transcribed."""
    model = scripted.make(folder / "model", scripted.NANO, SENTENCE)
    hearing = MemoryHearing()
    passes = max(10, round(hours * 3600 / PASS_SECONDS))
    taken: list[float] = []
    async with (
        TrackStore(folder / "audio") as store,
        Ear(store, hearing, hearing, EarSettings(model, workers=1)) as ear,
    ):
        intakes = [await ear.listen(track(f"track-{number}")) for number in range(TRACKS)]
        for _ in range(passes):
            async with anyio.create_task_group() as tasks:
                for intake in intakes:
                    tasks.start_soon(_pass, intake)
            taken.append(_resident([os.getpid(), *ear.pool.pids]))
    first, last = taken[len(taken) // 10], taken[-1]
    return Growth(passes * PASS_SECONDS / 3600, first, last, 100 * (last / first - 1))


async def _pass(intake: Intake) -> None:
    sound = recordings()["workshop-en"].samples()[: PASS_SECONDS * 16_000]
    for one in frames(sound, intake.next_sample):
        await intake.receive(one)
        await anyio.lowlevel.checkpoint()
    await intake.pause()
    await intake.drained()


def _resident(pids: list[int]) -> float:
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
