"""What was said: hypotheses that may still change, and lines that are final."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.ids import LineId, PersonId, SessionId, StepId, TrackId, UnitId
from schemas.session import Language


class LineSource(StrEnum):
    """How a line came to be."""

    SPOKEN = "spoken"
    TYPED = "typed"
    STENOGRAPHED = "stenographed"
    IMPORTED = "imported"
    GAP = "gap"
    """Off the record: `start` is 0, `end` the length in seconds, the text says no more than that."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The samples of one utterance on its track: first included, last excluded, 16 kHz."""

    track_id: TrackId
    first_sample: int
    last_sample: int

    @property
    def start(self) -> float:
        """Start in seconds on the track's clock."""
        return self.first_sample / 16_000

    @property
    def end(self) -> float:
        """End in seconds on the track's clock."""
        return self.last_sample / 16_000


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Text of an utterance that is still open.

    stable: what two passes agreed on. tail: what may still change. Never stored.
    """

    track_id: TrackId
    first_sample: int
    stable: str
    tail: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final text of one utterance as an engine heard it.

    Empty `text` means that nothing was said worth keeping; `reason` says why (see
    transcription.keep). `confidence` is the mean token probability, 0..1.
    """

    segment: Segment
    text: str
    language: Language
    confidence: float
    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Code points first..last (excluded) of a text, which after an edit stand at `to`.

    line_id, revision: where, if not in the line's own next revision.
    """

    first: int
    last: int
    to: int
    line_id: LineId | None = None
    revision: int = 0


Edit = tuple[Kept, ...]
"""How one revision of a line became the next: what was kept, in order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One final line of a session.

    at: seconds of session time, by which lines are ordered (then by id). start, end: seconds on
    the track's own clock (an imported line has no track: session time); None where nothing says. revision counts corrections from 0;
    edits: one for each, so that anchors into earlier revisions find their words.
    presumed: the speaker is presumed from the floor and not yet confirmed.
    """

    id: LineId
    session_id: SessionId
    at: float
    text: str
    language: Language
    source: LineSource
    speaker: str
    person_id: PersonId | None
    unit_id: UnitId | None
    presumed: bool
    track_id: TrackId | None
    start: float | None
    end: float | None
    confidence: float | None
    revision: int
    step_id: StepId | None
    edits: tuple[Edit, ...] = ()
