"""Finished segments as FLAC and Opus: the same samples, readable throughout, redacted in every form."""

import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ids import TrackId
from tests.transcription.memory import frames, noise
from transcription import bundled, flac, opus
from transcription.errors import Damaged, DiskFull
from transcription.recording import Recording, TrackStore
from transcription.samples import Samples
from transcription.segments import SEGMENT_SAMPLES, Segments

pytestmark = pytest.mark.anyio

TRACK = TrackId("track")


def speech(seconds: float) -> Samples:
    """Real speech, again and again."""
    said = bundled.recordings()["workshop-en"].samples()
    return np.resize(said, round(seconds * 16_000))


async def filled(store: TrackStore, samples: Samples) -> Recording:
    recording = await store.open(TRACK)
    for one in frames(samples, size=16_000):
        await recording.has_room()
        recording.append(one)
    await recording.commit()
    return recording


def forms(root: Path) -> list[str]:
    return sorted(path.name for path in (root / TRACK).iterdir() if path.suffix != ".jsonl")


def heard(pieces: list[Path]) -> Samples:
    body = opus.head(TRACK) + b"".join(piece.read_bytes() for piece in pieces)
    with av.open(io.BytesIO(body)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        parts = [
            one.to_ndarray().reshape(-1)
            for frame in container.decode(audio=0)
            for one in resampler.resample(frame)
        ]
    return np.concatenate(parts)


async def test_finished_segments_hold_the_same_samples_in_fewer_bytes(tmp_path: Path) -> None:
    samples = speech(125.0)
    async with TrackStore(tmp_path) as store:
        recording = await filled(store, samples)
        first = await store.compact(TRACK, is_ended=False)
        while_running = forms(tmp_path)
        read = await recording.read(0, len(samples))
        across = await recording.read(SEGMENT_SAMPLES - 10, 2 * SEGMENT_SAMPLES + 10)
        last = await store.compact(TRACK, is_ended=True)
        left = store.loose()
    async with TrackStore(tmp_path) as store:
        reopened = await store.open(TRACK)
        again = await reopened.read(0, reopened.next_sample)
        still_loose = store.loose()

    assert (first, last, left, still_loose) == (2, 1, [], [])
    assert while_running == [
        "000000.flac", "000000.opus", "000001.flac", "000001.opus", "000002.pcm",
    ]  # fmt: skip
    assert sha256(read.tobytes()).digest() == sha256(samples.tobytes()).digest()
    assert (across == samples[SEGMENT_SAMPLES - 10 : 2 * SEGMENT_SAMPLES + 10]).all()
    assert sha256(again.tobytes()).digest() == sha256(samples.tobytes()).digest()
    assert sum(path.stat().st_size for path in (tmp_path / TRACK).iterdir()) < 2 * len(samples)


async def test_the_pieces_of_opus_are_one_file_without_a_seam(tmp_path: Path) -> None:
    tone = (6_000 * np.sin(np.arange(125 * 16_000) * 2 * np.pi * 440 / 16_000)).astype(np.int16)
    async with TrackStore(tmp_path) as store:
        recording = await filled(store, tone)
        await store.compact(TRACK, is_ended=True)
        sound = heard(list(await recording.listenable()))

    assert abs(len(sound) - len(tone)) <= 16
    around = np.abs(np.diff(sound[SEGMENT_SAMPLES - 8_000 : SEGMENT_SAMPLES + 8_000].astype(int)))
    elsewhere = np.abs(np.diff(sound[16_000:32_000].astype(int)))
    assert around.max() <= 1.25 * elsewhere.max()  # a seam would be a step


async def test_struck_samples_are_in_no_form_any_more(tmp_path: Path) -> None:
    samples = noise(125.0, level=20.0)
    loud = slice(SEGMENT_SAMPLES - 8_000, SEGMENT_SAMPLES)
    samples[loud] = 20_000 * np.sign(np.sin(np.arange(8_000) / 5))
    async with TrackStore(tmp_path) as store:
        recording = await filled(store, samples)
        await store.compact(TRACK, is_ended=True)
        await recording.read(0, SEGMENT_SAMPLES)  # decoded and kept in memory
        old = {name: (tmp_path / TRACK / name).read_bytes() for name in forms(tmp_path)}

        await recording.silence(loud.start, loud.stop)
        thawed = forms(tmp_path)
        read = await recording.read(loud.start, loud.stop)
        loose = store.loose()
        await store.compact(TRACK, is_ended=True)
        sound = heard(list(await recording.listenable()))
        lossless = flac.decode((tmp_path / TRACK / "000000.flac").read_bytes())

    assert thawed == ["000000.pcm", "000001.pcm", "000002.flac", "000002.opus"]
    assert loose == [TRACK]
    assert not read.any()
    assert not lossless[loud.start :].any()
    assert (lossless[: loud.start] == samples[: loud.start]).all()
    assert np.abs(sound[loud.start - 1_600 : loud.stop + 1_600].astype(int)).max() < 1_000
    assert old["000001.opus"] != (tmp_path / TRACK / "000001.opus").read_bytes()  # it began with it


async def test_a_segment_that_does_not_read_back_keeps_its_pcm(tmp_path: Path) -> None:
    samples = noise(61.0)
    async with TrackStore(tmp_path) as store:
        recording = await filled(store, samples)
        with pytest.raises(Damaged):
            Segments(tmp_path / TRACK).compact(0, len(samples), lambda some: FLAC_OF_SILENCE)
        read = await recording.read(0, len(samples))
        await store.compact(TRACK, is_ended=False)

    assert (read == samples).all()
    assert forms(tmp_path) == ["000000.flac", "000000.opus", "000001.pcm"]


FLAC_OF_SILENCE = flac.encode(np.zeros(61 * 16_000, np.int16))


@pytest.mark.parametrize("step", ["flac", "opus", "both with pcm"])
async def test_a_crash_in_between_loses_nothing(tmp_path: Path, step: str) -> None:
    samples = noise(61.0)
    async with TrackStore(tmp_path) as store:
        await filled(store, samples)
    folder = tmp_path / TRACK
    if step == "both with pcm":
        (folder / "000000.flac").write_bytes(FLAC_OF_SILENCE)
        (folder / "000000.opus").write_bytes(b"half a p")
    else:
        (folder / f"000000.{step}.new").write_bytes(b"half")

    async with TrackStore(tmp_path) as store:
        recording = await store.open(TRACK)
        before = await recording.read(0, recording.next_sample)
        await store.compact(TRACK, is_ended=True)
        after = await recording.read(0, recording.next_sample)

    assert (before == samples).all()
    assert (after == samples).all()
    assert forms(tmp_path) == ["000000.flac", "000000.opus", "000001.flac", "000001.opus"]


async def test_a_disk_that_takes_nothing_while_compacting_leaves_the_pcm(tmp_path: Path) -> None:
    samples = noise(61.0)
    async with TrackStore(tmp_path) as store:
        recording = await filled(store, samples)
        (tmp_path / TRACK / "000000.opus.new").mkdir()  # so that no file can be written there
        with pytest.raises(DiskFull):
            await store.compact(TRACK, is_ended=False)
        read = await recording.read(0, len(samples))

    assert (read == samples).all()
    assert store.loose() == [TRACK]


async def test_sound_that_was_deleted_is_deleted_in_every_form(tmp_path: Path) -> None:
    async with TrackStore(tmp_path) as store:
        await filled(store, noise(61.0))
        await store.compact(TRACK, is_ended=False)

        await store.remove(TRACK)

        assert store.loose() == []
    assert not (tmp_path / TRACK).exists()


async def test_sound_that_waited_for_the_disk_is_not_written_after_it_was_deleted(
    tmp_path: Path,
) -> None:
    async with TrackStore(tmp_path, commit_every=60) as store:
        recording = await store.open(TRACK)
        recording.append(next(frames(noise(1.0))))

        await store.remove(TRACK)
        await recording.commit()

    assert not (tmp_path / TRACK).exists()


def pieces_of(lengths: list[int]) -> Iterator[Samples]:
    for number, length in enumerate(lengths):
        yield noise(length / 16_000, level=4_000.0, seed=number)[:length]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=4))
def test_any_samples_come_back_from_flac(lengths: list[int]) -> None:
    samples = np.concatenate(list(pieces_of(lengths)))

    assert (flac.decode(flac.encode(samples)) == samples).all()
