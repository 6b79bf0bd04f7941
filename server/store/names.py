"""What the values of facets are called: one query for the names of any kind of id."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, or_, select

from schemas.session import Bilingual
from server.domain.facets import Facet
from server.store import tables
from server.store.database import Work, rows
from server.store.search import Scope

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
    return await _of(work, facet, ids, None)


async def within(
    work: Work, facet: Facet, ids: Iterable[str], *, scope: Scope
) -> Mapping[str, Bilingual]:
    """Return the names of those of these ids that lie within `scope`: an id may be anybody's."""
    return await _of(work, facet, ids, scope)


async def _of(
    work: Work, facet: Facet, ids: Iterable[str], scope: Scope | None
) -> Mapping[str, Bilingual]:
    wanted = sorted(set(ids))
    if facet not in _NAMED or not wanted:
        return {}
    table, name = _NAMED[facet]
    column = table.c
    asked = select(column.id, column[f"{name}_en"].label("en"), column[f"{name}_zh"].label("zh"))
    asked = asked.where(column.id.in_(wanted))
    if scope is not None:
        asked = asked.where(_lies_in(facet, scope))
    return {row.id: Bilingual(row.en, row.zh) for row in rows(await work.connection.execute(asked))}


def _lies_in(facet: Facet, scope: Scope) -> ColumnElement[bool]:
    table, _ = _NAMED[facet]
    session, studies = tables.session.c, scope.studies | scope.members
    own = or_(session.study_id.in_(scope.studies), session.id.in_(scope.sessions))
    match facet:
        case Facet.STUDY:
            return table.c.id.in_(studies)
        case Facet.SESSION:
            return own
        case Facet.STEP:
            return table.c.session_id.in_(select(session.id).where(own))
        case _:
            return table.c.study_id.in_(studies)
