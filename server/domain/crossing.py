"""Across borders: which unit spoke to which entry in which stage, and what ties units together.

Counted are voices: whose statement backs an entry, who marked "we too", who took a position on the
wording it came from. Who typed is never counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.ids import EntryId, StageId, UnitId

How = Literal["evidence", "mark", "position"]
HOWS: tuple[How, ...] = ("evidence", "mark", "position")


@dataclass(frozen=True, slots=True)
class Voice:
    """One statement, mark or position of a unit that backs an entry. stage_id: of its session."""

    unit_id: UnitId
    entry_id: EntryId
    stage_id: StageId
    how: How


@dataclass(frozen=True, slots=True)
class HandOver:
    """One step from the unit that acts to the unit that goes on."""

    from_id: UnitId
    to_id: UnitId
    title: str


Cells = Mapping[tuple[UnitId, EntryId, StageId], Mapping[How, int]]


@dataclass(frozen=True, slots=True)
class Tie:
    """Two units, the first in protocol order, and what they share: entries, and hand-overs by title."""

    one: UnitId
    other: UnitId
    entries: tuple[EntryId, ...]
    steps: tuple[str, ...]

    @property
    def strength(self) -> int:
        """How much ties them."""
        return len(self.entries) + len(self.steps)


def cells(voices: Iterable[Voice]) -> Cells:
    """Return how often each unit spoke to each entry in each stage, by how it did."""
    found: defaultdict[tuple[UnitId, EntryId, StageId], Counter[How]] = defaultdict(Counter)
    for voice in voices:
        found[voice.unit_id, voice.entry_id, voice.stage_id][voice.how] += 1
    return {key: dict(counted) for key, counted in found.items()}


def ties(
    units: Sequence[UnitId],
    concerned: Mapping[EntryId, Sequence[UnitId]],
    hand_overs: Iterable[HandOver],
) -> tuple[Tie, ...]:
    """Return the pairs of units that an entry concerns both of or that hand over to each other.

    The strongest come first, equals in protocol order.
    """
    place = {unit: number for number, unit in enumerate(units)}
    shared: defaultdict[tuple[UnitId, UnitId], list[EntryId]] = defaultdict(list)
    handed: defaultdict[tuple[UnitId, UnitId], list[str]] = defaultdict(list)

    def pair(one: UnitId, other: UnitId) -> tuple[UnitId, UnitId]:
        return (one, other) if place[one] < place[other] else (other, one)

    for entry, found in concerned.items():
        known = [unit for unit in dict.fromkeys(found) if unit in place]
        for number, one in enumerate(known):
            for other in known[number + 1 :]:
                shared[pair(one, other)].append(entry)
    for step in hand_overs:
        if step.from_id in place and step.to_id in place and step.from_id != step.to_id:
            handed[pair(step.from_id, step.to_id)].append(step.title)
    pairs = {*shared, *handed}
    made = [
        Tie(*one, tuple(shared.get(one, ())), tuple(dict.fromkeys(handed.get(one, ()))))
        for one in pairs
    ]
    return tuple(sorted(made, key=lambda tie: (-tie.strength, place[tie.one], place[tie.other])))
