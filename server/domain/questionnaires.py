"""What a questionnaire asks of whom, and what may be answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from schemas.ids import ThemeId, UnitId
from schemas.taxonomy import Stance

MAX_TEXT = 600
MAX_QUESTIONS = 100
MAX_CITIES = 8
MAX_ANSWER = 20_000
LEVELS = (1, 2, 3, 4, 5)
"""Levels of development, from barely begun to leading."""
OWN = "own"
"""What the own city's level is stored under, beside the named cities."""
STANCE = "stance"
"""What a stand is stored under, as a number from 1: its place in `STANCES`."""
STANCES = (Stance.AGREE, Stance.LIVE_WITH, Stance.OBJECT, Stance.ABSTAIN)


@dataclass(frozen=True, slots=True)
class About:
    """What a stand is asked on: version `number` of an entry, or wording `number` of a proposal."""

    of: Literal["entry", "proposal"]
    id: str
    number: int


class _Themed(Protocol):
    @property
    def theme_id(self) -> ThemeId | None: ...
    @property
    def units(self) -> Sequence[UnitId]: ...


Q = TypeVar("Q", bound=_Themed)


def asked_of(unit_id: UnitId, theme_id: ThemeId | None, questions: Sequence[Q]) -> Sequence[Q]:
    """Return the questions to a unit of this theme, in order; where units are named, they alone."""
    return [
        one
        for one in questions
        if (unit_id in one.units if one.units else one.theme_id in (None, theme_id))
    ]


def levels_of(given: Mapping[str, object], cities: Sequence[str]) -> Mapping[str, int]:
    """Return the levels that are levels, of what is asked; everything else is left out."""
    wanted = (OWN, *cities)
    return {
        name: level
        for name in wanted
        if isinstance(level := given.get(name), int) and level in LEVELS
    }


def stand_of(given: Mapping[str, object]) -> Mapping[str, int]:
    """Return the stand among what is given, as it is stored; everything else is left out."""
    stand = given.get(STANCE)
    known = isinstance(stand, int) and 1 <= stand <= len(STANCES)
    return {STANCE: stand} if known and isinstance(stand, int) else {}


def stance_in(levels: Mapping[str, int]) -> Stance | None:
    """Return the stand that an answer takes, None where it takes none."""
    stand = levels.get(STANCE)
    return None if stand is None else STANCES[stand - 1]
