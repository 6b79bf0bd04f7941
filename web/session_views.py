"""What the pages of a live session are given: room, stenographer, reader, wordings, promotion."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.session import Language
from web.taxonomy_views import HistoryRow, TaxonomyView
from web.views import Change, Choice, Problem


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
    minutes_href: str = ""
    projector_href: str = ""
    prepare_href: str = ""
    steno_href: str = ""
    priorities_href: str = ""
    solutions_href: str = ""
    """Where a focus group's page gets the study's solutions from."""
    rule: str = ""
    """When a wording counts as agreed here, in a sentence."""
    is_waiting: bool = False
    """Whether the person watches until a moderator gives them a seat."""


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
class ReaderStep:
    """One step of the agenda. time, at_seconds: when it began, "" and 0 where it was not reached."""

    id: str
    href: str
    label: str
    time: str
    at_seconds: float


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One line of a transcript to be read. `start_seconds`, `end_seconds`: on its track.

    step: the title of the step that begins with it. step_id: of the step that ran. cited: how it
    read when it was cited, where it reads otherwise now.
    """

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
    step_id: str = ""
    cited: str = ""
    audio_gone: str = ""


@dataclass(frozen=True, slots=True)
class ReaderView:
    """`/sessions/{session}/transcript`: what was said, noted and agreed, with its sound.

    minutes: how long the session took, the last one begun included.
    unassigned: how much of the speech is nobody's, in words.
    """

    title: str
    subtitle: str
    live_href: str
    lines: tuple[ReaderLine, ...]
    agenda: tuple[ReaderStep, ...]
    speakers: tuple[tuple[str, str, int], ...]
    minutes: int
    unassigned: str = ""


@dataclass(frozen=True, slots=True)
class StenoView:
    """`/sessions/{session}/steno`: what the script of the stenographer's page starts from."""

    title: str
    subtitle: str
    session_href: str
    boot: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SoundCheckView:
    """`/sessions/{session}/sound`: paragraph: to be read aloud. languages: (code, address, chosen)."""

    title: str
    session_href: str
    paragraph: str
    language: str
    languages: tuple[tuple[str, str, bool], ...]
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
    category: str
    similar: tuple[SimilarEntry, ...]
    label_en: str
    label_zh: str
    needs_override: bool
    why_not_agreed: str
    done_href: str = ""
    done_label: str = ""
    problems: tuple[Problem, ...] = ()
