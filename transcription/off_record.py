"""Off the record: samples that are heard by nobody, because they never reach memory or disk.

A browser stops its microphone when it is told; frames that were on their way, or that a browser
which was not told sends later, are silenced here before anything else sees them. Which samples
are spoken "now" follows from how late frames come: `Pace` remembers the smallest delay seen, so a
backlog of what was said before is kept whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from schemas.wire import FLAG_MUTED, SAMPLE_RATE, AudioFrame

AFTERWARDS = SAMPLE_RATE // 2
"""Samples dropped after the end: the smallest delay of a frame is not the time it took."""
CLOCK_DRIFT = 1e-4
"""Sound cards and servers count seconds that differ by up to this share."""
UNCERTAIN = 1.0
"""Seconds by which a track's offset may be wrong: between its opening and its first sample."""


@dataclass(frozen=True, slots=True)
class OffRecord:
    """A span of a track's samples, first included, last excluded; last None: still so."""

    first: int
    last: int | None

    @classmethod
    def between(cls, began: float, ended: float | None) -> "OffRecord":
        """Return the span for seconds on the track's clock that are not known exactly."""
        first = max(0, round((began - UNCERTAIN) * SAMPLE_RATE))
        return cls(first, None if ended is None else round((ended + UNCERTAIN) * SAMPLE_RATE))


class Pace:
    """Which sample of a track is being spoken at a moment, from when its frames came."""

    def __init__(self) -> None:
        self._zero: float | None = None
        self._at = 0.0

    def heard(self, now: float, last: int) -> None:
        """Note that the samples up to `last` were here at `now` (seconds, monotonic)."""
        zero = now - last / SAMPLE_RATE
        if self._zero is not None:
            zero = min(zero, self._zero + CLOCK_DRIFT * (now - self._at))
        self._zero, self._at = zero, now

    def being_said(self, now: float) -> int | None:
        """Return the sample of this moment, never too late; None before the first frame."""
        return None if self._zero is None else round((now - self._zero) * SAMPLE_RATE)


def without(frame: AudioFrame, off: Sequence[OffRecord]) -> AudioFrame:
    """Return `frame` with silence where it is off the record."""
    end = frame.first_sample + frame.n_samples
    spans = [
        (max(one.first, frame.first_sample), end if one.last is None else min(one.last, end))
        for one in off
    ]
    spans = [(first, last) for first, last in spans if first < last]
    if not spans or frame.is_muted:
        return frame
    if (frame.first_sample, end) in spans:
        return replace(frame, flags=frame.flags | FLAG_MUTED, pcm=b"")
    samples = np.frombuffer(frame.pcm, "<i2").copy()
    for first, last in spans:
        samples[first - frame.first_sample : last - frame.first_sample] = 0
    return replace(frame, pcm=samples.tobytes())
