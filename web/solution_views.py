"""What the pages about solutions and priorities are given."""

from dataclasses import dataclass, field

from web.requirement_views import PastVersion
from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """How units marked an entry. marks: one a unit, `both`, `urgent`, `ours` or `none`, those that
    marked most first; never in the order of units. names: who, in words, where that may be shown.
    """

    about: Link
    kind: str
    urgent: str
    ours: str
    marks: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Spreads:
    """What units marked, what most call urgent first; unmarked: what none of them marked."""

    rows: tuple[SpreadRow, ...] = ()
    unmarked: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note that proposed the solution: its words, who spoke, and the way to the line."""

    text: str
    by: str
    line: Link


@dataclass(frozen=True, slots=True)
class SolutionRow:
    """One solution. ref: its part of the address. feasibility: `open`, `now`, `conditions`, `not`.

    facts: label and value of what was said of it. earlier: said where that was said of the note.
    """

    ref: str
    label: str
    entry_href: str
    assess_href: str
    solves: tuple[Link, ...]
    notes: tuple[NoteRow, ...]
    feasibility: str
    feasibility_label: str
    facts: tuple[tuple[str, str], ...]
    earlier: str = ""
    spread: SpreadRow | None = None


@dataclass(frozen=True, slots=True)
class SolutionsView:
    """`/studies/{study}/solutions`, and its lists as a fragment of a focus group's page."""

    study: Link
    summary: str
    agreed: tuple[SolutionRow, ...]
    shelf: tuple[SolutionRow, ...]
    spreads: Spreads | None
    live_href: str
    may_assess: bool
    is_pane: bool = False


@dataclass(frozen=True, slots=True)
class SolutionView:
    """`/studies/{study}/solutions/{solution}`: one solution with its form and versions.

    base: the version that the form begins with. session: of the focus group whose page shows it.
    """

    back: Link
    row: SolutionRow
    base: int
    action: str
    may_assess: bool
    session: str = ""
    leads: tuple[Choice, ...] = ()
    supporting: tuple[Choice, ...] = ()
    feasibilities: tuple[Choice, ...] = ()
    horizons: tuple[Choice, ...] = ()
    costs: tuple[Choice, ...] = ()
    reason: str = ""
    depends_on: str = ""
    regulation: str = ""
    most: int = 2000
    versions: tuple[PastVersion, ...] = ()
    saved: bool = False
    problems: tuple[Problem, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class MarkRowChoice:
    """One entry that a unit may mark."""

    id: str
    link: Link
    kind: str
    is_urgent: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class PriorityGroup:
    """Entries below one category."""

    title: str
    rows: tuple[MarkRowChoice, ...]


@dataclass(frozen=True, slots=True)
class PrioritiesView:
    """`/sessions/{session}/priorities`: the silent step as this person sees it.

    may_hold: opens and closes it. may_mark: marks for the own unit. handed_in: said to who holds
    it, a count of units. askable: what a step can be narrowed to. spreads: once it is closed. is_idle: there is nothing to do or to see.
    """

    session: Link
    action: str
    key: str
    is_open: bool
    may_hold: bool
    may_mark: bool
    most: int
    unit: str = ""
    base: int = 0
    kept: str = ""
    left: str = ""
    handed_in: str = ""
    groups: tuple[PriorityGroup, ...] = ()
    askable: tuple[PriorityGroup, ...] = ()
    kinds: tuple[Choice, ...] = ()
    spreads: Spreads | None = None
    is_pane: bool = False
    is_idle: bool = False
    problems: tuple[Problem, ...] = field(default_factory=tuple)
