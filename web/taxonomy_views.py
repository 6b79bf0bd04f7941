"""What the pages of the taxonomy are given: tree, entry, differences, map."""

from dataclasses import dataclass, field

from schemas.session import Language
from web.inheriting_views import HeirRow
from web.passage_views import SheetPreview
from web.solution_views import SolutionRow, SpreadRow
from web.views import Change, Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class TaxonomyNode:
    """One entry in the tree. fresh: promoted while this page's session ran, said in words."""

    id: str
    href: str
    kind: str
    kind_label: str
    label: str
    scope: str
    evidence_count: int
    fresh: str
    children: tuple["TaxonomyNode", ...] = ()


@dataclass(frozen=True, slots=True)
class TaxonomyView:
    """`/studies/{study}/taxonomy`, and its tree as a fragment."""

    study_title: str
    tree: tuple[TaxonomyNode, ...]
    count: int
    live_href: str
    """The URL that the fragment re-fetches itself from."""
    study_href: str = ""
    exports_href: str = ""
    codebook_href: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One piece of evidence: where it was said, and how to hear it.

    stage: the title of the stage that begins with it. day: of its session. coded_by: in words.
    """

    quote: str
    language: str
    speaker: str
    unit: str
    session_title: str
    time: str
    line_href: str
    audio_href: str
    start_seconds: float
    audio_gone: str
    stage: str = ""
    day: str = ""
    coded_by: str = ""


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """The entry in a study before: study, entry ("" where it may not be read), what backed it there."""

    study: str
    entry: Link | None
    evidence: tuple[EvidenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One recorded change."""

    time: str
    text: str
    actor: str


@dataclass(frozen=True, slots=True)
class EntryForms:
    """Who looks at an entry: may change it; may challenge it; may mark it for the own unit."""

    may_change: bool = False
    may_say: bool = False
    is_expert: bool = False


@dataclass(frozen=True, slots=True)
class Challenged:
    """One challenge of an entry; `answer` is empty while it waits."""

    id: str
    unit: str
    reason: str
    answer: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """What one unit says of an entry, with its example."""

    unit: str
    said: str
    example: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that can be taken away: to which entry, of which kind."""

    to: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class EvidenceChoice:
    """A piece of evidence that a split may give away."""

    id: str
    quote: str


@dataclass(frozen=True, slots=True)
class EntryFields:
    """What the forms begin with. key: of the next command. base: the version that is shown."""

    key: str
    base: int
    label: tuple[str, str]
    definition: tuple[str, str]
    scope_reason: str
    kinds: tuple[Choice, ...]
    parents: tuple[Choice, ...]
    scopes: tuple[Choice, ...]
    mergers: tuple[Choice, ...]
    link_kinds: tuple[Choice, ...]
    targets: tuple[Choice, ...]
    removable: tuple[LinkRow, ...]
    evidence: tuple[EvidenceChoice, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """`/entries/{entry}`."""

    id: str
    label: str
    other_label: str
    definition: str
    kind: str
    kind_label: str
    path: tuple[Link, ...]
    scope: str
    state: str
    units: tuple[str, ...]
    not_yet_heard: tuple[str, ...]
    links: tuple[Link, ...]
    children: tuple[Link, ...]
    evidence: tuple[EvidenceRow, ...]
    history: tuple[HistoryRow, ...]
    other_language: Language = Language.ZH
    """The language of `other_label` and `other_definition`."""
    other_definition: str = ""
    report_href: str = ""
    scope_reason: str = ""
    challenges: tuple[Challenged, ...] = ()
    marks: tuple[MarkRow, ...] = ()
    unheard_href: str = ""
    """Where who runs the study asks the units that were not heard."""
    forms: EntryForms = field(default_factory=EntryForms)
    fields: EntryFields | None = None
    problems: tuple[Problem, ...] = ()
    solution: SolutionRow | None = None
    """What focus groups say of it, where it is a solution."""
    spread: SpreadRow | None = None
    heir: HeirRow | None = None
    """What became of it, where it was taken over from the study before."""
    earlier: tuple[EarlierRow, ...] = ()
    """What backed it in the studies before, the last one first."""
    later: tuple[Link, ...] = ()
    """Itself in the studies that took it over, with what became of it there."""


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One entry that differs between two moments: what happened, and which fields."""

    href: str
    label: str
    kind: str
    change: str
    fields: tuple[tuple[str, tuple["Change", ...]], ...]


@dataclass(frozen=True, slots=True)
class ChangesView:
    """`/studies/{study}/changes`: the difference between two moments of the taxonomy."""

    study_title: str
    taxonomy_href: str
    action: str
    since: tuple[Choice, ...]
    until: tuple[Choice, ...]
    rows: tuple[DifferenceRow, ...]
    may_name: bool
    name_action: str


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """One change of one entry: what was done, and by whom."""

    kind: str
    entry: Link
    text: str
    actor: str


@dataclass(frozen=True, slots=True)
class MinuteRow:
    """What happened within a minute. where: the sessions it happened in; more: how many not told."""

    time: str
    where: tuple[Link, ...]
    changes: tuple[RecordedRow, ...]
    more: int
    compare_href: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """`/studies/{study}/history`: how the taxonomy grew, the newest minute first."""

    study_title: str
    taxonomy_href: str
    minutes: tuple[MinuteRow, ...]
    earlier_href: str = ""


@dataclass(frozen=True, slots=True)
class MapNode:
    """One box of the map; x, y in its own units."""

    href: str
    label: str
    lines: tuple[str, ...]
    kind: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class MapEdge:
    """One arrow of the map, as an SVG path."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class MapRow:
    """The same in words: one link a row."""

    from_href: str
    from_label: str
    kind: str
    to_href: str
    to_label: str


@dataclass(frozen=True, slots=True)
class TaxonomyMapView:
    """`/studies/{study}/map`: cause, problem, consequence, solution from left to right."""

    study_title: str
    taxonomy_href: str
    width: int
    height: int
    columns: tuple[tuple[int, str], ...]
    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]
    rows: tuple[MapRow, ...]


@dataclass(frozen=True, slots=True)
class CodebookView:
    """`/studies/{study}/codebook`: a codebook that is brought in. counts: words, "" before one was read."""

    study_title: str
    taxonomy: Link
    action: str
    sheet: SheetPreview
    counts: str = ""
    problems: tuple[Problem, ...] = ()
