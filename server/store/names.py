"""What the values of facets are called: one query for the names of any kind of id."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from schemas.session import Bilingual
from server.domain.facets import Facet
from server.store import tables
from server.store.database import Work, rows

_NAMED = {
    Facet.STUDY: (tables.study, "title"),
    Facet.STAGE: (tables.stage, "title"),
    Facet.THEME: (tables.theme, "title"),
    Facet.SESSION: (tables.session, "title"),
    Facet.STEP: (tables.step, "title"),
    Facet.UNIT: (tables.unit, "name"),
    Facet.ENTRY: (tables.entry, "label"),
}


async def of(work: Work, facet: Facet, ids: Iterable[str]) -> Mapping[str, Bilingual]:
    """Return the names of these ids; {} for a facet whose values are no ids."""
    wanted = sorted(set(ids))
    if facet not in _NAMED or not wanted:
        return {}
    table, name = _NAMED[facet]
    column = table.c
    asked = select(column.id, column[f"{name}_en"].label("en"), column[f"{name}_zh"].label("zh"))
    found = rows(await work.connection.execute(asked.where(column.id.in_(wanted))))
    return {row.id: Bilingual(row.en, row.zh) for row in found}
