"""Rows for every table that belongs to a study, made from the schema itself.

What the demo leaves empty is filled: a column takes the id of a row that is there, or a value of its
type, so that a table added tomorrow is filled as well.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.types import JSON

from server.store import boxes, studies, tables
from server.store.database import Database

ODD = "Ö 𝄞 条目 “=1+1”"
"""Text beyond ASCII and beyond sixteen bits."""


async def fill(database: Database, slug: str) -> list[str]:
    """Add a row to every table of a study's box that has none; return their names."""
    filled = []
    async with database.write() as work:
        study = await studies.by_slug(work, slug)
        assert study is not None
        box = {name: list(rows) for name, rows in (await boxes.read(work, study.id)).items()}
        for name, (column, parent) in boxes.HANGS_ON.items():
            table = tables.metadata.tables[name]
            if not box[name]:
                row = {one.name: _value(box, table, one, column, parent) for one in _kept(table)}
                box[name].append(dict(row))
                if "account_id" in table.c and not table.c.account_id.nullable:
                    asked = select(tables.account.c.id).limit(1)
                    row["account_id"] = (await work.connection.execute(asked)).scalar_one()
                await work.connection.execute(insert(table).values(row))
                filled.append(name)
    return filled


def _kept(table: Table) -> list[Column[Any]]:
    return [one for one in table.columns if one.name in boxes.columns(table.name)]


def _value(
    box: Mapping[str, Sequence[Mapping[str, Any]]],
    table: Table,
    one: Column[Any],
    column: str,
    parent: str,
) -> Any:
    leads = {key.parent.name: key.column.table.name for key in table.foreign_keys}
    leads[column] = parent
    leads |= {at: to for (name, at), to in boxes.POINTS_TO.items() if name == table.name}
    if (to := leads.get(one.name)) is not None:
        found = next((row["id"] for row in box.get(to, ())), None)
        assert found is not None or one.nullable, (table.name, one.name)
        return found
    return _sample(table, one)


def _sample(table: Table, one: Column[Any]) -> Any:
    kind = one.type
    if isinstance(kind, JSON):
        return {ODD: [1, 2.5, None, True]}
    if isinstance(kind, LargeBinary):
        return b"\x00\xff" + ODD.encode()
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Float):
        return 1_700_000_000.123456
    if isinstance(kind, Integer):
        return 7
    assert isinstance(kind, String | Text), (table.name, one.name)
    text = f"{table.name}-{ODD}" if one.name != "id" else f"made-{table.name}"
    return text[: kind.length] if kind.length else text
