"""How a live session is led: what the room made of a step, a silent minute, a round by unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.ids import LineId, UnitId


class Aspect(StrEnum):
    """The four questions of a step: our adaptation of the cognitive walkthrough (agenda.py)."""

    AWARENESS = "awareness"
    MEANS = "means"
    FIT = "fit"
    FEEDBACK = "feedback"


class Ending(StrEnum):
    """How the story of a step goes, as the room told it."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Story:
    """What the room answered to one of the four questions; the text may be empty."""

    ending: Ending
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question or one of its probes that was put to the room. probe: its place, None: the question.

    at: seconds of session time. line: the moderator's line with its words.
    """

    probe: int | None
    at: float
    line: LineId


@dataclass(frozen=True, slots=True)
class Progress:
    """What the room has made of a step. spent: seconds on it, without the visit that runs now.

    extra: minutes added to those planned, in the room.
    """

    spent: float = 0.0
    extra: int = 0
    walk: Mapping[Aspect, Story] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Quiet:
    """A silent minute: notes are drafts until a moderator brings them in.

    since, until: UTC seconds; after `until` time is up, but the notes still wait. line: the
    moderator's line that says what it is about; a note that names no other line hangs on it.
    """

    since: float
    until: float
    line: LineId
    about: str


@dataclass(frozen=True, slots=True)
class Round:
    """A round by unit. turn: whose turn it is, None once everybody was asked.

    order: the units asked, in protocol order. heard, skipped: those done with; in neither, and
    not at their turn, are those who have not spoken.
    """

    order: tuple[UnitId, ...]
    turn: UnitId | None
    heard: tuple[UnitId, ...] = ()
    skipped: tuple[UnitId, ...] = ()
