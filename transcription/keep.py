"""Whether a final text becomes a line, and why: the rules against what Whisper makes up.

Whisper writes sentences into silence and noise, and repeats itself. Each rule looks at a figure
that is stored with the line, so a decision can be read later and taken again.
"""

import re
from dataclasses import dataclass

from schemas.session import Language
from transcription.engine import Heard

MIN_CONFIDENCE = 0.37
"""exp(-1): Whisper's own log probability threshold of -1.0."""
MAX_COMPRESSION = 2.4
"""Whisper's own threshold for text that loops."""
MAX_NO_SPEECH = 0.6
SURE = 0.8
"""With this confidence a high no-speech probability alone does not drop a line."""
MIN_SPEECH_SHARE = 0.1
MIN_LOOP_UNITS = 8
MIN_REPEATS = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """is_kept, and the reason: a rule's name, or `kept`, with the figures."""

    is_kept: bool
    reason: str


def judge(heard: Heard, *, speech_share: float) -> Verdict:
    """Decide on one utterance; speech_share is the share of its frames that are speech."""
    rule = _broken_rule(heard, speech_share)
    figures = (
        f"confidence={heard.confidence:.2f} no_speech={heard.no_speech:.2f}"
        f" compression={heard.compression:.2f} speech={speech_share:.2f}"
    )
    return Verdict(rule is None, f"{rule or 'kept'} {figures}")


def _broken_rule(heard: Heard, speech_share: float) -> str | None:
    if not re.search(r"\w", heard.text):
        return "empty"
    if speech_share < MIN_SPEECH_SHARE:
        return "speech_share"
    if heard.no_speech > MAX_NO_SPEECH and heard.confidence < SURE:
        return "no_speech"
    if heard.confidence < MIN_CONFIDENCE:
        return "logprob"
    if heard.compression > MAX_COMPRESSION:
        return "compression"
    if loops(heard.text, heard.language):
        return "loop"
    return None


def loops(text: str, language: Language) -> bool:
    """Whether more than half of `text` is one phrase said over and over (four times or more)."""
    pattern = r"[A-Za-z0-9]+|\w" if language is Language.ZH else r"\w+"
    units = re.findall(pattern, text.casefold())
    for size in range(1, len(units) // MIN_REPEATS + 1):
        run = 0
        for mine, later in zip(units, units[size:], strict=False):
            run = run + 1 if mine == later else 0
            covered = run + size
            enough = covered >= max(MIN_LOOP_UNITS, MIN_REPEATS * size)
            if enough and 2 * covered > len(units):
                return True
    return False
