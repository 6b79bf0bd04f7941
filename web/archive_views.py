"""What the archive's pages are given: hits, facets, coding of hits."""

from dataclasses import dataclass

from web.views import Choice, Link, Piece


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit of the archive. value: its mark for forms, "" for what can back no entry; cite: what a citation of it says."""

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
    audio_gone: str = ""
    day: str = ""


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
    """`/archive`. problem: what is wrong with the words and where. wrong_at: that code point, from 0.

    total: how many there are, in words. kept: names and values of the form's hidden fields, which
    keep what was chosen. name: what this search would be kept as. saved: None for who cannot save searches. coding_href: the entry chooser
    for who may add evidence, else "".
    """

    words: str
    hits: tuple[HitRow, ...]
    asked: bool
    next_href: str
    problem: str = ""
    wrong: tuple[Piece, ...] = ()
    wrong_at: str = ""
    total: str = ""
    widened: str = ""
    facets: tuple[FacetGroup, ...] = ()
    chosen: tuple[FacetChoice, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    orders: tuple[Link, ...] = ()
    exports: tuple[Link, ...] = ()
    saved: tuple[SavedRow, ...] | None = None
    name: str = ""
    query: str = ""
    coding_href: str = ""
    entries: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class CodingView:
    """`/archive/coding`: hits that become evidence of an entry; `seq` once they are.

    values: the hits to add, for the form. known, unfit: hits that are evidence already, or cannot be.
    back_href, query: the search that found them. none: why there is nothing to show, in words.
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
    back_href: str = ""
    query: str = ""
    none: str = ""


@dataclass(frozen=True, slots=True)
class EchoRow:
    """One echo. entry_id, entry: what the line just said can be linked to, "" for nothing.

    cite: where it was said and the address it keeps, without a word of what was said: the note
    that is made of it is read by people who may not read the other room.
    """

    hit: HitRow
    day: str
    place: str
    cite: str
    entry_id: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True)
class EchoView:
    """`/sessions/{session}/echoes/{line}`: what others said of the same.

    said: the line that was just said. brief: the best echo in one row.
    """

    session_id: str
    line_id: str
    said: str
    brief: str
    rows: tuple[EchoRow, ...]


@dataclass(frozen=True, slots=True)
class EchoLinkedView:
    """What stands in the place of an echo's button once its line backs the entry."""

    entry: str
    entry_href: str
