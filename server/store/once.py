"""Inserting rows unless they are there already: two bodies each, no race."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from server.store.database import Work


async def insert_once(work: Work, table: Table, **values: object) -> bool:
    """Insert a row unless a unique key of it is taken; return whether it was inserted."""
    if work.dialect == "postgresql":
        statement = postgresql.insert(table).values(values).on_conflict_do_nothing()
        result = await work.connection.execute(statement)
    else:
        result = await work.connection.execute(
            sqlite.insert(table).values(values).on_conflict_do_nothing()
        )
    return result.rowcount == 1


async def insert_all_once(work: Work, table: Table, values: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, but those of which a unique key is taken."""
    if not values:
        return
    if work.dialect == "postgresql":
        await work.connection.execute(postgresql.insert(table).on_conflict_do_nothing(), values)
    else:
        await work.connection.execute(sqlite.insert(table).on_conflict_do_nothing(), values)


async def insert_new(
    work: Work, table: Table, values: Sequence[Mapping[str, object]]
) -> Sequence[str]:
    """Insert rows in order, but those of which a unique key is taken; return the others' ids."""
    if not values:
        return []
    if work.dialect == "postgresql":
        added = await work.connection.execute(
            postgresql.insert(table).on_conflict_do_nothing().returning(table.c.id), values
        )
    else:
        added = await work.connection.execute(
            sqlite.insert(table).on_conflict_do_nothing().returning(table.c.id), values
        )
    return [str(key) for key in added.scalars()]
