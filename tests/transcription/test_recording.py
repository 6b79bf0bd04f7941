"""The track store: nothing acknowledged is lost, nothing is doubled."""

import os
import subprocess
import sys
from pathlib import Path

import anyio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ids import TrackId
from schemas.wire import FLAG_MUTED, AudioFrame
from tests.transcription.memory import frame, frames, noise
from transcription.errors import DiskFull, DiskSlow, StoreLocked, TooFarAhead
from transcription.recording import TrackStore
from transcription.segments import SEGMENT_SAMPLES

pytestmark = pytest.mark.anyio

TRACK = TrackId("track")


async def stored(root: Path) -> tuple[np.ndarray, int, list[tuple[int, int]]]:
    async with TrackStore(root) as store:
        recording = await store.open(TRACK)
        return await recording.read(0, recording.next_sample), recording.next_seq, recording.gaps


async def test_what_was_acknowledged_is_there_after_reopening(tmp_path: Path) -> None:
    samples = noise(3.0)
    async with TrackStore(tmp_path, commit_every=0.01) as store:
        recording = await store.open(TRACK)
        for one in frames(samples):
            recording.append(one)
        with anyio.fail_after(5):
            ack = await recording.durable(beyond=len(samples) - 1)

    found, seq, gaps = await stored(tmp_path)

    assert ack == (30, len(samples))
    assert (found == samples).all()
    assert (seq, gaps) == (30, [])


async def test_segments_hold_sixty_seconds_and_are_read_as_one(tmp_path: Path) -> None:
    samples = noise(125.0)
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        for one in frames(samples, size=16_000):
            await recording.has_room()
            recording.append(one)
        await store.commit()
        across = await recording.read(SEGMENT_SAMPLES - 5, SEGMENT_SAMPLES + 5)

    assert (across == samples[SEGMENT_SAMPLES - 5 : SEGMENT_SAMPLES + 5]).all()
    assert [path.stat().st_size for path in sorted((tmp_path / TRACK).glob("*.pcm"))] == [
        2 * SEGMENT_SAMPLES,
        2 * SEGMENT_SAMPLES,
        2 * 5 * 16_000,
    ]


async def test_reading_joins_what_is_on_disk_and_what_waits_for_it(tmp_path: Path) -> None:
    samples = noise(2.0)
    async with TrackStore(tmp_path, commit_every=60) as store:
        recording = await store.open(TRACK)
        recording.append(frame(0, 0, samples[:16_000]))
        await store.commit()
        recording.append(frame(1, 16_000, samples[16_000:]))

        found = await recording.read(15_990, 16_010)

    assert (found == samples[15_990:16_010]).all()


async def test_duplicates_and_overlaps_change_nothing(tmp_path: Path) -> None:
    samples = noise(1.0)
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        recording.append(frame(0, 0, samples[:8000]))
        again = recording.append(frame(0, 0, samples[:8000]))
        half = recording.append(frame(1, 4000, samples[4000:]))

    found, _, gaps = await stored(tmp_path)

    assert len(again.samples) == 0
    assert len(half.samples) == 8000
    assert (found == samples).all()
    assert gaps == []


async def test_a_gap_becomes_silence_and_is_recorded(tmp_path: Path) -> None:
    samples = noise(1.0)
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        recording.append(frame(0, 0, samples[:1600]))
        appended = recording.append(frame(3, 4800, samples[4800:6400]))

    found, seq, gaps = await stored(tmp_path)

    assert appended.gap == 3200
    assert not found[1600:4800].any()
    assert (found[4800:] == samples[4800:6400]).all()
    assert (seq, gaps) == (4, [(1600, 4800)])


async def test_a_muted_frame_is_silence_by_declaration(tmp_path: Path) -> None:
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        recording.append(AudioFrame(0, 0, 1600, 0, FLAG_MUTED, b""))

    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)

        assert recording.muted == [(0, 1600)]
        assert recording.next_sample == 1600


async def test_a_frame_from_the_far_future_is_refused(tmp_path: Path) -> None:
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)

        with pytest.raises(TooFarAhead):
            recording.append(frame(0, 1 << 40, noise(0.1)))

        assert recording.next_sample == 0


async def test_a_nearly_full_disk_is_refused_before_anything_is_taken(tmp_path: Path) -> None:
    async with TrackStore(tmp_path, reserve_bytes=1 << 62) as store:
        recording = await store.open(TRACK)

        with pytest.raises(DiskFull) as refused:
            recording.append(frame(0, 0, noise(0.1)))

    assert refused.value.code == "audio.disk_full"


async def test_a_failing_disk_gets_no_ack_and_loses_nothing(tmp_path: Path) -> None:
    samples = noise(0.2)
    async with TrackStore(tmp_path, commit_every=60) as store:
        recording = await store.open(TRACK)
        (tmp_path / TRACK).write_bytes(b"not a folder")
        recording.append(frame(0, 0, samples[:1600]))
        await store.commit()
        with pytest.raises(DiskSlow):
            await recording.durable(beyond=0)
        (tmp_path / TRACK).unlink()
        recording.append(frame(1, 1600, samples[1600:]))
        await store.commit()
        ack = await recording.durable(beyond=0)

    found, _, _ = await stored(tmp_path)

    assert ack == (2, 3200)
    assert (found == samples).all()


async def test_only_one_process_writes(tmp_path: Path) -> None:
    async with TrackStore(tmp_path):
        with pytest.raises(StoreLocked):
            async with TrackStore(tmp_path):
                pass


@pytest.mark.parametrize("torn", [1, 2, 3, 1601])
async def test_a_torn_tail_is_made_whole(tmp_path: Path, torn: int) -> None:
    samples = noise(1.0)
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        recording.append(frame(0, 0, samples))
    pcm, index = tmp_path / TRACK / "000000.pcm", tmp_path / TRACK / "index.jsonl"
    os.truncate(pcm, pcm.stat().st_size - torn)
    index.write_bytes(index.read_bytes() + b'["commit", 9')

    found, seq, gaps = await stored(tmp_path)

    whole = len(samples) - (torn + 1) // 2
    assert len(found) == len(samples)
    assert (found[:whole] == samples[:whole]).all()
    assert not found[whole:].any()
    assert (seq, gaps) == (1, [(whole, len(samples))])


async def test_samples_written_after_the_last_commit_are_kept(tmp_path: Path) -> None:
    samples = noise(1.0)
    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        recording.append(frame(0, 0, samples[:8000]))
    with (tmp_path / TRACK / "000000.pcm").open("ab") as file:
        file.write(samples[8000:].tobytes()[:-1])

    found, seq, _ = await stored(tmp_path)

    assert (found == samples[:-1]).all()
    assert seq == 1


KILLED = """
import sys, anyio, os, numpy as np
from pathlib import Path
from transcription.recording import TrackStore
from tests.transcription.memory import frames, noise
async def main():
    async with TrackStore(Path(sys.argv[1]), commit_every=0.02) as store:
        recording = await store.open("track")
        for one in frames(noise(20.0)):
            recording.append(one)
            await anyio.sleep(0.002)
            print(recording.durable_sample, flush=True)
anyio.run(main)
"""


def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        acknowledged = 0
        while acknowledged < 16_000:
            acknowledged = int(process.stdout.readline())
        process.kill()

    found, _, gaps = anyio.run(stored, tmp_path)

    assert len(found) >= acknowledged
    assert (found == noise(20.0)[: len(found)]).all()
    assert gaps == []


@given(cuts=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 40)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_replay_without_holes_stores_the_very_samples(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, int]]
) -> None:
    samples = noise(0.1)
    root = tmp_path_factory.mktemp("store")

    async def replay() -> np.ndarray:
        async with TrackStore(root, commit_every=60) as store:
            recording = await store.open(TRACK)
            for back, size in cuts:
                first = max(0, recording.next_sample - back)
                recording.append(frame(0, first, samples[first : first + size]))
                if size % 3 == 0:
                    await store.commit()
        async with TrackStore(root) as store:
            recording = await store.open(TRACK)
            return await recording.read(0, recording.next_sample)

    found = anyio.run(replay)

    assert (found == samples[: len(found)]).all()
