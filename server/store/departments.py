"""Departments that sit in the groups of a theme; the method does not tie them to units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select

from schemas.ids import StudyId, ThemeId, new_id
from schemas.session import Bilingual
from server.store import tables
from server.store.database import Work, rows


async def of_study(work: Work, study_id: StudyId) -> Mapping[ThemeId, Sequence[Bilingual]]:
    """Return the departments of each theme in order; themes without are absent."""
    department, theme = tables.department.c, tables.theme.c
    asked = (
        select(tables.department)
        .join(tables.theme, theme.id == department.theme_id)
        .where(theme.study_id == study_id)
        .order_by(theme.number, department.order)
    )
    found: defaultdict[ThemeId, list[Bilingual]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        found[ThemeId(row.theme_id)].append(Bilingual(row.name_en, row.name_zh))
    return found


async def replace(work: Work, theme_id: ThemeId, names: Sequence[Bilingual]) -> None:
    """Make these the departments of a theme, in this order."""
    table = tables.department
    await work.connection.execute(delete(table).where(table.c.theme_id == theme_id))
    values = [
        {"id": new_id(), "theme_id": theme_id, "order": order}
        | {"name_en": name.en, "name_zh": name.zh}
        for order, name in enumerate(names, 1)
    ]
    if values:
        await work.connection.execute(insert(table), values)
