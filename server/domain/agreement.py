"""Agreement between coders: how often they coded alike, and how much of that chance would give.

Everything here is pure. Data are units of coding, each a mapping coder -> value; a coder who has
not seen a unit is absent from it (missing), one who saw it and chose nothing has a value for
that. Every coefficient is either a number or, where it cannot be computed, `UndefinedAgreement`
with its reason: never 1.0 and never nan.

Sources: J. Cohen 1960, "A coefficient of agreement for nominal scales"; J. L. Fleiss 1971,
"Measuring nominal scale agreement among many raters"; K. Krippendorff 2011, "Computing
Krippendorff's Alpha-Reliability", sections A to D; R. Passonneau 2006, "Measuring agreement on
set-valued items (MASI)".
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TypeVar

from schemas.errors import ColloquyError

Value = TypeVar("Value", bound=Hashable)
Unit = Mapping[str, Value]
"""One unit of coding: what each coder who saw it chose."""

Distance = Callable[[Value, Value], float]
"""How far two values are apart: 0 for equal ones, at most 1, the same both ways."""

Codes = frozenset[str]

RESAMPLES = 1000
CONFIDENCE = 0.95
_ENOUGH = 0.9
"""An interval is given only where so many resamples had a coefficient at all."""


class UndefinedAgreement(ColloquyError):
    """The coefficient does not exist for these data.

    `agreement.no_pairs`: no unit was seen by two coders. `agreement.no_variation`: only one value
    was ever used, so chance alone explains all agreement. `agreement.two_coders`: Cohen's kappa
    compares exactly two. `agreement.incomplete`: Fleiss's kappa needs the same number of values
    in every unit.
    """


@dataclass(frozen=True, slots=True)
class Interval:
    """A percentile bootstrap interval; seed and resamples make it come out the same again."""

    low: float
    high: float
    confidence: float
    resamples: int
    seed: int


def nominal(one: Hashable, other: Hashable) -> float:
    """Return 0 for equal values, else 1."""
    return float(one != other)


def jaccard(one: Codes, other: Codes) -> float:
    """Return 1 minus the shared part of two sets; two empty sets are equal."""
    return 1 - _overlap(one, other)


def masi(one: Codes, other: Codes) -> float:
    """Return 1 - J*M of Passonneau 2006: M is 1 for equal sets, 2/3 for a subset, 1/3 else, 0 apart."""
    if one == other:
        return 0.0
    if one <= other or other <= one:
        likeness = 2 / 3
    elif one & other:
        likeness = 1 / 3
    else:
        likeness = 0.0
    return 1 - _overlap(one, other) * likeness


def _overlap(one: Codes, other: Codes) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def pairable(units: Sequence[Unit[Value]]) -> Sequence[Unit[Value]]:
    """Return the units that at least two coders saw; only these carry information."""
    return [unit for unit in units if len(unit) >= 2]


def percent(units: Sequence[Unit[Value]]) -> float:
    """Return the mean share of agreeing pairs of coders, 0..1. Raises UndefinedAgreement."""
    compared = pairable(units)
    if not compared:
        raise UndefinedAgreement("agreement.no_pairs")
    return sum(_agreeing(list(unit.values())) for unit in compared) / len(compared)


def _agreeing(values: Sequence[Hashable]) -> float:
    pairs = len(values) * (len(values) - 1)
    return sum(count * (count - 1) for count in Counter(values).values()) / pairs


def cohen_kappa(units: Sequence[Unit[Value]]) -> float:
    """Chance-corrected agreement of two coders on nominal values, -1..1.

    Units that only one of them saw are left out; chance is what their own habits would give.
    Raises UndefinedAgreement.
    """
    coders = sorted({coder for unit in units for coder in unit})
    if len(coders) != 2:
        raise UndefinedAgreement("agreement.two_coders", coders=len(coders))
    compared = pairable(units)
    if not compared:
        raise UndefinedAgreement("agreement.no_pairs")
    count = len(compared)
    first, second = (Counter(unit[coder] for unit in compared) for coder in coders)
    expected = sum(first[value] * second[value] for value in first) / count**2
    observed = sum(unit[coders[0]] == unit[coders[1]] for unit in compared) / count
    if expected == 1:
        raise UndefinedAgreement("agreement.no_variation")
    return (observed - expected) / (1 - expected)


def fleiss_kappa(units: Sequence[Unit[Value]]) -> float:
    """Chance-corrected agreement of any coders, the same number for each unit, -1..1.

    Who coded is ignored; chance is what all values together would give. Raises UndefinedAgreement.
    """
    if not pairable(units):
        raise UndefinedAgreement("agreement.no_pairs")
    if len({len(unit) for unit in units}) != 1:
        raise UndefinedAgreement("agreement.incomplete")
    totals = Counter(value for unit in units for value in unit.values())
    chosen = sum(totals.values())
    expected = sum((count / chosen) ** 2 for count in totals.values())
    if len(totals) == 1:
        raise UndefinedAgreement("agreement.no_variation")
    return (percent(units) - expected) / (1 - expected)


def krippendorff_alpha(
    units: Sequence[Unit[Value]], distance: Callable[[Value, Value], float] = nominal
) -> float:
    """Chance-corrected agreement of any number of coders, missing values allowed, at most 1.

    distance: `nominal`, or for sets `jaccard` or `masi`; it stands where the paper has delta
    squared, so it is not squared again. Raises UndefinedAgreement.
    """
    return _alpha(Counter(_kinds(units)), distance)


def bootstrap(
    units: Sequence[Unit[Value]],
    distance: Callable[[Value, Value], float] = nominal,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return the interval of Krippendorff's alpha over units drawn again with replacement.

    Raises UndefinedAgreement `agreement.unstable` where more than a tenth of the resamples have
    no coefficient: codes so rare that many draws miss them all.
    """
    kinds = _kinds(units)
    apart = lru_cache(maxsize=None)(distance)
    chance = random.Random(seed)  # noqa: S311  # to be repeatable, not to be secret
    found: list[float] = []
    for _ in range(resamples):
        try:
            found.append(_alpha(Counter(chance.choices(kinds, k=len(kinds))), apart))
        except UndefinedAgreement:
            continue
    if len(found) < resamples * _ENOUGH:
        raise UndefinedAgreement("agreement.unstable", defined=len(found), resamples=resamples)
    found.sort()
    tail = (1 - CONFIDENCE) / 2
    low = found[int(tail * (len(found) - 1))]
    high = found[-1 - int(tail * (len(found) - 1))]
    return Interval(low, high, CONFIDENCE, resamples, seed)


_Kind = tuple[tuple[Value, int], ...]
"""What alpha needs of a unit: how often each value was chosen. Hundreds of units are of few kinds."""


def _kinds(units: Sequence[Unit[Value]]) -> Sequence[_Kind[Value]]:
    """Return the kind of each pairable unit. Raises UndefinedAgreement where there is none."""
    compared = pairable(units)
    if not compared:
        raise UndefinedAgreement("agreement.no_pairs")
    return [tuple(Counter(unit.values()).items()) for unit in compared]


def _alpha(kinds: Mapping[_Kind[Value], int], distance: Callable[[Value, Value], float]) -> float:
    """Alpha of so many units of each kind. Raises UndefinedAgreement `agreement.no_variation`."""
    totals: Counter[Value] = Counter()
    observed = 0.0
    for kind, times in kinds.items():
        for value, count in kind:
            totals[value] += count * times
        apart = sum(
            2 * n * m * distance(one, other) for (one, n), (other, m) in combinations(kind, 2)
        )
        if apart:
            observed += times * apart / (sum(count for _, count in kind) - 1)
    if len(totals) == 1:
        raise UndefinedAgreement("agreement.no_variation")
    chosen = sum(totals.values())
    expected = sum(
        2 * totals[one] * totals[other] * distance(one, other)
        for one, other in combinations(totals, 2)
    )
    return 1 - (chosen - 1) * observed / expected


def presence(units: Sequence[Unit[Codes]], code: str) -> Sequence[Unit[bool]]:
    """Return the units as one code sees them: chosen or not, by each coder who saw them."""
    return [{coder: code in codes for coder, codes in unit.items()} for unit in units]


def rolled_up(units: Sequence[Unit[Codes]], parent: Mapping[str, str]) -> Sequence[Unit[Codes]]:
    """Return the units with each code replaced by what it stands under; others stay."""
    return [
        {
            coder: frozenset(parent.get(code, code) for code in codes)
            for coder, codes in unit.items()
        }
        for unit in units
    ]


def prevalence(units: Sequence[Unit[bool]]) -> float:
    """Return the share of chosen among all values of pairable units. Raises UndefinedAgreement."""
    values = [value for unit in pairable(units) for value in unit.values()]
    if not values:
        raise UndefinedAgreement("agreement.no_pairs")
    return sum(values) / len(values)


def confusions(units: Sequence[Unit[Codes]]) -> Mapping[tuple[str, str], int]:
    """Count, over pairs of coders, which code one chose alone where the other chose another alone.

    Keys are sorted pairs; a code against nothing is paired with "".
    """
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for unit in units:
        for one, other in combinations(unit.values(), 2):
            mine, theirs = sorted(one - other) or [""], sorted(other - one) or [""]
            if mine == theirs:
                continue
            for first in mine:
                for second in theirs:
                    low, high = sorted((first, second))
                    found[low, high] += 1
    return dict(found)
