"""What the page of a study's people is given."""

from dataclasses import dataclass

from web.passage_views import SheetPreview
from web.views import Choice, Link, Problem


@dataclass(frozen=True, slots=True)
class ColleagueRow:
    """Somebody a study may invite. language: in words, "" for that of the session."""

    id: str
    name: str
    unit: str
    department: str
    expertise: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class ColleaguesView:
    """`/studies/{study}/people`. sessions: those still open to guests; invited: new guests."""

    study: Link
    base: str
    rows: tuple[ColleagueRow, ...]
    sessions: tuple[Choice, ...]
    sheet: SheetPreview
    is_owner: bool
    saved: str = ""
    invited: int = 0
    guests: Link | None = None
    problems: tuple[Problem, ...] = ()
    sheet_problems: tuple[Problem, ...] = ()
