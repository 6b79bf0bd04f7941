"""The files of one track: PCM in segments of sixty seconds, and a small index of commits.

    000000.pcm, 000001.pcm …   int16 little-endian, 16 kHz mono; sample n is at byte 2 n
    index.jsonl                one JSON array a line: ["commit", next seq, samples],
                               ["gap", first, last], ["muted", first, last],
                               ["struck", first, last]

Every byte before the last commit is on disk. What a crash tore off is made whole when the
folder is opened: a half sample or half index line is cut, a short segment is filled with zeros
and recorded as a gap. Blocking: called in worker threads.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.wire import SAMPLE_RATE

SEGMENT_SAMPLES = 60 * SAMPLE_RATE
_SEGMENT_BYTES = 2 * SEGMENT_SAMPLES

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

    def open(self) -> Contents:
        """Repair what a crash tore and return what is there. A folder that is absent is empty."""
        if not self._folder.is_dir():
            return Contents()
        contents = self._read_index()
        contents.samples = self._repair(contents.samples, contents.gaps)
        return contents

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
            with self._segment(number).open("rb") as file:
                file.seek(within)
                parts.append(file.read(length).ljust(length, b"\0"))
            offset += length
        return b"".join(parts)

    def remove(self) -> None:
        """Delete every file of the track, and its folder."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()
            _sync_folder(self._folder.parent)

    def _segment(self, number: int) -> Path:
        return self._folder / f"{number:06d}.pcm"

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
        contents = Contents()
        if not path.exists():
            return contents
        raw = path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            os.truncate(path, whole)
        for line in raw[:whole].splitlines():
            kind, first, last = json.loads(line)
            if kind == "commit":
                contents.seq, contents.samples = first, last
            elif kind == "gap":
                contents.gaps.append((first, last))
            elif kind == "muted":
                contents.muted.append((first, last))
        return contents

    def _repair(self, recorded: int, gaps: list[Span]) -> int:
        """Make every segment but the last one full, cut a half sample; return the samples."""
        numbers = [int(path.stem) for path in self._folder.glob("*.pcm")]
        target = recorded
        if numbers:
            size = self._segment(max(numbers)).stat().st_size
            target = max(recorded, max(numbers) * SEGMENT_SAMPLES + size // 2)
        for number in range(-(-target // SEGMENT_SAMPLES)):
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
