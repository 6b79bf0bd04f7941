"""Which entries count together: below one another, copied from one another, merged into one another."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select, union_all

from server.store import tables
from server.store.database import Work, rows


async def subtrees(work: Work, entry_ids: Iterable[str]) -> Sequence[str]:
    """Return these entries, all that stand below them, and what any was copied from or stands for."""
    entry, copied = tables.entry, tables.inherited
    below = select(entry.c.id).where(entry.c.id.in_(sorted(entry_ids))).cte(recursive=True)
    step = union_all(
        select(entry.c.parent_id.label("above"), entry.c.id),
        select(copied.c.entry_id.label("above"), copied.c.from_id.label("id")),
        select(entry.c.merged_into.label("above"), entry.c.id),
    ).subquery()
    below = below.union(select(step.c.id).join(below, step.c.above == below.c.id))
    return [row.id for row in rows(await work.connection.execute(select(below.c.id)))]


async def lineages(work: Work, entry_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Return each of these entries with all of which `subtrees` has it."""
    entry, copied = tables.entry, tables.inherited
    chain = select(entry.c.id.label("below"), entry.c.id)
    above = chain.where(entry.c.id.in_(sorted(set(entry_ids)))).cte(recursive=True)
    step = union_all(
        select(entry.c.id.label("below"), entry.c.parent_id.label("id")).where(
            entry.c.parent_id.is_not(None)
        ),
        select(copied.c.from_id.label("below"), copied.c.entry_id.label("id")),
        select(entry.c.id.label("below"), entry.c.merged_into.label("id")).where(
            entry.c.merged_into.is_not(None)
        ),
    ).subquery()
    above = above.union(select(above.c.below, step.c.id).join(above, step.c.below == above.c.id))
    found: dict[str, set[str]] = {}
    for row in rows(await work.connection.execute(select(above.c.below, above.c.id))):
        found.setdefault(row.below, set()).add(row.id)
    return {below: frozenset(chain) for below, chain in found.items()}
