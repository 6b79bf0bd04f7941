"""What each page and fragment is given: frozen, in the reader's language, with nothing left to decide.

Texts are plain strings in the reader's language unless a field says otherwise. Times are ready to
print (`00:12:07`) unless they end in `_seconds`. A condition is a ready boolean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.session import Language


@dataclass(frozen=True, slots=True)
class Chrome:
    """What surrounds every page. token: the login's CSRF token, "" for strangers."""

    language: Language
    path: str
    nonce: str
    token: str = ""
    person: str = ""
    banner: str = ""
    links: tuple["Link", ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go."""

    href: str
    label: str
    detail: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picker; `search` holds everything it is found by, folded."""

    value: str
    label: str
    search: str = ""
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was sent: which field, and what to do."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class LobbyView:
    """`/`: join by code; for who is signed in, their studies and sessions."""

    studies: tuple[Link, ...]
    sessions: tuple["SessionCard", ...]
    can_sign_in: bool
    problems: tuple[Problem, ...] = ()
    can_make_study: bool = False


@dataclass(frozen=True, slots=True)
class LoginView:
    """`/login`."""

    login: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinView:
    """`/join` after the code was right: name, unit, notice. A seat card fixes name and unit."""

    action: str
    session_title: str
    study_title: str
    code: str
    name: str
    units: tuple[Choice, ...]
    fixed: bool
    unit_name: str
    notice: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionCard:
    """One session in a list."""

    href: str
    title: str
    kind: str
    state: str
    is_live: bool
    language: str
    code: str
    projector_href: str = ""
    seats_href: str = ""
    minutes_href: str = ""
    prepare_href: str = ""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of a theme."""

    name: str
    other_name: str
    kind: str
    aliases: str


@dataclass(frozen=True, slots=True)
class ThemeBlock:
    """One theme with its units in protocol order."""

    title: str
    units: tuple[UnitRow, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One stage-1 source."""

    title: str
    issuer: str
    level: str
    year: str
    topic: str


@dataclass(frozen=True, slots=True)
class StudyView:
    """`/studies/{study}`."""

    title: str
    city: str
    stages: tuple[str, ...]
    sessions: tuple[SessionCard, ...]
    themes: tuple[ThemeBlock, ...]
    sources: tuple[SourceRow, ...]
    taxonomy_href: str
    archive_href: str
    is_moderator: bool
    report_href: str = ""
    prepare_href: str = ""
    new_session_href: str = ""


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


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One piece of evidence: where it was said, and how to hear it."""

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
    forms: EntryForms = field(default_factory=EntryForms)
    fields: EntryFields | None = None
    problems: tuple[Problem, ...] = ()


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
class SessionView:
    """`/sessions/{session}`: the live page. boot: see docs/contracts.md; printed as JSON."""

    title: str
    subtitle: str
    role: str
    is_moderator: bool
    is_projector: bool
    boot: Mapping[str, object]
    taxonomy: TaxonomyView
    code: str = ""
    seats_href: str = ""
    projector_href: str = ""
    prepare_href: str = ""
    steno_href: str = ""
    is_waiting: bool = False
    """Whether the person watches until a moderator gives them a seat."""


@dataclass(frozen=True, slots=True)
class SeatCard:
    """One seat card; `qr_path` and `modules` as `web.qr.qr_path` gives them."""

    name: str
    unit: str
    url: str
    qr_path: str
    modules: int


@dataclass(frozen=True, slots=True)
class SeatsView:
    """`/sessions/{session}/seats`, made to be printed."""

    session_title: str
    code: str
    cards: tuple[SeatCard, ...]
    code_url: str = ""
    code_qr_path: str = ""
    code_modules: int = 0
    waiting: tuple["WaitingRow", ...] = ()
    action: str = ""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Somebody who came by the code and waits for a seat; key: of the command that gives it."""

    person_id: str
    name: str
    unit: str
    key: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked where it answers the words."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit of the archive. value: its mark for forms; cite: what a citation of it says."""

    key: int
    of: str
    kind: str
    kind_label: str
    speaker: str
    unit: str
    session_title: str
    time: str
    pieces: tuple[Piece, ...]
    line_href: str
    context_href: str
    audio_href: str
    start_seconds: float
    language: str
    state: str = ""
    value: str = ""
    cite: str = ""


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """One value that hits can be narrowed by; following the link chooses it, or lets it go."""

    label: str
    count: int
    href: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """One facet with its most frequent values. open: unfolded from the start."""

    name: str
    label: str
    choices: tuple[FacetChoice, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One saved search."""

    id: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """`/archive`. problem: what is wrong with the words and where.

    total: how many there are, in words. kept: names and values of the form's hidden fields, which
    keep what was chosen. saved: None for who cannot save searches. coding_href: the entry chooser
    for who may add evidence, else "".
    """

    words: str
    hits: tuple[HitRow, ...]
    asked: bool
    next_href: str
    problem: str = ""
    total: str = ""
    widened: str = ""
    facets: tuple[FacetGroup, ...] = ()
    chosen: tuple[FacetChoice, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    orders: tuple[Link, ...] = ()
    exports: tuple[Link, ...] = ()
    saved: tuple[SavedRow, ...] | None = None
    query: str = ""
    coding_href: str = ""
    entries: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class CodingView:
    """`/archive/coding`: hits that become evidence of an entry; `seq` once they are.

    values: the hits to add, for the form. known, unfit: hits that are evidence already, or cannot be.
    """

    entry_id: str
    entry: str
    entry_href: str
    kind: str
    kind_label: str
    hits: tuple[HitRow, ...]
    values: tuple[str, ...]
    count: int
    known: int
    unfit: int
    seq: int | None
    coding_href: str = ""


@dataclass(frozen=True, slots=True)
class ReaderNote:
    """One note on a line, or one thing that happened in the room, at that second of the session."""

    kind: str
    kind_label: str
    text: str
    by: str
    language: str
    at_seconds: float


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One line of a transcript to be read. `start_seconds`, `end_seconds`: on its track."""

    id: str
    time: str
    at_seconds: float
    speaker: str
    unit: str
    text: str
    language: str
    audio_href: str
    start_seconds: float
    end_seconds: float
    notes: tuple[ReaderNote, ...]
    happened: tuple[ReaderNote, ...]
    step: str = ""


@dataclass(frozen=True, slots=True)
class ReaderView:
    """`/sessions/{session}/transcript`: what was said, noted and agreed, with its sound.

    step of a line: the title of the step that begins with it. minutes: how long the session took.
    """

    title: str
    subtitle: str
    live_href: str
    lines: tuple[ReaderLine, ...]
    agenda: tuple[Link, ...]
    speakers: tuple[tuple[str, str, int], ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class StenoView:
    """`/sessions/{session}/steno`: what the script of the stenographer's page starts from."""

    title: str
    subtitle: str
    session_href: str
    boot: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ContextRow:
    """One line of the context of a hit."""

    speaker: str
    time: str
    text: str
    language: str
    current: bool
    line_href: str


@dataclass(frozen=True, slots=True)
class ContextView:
    """`/lines/{line}/context`."""

    rows: tuple[ContextRow, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A run of text that was kept, added or removed (`op`)."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class WordingRow:
    """One frozen wording. answers: how many units took which stance, in words."""

    number: int
    pieces: tuple[Change, ...]
    by: str
    time: str
    answers: tuple[str, ...]
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordingsView:
    """`/proposals/{proposal}/wordings`: newest first; language: the session's."""

    language: Language
    wordings: tuple[WordingRow, ...]
    events: tuple[HistoryRow, ...]


@dataclass(frozen=True, slots=True)
class ConfidedRow:
    """One objection told in confidence."""

    time: str
    name: str
    unit: str
    number: int
    wording: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfidenceView:
    """`/studies/{study}/confidence`, for the confidant; anybody else can only become it."""

    study_title: str
    study_href: str
    action: str
    is_confidant: bool
    rows: tuple[ConfidedRow, ...]


@dataclass(frozen=True, slots=True)
class SimilarEntry:
    """An entry that may say the same already."""

    id: str
    label: str
    path: str
    evidence_count: int


@dataclass(frozen=True, slots=True)
class PromotionView:
    """`/proposals/{proposal}/promotion`: the inline panel."""

    proposal_id: str
    number: int
    text: str
    key: str
    kind: str
    kinds: tuple[Choice, ...]
    parents: tuple[Choice, ...]
    similar: tuple[SimilarEntry, ...]
    label_en: str
    label_zh: str
    needs_override: bool
    why_not_agreed: str
    done_href: str = ""
    done_label: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What went wrong and what to do next."""

    status: int
    title: str
    advice: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class KeysView:
    """`/help/keys`: the one table of keys, by where they work."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = field(default_factory=tuple)
