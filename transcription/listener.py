"""One track's samples to endpoints: framing, voice activity and the endpointer in one place.

The result does not depend on how the samples are cut into chunks. The detector's memory is carried
from frame to frame; over long stretches it drifts, so it starts afresh a second after somebody spoke
and then every minute in which nobody does. (At the very endpoint would be too early: one of the 39
utterances of the English demo is then no longer parted from the next.)
"""

from collections.abc import Callable

import numpy as np

from transcription.endpointer import Ended, Endpoint, Endpointer, Endpointing
from transcription.samples import Floats, Samples, to_float
from transcription.vad import FRAME_SAMPLES

SILENCE_BEFORE_SKIP = 16_000
FORGET_FRAMES = 31
FORGET_AGAIN_FRAMES = 1875


Detector = Callable[[Floats], float]


class Listener:
    """`detector` makes voice activity detectors such as `vad.Vad`, each starting afresh.

    at: the first sample to come.
    """

    def __init__(self, detector: Callable[[], Detector], rules: Endpointing, at: int = 0) -> None:
        self._detector = detector
        self._detect = detector()
        self._rules = rules
        self._endpointer = Endpointer(rules, at)
        self._at = at
        self._quiet = 0
        self._rest: Samples = np.empty(0, np.int16)

    @property
    def first_sample(self) -> int | None:
        """Where the open utterance begins; None while nobody speaks."""
        return self._endpointer.first_sample

    @property
    def pause(self) -> tuple[int, int] | None:
        """What the open utterance would be if nobody went on speaking; see Endpointer."""
        return self._endpointer.pause

    @property
    def next_sample(self) -> int:
        """The sample that is heard next."""
        return self._at

    def hear(self, samples: Samples) -> list[Endpoint]:
        """Take the samples that follow; about 7 ms of CPU for a second."""
        self._at += len(samples)
        waiting = np.concatenate([self._rest, samples])
        whole = len(waiting) - len(waiting) % FRAME_SAMPLES
        self._rest = waiting[whole:]
        endpoints: list[Endpoint] = []
        for frame in to_float(waiting[:whole]).reshape(-1, FRAME_SAMPLES):
            endpoints += self._frame(frame)
        return endpoints

    def _frame(self, frame: Floats) -> list[Endpoint]:
        endpoints = self._endpointer.hear(self._detect(frame), _level(frame))
        is_open = self._endpointer.first_sample is not None
        self._quiet = 0 if is_open else self._quiet + 1
        if self._quiet % FORGET_AGAIN_FRAMES == FORGET_FRAMES:
            self._detect = self._detector()
        return endpoints

    def silence(self, count: int) -> list[Endpoint]:
        """Take `count` samples of silence; a long one is not listened to sample by sample."""
        heard = min(count, SILENCE_BEFORE_SKIP)
        endpoints = self.hear(np.zeros(heard, np.int16))
        if count > heard:
            endpoints += self.finish(self._at + count - heard)
        return endpoints

    def finish(self, at: int | None = None) -> list[Endpoint]:
        """End what is open, and go on afresh at sample `at` (default: where it is)."""
        padding = -len(self._rest) % FRAME_SAMPLES
        end = self._at
        endpoints = [*self.hear(np.zeros(padding, np.int16)), *self._endpointer.finish(end)]
        self._at = end if at is None else at
        self._rest = np.empty(0, np.int16)
        self._detect = self._detector()
        self._endpointer = Endpointer(self._rules, self._at)
        return [_within(endpoint, end) for endpoint in endpoints]


def _within(endpoint: Endpoint, end: int) -> Endpoint:
    if isinstance(endpoint, Ended):
        return Ended(endpoint.first_sample, min(endpoint.last_sample, end))
    return endpoint


def _level(frame: Floats) -> float:
    return float(np.dot(frame, frame))
