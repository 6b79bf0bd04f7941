"""Inserting a row unless it is there already: one function, two bodies, no race."""

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
