"""What a questionnaire asks of whom, and what may be answered."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from schemas.ids import ThemeId

MAX_TEXT = 600
MAX_QUESTIONS = 100
MAX_CITIES = 8
MAX_ANSWER = 20_000
LEVELS = (1, 2, 3, 4, 5)
"""Levels of development, from barely begun to leading."""
OWN = "own"
"""What the own city's level is stored under, beside the named cities."""


class _Themed(Protocol):
    @property
    def theme_id(self) -> ThemeId | None: ...


Q = TypeVar("Q", bound=_Themed)


def asked_of(theme_id: ThemeId | None, questions: Sequence[Q]) -> Sequence[Q]:
    """Return the questions to a unit of this theme, in order."""
    return [one for one in questions if one.theme_id is None or one.theme_id == theme_id]


def levels_of(given: Mapping[str, object], cities: Sequence[str]) -> Mapping[str, int]:
    """Return the levels that are levels, of what is asked; everything else is left out."""
    wanted = (OWN, *cities)
    return {
        name: level
        for name in wanted
        if isinstance(level := given.get(name), int) and level in LEVELS
    }
