"""What the pages of a study that follows another are given."""

from dataclasses import dataclass

from web.requirement_views import PastVersion
from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A line or passage that shows what became of an entry. href: where it stands; by: who said it."""

    value: str
    text: str
    by: str
    where: Link
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class HeirRow:
    """An inherited entry and what became of it. fate: `open`, `solved`, …; of: its first version."""

    link: Link
    kind: str
    kind_label: str
    fate: str
    fate_label: str
    reason: str
    proofs: tuple[ProofRow, ...]
    mark_href: str


@dataclass(frozen=True, slots=True)
class InheritedView:
    """`/studies/{study}/inherited`. before: the study that it follows, with the way where one may go.

    choices: studies that it could follow. may_bring: whether what came since can be brought as well.
    """

    study: Link
    before: Link | None
    counts: tuple[tuple[str, str, str], ...]
    rows: tuple[HeirRow, ...]
    action: str
    may_change: bool
    choices: tuple[Choice, ...] = ()
    bring: str = ""
    brought: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class HeirView:
    """`/studies/{study}/inherited/{entry}`: one inherited entry, to be marked by who may."""

    back: Link
    row: HeirRow
    base: int
    action: str
    may_change: bool
    fates: tuple[Choice, ...] = ()
    reason: str = ""
    proofs: tuple[ProofRow, ...] = ()
    addresses: str = ""
    most: int = 2000
    versions: tuple[PastVersion, ...] = ()
    saved: bool = False
    problems: tuple[Problem, ...] = ()
