"""What is off the record leaves no sample behind, and takes none of what is on it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import SessionId
from schemas.wire import SAMPLE_RATE
from tests.transcription.memory import MemoryHearing, frame, frames, track
from transcription.ear import Ear, EarSettings
from transcription.off_record import AFTERWARDS, OffRecord, Pace, without
from transcription.recording import TrackStore

pytestmark = pytest.mark.anyio
MARK = 12_345
"""A sample that nothing else makes."""


def marked(count: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(count, MARK, np.int16)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def bytes_below(root: Path) -> bytes:
    return b"".join(file.read_bytes() for file in root.rglob("*") if file.is_file())


async def test_no_byte_said_off_the_record_is_left_on_disk(tmp_path: Path) -> None:
    clock, hearing = Clock(), MemoryHearing()
    on_record = np.full(SAMPLE_RATE, 77, np.int16)
    async with (
        TrackStore(tmp_path) as store,
        Ear(store, hearing, hearing, EarSettings(None, 1), clock=clock) as ear,
    ):
        intake = await ear.listen(track())
        for one in frames(on_record):
            clock.now += 0.1
            await intake.receive(one)
        ear.hold(SessionId("of-track"))
        for one in frames(marked(3 * SAMPLE_RATE), SAMPLE_RATE):
            clock.now += 0.1
            await intake.receive(one)
        ear.release(SessionId("of-track"))
        for one in frames(on_record, 4 * SAMPLE_RATE):
            clock.now += 0.1
            await intake.receive(one)
        await intake.end()
        stored = await (await store.open(track().id)).read(0, 5 * SAMPLE_RATE)

    assert MARK.to_bytes(2, "little") * 2 not in bytes_below(tmp_path)
    assert (stored[:SAMPLE_RATE] == 77).all()
    assert not stored[SAMPLE_RATE : 4 * SAMPLE_RATE + AFTERWARDS].any()
    assert (stored[4 * SAMPLE_RATE + AFTERWARDS :] == 77).all()


async def test_a_backlog_of_what_was_on_the_record_is_kept(tmp_path: Path) -> None:
    clock, hearing = Clock(), MemoryHearing()
    said = list(frames(np.full(4 * SAMPLE_RATE, 77, np.int16)))
    async with (
        TrackStore(tmp_path) as store,
        Ear(store, hearing, hearing, EarSettings(None, 1), clock=clock) as ear,
    ):
        intake = await ear.listen(track())
        clock.now += 0.1
        await intake.receive(said[0])
        clock.now += 3.9  # the network is away; then the room goes off the record
        ear.hold(SessionId("of-track"))
        for one in [*said[1:], *frames(marked(SAMPLE_RATE), 4 * SAMPLE_RATE)]:
            await intake.receive(one)
        stored = await (await store.open(track().id)).read(0, 5 * SAMPLE_RATE)

    assert (stored[: 4 * SAMPLE_RATE] == 77).all()
    assert not stored[4 * SAMPLE_RATE :].any()


async def test_what_an_earlier_process_was_told_still_holds(tmp_path: Path) -> None:
    hearing = MemoryHearing()
    async with (
        TrackStore(tmp_path) as store,
        Ear(store, hearing, hearing, EarSettings(None, 1)) as ear,
    ):
        intake = await ear.listen(track(), off=[OffRecord.between(1.5, 2.0)])
        for one in frames(marked(4 * SAMPLE_RATE)):
            await intake.receive(one)
        stored = await (await store.open(track().id)).read(0, 4 * SAMPLE_RATE)

    silent = np.flatnonzero(stored == 0)
    assert (silent[0], silent[-1]) == (SAMPLE_RATE // 2, 3 * SAMPLE_RATE - 1)


@given(
    st.integers(0, 4000),
    st.lists(st.tuples(st.integers(0, 6000), st.none() | st.integers(0, 6000)), max_size=4),
)
def test_a_frame_loses_exactly_the_samples_that_are_off(
    first: int, spans: list[tuple[int, int | None]]
) -> None:
    off = [OffRecord(a, b) for a, b in spans]
    told = without(frame(0, first, marked(1600)), off)

    pcm = np.zeros(1600, np.int16) if told.is_muted else np.frombuffer(told.pcm, "<i2")
    for n in range(0, 1600, 37):
        is_off = any(a <= first + n and (b is None or first + n < b) for a, b in spans)
        assert pcm[n] == (0 if is_off else MARK)


def test_a_microphone_whose_clock_is_slow_is_never_thought_to_be_ahead() -> None:
    pace = Pace()
    for second in range(3600):
        pace.heard(second * (1 + 5e-5) + 0.2, second * SAMPLE_RATE)

    said = pace.being_said(3600 * (1 + 5e-5))
    assert said is not None
    assert 3599 * SAMPLE_RATE <= said <= 3600 * SAMPLE_RATE
