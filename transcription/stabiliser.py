"""What two passes agree on: LocalAgreement-2 over the hypotheses of one open utterance.

D. Liu, G. Spanakis, J. Niehues, "Low-Latency Sequence-to-Sequence Speech Recognition and
Translation by Partial Hypothesis Selection" (2020), local agreement with n = 2. Units are words in
English and characters in Chinese. What was once stable is never taken back.
"""

import re

from schemas.session import Language

_WORD = re.compile(r"\S+\s*")
_CHARACTER = re.compile(r"[A-Za-z0-9]+\s*|\S\s*")


class Stabiliser:
    """The hypotheses of one utterance, oldest first."""

    def __init__(self, language: Language) -> None:
        self._unit = _CHARACTER if language is Language.ZH else _WORD
        self._stable: list[str] = []
        self._before: list[str] = []

    def hear(self, text: str) -> tuple[str, str]:
        """Return (stable, tail) after the next pass over the utterance; joined they read on."""
        units = self._unit.findall(text.strip())
        agreed = 0
        for mine, theirs in zip(units, self._before, strict=False):
            if _plain(mine) != _plain(theirs):
                break
            agreed += 1
        if agreed > len(self._stable):
            self._stable += units[len(self._stable) : agreed]
        self._before = units
        return "".join(self._stable), "".join(units[len(self._stable) :])


def _plain(unit: str) -> str:
    return re.sub(r"[^\w]", "", unit).casefold() or unit.strip()
