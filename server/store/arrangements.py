"""Changing what a study prepares: its settings, stages, themes and units.

Rows that something else points at are never removed: `is_used` is asked first.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Column, Table, bindparam, delete, func, insert, select, update

from schemas.ids import StageId, StudyId, ThemeId, UnitId, new_id
from schemas.session import Bilingual, Unit
from server.store import tables
from server.store.database import Work
from server.store.studies import Study

_PARTS = frozenset({"unit_alias", "department"})
"""What belongs to a unit or a theme and goes with it."""


class Listed(StrEnum):
    """What a study lists."""

    STAGE = "stage"
    THEME = "theme"
    UNIT = "unit"


_TABLES = {Listed.STAGE: tables.stage, Listed.THEME: tables.theme, Listed.UNIT: tables.unit}


async def change(work: Work, study: Study) -> None:
    """Give a study other titles and settings; its name in URLs stays."""
    changed = update(tables.study).where(tables.study.c.id == study.id)
    await work.connection.execute(
        changed.values(
            title_en=study.title.en,
            title_zh=study.title.zh,
            city_en=study.city.en,
            city_zh=study.city.zh,
            rule=dict(study.rule),
            languages=study.languages,
            retention_months=study.retention_months,
            marking=study.marking,
        )
    )


async def change_stage(work: Work, stage_id: StageId, number: int, title: Bilingual) -> None:
    """Give a stage another number and title."""
    await _change(work, tables.stage, stage_id, number=number, **_titles(title))


async def change_theme(work: Work, theme_id: ThemeId, number: int, title: Bilingual) -> None:
    """Give a theme another number and title."""
    await _change(work, tables.theme, theme_id, number=number, **_titles(title))


async def make_room(work: Work, what: Listed, study_id: StudyId) -> None:
    """Move the numbers of a study's stages or themes out of the way of new ones."""
    table = _TABLES[what]
    aside = update(table).where(table.c.study_id == study_id)
    await work.connection.execute(aside.values(number=-table.c.number - 1))


async def change_unit(work: Work, unit: Unit) -> None:
    """Give a unit other names, kind and place in the protocol order."""
    names = {"name_en": unit.name.en, "name_zh": unit.name.zh}
    await _change(work, tables.unit, unit.id, kind=unit.kind, order=unit.order, **names)
    alias = tables.unit_alias.c
    await work.connection.execute(delete(tables.unit_alias).where(alias.unit_id == unit.id))
    for one in unit.aliases:
        added = insert(tables.unit_alias).values(id=new_id(), unit_id=unit.id, alias=one)
        await work.connection.execute(added)


async def move_unit(work: Work, unit_id: UnitId, theme_id: ThemeId | None, *, order: int) -> None:
    """Let a unit stand in another theme, or in none."""
    await _change(work, tables.unit, unit_id, theme_id=theme_id, order=order)


async def set_order(work: Work, unit_ids: Sequence[UnitId]) -> None:
    """Number units in this order from 1."""
    if not unit_ids:
        return
    numbered = update(tables.unit).where(tables.unit.c.id == bindparam("unit"))
    await work.connection.execute(
        numbered.values(order=bindparam("place")),
        [{"unit": unit_id, "place": order} for order, unit_id in enumerate(unit_ids, 1)],
    )


async def remove(work: Work, what: Listed, row_id: str) -> None:
    """Remove a stage, theme or unit that is not used."""
    table = _TABLES[what]
    await work.connection.execute(delete(table).where(table.c.id == row_id))


async def is_used(work: Work, what: Listed, row_id: str) -> bool:
    """Whether anything points at that row, so that removing it would take more with it."""
    for column in _pointing_at(_TABLES[what]):
        asked = select(func.count()).select_from(column.table).where(column == row_id)
        if (await work.connection.execute(asked)).scalar_one():
            return True
    return False


def _pointing_at(table: Table) -> list[Column[str]]:
    return [
        column
        for other in tables.metadata.sorted_tables
        if other.name not in _PARTS
        for column in other.columns
        if any(key.references(table) for key in column.foreign_keys)
    ]


async def _change(work: Work, table: Table, row_id: str, **values: object) -> None:
    await work.connection.execute(update(table).where(table.c.id == row_id).values(values))


def _titles(title: Bilingual) -> dict[str, str]:
    return {"title_en": title.en, "title_zh": title.zh}
