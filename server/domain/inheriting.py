"""A study that follows another: what it took over, and what became of each entry since.

An inherited entry is a copy in the study's own taxonomy. It is open until somebody says what became
of it, with lines or passages of this study as evidence; every such mark is a version, none is lost.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Invalid
from schemas.ids import EntryId, LineId, PassageId

MOST_REASON = 2000
MOST_REFERENCES = 20
_REFERENCE = re.compile(
    r"/(lines|passages|answers)/([0-9A-Za-z_-]{1,32})/?(?:[?#]\S*)?$|#line-([0-9A-Za-z_-]{1,32})$"
)


class Fate(StrEnum):
    """What became of an inherited entry; OPEN: nobody has said yet."""

    OPEN = "open"
    SOLVED = "solved"
    PARTLY = "partly"
    PERSISTS = "persists"
    IRRELEVANT = "irrelevant"


SETTLED = frozenset({Fate.SOLVED, Fate.IRRELEVANT})
"""After these an entry is no gap any more, and nothing is drafted from it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A line or a passage that shows it; one of the two."""

    line_id: LineId | None = None
    passage_id: PassageId | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """One version of what became of an entry. version: 0 before anybody said anything."""

    entry_id: EntryId
    version: int = 0
    fate: Fate = Fate.OPEN
    reason: str = ""
    references: tuple[Reference, ...] = ()
    by: str = ""
    at: float = 0.0


def references(text: str) -> tuple[Reference, ...]:
    """Return the lines and passages that somebody named, one a line, by their address.

    Raises Invalid `inherited.reference` with what is none, or `inherited.references`.
    """
    found: dict[Reference, None] = {}
    for given in text.split():
        match = _REFERENCE.search(given)
        if match is None:
            raise Invalid("inherited.reference", given=given[:80])
        of, named, line = match.groups()
        if line is not None or of == "lines":
            found[Reference(line_id=LineId(line or named))] = None
        else:
            found[Reference(passage_id=PassageId(named))] = None
    if len(found) > MOST_REFERENCES:
        raise Invalid("inherited.references", most=MOST_REFERENCES)
    return tuple(found)


def check(fate: Fate, reason: str, evidence: Collection[Reference]) -> None:
    """Raise Invalid `inherited.reason` or `inherited.evidence` where a mark cannot stand.

    That something is solved, solved in part or still there must be shown; that it matters no more
    must be said.
    """
    if len(reason) > MOST_REASON:
        raise Invalid("inherited.text", most=MOST_REASON)
    if len(evidence) > MOST_REFERENCES:
        raise Invalid("inherited.references", most=MOST_REFERENCES)
    if fate is Fate.IRRELEVANT and not reason:
        raise Invalid("inherited.reason")
    if fate in {Fate.SOLVED, Fate.PARTLY, Fate.PERSISTS} and not evidence:
        raise Invalid("inherited.evidence")


def counted(marks: Sequence[Mark]) -> dict[Fate, int]:
    """Return how many entries met each fate, in the order of Fate."""
    return {fate: sum(mark.fate is fate for mark in marks) for fate in Fate}
