"""What units came from: renamed, merged, split, with the date; and who they were before, all the way.

A renaming keeps the unit and its id: only the name of before is kept. After a merger or a split the
predecessor may be a unit of the study with lines of its own, or only a name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, insert, select

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
    """Return these units and every unit that they came from, however many steps back."""
    kept = tables.unit_succession
    before = select(tables.unit.c.id).where(tables.unit.c.id.in_(sorted(set(unit_ids))))
    chain = before.cte(recursive=True)
    chain = chain.union(
        select(kept.c.from_id)
        .where(kept.c.from_id.is_not(None))
        .join(chain, kept.c.unit_id == chain.c.id)
    )
    return sorted(row.id for row in rows(await work.connection.execute(select(chain.c.id))))


async def successors(work: Work, unit_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return each of these units with every unit that came from it, however many steps on."""
    kept, unit = tables.unit_succession.c, tables.unit.c
    chain = select(unit.id.label("first"), unit.id).where(unit.id.in_(sorted(set(unit_ids))))
    after = chain.cte(recursive=True)
    after = after.union(select(after.c.first, kept.unit_id).join(after, kept.from_id == after.c.id))
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows(await work.connection.execute(select(after.c.first, after.c.id))):
        found[row.first].add(row.id)
    return {first: frozenset(line) for first, line in found.items()}


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
