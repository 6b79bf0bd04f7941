"""The agreement of a review round: per code, overall and by category, each with what it rests on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from server.domain import agreement
from server.domain.agreement import Interval, UndefinedAgreement
from server.domain.reviewing import two_sides
from server.store.reviews import CoderId, Coding, Round

RESAMPLES = 400
"""Enough for two digits of an interval; a round of an hour with forty codes takes some seconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A coefficient, or the reason why there is none (an error code of `UndefinedAgreement`)."""

    value: float | None
    reason: str = ""
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Agreement on one code, or on all together.

    units: seen by anybody; pairs: seen by two or more; prevalence: share of chosen, 0..1, None
    where it means nothing. kappa: Cohen's for two coders, Fleiss's for more.
    """

    code: str
    units: int
    pairs: int
    prevalence: float | None
    percent: Measured
    kappa: Measured
    alpha: Measured


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the coders' choices come to. differing: units that they coded differently."""

    coders: int
    overall: Row
    categories: Row
    codes: tuple[Row, ...]
    confusions: Mapping[tuple[str, str], int]
    matrix: Mapping[tuple[CoderId, CoderId], Measured]
    differing: tuple[int, ...]


def compare(
    one: Round, numbers: Sequence[int], codings: Mapping[CoderId, Mapping[int, Coding]]
) -> Comparison:
    """Return the agreement of a round; CPU work, for a thread of its own."""
    units = [
        {str(coder): chosen[number].codes for coder, chosen in codings.items() if number in chosen}
        for number in numbers
    ]
    used = {code for unit in units for codes in unit.values() for code in codes}
    parent = _categories(one)
    return Comparison(
        coders=len(codings),
        overall=_sets("overall", units, one.seed, len(codings)),
        categories=_sets("categories", agreement.rolled_up(units, parent), one.seed, len(codings)),
        codes=tuple(
            _code(code.entry_id, units, one.seed, len(codings))
            for code in one.codebook
            if code.entry_id in used
        ),
        confusions=agreement.confusions(units),
        matrix=_matrix(units, list(codings)),
        differing=tuple(
            number for number, unit in zip(numbers, units, strict=True) if two_sides(unit)
        ),
    )


def _categories(one: Round) -> Mapping[str, str]:
    """Each code's topmost entry."""
    above = {code.entry_id: code.parent for code in one.codebook}

    def top(code: str) -> str:
        while above.get(code):
            code = above[code]
        return code

    return {code: top(code) for code in above}


def _sets(name: str, units: Sequence[Mapping[str, agreement.Codes]], seed: int, coders: int) -> Row:
    def alpha(given: Sequence[Mapping[str, agreement.Codes]]) -> float:
        return agreement.krippendorff_alpha(given, agreement.jaccard)

    kappa = agreement.cohen_kappa if coders == 2 else agreement.fleiss_kappa
    seen = [unit for unit in units if unit]
    return Row(
        name,
        len(seen),
        len(agreement.pairable(units)),
        None,
        measured(lambda: agreement.percent(units)),
        measured(lambda: kappa(seen)),
        _with_interval(measured(lambda: alpha(units)), lambda: agreement.bootstrap(
                units, agreement.jaccard, seed=seed, resamples=RESAMPLES
            )),
    )  # fmt: skip


def _code(code: str, units: Sequence[Mapping[str, agreement.Codes]], seed: int, coders: int) -> Row:
    chosen = agreement.presence(units, code)
    kappa = agreement.cohen_kappa if coders == 2 else agreement.fleiss_kappa
    seen = [unit for unit in chosen if unit]
    alpha = measured(lambda: agreement.krippendorff_alpha(chosen))
    return Row(
        code,
        len(seen),
        len(agreement.pairable(chosen)),
        measured(lambda: agreement.prevalence(chosen)).value,
        measured(lambda: agreement.percent(chosen)),
        measured(lambda: kappa(seen)),
        _with_interval(
            alpha,
            lambda: agreement.bootstrap(chosen, seed=seed, resamples=RESAMPLES),
        ),
    )


def _matrix(
    units: Sequence[Mapping[str, agreement.Codes]], coders: Sequence[CoderId]
) -> Mapping[tuple[CoderId, CoderId], Measured]:
    """Alpha over sets (Jaccard) of each two coders."""
    found = {}
    for at, first in enumerate(coders):
        for second in coders[at + 1 :]:
            both = [{c: unit[c] for c in (str(first), str(second)) if c in unit} for unit in units]
            found[first, second] = measured(partial(_jaccard_alpha, both))
    return found


def _jaccard_alpha(units: Sequence[Mapping[str, agreement.Codes]]) -> float:
    return agreement.krippendorff_alpha(units, agreement.jaccard)


def measured(ask: Callable[[], float]) -> Measured:
    """Return what `ask` gives, or why it gives nothing."""
    try:
        return Measured(ask())
    except UndefinedAgreement as error:
        return Measured(None, error.code)


def _with_interval(found: Measured, ask: Callable[[], Interval]) -> Measured:
    if found.value is None:
        return found
    try:
        return replace(found, interval=ask())
    except UndefinedAgreement as error:
        return replace(found, reason=error.code)
