"""What the pages of a review are given: its list, the coder's desk, the moderators' board."""

from collections.abc import Mapping
from dataclasses import dataclass

from web.report_views import Figure, Table
from web.views import Choice, Link


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One round in a list."""

    link: Link
    state: str
    cut: str


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """`/sessions/{session}/reviews`: the rounds of a session, and the form for another one."""

    session_title: str
    back: Link
    rounds: tuple[RoundRow, ...]
    action: str
    can_begin: bool
    fillers: str
    cuts: tuple[Choice, ...] = ()
    steps: tuple[Choice, ...] = ()
    names: str = ""
    begins: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line of a unit of coding."""

    text: str
    language: str
    time: str
    audio_href: str
    start_seconds: float
    by: str = ""
    """Who spoke, where not all lines of the unit are one speaker's."""


@dataclass(frozen=True, slots=True)
class CodingUnit:
    """One unit of coding: who spoke, and what."""

    number: int
    speaker: str
    lines: tuple[SpokenLine, ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of the frozen codebook."""

    id: str
    kind: str
    kind_label: str
    label: str
    definition: str
    is_category: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """`/reviews/{round}/desk`: one coder's own page. boot: for its script, see web/client/review.js."""

    title: str
    coder: str
    units: tuple[CodingUnit, ...]
    codes: tuple[CodeRow, ...]
    done: bool
    done_action: str
    boot: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CoderRow:
    """One coder as the moderator sees them: where the link is, and whether they are done."""

    name: str
    state: str
    href: str
    sat_in: bool


@dataclass(frozen=True, slots=True)
class Side:
    """What one coder chose for a unit."""

    coder: str
    codes: str
    memo: str


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """What somebody said about a unit."""

    by: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Around:
    """A line before or behind a unit."""

    speaker: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit that was coded differently, how it was settled, and what was said about it.

    code: chosen in `codes`. reasons: given in this round before.
    """

    unit: CodingUnit
    before: tuple[Around, ...]
    behind: tuple[Around, ...]
    sides: tuple[Side, ...]
    room: tuple[str, ...]
    settled: str
    reason: str
    action: str
    outcomes: tuple[Choice, ...]
    codes: tuple[Choice, ...]
    remarks: tuple[RemarkRow, ...] = ()
    remark_action: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettlingView:
    """`/reviews/{round}/differences/{number}`: one difference. previous, next: of all; open: of the others that are left."""

    title: str
    back: Link
    place: str
    one: Difference
    can_settle: bool
    previous: str = ""
    next: str = ""
    open: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference in the list. settled: what stands, "" while it is open."""

    link: Link
    excerpt: str
    language: str
    settled: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """`/reviews/{round}`: for the study's moderators."""

    title: str
    back: Link
    facts: tuple[tuple[str, str], ...]
    coders: tuple[CoderRow, ...]
    token_action: str
    is_coding: bool
    is_unblinded: bool
    is_signed: bool
    version: str
    """Of the taxonomy: the name that the sign-off will give, or gave."""
    agreement: tuple[Table, ...]
    hints: tuple[str, ...]
    differences: tuple[DifferenceRow, ...]
    """Those that are open."""
    settled: tuple[DifferenceRow, ...] = ()
    report_href: str = ""
    strategies: tuple[Choice, ...] = ()
    figures: tuple[Figure, ...] = ()
    verdicts: Table | None = None
    left: int = 0
    go_on: str = ""
    problem: str = ""
