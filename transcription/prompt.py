"""What an engine is told before it listens: the wanted script, and hotwords that fit.

Whisper reads a prompt as text that came before. It holds 223 tokens; a Chinese character takes
about one, an English word 1.3. What stands last counts most, so the ranked terms are written with
the first one at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.session import Language, Script
from transcription.engine import Guidance

MOST_TOKENS = 223
SENTENCES = {
    (Language.ZH, Script.HANS): "以下是普通话的句子。",
    (Language.ZH, Script.HANT): "以下是普通話的句子。",
}
"""They make Whisper write in the script, and with punctuation."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """sentence: "" for none. terms: those of the guidance that fit, in its order."""

    sentence: str = ""
    terms: tuple[str, ...] = ()

    def hotwords(self, language: Language) -> str:
        """Return the terms as they are written before the text, the most useful last."""
        return ("、" if language is Language.ZH else ", ").join(reversed(self.terms))


def fitted(
    guidance: Guidance, language: Language, budget: int, tokens: Callable[[str], int]
) -> Prompt:
    """Return the prompt for `language`: whole terms in rank order while `budget` tokens last.

    tokens: how many tokens the engine makes of a text. A term that does not fit is passed over for
    the shorter ones behind it, which are worth more than an empty place.
    """
    sentence = SENTENCES.get((language, guidance.script), "")
    room = min(budget, MOST_TOKENS - tokens(sentence))
    return Prompt(sentence, tuple(_fitting(guidance.hotwords, language, room, tokens)))


def _fitting(
    terms: Sequence[str], language: Language, room: int, tokens: Callable[[str], int]
) -> Sequence[str]:
    taken: list[str] = []
    for term in terms:
        wider = Prompt("", (*taken, term))
        if tokens(" " + wider.hotwords(language)) <= room:
            taken.append(term)
        elif room - tokens(" " + Prompt("", tuple(taken)).hotwords(language)) < 3:
            break
    return taken
