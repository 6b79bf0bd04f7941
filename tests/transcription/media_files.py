"""Recordings of every common kind, made by PyAV: a tone to a channel, a second of it or hours."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

KINDS = {
    "mp3": ("mp3", "libmp3lame", 44_100),
    "m4a": ("mp4", "aac", 44_100),
    "webm": ("webm", "libopus", 48_000),
    "ogg": ("ogg", "libopus", 48_000),
    "flac": ("flac", "flac", 48_000),
    "mka": ("matroska", "pcm_s16le", 22_050),
    "wav": ("wav", "pcm_s16le", 16_000),
    "avi": ("avi", "libmp3lame", 44_100),
}
"""By the ending people know: container, codec, rate."""
TONES = (440.0, 1_000.0)
BLOCK = 4_096


def make(
    path: Path,
    kind: str,
    seconds: float,
    *,
    channels: int = 1,
    video: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a recording of `kind`; channel n holds the tone n of `TONES`."""
    container_name, codec, rate = KINDS[kind]
    with av.open(str(path), "w", format=container_name, options=options or {}) as container:
        sound = container.add_stream(codec, rate=rate, layout="stereo" if channels > 1 else "mono")
        picture = container.add_stream("mpeg4", rate=5) if video else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
            for number in range(int(5 * seconds)):
                shown = av.VideoFrame(64, 48, "yuv420p")
                shown.pts = number
                container.mux(picture.encode(shown))
            container.mux(picture.encode(None))
        resampler = av.AudioResampler(sound.format.name, sound.layout.name, rate)
        for frame in _tones(rate, seconds, channels):
            for fitting in resampler.resample(frame):
                container.mux(sound.encode(fitting))
        container.mux(sound.encode(None))
    return path


def silence(path: Path, seconds: float) -> Path:
    """Write a recording in which nobody says anything: hours of it take kilobytes, and no time."""
    rate, size = 8_000, 32_000
    nothing = np.zeros((1, size), np.int16)
    with av.open(str(path), "w", format="flac") as container:
        options = {"frame_size": str(size)}
        sound = container.add_stream("flac", rate=rate, layout="mono", options=options)
        for start in range(0, round(rate * seconds), size):
            frame = av.AudioFrame.from_ndarray(nothing, "s16", "mono")
            frame.rate, frame.pts = rate, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def _tones(rate: int, seconds: float, channels: int) -> Iterator[av.AudioFrame]:
    total = round(rate * seconds)
    for start in range(0, total, BLOCK):
        at = np.arange(start, min(start + BLOCK, total)) / rate
        waves = [8_000 * np.sin(2 * np.pi * tone * at) for tone in TONES[:channels]]
        samples = np.stack(waves, axis=1).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo" if channels > 1 else "mono")
        frame.rate, frame.pts = rate, start
        yield frame


def tone_of(samples: np.ndarray) -> float:
    """The loudest frequency in samples at 16 kHz, in Hz."""
    loudness = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return float(np.argmax(loudness) * 16_000 / len(samples))
