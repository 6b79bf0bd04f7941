"""Asking for many values at once."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, JSON, ColumnElement, any_, func, literal, select

from server.store.database import Work


def among(
    work: Work,
    column: ColumnElement[int] | ColumnElement[str],
    values: Sequence[int] | Sequence[str],
) -> ColumnElement[bool]:
    """Return whether a column is one of these values, which go as one and not one by one: so the
    statement reads the same for any number of them, and is compiled, parsed and planned once.
    """
    if work.dialect == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    listed = func.json_each(literal(list(values), JSON)).table_valued("value")
    return column.in_(select(listed.c.value))
