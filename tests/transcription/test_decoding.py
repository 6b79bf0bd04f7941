"""What a worker does with its time, through deaths, hangs and backlogs."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from schemas.ids import TrackId
from schemas.session import Language, Script, Track, TrackKind
from schemas.transcript import Segment
from tests.transcription.memory import MemoryHearing, frames, noise, track
from transcription.bundled import MODEL, recordings
from transcription.decoding import Decoding
from transcription.ear import Pinned
from transcription.engine import Care, Guidance, Heard
from transcription.pool import Pool, Worker
from transcription.recording import TrackStore
from transcription.samples import Samples
from transcription.scheduler import Scheduler

pytestmark = pytest.mark.anyio

SENTENCE = recordings()["workshop-en"].samples()[: 5 * 16_000]
SEGMENT = Segment(TrackId("track"), 12_000, 70_400)


class Parrot:
    """A decoder that says what it is told to, and remembers with how much care."""

    model = "parrot"
    languages = tuple(Language)

    def __init__(self, heard: Heard, jobs: int) -> None:
        self._heard = heard
        self._jobs = jobs
        self.cares: list[Care] = []

    @property
    def is_worn(self) -> bool:
        return len(self.cares) >= self._jobs

    async def decode(
        self, samples: Samples, guidance: Guidance, care: Care, segment: Segment | None = None
    ) -> Heard:
        self.cares.append(care)
        return self._heard

    async def beat(self) -> None:
        raise AssertionError("it has work")


class Traditional:
    """Guidance of a session that writes traditional characters."""

    async def guidance(self, track: Track) -> Guidance:
        return Guidance((Language.ZH,), Script.HANT, ("數據",))


async def recorded(store: TrackStore, samples: Samples) -> None:
    recording = await store.open(TrackId("track"))
    for one in frames(samples):
        recording.append(one)
    await store.commit()


async def test_a_line_is_written_in_the_sessions_script_and_keeps_its_reasons(
    tmp_path: Path,
) -> None:
    hearing, scheduler = MemoryHearing(), Scheduler()
    shown: list[str] = []
    heard = Heard("统一数据标准。", 0.9, 0.0, 1.0, Language.ZH, hotwords=1, window=7.0)
    parrot = Parrot(heard, jobs=2)
    spoken = track(language=Language.ZH)

    async with TrackStore(tmp_path) as store:
        await recorded(store, SENTENCE)
        decoding = Decoding(
            store, scheduler, Traditional(), hearing, lambda _, text, __: shown.append(text)
        )
        scheduler.add(spoken, SEGMENT)
        scheduler.offer(spoken, replace(SEGMENT, first_sample=60_000))
        await decoding.serve(parrot)

    [line] = hearing.transcripts.values()
    assert line.text == shown[0] == "統一數據標準。"
    assert line.reason.split()[-3:] == ["hotwords=1", "window=7", "care=final"]
    assert parrot.cares == [Care.FINAL, Care.INTERIM]


async def test_far_behind_finals_take_less_care_and_say_so(tmp_path: Path) -> None:
    now = 0.0
    hearing, scheduler = MemoryHearing(), Scheduler(clock=lambda: now)
    parrot = Parrot(Heard("Late.", 0.9, 0.0, 1.0, Language.EN), jobs=2)

    async with TrackStore(tmp_path) as store:
        await recorded(store, SENTENCE)
        decoding = Decoding(store, scheduler, Pinned(), hearing, lambda *_: None, lambda: now)
        scheduler.add(track(), SEGMENT)
        now = 16.0
        scheduler.add(track(), replace(SEGMENT, first_sample=20_000))
        await decoding.serve(parrot)

    reasons = [one.reason.split()[-1] for one in hearing.transcripts.values()]
    assert reasons == ["care=hurried", "care=final"]


async def test_very_far_behind_the_smaller_model_hears_until_the_room_is_level(
    tmp_path: Path,
) -> None:
    now = 0.0
    hearing, scheduler = MemoryHearing(), Scheduler(clock=lambda: now)
    heard = Heard("Late.", 0.9, 0.0, 1.0, Language.EN, model="small")
    first, others = Parrot(heard, jobs=1), Parrot(heard, jobs=3)
    before = []

    async with TrackStore(tmp_path) as store:
        await recorded(store, SENTENCE)
        decoding = Decoding(
            store, scheduler, Pinned(), hearing, lambda *_: None, lambda: now, has_smaller=True
        )
        for at in (0, 50, 60):
            now = float(at)
            scheduler.add(track(), replace(SEGMENT, first_sample=20_000 + at))
            before.append(decoding.is_relieved)
        now = 61.0
        await decoding.serve(first)
        now = 75.0
        scheduler.add(track(), replace(SEGMENT, first_sample=30_000))
        await decoding.serve(others)

    lines = list(hearing.transcripts.values())
    assert before == [False] * 3
    assert first.cares + others.cares == [Care.RELIEF] * 3 + [Care.FINAL]
    assert [one.reason.split()[-1] for one in lines] == ["care=relief"] * 3 + ["care=final"]
    assert {one.model for one in lines} == {"small"}


async def test_a_recording_brought_in_is_not_hurried_by_a_room_that_is_behind(
    tmp_path: Path,
) -> None:
    now = 0.0
    hearing, scheduler = MemoryHearing(), Scheduler(clock=lambda: now)
    parrot = Parrot(Heard("Slow.", 0.9, 0.0, 1.0, Language.EN), jobs=1)
    brought = replace(track(), kind=TrackKind.UPLOAD)

    async with TrackStore(tmp_path) as store:
        await recorded(store, SENTENCE)
        decoding = Decoding(store, scheduler, Pinned(), hearing, lambda *_: None, lambda: now)
        scheduler.add(track("room"), replace(SEGMENT, track_id=TrackId("room")))
        await scheduler.next()  # another worker has it
        scheduler.add(brought, SEGMENT)
        now = 61.0
        await decoding.serve(parrot)

    assert parrot.cares == [Care.FINAL]


async def test_an_idle_worker_that_died_is_replaced_before_anybody_speaks(tmp_path: Path) -> None:
    hearing, scheduler = MemoryHearing(), Scheduler()
    pool = Pool(MODEL, 1)

    async with TrackStore(tmp_path) as store, anyio.create_task_group() as tasks:
        decoding = Decoding(store, scheduler, Pinned(), hearing, lambda *_: None, beat=0.05)
        tasks.start_soon(pool.run, decoding.serve)
        with anyio.fail_after(120):
            first = await ready(pool)
            os.kill(first, signal.SIGKILL)
            while pool.restarts == 0:
                await anyio.lowlevel.checkpoint()
            second = await ready(pool)
        tasks.cancel_scope.cancel()

    assert first != second


async def test_a_worker_that_hangs_is_killed_and_its_utterance_heard_by_the_next(
    tmp_path: Path,
) -> None:
    hearing, scheduler = MemoryHearing(), Scheduler()
    pool = Pool(MODEL, 1, patience=0.5)
    hung: list[int] = []

    async def serve(worker: Worker) -> None:
        if not hung:
            hung.append(worker.pid)
            os.kill(worker.pid, signal.SIGSTOP)
        await decoding.serve(worker)

    async with TrackStore(tmp_path) as store, anyio.create_task_group() as tasks:
        await recorded(store, SENTENCE)
        decoding = Decoding(store, scheduler, Pinned(), hearing, lambda *_: None, beat=60)
        scheduler.add(track(), replace(SEGMENT, first_sample=69_000))
        scheduler.add(track(), SEGMENT)
        tasks.start_soon(pool.run, serve)
        with anyio.fail_after(120):
            await scheduler.drained(TrackId("track"))
        tasks.cancel_scope.cancel()

    assert pool.restarts >= 1
    assert "Good morning, everyone, and welcome to the workshop." in hearing.texts()
    assert len(hearing.transcripts) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(hung[0], 0)


async def test_a_worker_that_has_done_enough_is_replaced_without_a_failure(tmp_path: Path) -> None:
    hearing, scheduler = MemoryHearing(), Scheduler()
    pool = Pool(MODEL, 1, max_jobs=2)
    pids: list[int] = []

    async def serve(worker: Worker) -> None:
        pids.append(worker.pid)
        await decoding.serve(worker)

    async with TrackStore(tmp_path) as store, anyio.create_task_group() as tasks:
        await recorded(store, noise(5))
        decoding = Decoding(store, scheduler, Pinned(), hearing, lambda *_: None)
        for number in range(5):
            scheduler.add(
                track(), Segment(TrackId("track"), number * 16_000, number * 16_000 + 999)
            )
        tasks.start_soon(pool.run, serve)
        with anyio.fail_after(120):
            await scheduler.drained(TrackId("track"))
        tasks.cancel_scope.cancel()

    assert len(set(pids)) == 3
    assert pool.restarts == 0
    assert len(hearing.transcripts) == 5


async def ready(pool: Pool) -> int:
    while not pool.pids:
        await anyio.lowlevel.checkpoint()
    return pool.pids[0]
