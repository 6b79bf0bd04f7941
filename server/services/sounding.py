"""The sound of exports: each track as a WAV file, read where it lies while a server may go on recording.

What was committed to the disk is read and nothing is touched, so the command line does the same
beside a running server. Where a unit does not let a line be quoted with its name, its voice is
silence, as are the moments around it.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from anyio import to_thread

from schemas.ids import TrackId
from schemas.wire import SAMPLE_RATE
from server.domain.corpus import Corpus, Recorded
from server.domain.formats.refi_sound import SoundFile, Sounds
from server.store import homes
from server.store.database import Database
from transcription.segments import Segments

INSIDE = 1 << 30
"""Bytes of sound that go into a project's archive: nine hours; other programs load it whole."""

HEADER_BYTES = 44
AROUND = 0.5
"""Seconds before and after a voice that is not to be heard: where lines were split is a guess."""

_BLOCK = 60 * SAMPLE_RATE

Span = tuple[int, int]


async def sounds_of(
    database: Database, corpus: Corpus, folder: Path, node: str, *, inside: int = INSIDE
) -> Sounds:
    """Return the sound of a study. folder: of all tracks; node: whose disk that is.

    Raises Unavailable `audio.elsewhere` where another node has some of it.
    """
    files: dict[TrackId, SoundFile] = {}
    for sitting in corpus.sittings:
        for one in sitting.recorded:
            async with database.read() as work:
                await homes.require(work, one.track.id, node)
            segments = Segments(folder / one.track.id)
            samples = await to_thread.run_sync(segments.committed)
            if samples:
                size = HEADER_BYTES + 2 * samples
                files[one.track.id] = SoundFile(size, partial(_blocks, segments, samples, _hushed(one)))  # fmt: skip
    found = Sounds(files)
    return Sounds(files, is_inside=found.size <= inside)


def checked(sounds: Sounds, check: Callable[[], None]) -> Sounds:
    """Return the sound, read so that `check` may stop it at each minute."""

    def blocks(of: SoundFile) -> Iterator[bytes]:
        for block in of.blocks():
            check()
            yield block

    files: Mapping[TrackId, SoundFile] = {
        key: SoundFile(one.size, partial(blocks, one)) for key, one in sounds.files.items()
    }
    return Sounds(files, sounds.is_inside)


def wav_header(samples: int) -> bytes:
    """Return what stands before so many samples in a WAV file: 16 kHz, one channel, 16 bits."""
    size = 2 * samples
    form = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    riff = b"RIFF" + struct.pack("<I", min(size + HEADER_BYTES - 8, 0xFFFF_FFFF)) + b"WAVE"
    data = b"data" + struct.pack("<I", min(size, 0xFFFF_FFFF))
    return riff + b"fmt " + struct.pack("<I", len(form)) + form + data


def _hushed(one: Recorded) -> tuple[Span, ...]:
    return tuple(
        (max(0, int((start - AROUND) * SAMPLE_RATE)), round((end + AROUND) * SAMPLE_RATE))
        for start, end in one.hushed
    )


def _blocks(segments: Segments, samples: int, hushed: tuple[Span, ...]) -> Iterator[bytes]:
    yield wav_header(samples)
    for first in range(0, samples, _BLOCK):
        last = min(first + _BLOCK, samples)
        block = bytearray(segments.read(first, last))
        for begin, end in hushed:
            begin, end = max(begin, first), min(end, last)
            if begin < end:
                block[2 * (begin - first) : 2 * (end - first)] = bytes(2 * (end - begin))
        yield bytes(block)
