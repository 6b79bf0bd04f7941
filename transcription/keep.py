"""Whether a final text becomes a line, and why: the rules against what Whisper makes up.

Whisper writes sentences into silence and noise, and repeats itself. Each rule looks at a figure
that is stored with the line, so a decision can be read later and taken again.
"""

import re
from collections.abc import Sequence
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
DOUBTFUL_SHARE = 0.5
"""With less speech than this, words that Whisper is known to make up are not believed."""
CREDITS = re.compile(
    r"amara\.org|字幕|点赞|點讚|订阅|訂閱|打赏|打賞|明镜与点点|明鏡與點點|thanks? (you )?for watching"
    r"|(like|subscribe) (and|to) (subscribe|(my|our|the) channel)|subtitles? by|transcri(bed|ption) by",
    re.IGNORECASE,
)
"""What stood under the videos that Whisper was trained on."""
MIN_LOOP_UNITS = 8
MIN_REPEATS = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """is_kept, and the reason: a rule's name, or `kept`, with the figures."""

    is_kept: bool
    reason: str


def judge(
    heard: Heard,
    *,
    speech_share: float,
    hotwords: Sequence[str] = (),
    known: Sequence[Language] = tuple(Language),
) -> Verdict:
    """Decide on one utterance.

    speech_share: the share of its frames that are speech. hotwords: those that the engine was
    given; a line of nothing else may be their echo. known: the languages that the model can hear.
    """
    given = hotwords[: heard.hotwords]
    rule = "language" if heard.language not in known else _broken_rule(heard, speech_share, given)
    figures = (
        f"confidence={heard.confidence:.2f} no_speech={heard.no_speech:.2f}"
        f" compression={heard.compression:.2f} speech={speech_share:.2f}"
        f" hotwords={len(given)} window={heard.window:.0f}"
    )
    return Verdict(rule is None, f"{rule or 'kept'} {figures}")


def _broken_rule(heard: Heard, speech_share: float, hotwords: Sequence[str]) -> str | None:
    is_doubtful = speech_share < DOUBTFUL_SHARE or heard.no_speech > MAX_NO_SPEECH
    if not re.search(r"\w", heard.text):
        return "empty"
    if is_doubtful and echoes(heard.text, hotwords):
        return "hotwords"
    if is_doubtful and CREDITS.search(heard.text):
        return "credits"
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


def echoes(text: str, hotwords: Sequence[str]) -> bool:
    """Whether `text` is made of hotwords and nothing else."""
    rest = _bare(text)
    for term in sorted(map(_bare, hotwords), key=len, reverse=True):
        rest = rest.replace(term, "") if term else rest
    return not rest


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


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
