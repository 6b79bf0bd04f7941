"""Faults while a microphone sends: what is stored is what was sent, by hash, and each line comes once."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import anyio
from anyio import to_thread

from schemas.ids import TrackId
from schemas.transcript import Segment
from tests.transcription.memory import MemoryHearing, feed, frames, track
from transcription.bundled import MODEL, recordings
from transcription.ear import IDLE, Ear, EarSettings, Intake
from transcription.errors import DiskFull
from transcription.recording import TrackStore
from transcription.samples import Samples

NO_MODEL = EarSettings(None, workers=1)
WITH_MODEL = EarSettings(MODEL, workers=1)
SECONDS = 45
CUT_AT = 15


@dataclass(frozen=True, slots=True)
class Fault:
    """lost: samples that differ or are missing.

    missing: utterances of a run without faults of which less than half is in any utterance here;
    where a worker is killed, those that got no line. doubled: utterances that overlap, or lines that
    came twice.
    """

    name: str
    lost: int
    missing: int
    doubled: int


async def faults(folder: Path) -> list[Fault]:
    """Let each fault happen once."""
    sound = recordings()["workshop-en"].samples()[: SECONDS * 16_000]
    whole = await _without_faults(folder / "whole", sound)
    found = [
        await _run(f"socket cut for {cut} s", folder / f"cut{cut}", sound, _cutter(cut), whole)
        for cut in (1, 10, 60)
    ]
    found.append(await _run("page loaded again", folder / "reload", sound, _cutter(0), whole))
    found.append(await _killed_worker(folder / "worker", sound[: 30 * 16_000]))
    found.append(await _killed_server(folder / "server", sound, whole))
    found.append(await _full_disk(folder / "disk", sound, whole))
    return found


def _cutter(seconds: int) -> Callable[[Intake, Samples, list[float]], Awaitable[None]]:
    """A browser that is cut off half-way and sends again from a second before the last ack.

    The cut is one of the ear's own clock: after ten seconds it ends the open utterance itself.
    """

    async def send(intake: Intake, sound: Samples, now: list[float]) -> None:
        await feed(intake, sound[: CUT_AT * 16_000])
        acked = (await intake.acked(-1)).sample
        now[0] += seconds
        while seconds > IDLE and intake.is_open:
            await anyio.lowlevel.checkpoint()
        await _send(intake, sound, max(0, acked - 16_000))

    return send


async def _send(intake: Intake, sound: Samples, start: int) -> None:
    for one in frames(sound[start:], start):
        await intake.receive(one)
        await anyio.lowlevel.checkpoint()


async def _run(
    name: str,
    folder: Path,
    sound: Samples,
    send: Callable[[Intake, Samples, list[float]], Awaitable[None]],
    whole: list[Segment],
) -> Fault:
    hearing, now = MemoryHearing(), [0.0]
    async with (
        TrackStore(folder) as store,
        Ear(store, hearing, hearing, NO_MODEL, clock=lambda: now[0]) as ear,
    ):
        intake = await ear.listen(track())
        await send(intake, sound, now)
        await intake.end()
        lost = await _lost(store, sound)
        return Fault(name, lost, _missing(whole, hearing), _overlapping(hearing))


async def _killed_worker(folder: Path, sound: Samples) -> Fault:
    hearing = MemoryHearing()
    async with TrackStore(folder) as store, Ear(store, hearing, hearing, WITH_MODEL) as ear:
        intake = await ear.listen(track())
        await feed(intake, sound)
        await intake.end()
        await hearing.final_arrived.wait()
        for pid in ear.pool.pids:
            os.kill(pid, signal.SIGKILL)
        await intake.drained()
        missing = len(hearing.opened) - len(hearing.transcripts)
        doubled = hearing.finals - len(hearing.transcripts)
        return Fault("worker killed", await _lost(store, sound), missing, doubled)


async def _killed_server(folder: Path, sound: Samples, whole: list[Segment]) -> Fault:
    """A process that takes sound in is killed in the middle of it; the browser sends on from its ack."""
    acked = await to_thread.run_sync(_taken_until_killed, folder)
    hearing = MemoryHearing()
    async with TrackStore(folder) as store, Ear(store, hearing, hearing, NO_MODEL) as ear:
        intake = await ear.listen(track())
        torn = max(0, acked - intake.next_sample)  # acknowledged, and yet not there
        await _send(intake, sound, acked)
        await intake.end()
        return Fault(
            "server killed",
            torn + await _lost(store, sound),
            _missing(whole, hearing),
            _overlapping(hearing),
        )


def _taken_until_killed(folder: Path) -> int:
    """Return how many samples a process had acknowledged when it was killed."""
    command = [sys.executable, "-m", "tests.bench.ear.intake", str(folder)]
    acked = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:  # its log comes out there as well
            acked = int(line) if line.strip().isdigit() else acked
            if acked >= CUT_AT * 16_000:
                break
        process.kill()
    return acked


async def _full_disk(folder: Path, sound: Samples, whole: list[Segment]) -> Fault:
    hearing = MemoryHearing()
    full = TrackStore(folder, reserve_bytes=1 << 60)
    refused = False
    async with full as store, Ear(store, hearing, hearing, NO_MODEL) as ear:
        intake = await ear.listen(track())
        try:
            await intake.receive(next(iter(frames(sound))))
        except DiskFull:
            refused = True
    async with TrackStore(folder) as store, Ear(store, hearing, hearing, NO_MODEL) as ear:
        intake = await ear.listen(track())
        await _send(intake, sound, intake.next_sample)
        await intake.end()
        lost = await _lost(store, sound)
        missing, doubled = _missing(whole, hearing), _overlapping(hearing)
    return Fault("disk full, said at once" if refused else "disk full", lost, missing, doubled)


async def _without_faults(folder: Path, sound: Samples) -> list[Segment]:
    """The utterances that the sound has when nothing happens."""
    hearing = MemoryHearing()
    async with TrackStore(folder) as store, Ear(store, hearing, hearing, NO_MODEL) as ear:
        intake = await ear.listen(track())
        await _send(intake, sound, 0)
        await intake.end()
    return list(hearing.opened)


def _missing(whole: list[Segment], hearing: MemoryHearing) -> int:
    return sum(2 * _covered(one, hearing) < one.last_sample - one.first_sample for one in whole)


def _covered(span: Segment, hearing: MemoryHearing) -> int:
    """How many samples of a span are in utterances."""
    return sum(
        max(0, min(span.last_sample, one.last_sample) - max(span.first_sample, one.first_sample))
        for one in hearing.opened
    )


async def _lost(store: TrackStore, sound: Samples) -> int:
    recording = await store.open(TrackId("track"))
    stored = await recording.read(0, recording.next_sample)
    if _digest(stored) == _digest(sound):
        return 0
    shared = min(len(stored), len(sound))
    return int((stored[:shared] != sound[:shared]).sum()) + abs(len(stored) - len(sound))


def _overlapping(hearing: MemoryHearing) -> int:
    spans = sorted((one.first_sample, one.last_sample) for one in hearing.opened)
    return sum(later[0] < before[1] for before, later in pairwise(spans))


def _digest(samples: Samples) -> str:
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()
