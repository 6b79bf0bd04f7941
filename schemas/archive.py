"""A question to the archive and its answer."""

from dataclasses import dataclass
from typing import Literal

from schemas.ids import LineId, SessionId, StudyId, TrackId
from schemas.session import Bilingual, Language


@dataclass(frozen=True, slots=True)
class ArchiveQuery:
    """words: as typed. after: the key of the last hit of the page before, else None."""

    words: str
    study_id: StudyId | None = None
    session_id: SessionId | None = None
    after: int | None = None
    limit: int = 30


@dataclass(frozen=True, slots=True)
class ArchiveHit:
    """One line or annotation that was found, newest first.

    key: the hit's place in the order, for the next page. marks: code point ranges of `text`
    that answer the words, in order, not overlapping.
    """

    key: int
    of: Literal["line", "annotation"]
    study_id: StudyId
    session_id: SessionId
    session_title: Bilingual
    line_id: LineId
    speaker: str
    unit: Bilingual | None
    kind: str
    at: float
    text: str
    language: Language
    marks: tuple[tuple[int, int], ...]
    track_id: TrackId | None
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """Hits in order; `next` is the key to ask the following page with, None at the end."""

    hits: tuple[ArchiveHit, ...]
    next: int | None
