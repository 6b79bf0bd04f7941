"""The assessment of a solution: who leads and supports it, whether and when it can be done."""

from dataclasses import dataclass, fields
from enum import StrEnum

from schemas.errors import Invalid
from schemas.ids import AnnotationId, EntryId, UnitId

MOST_TEXT = 2000


class Feasibility(StrEnum):
    """Whether it can be done; OPEN: nobody has said yet."""

    OPEN = "open"
    NOW = "now"
    CONDITIONS = "conditions"
    NOT = "not"


class Horizon(StrEnum):
    """By when, as the study understands it."""

    OPEN = "open"
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class Cost(StrEnum):
    """The class of its cost, as the study understands it."""

    OPEN = "open"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Solution:
    """What is assessed: an entry, or an annotation on the shelf; never both."""

    entry_id: EntryId | None = None
    annotation_id: AnnotationId | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was said of a solution. reason: why it can be done with conditions, or not."""

    lead: UnitId | None = None
    supporting: tuple[UnitId, ...] = ()
    feasibility: Feasibility = Feasibility.OPEN
    reason: str = ""
    depends_on: str = ""
    horizon: Horizon = Horizon.OPEN
    cost: Cost = Cost.OPEN
    regulation: str = ""


def check(one: Assessment) -> None:
    """Raise Invalid `solution.text`, `solution.reason` or `solution.units` where it cannot stand."""
    if any(len(text) > MOST_TEXT for text in (one.reason, one.depends_on, one.regulation)):
        raise Invalid("solution.text", most=MOST_TEXT)
    if one.feasibility in {Feasibility.CONDITIONS, Feasibility.NOT} and not one.reason.strip():
        raise Invalid("solution.reason")
    if len(set(one.supporting)) != len(one.supporting) or one.lead in one.supporting:
        raise Invalid("solution.units")


def altered(before: Assessment, after: Assessment) -> tuple[str, ...]:
    """Return the names of the fields in which two assessments differ."""
    names = (field.name for field in fields(Assessment))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
