"""What is put on the list and when, and how often an open utterance is decoded for show."""

from pathlib import Path

import anyio
import numpy as np
import pytest
from typing_extensions import override

from schemas.transcript import Segment
from tests.transcription.memory import MemoryHearing, feed, frame, track
from transcription.bundled import recordings
from transcription.intake import INTERIM_COST, Intake
from transcription.recording import Recording, TrackStore
from transcription.scheduler import Scheduler
from transcription.vad import FRAME_SAMPLES

pytestmark = pytest.mark.anyio


SOUND = recordings()["workshop-en"].samples()[: 12 * 16_000]


def listening(
    recording: Recording, hearing: MemoryHearing, *, heard: int = 0, now: float = 0.0
) -> Intake:
    return Intake(track(), recording, hearing, Scheduler(), heard=heard, clock=lambda: now)


class Disk(MemoryHearing):
    """Notes how much of each utterance is on disk when it comes onto the list."""

    recording: Recording

    def __init__(self) -> None:
        super().__init__()
        self.lacking: list[int] = []

    @override
    async def open(self, segment: Segment) -> None:
        self.lacking.append(max(0, segment.last_sample - self.recording.durable_sample))
        await super().open(segment)


async def test_an_utterance_is_on_disk_before_it_is_on_the_list(tmp_path: Path) -> None:
    disk = Disk()
    async with TrackStore(tmp_path, commit_every=60) as store:
        disk.recording = await store.open(track().id)
        await feed(listening(disk.recording, disk), SOUND)

    assert disk.lacking == [0] * 3


async def test_what_a_crash_took_is_sent_again_and_shifts_no_later_utterance(
    tmp_path: Path,
) -> None:
    whole, again = MemoryHearing(), MemoryHearing()
    async with TrackStore(tmp_path / "whole") as store:
        await feed(listening(await store.open(track().id), whole), SOUND)
    first = next(iter(whole.opened))
    again.opened[first] = None

    async with TrackStore(tmp_path / "again") as store:  # its list was kept, its sound was not
        recording = await store.open(track().id)
        await feed(listening(recording, again, heard=first.last_sample), SOUND)
        stored = await recording.read(0, len(SOUND))

    spans = [
        [(one.first_sample, one.last_sample) for one in each.opened] for each in (whole, again)
    ]
    assert (stored == SOUND).all()
    assert len(spans[0]) == len(spans[1]) == 3
    for one, other in zip(*spans, strict=True):
        assert np.abs(np.subtract(one, other)).max() <= FRAME_SAMPLES


async def test_a_gap_behind_what_a_crash_took_is_heard_as_one(tmp_path: Path) -> None:
    hearing = MemoryHearing()
    async with TrackStore(tmp_path) as store:
        recording = await store.open(track().id)
        intake = listening(recording, hearing, heard=1_600)
        await intake.receive(frame(3, 4_800, SOUND[:1_600]))
        after = intake.is_open, recording.next_sample
        await feed(intake, SOUND[1_600:])

    assert after == (False, 6_400)
    assert next(iter(hearing.opened)).last_sample > 4_800


async def test_interim_text_of_a_track_takes_a_third_of_a_worker_at_most(tmp_path: Path) -> None:
    now = 100.0
    spoken = track()
    sound = recordings()["workshop-en"].samples()[12_000:]
    scheduler = Scheduler(clock=lambda: now)
    async with TrackStore(tmp_path) as store:
        intake = Intake(
            spoken,
            await store.open(spoken.id),
            MemoryHearing(),
            scheduler,
            heard=0,
            clock=lambda: now,
        )
        await feed(intake, sound[: 2 * 16_000])
        job = await scheduler.next()
        now += 2.0
        intake.hypothesis(job, "Good morning", started=now - 2.0)
        offered = []
        for later in (2.0 * (INTERIM_COST - 1) - 0.1, 0.2):
            now += later
            await feed(intake, sound[intake.next_sample : intake.next_sample + 1_600])
            with anyio.move_on_after(0.01):
                offered.append(not (await scheduler.next()).is_final)

    assert not job.is_final
    assert offered == [True], "too early nothing is offered"
