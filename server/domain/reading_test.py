"""The reading test: a paragraph read aloud at the far end of the table, and what follows from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = re.compile(r"[^\W_]", re.UNICODE)

QUIET = -38.0
"""Speech below this (dB of full scale) is too far from the microphone."""
CLEAR = 12.0
"""Decibels that speech must stand above the noise for the words to be heard."""
CLIPPED = 0.002
SLOW = 6.0
GOOD, FAIR = 0.1, 0.25
"""Shares of wrong characters up to which a record is good, and can be corrected behind the speech."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured. errors: share of wrong characters; level, noise: dB of full scale;
    clipped: share of overdriven samples; delay: seconds from the end of the sound to its text.
    """

    errors: float
    level: float
    noise: float
    clipped: float
    delay: float


def character_errors(said: str, heard: str) -> float:
    """Return the edits (Levenshtein) between two texts for each character of `said`.

    Only letters, digits and Chinese characters count. 0 is perfect; more than 1 is possible.
    """
    one, other = _WORDS.findall(said.casefold()), _WORDS.findall(heard.casefold())
    before = list(range(len(other) + 1))
    for number, sign in enumerate(one, 1):
        row = [number]
        for at, against in enumerate(other, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (sign != against)))
        before = row
    return before[-1] / max(1, len(one))


def advice(found: Reading) -> Sequence[str]:
    """Return what to do, as names of sentences, the most useful first; `good` where nothing is."""
    told: list[str] = []
    if found.clipped > CLIPPED:
        told.append("clipped")
    if found.level < QUIET:
        told.append("quiet")
    if found.level - found.noise < CLEAR:
        told.append("noisy")
    if found.errors > FAIR:
        told.append("wrong_words" if not told else "not_usable")
    elif found.errors > GOOD:
        told.append("some_wrong")
    if found.delay > SLOW:
        told.append("slow")
    return told or ["good"]
