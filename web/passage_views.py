"""What the pages of sources and their passages are given."""

from dataclasses import dataclass

from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What somebody noted on a passage; is_own: the reader may take it away."""

    id: str
    kind: str
    kind_label: str
    text: str
    by: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class PassageRow:
    """One passage. heading: "" where it stands under the same as the one before. by: a unit."""

    id: str
    anchor: str
    number: str
    heading: str
    text: str
    language: str
    by: str
    backs: tuple[Link, ...] = ()
    notes: tuple[NoteRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PassageDesk:
    """Passages with what may be done with them. back: the page's path.

    undo: number of the event that coded them, "" for none; undo_entry: which entry they back now.
    """

    rows: tuple[PassageRow, ...]
    back: str
    can_code: bool = False
    entries: tuple[Choice, ...] = ()
    kinds: tuple[Choice, ...] = ()
    undo: str = ""
    undo_entry: Link | None = None


@dataclass(frozen=True, slots=True)
class SourceView:
    """`/sources/{source}`."""

    title: str
    study: Link
    shelf: Link
    facts: tuple[str, ...]
    url: str
    desk: PassageDesk


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One source in the list of a study."""

    link: Link
    issuer: str
    level: str
    year: str
    topic: str
    count: int


@dataclass(frozen=True, slots=True)
class SourceForm:
    """The document that is brought in, as it was sent and refused."""

    title: str = ""
    issuer: str = ""
    level: str = ""
    year: str = ""
    topic: str = ""
    url: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet that is to be imported. problem: "" for a good one."""

    number: int
    cells: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class SheetPreview:
    """What importing a sheet would do. text: the sheet, to be confirmed; "" before one was sent."""

    head: tuple[str, ...]
    rows: tuple[SheetRow, ...] = ()
    bad_count: int = 0
    good_count: int = 0
    text: str = ""
    is_ready: bool = False
    seal: str = ""
    """Stands for what is shown, where storing asks for it."""


@dataclass(frozen=True, slots=True)
class SourcesView:
    """`/studies/{study}/sources`: all sources, and the two ways to bring some in."""

    study: Link
    base: str
    rows: tuple[ShelfRow, ...]
    can_add: bool
    form: SourceForm
    sheet: SheetPreview
    levels: tuple[Choice, ...] = ()
    problems: tuple[Problem, ...] = ()
    sheet_problems: tuple[Problem, ...] = ()
    saved: str = ""
