"""What a newcomer is shown of a session before being let in."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, case, select

from schemas.ids import SessionId, StudyId, UnitId
from schemas.session import Bilingual, SessionState, Unit
from server.store import tables
from server.store.database import Work


@dataclass(frozen=True, slots=True)
class Door:
    """A session as seen from outside: its names, its state, and the units one may come for."""

    session_id: SessionId
    study_id: StudyId
    title: Bilingual
    study_title: Bilingual
    state: SessionState
    code: str
    units: tuple[Unit, ...]


async def by_code(work: Work, code_sha256: str) -> Door | None:
    """Return the session that a join code opens, or None; a closed one gives way to an open one."""
    return await _door(work, tables.session.c.code_sha256 == code_sha256)


async def by_session(work: Work, session_id: SessionId) -> Door | None:
    """Return that session, or None."""
    return await _door(work, tables.session.c.id == session_id)


async def _door(work: Work, which: ColumnElement[bool]) -> Door | None:
    session, study = tables.session.c, tables.study.c
    found = (
        select(
            tables.session,
            study.title_en.label("study_title_en"),
            study.title_zh.label("study_title_zh"),
        )
        .join(tables.study, study.id == session.study_id)
        .where(which)
        .order_by(case((session.state == SessionState.CLOSED.value, 1), else_=0))
        .limit(1)
    )
    row = (await work.connection.execute(found)).one_or_none()
    if row is None:
        return None
    return Door(
        SessionId(row.id),
        StudyId(row.study_id),
        Bilingual(row.title_en, row.title_zh),
        Bilingual(row.study_title_en, row.study_title_zh),
        SessionState(row.state),
        row.code,
        await _units(work, StudyId(row.study_id)),
    )


async def _units(work: Work, study_id: StudyId) -> tuple[Unit, ...]:
    unit, alias = tables.unit.c, tables.unit_alias.c
    rows = await work.connection.execute(
        select(tables.unit).where(unit.study_id == study_id).order_by(unit.order, unit.id)
    )
    aliases: dict[str, list[str]] = {}
    named = select(alias.unit_id, alias.alias).join(tables.unit, unit.id == alias.unit_id)
    for row in await work.connection.execute(
        named.where(unit.study_id == study_id).order_by(alias.alias)
    ):
        aliases.setdefault(row.unit_id, []).append(row.alias)
    return tuple(_unit(row, tuple(aliases.get(row.id, ()))) for row in rows)


def _unit(row: Row[Any], aliases: tuple[str, ...]) -> Unit:
    name = Bilingual(row.name_en, row.name_zh)
    return Unit(UnitId(row.id), name, row.kind, row.order, aliases)
