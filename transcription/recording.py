"""The track store: everything that was recorded, on disk before it is acknowledged.

`Recording.append` keeps new samples in memory; one task of the store writes and fsyncs all
recordings together every `commit_every` seconds in a thread, and only then does
`durable_sample` move. Samples are addressed by position, so a repeated frame changes nothing.

Bounds: at most `MAX_WAITING_SAMPLES` of one track wait for the disk; then the sender waits and,
if the disk does not recover, is told (`DiskSlow`) and keeps its own copy. With less than
`reserve_bytes` free nothing new is accepted (`DiskFull`).
"""

import fcntl
import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import anyio
import numpy as np
import structlog
from anyio import to_thread

from schemas.ids import TrackId
from schemas.wire import SAMPLE_RATE, AudioFrame
from transcription.errors import DiskFull, DiskSlow, StoreLocked, TooFarAhead
from transcription.samples import Samples
from transcription.segments import Contents, Record, Segments, Span
from transcription.space import Space, space

MAX_GAP_SAMPLES = 600 * SAMPLE_RATE
MAX_WAITING_SAMPLES = 30 * SAMPLE_RATE
DISK_PATIENCE = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Appended:
    """What a frame added: first the `gap` of silence before it, then its new samples."""

    first_sample: int
    gap: int
    samples: Samples


class Recording:
    """One track's audio. Made by `TrackStore.open`; one per track and process."""

    def __init__(
        self,
        track_id: TrackId,
        segments: Segments,
        contents: Contents,
        mark_dirty: Callable[[], None],
    ) -> None:
        self.track_id = track_id
        self.next_seq = contents.seq
        self.durable_seq = contents.seq
        self.durable_sample = contents.samples
        self.gaps: list[Span] = contents.gaps
        self.muted: list[Span] = contents.muted
        self.is_full = False
        self._segments = segments
        self._tail = bytearray()
        self._ends: deque[tuple[int, int]] = deque()
        self._records: list[Record] = []
        self._failed = False
        self._is_removed = False
        self._moved = anyio.Event()
        self._writing = anyio.Lock()
        self._compacting = anyio.Lock()
        self._mark_dirty = mark_dirty

    @property
    def next_sample(self) -> int:
        """The sample that comes next; everything before it is readable."""
        return self.durable_sample + len(self._tail) // 2

    def append(self, frame: AudioFrame) -> Appended:
        """Take what is new in `frame`; samples that are there already are dropped.

        Samples that are missing before it become silence and are recorded as a gap. Raises
        DiskFull, DiskSlow (nothing was taken) or TooFarAhead.
        """
        if self.is_full:
            raise DiskFull("audio.disk_full")
        if self._failed and len(self._tail) >= 2 * MAX_WAITING_SAMPLES:
            raise DiskSlow("audio.disk_slow")
        start = self.next_sample
        gap = max(0, frame.first_sample - start)
        if gap > MAX_GAP_SAMPLES:
            raise TooFarAhead("audio.gap", first_sample=frame.first_sample, next_sample=start)
        known = max(0, min(start - frame.first_sample, frame.n_samples))
        pcm = bytes(2 * (frame.n_samples - known)) if frame.is_muted else frame.pcm[2 * known :]
        self._tail += bytes(2 * gap)
        self._tail += pcm
        self._note(start, gap, len(pcm) // 2, frame)
        return Appended(start, gap, np.frombuffer(pcm, "<i2"))

    def _note(self, start: int, gap: int, added: int, frame: AudioFrame) -> None:
        if gap:
            self.gaps.append((start, start + gap))
            self._records.append(("gap", start, start + gap))
        if frame.is_muted and added:
            span = (start + gap, start + gap + added)
            self.muted.append(span)
            self._records.append(("muted", *span))
        self.next_seq = max(self.next_seq, frame.seq + 1)
        if gap or added or frame.is_end:
            self._ends.append((self.next_sample, self.next_seq))
            self._mark_dirty()

    async def read(self, first: int, last: int) -> Samples:
        """Return int16 samples first (included) to last (excluded), as far as recorded."""
        last = min(last, self.next_sample)
        first = max(0, min(first, last))
        split = min(max(self.durable_sample, first), last)
        at = self.durable_sample
        tail = bytes(self._tail[2 * (split - at) : 2 * (last - at)]) if last > split else b""
        stored = b""
        if split > first:
            stored = await to_thread.run_sync(self._segments.read, first, split)
        return np.frombuffer(stored + tail, "<i2")

    async def silence(self, first: int, last: int) -> None:
        """Overwrite samples first to last with silence, on disk too; for good."""
        await self.commit()
        if self.is_dirty:
            raise DiskSlow("audio.disk_slow")
        last = min(last, self.durable_sample)
        if first < last:
            zeros, record = bytes(2 * (last - first)), ("struck", first, last)
            async with self._compacting, self._writing:
                await to_thread.run_sync(self._segments.write, first, zeros, [record])
            self._mark_dirty()

    async def compact(self, *, is_ended: bool) -> int:
        """Make FLAC and Opus of what is finished; return how many segments. One after the other.

        is_ended: nothing is appended any more. Raises Damaged, or DiskFull where there is no room.
        """
        samples, done = self.durable_sample, 0
        if is_ended and self.is_dirty:
            return 0
        for number in await to_thread.run_sync(
            partial(self._segments.loose, samples, is_ended=is_ended)
        ):
            async with self._compacting:
                try:
                    await to_thread.run_sync(self._segments.compact, number, samples)
                except FileNotFoundError:
                    return done  # the sound was deleted meanwhile
                except OSError as error:
                    raise DiskFull("audio.disk_full") from error
            done += 1
        return done

    async def listenable(self) -> Sequence[Path]:
        """Return the Ogg Opus pieces of what is finished, in order, from the first sample on."""
        return await to_thread.run_sync(self._segments.listenable)

    async def remove(self) -> None:
        """Delete every file of the track."""
        async with self._compacting, self._writing:
            self._is_removed = True
            self._tail.clear()
            self._records.clear()
            await to_thread.run_sync(self._segments.remove)

    async def durable(self, beyond: int) -> tuple[int, int]:
        """Wait until more than `beyond` samples are on disk; return (next seq, samples).

        Raises DiskSlow when the disk refuses them.
        """
        while self.durable_sample <= beyond:
            if self._failed:
                raise DiskSlow("audio.disk_slow")
            await self._moved.wait()
        return self.durable_seq, self.durable_sample

    async def has_room(self) -> None:
        """Wait while too much is on its way to the disk; DiskSlow after `DISK_PATIENCE`."""
        try:
            with anyio.fail_after(DISK_PATIENCE):
                while len(self._tail) >= 2 * MAX_WAITING_SAMPLES:
                    await self._moved.wait()
        except TimeoutError as error:
            raise DiskSlow("audio.disk_slow") from error

    @property
    def is_dirty(self) -> bool:
        """Whether anything waits for the disk."""
        return bool(self._tail or self._records)

    async def commit(self) -> None:
        """Write and fsync what waits. On a failing disk it stays and is written again."""
        async with self._writing:
            if not self._is_removed:
                await self._commit()

    async def _commit(self) -> None:
        pcm, records = bytes(self._tail), list(self._records)
        position = self.durable_sample
        end, seq = position + len(pcm) // 2, self.durable_seq
        while self._ends and self._ends[0][0] <= end:
            seq = self._ends.popleft()[1]
        try:
            await to_thread.run_sync(
                self._segments.write, position, pcm, [*records, ("commit", seq, end)]
            )
        except OSError as error:
            self._ends.appendleft((end, seq))
            self._failed = True
            log.error("recording.write_failed", track=self.track_id, errno=error.errno)
        else:
            del self._tail[: len(pcm)], self._records[: len(records)]
            self.durable_sample, self.durable_seq, self._failed = end, seq, False
        moved, self._moved = self._moved, anyio.Event()
        moved.set()


class TrackStore:
    """All recordings below one folder, one writing process: `async with TrackStore(root)`."""

    def __init__(
        self, root: Path, *, commit_every: float = 0.3, reserve_bytes: int = 200_000_000
    ) -> None:
        self._root = root
        self._commit_every = commit_every
        self._reserve_bytes = reserve_bytes
        self._recordings: dict[TrackId, Recording] = {}
        self._loose: set[TrackId] = set()
        self._opening = anyio.Lock()
        self._dirty = anyio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Take the folder. Raises StoreLocked if another process has it."""
        self._root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT, 0o640)
        self._stack.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            await self._stack.aclose()
            raise StoreLocked("audio.store_locked", folder=str(self._root)) from error
        self._loose = await to_thread.run_sync(self._with_pcm)
        self._stack.push_async_callback(self._commit_last)
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._commit_forever)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits, then let the folder go."""
        await self._stack.aclose()

    async def open(self, track_id: TrackId) -> Recording:
        """Return the track's recording; empty where nothing was recorded yet."""
        async with self._opening:
            recording = self._recordings.get(track_id)
            if recording is None:
                segments = Segments(self._root / track_id)
                contents = await to_thread.run_sync(segments.open)
                recording = Recording(
                    track_id, segments, contents, partial(self._mark_dirty, track_id)
                )
                self._recordings[track_id] = recording
            recording.is_full = await to_thread.run_sync(self._is_full)
            return recording

    async def space(self) -> Space:
        """Say how much room the disk has for sound."""
        return await to_thread.run_sync(space, self._root, self._reserve_bytes)

    async def commit(self) -> None:
        """Write and fsync everything that waits, now."""
        for recording in [one for one in self._recordings.values() if one.is_dirty]:
            await recording.commit()
        is_full = await to_thread.run_sync(self._is_full)
        for recording in self._recordings.values():
            recording.is_full = is_full

    async def remove(self, track_id: TrackId) -> None:
        """Delete all sound of a track that has ended; nothing happens if there is none."""
        if track_id not in self._recordings and not (self._root / track_id).exists():
            return
        recording = await self.open(track_id)
        async with self._opening:
            await recording.remove()
            self._recordings.pop(track_id, None)
            self._loose.discard(track_id)

    def loose(self) -> Sequence[TrackId]:
        """Return the tracks of which something may still be PCM."""
        return sorted(self._loose)

    async def compact(self, track_id: TrackId, *, is_ended: bool) -> int:
        """Make FLAC and Opus of what is finished of a track; return how many segments.

        A track of which nothing is PCM any more is `loose` no longer. Raises Damaged or DiskFull.
        """
        recording = await self.open(track_id)
        done = await recording.compact(is_ended=is_ended)
        if is_ended and not recording.is_dirty:
            self._loose.discard(track_id)
        return done

    async def _commit_last(self) -> None:
        with anyio.move_on_after(DISK_PATIENCE, shield=True):
            await self.commit()

    def _mark_dirty(self, track_id: TrackId) -> None:
        self._loose.add(track_id)
        self._dirty.set()

    def _with_pcm(self) -> set[TrackId]:
        return {TrackId(path.parent.name) for path in self._root.glob("*/*.pcm")}

    def _is_full(self) -> bool:
        return space(self._root, self._reserve_bytes).state == "full"

    async def _commit_forever(self) -> None:
        while True:
            await self._dirty.wait()
            await anyio.sleep(self._commit_every)
            self._dirty = anyio.Event()
            await self.commit()
            if any(recording.is_dirty for recording in self._recordings.values()):
                self._dirty.set()
