"""Priorities: what each unit holds urgent, and what it calls its own to solve, marked in silence.

A step names the entries that it asks about and how many a unit may mark of each kind. While it is
open a unit's marks are that unit's alone; closed, they are shown with their spread. They inform a
requirement's priority, they never set it, and no unit is ever ranked by them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType

from schemas.errors import Invalid
from schemas.ids import EntryId, PersonId, SessionId, StudyId, UnitId

PriorityRoundId = NewType("PriorityRoundId", str)

MOST_MARKS = 50
"""The most that one step may let a unit mark."""


@dataclass(frozen=True, slots=True)
class PriorityRound:
    """One silent step of a session. entries: what it asks about, frozen when it was opened.

    most: how many of them a unit may mark urgent, and as many its own to solve. closed_at: None
    while units mark; the closing of its session ends it too.
    """

    id: PriorityRoundId
    study_id: StudyId
    session_id: SessionId
    entries: tuple[EntryId, ...]
    most: int
    opened_at: float
    closed_at: float | None
    by: str

    @property
    def is_open(self) -> bool:
        """Whether units still mark."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class PrioritySheet:
    """What one unit marked. version: 0 before it marked anything; person_id: who did, last."""

    unit_id: UnitId
    urgent: frozenset[EntryId] = frozenset()
    ours: frozenset[EntryId] = frozenset()
    version: int = 0
    person_id: PersonId | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How the units that were asked about an entry marked it; each tuple in protocol order.

    asked: units that handed in a sheet which held the entry. is_named: whether it may be shown by
    unit; else the room sees counts only.
    """

    asked: tuple[UnitId, ...]
    urgent: tuple[UnitId, ...] = ()
    ours: tuple[UnitId, ...] = ()
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A sheet with the closed step that it answers. is_named: whether it may be shown by unit."""

    round: PriorityRound
    sheet: PrioritySheet
    is_named: bool


def check(sheet: PrioritySheet, asked: Collection[EntryId], most: int) -> None:
    """Raise Invalid `priority.entry` or `priority.most` where a sheet cannot be taken."""
    if not (sheet.urgent | sheet.ours) <= set(asked):
        raise Invalid("priority.entry")
    if max(len(sheet.urgent), len(sheet.ours)) > most:
        raise Invalid("priority.most", most=most)


def spreads(
    handed_in: Iterable[HandedIn],
    order: Sequence[UnitId],
    stands_for: Mapping[EntryId, EntryId],
) -> Mapping[EntryId, Spread]:
    """Return the spread of every entry over the sheets of closed steps, oldest first.

    A unit's later word on an entry replaces its earlier one. stands_for: merged entry -> what
    stands for it now.
    """
    found: defaultdict[EntryId, dict[UnitId, _Mark]] = defaultdict(dict)
    for one in handed_in:
        told: dict[EntryId, _Mark] = {}
        for asked in one.round.entries:
            entry = stands_for.get(asked, asked)
            before = told.get(entry, _Mark(False, False, one.is_named))
            is_urgent = before.is_urgent or asked in one.sheet.urgent
            is_own = before.is_own or asked in one.sheet.ours
            told[entry] = _Mark(is_urgent, is_own, one.is_named)
        for entry, mark in told.items():
            found[entry][one.sheet.unit_id] = mark
    return {entry: _spread(marks, order) for entry, marks in found.items()}


@dataclass(frozen=True, slots=True)
class _Mark:
    is_urgent: bool
    is_own: bool
    is_named: bool


def _spread(marks: Mapping[UnitId, _Mark], order: Sequence[UnitId]) -> Spread:
    asked = [unit for unit in order if unit in marks]
    return Spread(
        tuple(asked),
        tuple(unit for unit in asked if marks[unit].is_urgent),
        tuple(unit for unit in asked if marks[unit].is_own),
        all(marks[unit].is_named for unit in asked),
    )
