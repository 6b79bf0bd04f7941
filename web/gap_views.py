"""What the pages about a study's detail are given: gaps and whom to ask."""

from dataclasses import dataclass

from web.views import Link, Problem


@dataclass(frozen=True, slots=True)
class GapRow:
    """One gap. id: its value in the form. about: what it is about. sum: how its weight comes about."""

    id: str
    reason: str
    about: Link
    question: str
    sum: str
    weight: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class AskedUnit:
    """A unit in its place in the rank."""

    id: str
    rank: int
    name: str
    weight: int
    why: str
    rows: tuple[GapRow, ...]


@dataclass(frozen=True, slots=True)
class GapsView:
    """`/studies/{study}/gaps`."""

    study: Link
    action: str
    units: tuple[AskedUnit, ...]
    nobody: tuple[GapRow, ...]
    problems: tuple[Problem, ...] = ()
