"""Where an utterance begins and ends: a pure state machine over 32 ms frames.

Speech begins with two frames of probability 0.5 or more and takes 200 ms of run-up. It ends
after 500 ms without speech (400 ms in Chinese); from 12 s on any dip of 150 ms will do; at 28 s
it is cut at the quietest frame of the last 3 s, because a Whisper window holds 30 s. A frame
between 0.35 and 0.5 changes nothing (Silero's hysteresis).
"""

import math
from collections import deque
from dataclasses import dataclass

from schemas.session import Language
from schemas.wire import SAMPLE_RATE
from transcription.vad import FRAME_SAMPLES

ONSET_FRAMES = 2


@dataclass(frozen=True, slots=True)
class Endpointing:
    """The rules; probabilities 0..1, everything else in seconds.

    before, after: what an utterance keeps of the silence around it. Of 0.2, 0.3 and 0.4 the
    demo recordings lose no word at 0.2 and five of 405 otherwise (tests/transcription/test_ear).
    """

    speech: float = 0.5
    release: float = 0.35
    silence: float = 0.5
    before: float = 0.2
    after: float = 0.2
    soft_limit: float = 12.0
    dip: float = 0.15
    hard_limit: float = 28.0
    lookback: float = 3.0

    @classmethod
    def for_language(cls, language: Language) -> "Endpointing":
        """Return the rules for a track's language."""
        return cls(silence=0.4) if language is Language.ZH else cls()


@dataclass(frozen=True, slots=True)
class Began:
    """An utterance has begun at this sample."""

    first_sample: int


@dataclass(frozen=True, slots=True)
class Ended:
    """An utterance lies between these samples, last excluded."""

    first_sample: int
    last_sample: int


Endpoint = Began | Ended


class Endpointer:
    """One track's state. Utterances never overlap; `at` is the sample it starts from."""

    def __init__(self, rules: Endpointing, at: int = 0) -> None:
        self._rules = rules
        self._at = at
        self._free_from = at
        self._onset = 0
        self._first: int | None = None
        self._quiet_from: int | None = None
        lookback = math.ceil(_samples(rules.lookback) / FRAME_SAMPLES)
        self._levels: deque[tuple[float, int]] = deque(maxlen=lookback)

    @property
    def first_sample(self) -> int | None:
        """Where the open utterance begins; None while nobody speaks."""
        return self._first

    @property
    def pause(self) -> tuple[int, int] | None:
        """First and last sample of the open utterance if nobody goes on speaking.

        None while somebody speaks, and until all the silence that the utterance keeps is there:
        then it can be decoded before it is certain that it has ended.
        """
        if self._first is None or self._quiet_from is None:
            return None
        last = self._quiet_from + _samples(self._rules.after)
        return (self._first, last) if self._at >= last else None

    def hear(self, probability: float, level: float) -> list[Endpoint]:
        """Take the next frame: how likely it is speech, and how loud (any monotonic unit)."""
        start, self._at = self._at, self._at + FRAME_SAMPLES
        if self._first is None:
            return self._wait(probability)
        self._levels.append((level, start))
        if probability >= self._rules.speech:
            self._quiet_from = None
        elif probability < self._rules.release and self._quiet_from is None:
            self._quiet_from = start
        return self._judge(self._first)

    def finish(self, at: int) -> list[Endpoint]:
        """No more frames follow: end an open utterance, at sample `at` at the latest."""
        self._at = at
        return [] if self._first is None else [self._end(self._first)]

    def _wait(self, probability: float) -> list[Endpoint]:
        self._onset = self._onset + 1 if probability >= self._rules.speech else 0
        if self._onset < ONSET_FRAMES:
            return []
        onset = self._at - ONSET_FRAMES * FRAME_SAMPLES
        return [self._begin(max(self._free_from, onset - _samples(self._rules.before)))]

    def _judge(self, first: int) -> list[Endpoint]:
        quiet = 0 if self._quiet_from is None else self._at - self._quiet_from
        length = self._at - first
        enough = self._rules.dip if length >= _samples(self._rules.soft_limit) else None
        if quiet >= _samples(enough or self._rules.silence):
            return [self._end(first)]
        if length >= _samples(self._rules.hard_limit):
            return self._cut(first)
        return []

    def _cut(self, first: int) -> list[Endpoint]:
        cut = min(self._levels)[1]
        later = [(level, start) for level, start in self._levels if start >= cut]
        quiet_from = self._quiet_from
        began = self._begin(cut)
        self._levels.extend(later)
        self._quiet_from = quiet_from if quiet_from is None else max(quiet_from, cut)
        return [Ended(first, cut), began]

    def _begin(self, first: int) -> Began:
        self._first, self._onset, self._quiet_from = first, 0, None
        self._levels.clear()
        return Began(first)

    def _end(self, first: int) -> Ended:
        last = self._at
        if self._quiet_from is not None:
            last = min(last, self._quiet_from + _samples(self._rules.after))
        self._first, self._onset, self._free_from = None, 0, last
        return Ended(first, last)


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
