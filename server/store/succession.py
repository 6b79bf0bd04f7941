"""What units came from: renamed, merged, split, with the date; and who they were before, all the way.

A renaming keeps the unit and its id: only the name of before is kept. After a merger or a split the
predecessor may be a unit of the study with lines of its own, or only a name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, delete, insert, or_, select, union_all

from schemas.ids import StudyId, UnitId, new_id
from schemas.session import Bilingual
from server.store import tables
from server.store.database import Work, rows


class Change(StrEnum):
    """How a unit came to be what it is."""

    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Succession:
    """`unit` came from what was called `name`; `origin`: where that is a unit of the study.

    on: YYYY, YYYY-MM or YYYY-MM-DD, "" where it is not known.
    """

    unit: UnitId
    origin: UnitId | None
    change: Change
    name: Bilingual
    on: str


async def of_study(work: Work, study_id: StudyId) -> Sequence[Succession]:
    """Return every succession of a study's units, in their protocol order, the oldest first."""
    return await _among(work, [study_id])


async def replace(work: Work, study_id: StudyId, found: Sequence[Succession]) -> None:
    """Make these the successions of a study's units."""
    kept = tables.unit_succession
    units = select(tables.unit.c.id).where(tables.unit.c.study_id == study_id)
    await work.connection.execute(delete(kept).where(kept.c.unit_id.in_(units)))
    for one in found:
        await work.connection.execute(
            insert(kept).values(
                id=new_id(),
                unit_id=one.unit,
                from_id=one.origin,
                kind=one.change.value,
                name_en=one.name.en,
                name_zh=one.name.zh,
                on=one.on,
            )
        )


async def with_predecessors(work: Work, unit_ids: Iterable[str]) -> Sequence[str]:
    """Return these units and every unit that they came from, however many steps back.

    Also in the study that theirs follows, and the one before that: there a unit is known by a name
    of today or of before.
    """
    step = _steps()
    before = select(tables.unit.c.id).where(tables.unit.c.id.in_(sorted(set(unit_ids))))
    chain = before.cte(recursive=True)
    chain = chain.union(select(step.c.from_id).join(chain, step.c.unit_id == chain.c.id))
    return sorted(row.id for row in rows(await work.connection.execute(select(chain.c.id))))


async def successors(work: Work, unit_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return each of these units with all of which `with_predecessors` has it."""
    step, unit = _steps(), tables.unit.c
    chain = select(unit.id.label("first"), unit.id).where(unit.id.in_(sorted(set(unit_ids))))
    after = chain.cte(recursive=True)
    after = after.union(
        select(after.c.first, step.c.unit_id).join(after, step.c.from_id == after.c.id)
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows(await work.connection.execute(select(after.c.first, after.c.id))):
        found[row.first].add(row.id)
    return {first: frozenset(line) for first, line in found.items()}


def _steps() -> Subquery:
    """One step back: from a unit to one that it came from, here or in the study before."""
    kept, before = tables.unit_succession.c, tables.study_before.c
    here, there = tables.unit.alias("here"), tables.unit.alias("there")
    own = select(here.c.id.label("unit_id"), there.c.id.label("from_id"))
    own = own.join(tables.study_before, before.study_id == here.c.study_id)
    named = select(kept.unit_id, there.c.id.label("from_id"))
    named = named.join(here, here.c.id == kept.unit_id)
    named = named.join(tables.study_before, before.study_id == here.c.study_id)
    return union_all(
        select(kept.unit_id, kept.from_id).where(kept.from_id.is_not(None)),
        own.join(there, (there.c.study_id == before.before_id) & _same(there.c, here.c)),
        named.join(there, (there.c.study_id == before.before_id) & _same(there.c, kept)),
    ).subquery()


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    return or_(
        and_(one.name_zh == other.name_zh, other.name_zh != ""),
        and_(one.name_en == other.name_en, other.name_en != ""),
    )


async def earlier_names(work: Work, study_ids: Iterable[StudyId]) -> Mapping[UnitId, Sequence[str]]:
    """Return for each unit what its predecessors were called, both languages, all the way back.

    Of a predecessor that is a unit, its names and aliases of today stand there as well.
    """
    found = await _among(work, study_ids)
    own: defaultdict[UnitId, list[str]] = defaultdict(list)
    origins: defaultdict[UnitId, list[UnitId]] = defaultdict(list)
    for one in found:
        own[one.unit] += [name for name in (one.name.en, one.name.zh) if name]
        if one.origin is not None:
            origins[one.unit].append(one.origin)
    called = await _called(work, {origin for each in origins.values() for origin in each})
    return {unit: _all_the_way(unit, own, origins, called) for unit in own}


def _all_the_way(
    unit: UnitId,
    own: Mapping[UnitId, Sequence[str]],
    origins: Mapping[UnitId, Sequence[UnitId]],
    called: Mapping[UnitId, Sequence[str]],
) -> Sequence[str]:
    names: list[str] = []
    seen, waiting = {unit}, [unit]
    while waiting:
        at = waiting.pop(0)
        names += own.get(at, ())
        for origin in origins.get(at, ()):
            if origin not in seen:
                seen.add(origin)
                names += called.get(origin, ())
                waiting.append(origin)
    return tuple(dict.fromkeys(names))


async def _called(work: Work, unit_ids: set[UnitId]) -> Mapping[UnitId, Sequence[str]]:
    unit, alias = tables.unit.c, tables.unit_alias.c
    names: defaultdict[UnitId, list[str]] = defaultdict(list)
    asked = select(unit.id, unit.name_en, unit.name_zh).where(unit.id.in_(sorted(unit_ids)))
    for row in rows(await work.connection.execute(asked)):
        names[row.id] += [name for name in (row.name_en, row.name_zh) if name]
    further = select(alias.unit_id, alias.alias).where(alias.unit_id.in_(sorted(unit_ids)))
    for row in rows(await work.connection.execute(further.order_by(alias.id))):
        names[row.unit_id].append(row.alias)
    return names


async def _among(work: Work, study_ids: Iterable[StudyId]) -> Sequence[Succession]:
    kept, unit = tables.unit_succession.c, tables.unit.c
    asked = (
        select(tables.unit_succession)
        .join(tables.unit, unit.id == kept.unit_id)
        .where(unit.study_id.in_(sorted(set(study_ids))))
        .order_by(unit.order, kept.on, kept.id)
    )
    return [
        Succession(
            UnitId(row.unit_id),
            None if row.from_id is None else UnitId(row.from_id),
            Change(row.kind),
            Bilingual(row.name_en, row.name_zh),
            row.on,
        )
        for row in rows(await work.connection.execute(asked))
    ]
