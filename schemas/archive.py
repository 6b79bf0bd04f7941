"""A question to the archive and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.ids import EntryId, LineId, SessionId, StudyId, TrackId
from schemas.session import Bilingual, Language

Order = Literal["newest", "relevance"]


@dataclass(frozen=True, slots=True)
class ArchiveQuery:
    """words: as typed, "" for everything that the facets leave.

    narrowed: values by the name of their facet (server/domain/facets.py); one of each must hold.
    after: the key of the last hit of the page before, else None.
    """

    words: str = ""
    narrowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: int | None = None
    order: Order = "newest"
    limit: int = 30

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked at all."""
        return not self.words.strip() and not any(self.narrowed.values())


@dataclass(frozen=True, slots=True)
class ArchiveHit:
    """One thing that was found.

    key: the hit's place in the order of arrival. of, ref: what it is and its id, which never
    change. line_id: the line it is, or is about. revision: of that line's text. at: seconds of
    session time. day: UTC seconds, where known. marks: code point ranges of `text` that answer
    the words, in order, not overlapping. `track_id`, `start`, `end`: where it can be heard.
    proofed_at: UTC seconds at which its sound was deleted; then there is no `track_id`.
    """

    key: int
    of: str
    ref: str
    study_id: StudyId
    study_title: Bilingual
    session_id: SessionId | None
    session_title: Bilingual | None
    line_id: LineId | None
    revision: int | None
    speaker: str
    unit: Bilingual | None
    kind: str
    state: str
    at: float | None
    day: float | None
    text: str
    language: Language
    marks: tuple[tuple[int, int], ...]
    track_id: TrackId | None
    start: float | None
    end: float | None
    entries: tuple[EntryId, ...] = ()
    proofed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Hits in order.

    `next`: the key to ask the following page with, None at the end. widened: names of units that
    were looked for as well. order: the one that was used; relevance is not affordable for
    very many hits.
    """

    hits: tuple[ArchiveHit, ...]
    next: int | None
    widened: tuple[str, ...] = ()
    order: Order = "newest"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet with how many hits have it. name: None where the value is a word."""

    value: str
    name: Bilingual | None
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many hits there are, and how they spread; counted over the newest `total`.

    has_more: there are more than were counted.
    """

    total: int
    has_more: bool
    facets: Mapping[str, tuple[FacetValue, ...]]
