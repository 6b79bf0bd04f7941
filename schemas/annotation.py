"""Annotations: typed notes on lines, and how they are tied to the text."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.ids import AnnotationId, LineId, PersonId, UnitId


class Kind(StrEnum):
    """What an annotation names; keys 1 to 6 in this order."""

    PROBLEM = "problem"
    CAUSE = "cause"
    CONSEQUENCE = "consequence"
    SOLUTION = "solution"
    EXAMPLE = "example"
    MEMO = "memo"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in one revision of a line: code points, start included, end excluded.

    The whole line is start 0, end None. `quote` is the text that was there.
    """

    line_id: LineId
    revision: int
    start: int
    end: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose statement an annotation is: the person, where known, and the unit counted."""

    name: str
    person_id: PersonId | None
    unit_id: UnitId | None


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation as it stands in the document.

    author typed it; voice stated it. opened: the wording is open to the group. proposal: this
    is the draft wording of a proposal rather than a note of its own.
    """

    id: AnnotationId
    author: PersonId
    voice: Voice
    kind: Kind
    anchors: tuple[Anchor, ...]
    text: str
    at: float
    opened: bool
    withdrawn: bool
