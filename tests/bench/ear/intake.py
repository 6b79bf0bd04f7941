"""A process that takes in the demo's sound and prints what it has acknowledged; made to be killed."""

import sys
from pathlib import Path

import anyio

from tests.transcription.memory import MemoryHearing, frames, track
from transcription.bundled import recordings
from transcription.ear import Ear, EarSettings, Intake
from transcription.recording import TrackStore


async def _take(folder: Path) -> None:
    hearing = MemoryHearing()
    sound = recordings()["workshop-en"].samples()
    async with (
        TrackStore(folder) as store,
        Ear(store, hearing, hearing, EarSettings(None, workers=1)) as ear,
        anyio.create_task_group() as tasks,
    ):
        intake = await ear.listen(track())
        tasks.start_soon(_tell, intake)
        for one in frames(sound):
            await intake.receive(one)
            await anyio.lowlevel.checkpoint()


async def _tell(intake: Intake) -> None:
    acked = -1
    while True:
        acked = (await intake.acked(acked)).sample
        print(acked, flush=True)


if __name__ == "__main__":
    anyio.run(_take, Path(sys.argv[1]))
