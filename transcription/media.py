"""Any common audio or video file as 16 kHz samples, by PyAV; blocking, for a worker thread.

What a file is, is decided by its content; its name is not looked at.
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
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise Unreadable("upload.no_audio")
            stream = container.streams.audio[0]
            seconds = (container.duration or 0) / av.time_base
            channels = stream.codec_context.channels
    except (av.error.FFmpegError, ValueError) as error:
        raise Unreadable("upload.type") from error
    if seconds > MOST_SECONDS:
        raise Unreadable("upload.too_long", hours=MOST_SECONDS // 3600)
    return Media(max(0.0, seconds), channels)


def decoded(path: Path, *, stereo: bool) -> Iterator[Sequence[Samples]]:
    """Yield blocks, one array to a channel: two if `stereo`, else one.

    Raises Unreadable `upload.corrupt` where the file breaks off, `upload.too_long`.
    """
    layout, channels = ("stereo", 2) if stereo else ("mono", 1)
    resampler = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE)
    total = 0
    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
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


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame | None]:
    """Every frame, then None, which empties the resampler."""
    yield from container.decode(stream)
    yield None
