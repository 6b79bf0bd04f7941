"""Any common audio or video file as 16 kHz samples, by PyAV; blocking, for a worker thread.

What a file is, is decided by its content; its name is not looked at. Only containers that hold their
own sound are opened: a playlist, which would have the server fetch what it names, is no recording.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
import av.error
import numpy as np

from schemas.errors import Invalid
from schemas.wire import SAMPLE_RATE
from transcription.samples import Samples

MOST_SECONDS = 12 * 3600
CONTAINERS = (
    "aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dts", "eac3", "flac", "flv",
    "matroska", "mov", "mp3", "mpeg", "mpegts", "ogg", "rm", "w64", "wav", "wv",
)  # fmt: skip
"""What is opened, by the names that FFmpeg gives them (`mov` is MP4 as well, `matroska` WebM)."""
_OPTIONS = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "file"}
_STATED = ("flac", "matroska", "mov", "wav")
"""Containers that say in their head how long they are; of the others it is guessed or read behind."""
_BEGINNINGS = (b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3")
SHORT_SECONDS, SHORT_SHARE = 2.0, 0.02
"""What may be missing at the end of a file that did not break off: both of these."""


class Unreadable(Invalid):
    """A file that gives no sound: `upload.empty`, `.type`, `.no_audio`, `.too_long` or `.corrupt`."""


@dataclass(frozen=True, slots=True)
class Media:
    """The first audio stream of a file. seconds: 0.0 where the file does not say."""

    seconds: float
    channels: int


def probe(path: Path) -> Media:
    """Say what a file holds. Raises Unreadable."""
    if path.stat().st_size == 0:
        raise Unreadable("upload.empty")
    try:
        with _opened(path) as container:
            if not container.streams.audio:
                raise Unreadable("upload.no_audio")
            stream = container.streams.audio[0]
            seconds = (container.duration or 0) / av.time_base
            channels = stream.codec_context.channels
    except (av.error.FFmpegError, ValueError) as error:
        if _begins_well(path):
            raise Unreadable("upload.corrupt", seconds=0) from error
        raise Unreadable("upload.type") from error
    if seconds > MOST_SECONDS:
        raise Unreadable("upload.too_long", hours=MOST_SECONDS // 3600)
    return Media(max(0.0, seconds), channels)


def decoded(path: Path, *, stereo: bool) -> Iterator[Sequence[Samples]]:
    """Yield blocks, one array to a channel: two if `stereo`, else one.

    Raises Unreadable `upload.corrupt` {seconds} where the file breaks off, `upload.too_long`.
    """
    layout, channels = ("stereo", 2) if stereo else ("mono", 1)
    resampler = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE)
    total = 0
    try:
        with _opened(path) as container:
            stream, stated = container.streams.audio[0], _stated(container)
            for frame in _frames(container, stream):
                for piece in resampler.resample(frame):
                    block = piece.to_ndarray().reshape(-1, channels)
                    total += len(block)
                    if total > MOST_SECONDS * SAMPLE_RATE:
                        raise Unreadable("upload.too_long", hours=MOST_SECONDS // 3600)
                    yield [np.ascontiguousarray(block[:, number]) for number in range(channels)]
    except (av.error.FFmpegError, ValueError) as error:
        raise Unreadable("upload.corrupt", seconds=total // SAMPLE_RATE) from error
    if total == 0:
        raise Unreadable("upload.empty")
    if _breaks_off(path):
        raise Unreadable("upload.corrupt", seconds=total // SAMPLE_RATE)
    missing = stated - total / SAMPLE_RATE
    if missing > SHORT_SECONDS and missing > SHORT_SHARE * stated:
        raise Unreadable("upload.corrupt", seconds=total // SAMPLE_RATE)


def _opened(path: Path) -> av.container.InputContainer:
    return av.open(str(path), options=dict(_OPTIONS))


def _begins_well(path: Path) -> bool:
    """Whether a file that cannot be read begins as a recording does, so that it may be a torn one."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" or head.startswith(_BEGINNINGS) or head[8:12] in (b"WAVE", b"AVI ")


def _breaks_off(path: Path) -> bool:
    """Whether a WAV is shorter than its head says; FFmpeg then believes the file, not the head."""
    with path.open("rb") as file:
        head = file.read(12)
    size = int.from_bytes(head[4:8], "little")
    is_stated = head.startswith(b"RIFF") and size not in (0, 0xFFFF_FFFF)
    return is_stated and size + 8 > path.stat().st_size + SAMPLE_RATE


def _stated(container: av.container.InputContainer) -> float:
    """How long the file says its sound is, in seconds; 0.0 where it does not, or not for certain."""
    stream = container.streams.audio[0]
    if container.format.name.split(",")[0] not in _STATED:
        return 0.0
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    is_sound_alone = len(container.streams) == 1
    return (container.duration or 0) / av.time_base if is_sound_alone else 0.0


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame | None]:
    """Every frame, then None, which empties the resampler."""
    yield from container.decode(stream)
    yield None
