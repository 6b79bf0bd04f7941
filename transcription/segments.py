"""The files of one track: segments of sixty seconds, and a small index of commits.

    000000.pcm, 000001.pcm …   int16 little-endian, 16 kHz mono; sample n is at byte 2 n
    000000.flac, 000000.opus … of a finished segment, in its place: the same samples, and for
                               listening the same sound in a tenth of the bytes
    index.jsonl                one JSON array a line: ["commit", next seq, samples],
                               ["gap", first, last], ["muted", first, last],
                               ["struck", first, last]

Every byte before the last commit is on disk. A segment's PCM goes only after its FLAC was read back
and found to hold the same samples; while there is PCM, it is what counts. What is written to a
finished segment (silence, over what was struck) makes PCM of it again. What a crash tore off is made whole when the
folder is opened: a half sample or half index line is cut, a short segment is filled with zeros
and recorded as a gap. Blocking: called in worker threads.
"""

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from schemas.wire import SAMPLE_RATE
from transcription import flac, opus
from transcription.errors import Damaged
from transcription.samples import Samples

SEGMENT_SAMPLES = 60 * SAMPLE_RATE
_SEGMENT_BYTES = 2 * SEGMENT_SAMPLES
_MOST_DECODED = 3
"""Finished segments of a track that are kept decoded, two megabytes each."""
_SEAM_SAMPLES = SAMPLE_RATE
"""How far before a segment its Opus can hear."""

Span = tuple[int, int]
Record = tuple[str, int, int]


@dataclass(slots=True)
class Contents:
    """What a track's folder holds: spans are first sample included, last excluded."""

    seq: int = 0
    samples: int = 0
    gaps: list[Span] = field(default_factory=list)
    muted: list[Span] = field(default_factory=list)


class Segments:
    """The one writer and reader of a track's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._decoded: OrderedDict[int, bytes] = OrderedDict()
        self._generation = 0
        self._sharing = threading.Lock()

    def open(self) -> Contents:
        """Repair what a crash tore and return what is there. A folder that is absent is empty."""
        if not self._folder.is_dir():
            return Contents()
        for path in self._folder.glob("*.new"):
            path.unlink()
        contents = self._read_index()
        contents.samples = self._repair(contents.samples, contents.gaps)
        return contents

    def committed(self) -> int:
        """Return how many samples are committed, and touch nothing: for who only reads.

        Another process may be the writer meanwhile; what it has not committed is not counted.
        """
        path = self._folder / "index.jsonl"
        return _contents(path.read_bytes()).samples if path.exists() else 0

    def write(self, position: int, pcm: bytes, records: Sequence[Record]) -> None:
        """Write samples at `position`, then the index records; returns when both are on disk.

        Writing the same samples at the same position again changes nothing, so a write that
        failed half-way is simply repeated.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        offset = 2 * position
        while pcm:
            number, within = divmod(offset, _SEGMENT_BYTES)
            part = pcm[: _SEGMENT_BYTES - within]
            self._thaw(number)
            if within + len(part) > 2 * (SEGMENT_SAMPLES - _SEAM_SAMPLES):
                self._thaw(number + 1)
            self._write_part(self._segment(number), within, part)
            offset, pcm = offset + len(part), pcm[len(part) :]
        self._append_index(records)

    def read(self, first: int, last: int) -> bytes:
        """Return the bytes of samples first to last; both lie before the last commit."""
        parts: list[bytes] = []
        offset, end = 2 * first, 2 * last
        while offset < end:
            number, within = divmod(offset, _SEGMENT_BYTES)
            length = min(end - offset, _SEGMENT_BYTES - within)
            parts.append(self._part(number, within, length))
            offset += length
        return b"".join(parts)

    def loose(self, samples: int, *, is_ended: bool) -> Sequence[int]:
        """Return the finished segments that are still PCM; samples: how many are committed.

        The last one, which is not full, is finished when the track has ended.
        """
        finished = -(-samples // SEGMENT_SAMPLES) if is_ended else samples // SEGMENT_SAMPLES
        return [number for number in self._numbers("pcm") if number < finished]

    def compact(
        self, number: int, samples: int, encode: Callable[[Samples], bytes] = flac.encode
    ) -> None:
        """Put FLAC and Opus in the place of a finished segment's PCM. Raises Damaged or OSError.

        samples: of the whole track. encode: to FLAC. Until the end the PCM is there and counts.
        """
        first = number * SEGMENT_SAMPLES
        pcm = self._segment(number).read_bytes()
        before = np.frombuffer(self.read(max(0, first - opus.LEAD_IN_SAMPLES), first), "<i2")
        heard = np.frombuffer(pcm, "<i2")
        is_last = first + len(heard) == samples and len(heard) < SEGMENT_SAMPLES
        pages = opus.piece(self._folder.name, first, heard, before, is_last=is_last)
        lossless = self._put(number, "flac", encode(heard))
        self._put(number, "opus", pages)
        kept = flac.decode(lossless.read_bytes()).astype("<i2").tobytes()
        if sha256(kept).digest() != sha256(pcm).digest():
            raise Damaged("audio.damaged", segment=number)
        self._segment(number).unlink()
        _sync_folder(self._folder)

    def listenable(self) -> Sequence[Path]:
        """Return the Opus of the segments from the first one on, as far as they are finished."""
        found: list[Path] = []
        while (path := self._segment(len(found), "opus")).exists():
            if self._segment(len(found)).exists():
                break
            found.append(path)
        return found

    def remove(self) -> None:
        """Delete every file of the track, and its folder."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()
            _sync_folder(self._folder.parent)

    def _segment(self, number: int, form: str = "pcm") -> Path:
        return self._folder / f"{number:06d}.{form}"

    def _numbers(self, form: str) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob(f"*.{form}"))

    def _part(self, number: int, within: int, length: int) -> bytes:
        """Return bytes of one segment, zeros where it ends before."""
        try:
            with self._segment(number).open("rb") as file:
                file.seek(within)
                part = file.read(length)
        except FileNotFoundError:
            part = self._lossless(number)[within : within + length]
        return part.ljust(length, b"\0")

    def _lossless(self, number: int) -> bytes:
        """The PCM of a finished segment."""
        with self._sharing:
            if number in self._decoded:
                self._decoded.move_to_end(number)
                return self._decoded[number]
            generation = self._generation
        try:
            body = self._segment(number, "flac").read_bytes()
        except FileNotFoundError:
            return self._segment(number).read_bytes()  # it was written to just now
        pcm = flac.decode(body).astype("<i2").tobytes()
        with self._sharing:
            if generation == self._generation:
                self._decoded[number] = pcm
                while len(self._decoded) > _MOST_DECODED:
                    self._decoded.popitem(last=False)
        return pcm

    def _thaw(self, number: int) -> None:
        """Make PCM of a finished segment again, and leave nothing of its other forms."""
        others = [self._segment(number, form) for form in ("flac", "opus")]
        if not any(path.exists() for path in others):
            return
        if not self._segment(number).exists():
            self._put(number, "pcm", self._lossless(number))
        for path in others:
            if path.exists():
                _overwrite(path)
                path.unlink()
        _sync_folder(self._folder)
        with self._sharing:
            self._generation += 1
            self._decoded.clear()

    def _put(self, number: int, form: str, body: bytes) -> Path:
        """Write a file whole or not at all; on disk when this returns."""
        path = self._segment(number, form)
        new = path.with_name(path.name + ".new")
        with new.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(self._folder)
        return path

    def _write_part(self, path: Path, within: int, part: bytes) -> None:
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o640)
        try:
            while part:
                written = os.pwrite(descriptor, part, within)
                within, part = within + written, part[written:]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(path.parent)

    def _append_index(self, records: Sequence[Record]) -> None:
        path = self._folder / "index.jsonl"
        is_new = not path.exists()
        with path.open("ab") as file:
            file.write(b"".join(json.dumps(record).encode() + b"\n" for record in records))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self._folder)

    def _read_index(self) -> Contents:
        path = self._folder / "index.jsonl"
        if not path.exists():
            return Contents()
        raw = path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            os.truncate(path, whole)
        return _contents(raw)

    def _repair(self, recorded: int, gaps: list[Span]) -> int:
        """Make every segment but the last one full, cut a half sample; return the samples."""
        numbers, finished = self._numbers("pcm"), set(self._numbers("flac"))
        target = max(recorded, SEGMENT_SAMPLES * max(finished, default=0))
        if numbers:
            size = self._segment(max(numbers)).stat().st_size
            target = max(target, max(numbers) * SEGMENT_SAMPLES + size // 2)
        for number in range(-(-target // SEGMENT_SAMPLES)):
            if number in numbers or number not in finished:
                self._make_whole(number, target, gaps)
        return target

    def _make_whole(self, number: int, target: int, gaps: list[Span]) -> None:
        path = self._segment(number)
        begin = number * SEGMENT_SAMPLES
        wanted = 2 * min(SEGMENT_SAMPLES, target - begin)
        size = path.stat().st_size if path.exists() else 0
        if size == wanted:
            return
        path.touch(mode=0o640)
        os.truncate(path, min(2 * (size // 2), wanted))
        os.truncate(path, wanted)
        if size // 2 < wanted // 2:
            gap = (begin + size // 2, begin + wanted // 2)
            gaps.append(gap)
            self._append_index([("gap", *gap)])


def _contents(raw: bytes) -> Contents:
    """What an index says, without the record that a crash (or a writer just now) left torn."""
    contents = Contents()
    for line in raw[: raw.rfind(b"\n") + 1].splitlines():
        kind, first, last = json.loads(line)
        if kind == "commit":
            contents.seq, contents.samples = first, last
        elif kind == "gap":
            contents.gaps.append((first, last))
        elif kind == "muted":
            contents.muted.append((first, last))
    return contents


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
