"""Priorities marked in silence: steps of sessions, and the sheet of each unit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, or_, select, update

from schemas.ids import EntryId, PersonId, SessionId, StudyId, UnitId
from schemas.session import SessionState
from server.domain import priorities as domain
from server.domain.negotiation import SHOWN_FROM_UNITS, Show, rule_of
from server.domain.priorities import (
    HandedIn,
    PriorityRound,
    PriorityRoundId,
    PrioritySheet,
    Spread,
)
from server.store import entries, studies, tables
from server.store.database import Work, rows
from server.store.once import insert_once


async def open_round(work: Work, one: PriorityRound) -> None:
    """Store a new step; the caller holds the session's lock."""
    await work.connection.execute(
        insert(tables.priority_round).values(
            id=one.id,
            study_id=one.study_id,
            session_id=one.session_id,
            entries=list(one.entries),
            most=one.most,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            by=one.by,
        )
    )


async def close_round(work: Work, round_id: PriorityRoundId, at: float) -> None:
    """End a step: what was marked can be seen from now on."""
    table = tables.priority_round
    changed = update(table).where(table.c.id == round_id).values(closed_at=at)
    await work.connection.execute(changed)


async def newest_round(work: Work, session_id: SessionId) -> PriorityRound | None:
    """Return the session's last step, open or closed; None where it had none."""
    table = tables.priority_round
    asked = select(table).where(table.c.session_id == session_id)
    asked = asked.order_by(table.c.opened_at.desc(), table.c.id).limit(1)
    row = (await work.connection.execute(asked)).one_or_none()
    return None if row is None else _round(row)


async def sheet_of(work: Work, round_id: PriorityRoundId, unit_id: UnitId) -> PrioritySheet:
    """Return what one unit has marked, an empty sheet where nothing yet."""
    table = tables.priority_sheet
    asked = select(table).where(table.c.round_id == round_id, table.c.unit_id == unit_id)
    row = (await work.connection.execute(asked)).one_or_none()
    return PrioritySheet(unit_id) if row is None else _sheet(row)


async def handed_in(work: Work, round_id: PriorityRoundId) -> int:
    """Return how many units have handed in a sheet; never which, nor what they marked."""
    table = tables.priority_sheet
    asked = select(func.count()).select_from(table).where(table.c.round_id == round_id)
    found: int = (await work.connection.execute(asked)).scalar_one()
    return found


async def write(work: Work, round_id: PriorityRoundId, sheet: PrioritySheet) -> None:
    """Store a unit's sheet in the place of what it marked before; the caller holds the lock."""
    table = tables.priority_sheet
    values: dict[str, Any] = {"urgent": sorted(sheet.urgent), "ours": sorted(sheet.ours)}
    values |= {"version": sheet.version, "person_id": sheet.person_id, "at": sheet.at}
    key = {"round_id": round_id, "unit_id": sheet.unit_id}
    if await insert_once(work, table, **key, **values):
        return
    changed = update(table).where(table.c.round_id == round_id, table.c.unit_id == sheet.unit_id)
    await work.connection.execute(changed.values(values))


async def spreads(
    work: Work, study_id: StudyId, *, only: PriorityRoundId | None = None
) -> Mapping[EntryId, Spread]:
    """Return the spread of every entry that a study's steps asked about, once they are over.

    only: of these steps none but this one.
    """
    closed = await _closed(work, study_id, only)
    if not closed:
        return {}
    order = [unit.id for unit in await studies.units(work, study_id)]
    return domain.spreads(closed, order, await _standing(work, study_id))


async def _closed(
    work: Work, study_id: StudyId, only: PriorityRoundId | None
) -> Sequence[HandedIn]:
    """The sheets of closed steps, by step and time."""
    step, sheet, session = tables.priority_round, tables.priority_sheet.c, tables.session.c
    asked = (
        select(step, session.state)
        .join(tables.session, session.id == step.c.session_id)
        .where(step.c.study_id == study_id)
        .where(or_(step.c.closed_at.is_not(None), session.state == SessionState.CLOSED.value))
        .order_by(step.c.opened_at, step.c.id)
    )
    if only is not None:
        asked = asked.where(step.c.id == only)
    found = {row.id: (_round(row), row.state) for row in rows(await work.connection.execute(asked))}
    marked = select(tables.priority_sheet).where(sheet.round_id.in_(found))
    marked = marked.order_by(sheet.at, sheet.unit_id)
    sheets = rows(await work.connection.execute(marked))
    counted = Counter(row.round_id for row in sheets)
    shows_names = rule_of((await studies.get(work, study_id)).rule).show is not Show.COUNT

    def is_named(round_id: str) -> bool:
        is_over = found[round_id][1] == SessionState.CLOSED.value
        return shows_names and (is_over or counted[round_id] >= SHOWN_FROM_UNITS)

    place = {round_id: number for number, round_id in enumerate(found)}
    return [
        HandedIn(found[row.round_id][0], _sheet(row), is_named(row.round_id))
        for row in sorted(sheets, key=lambda row: place[row.round_id])
    ]


async def _standing(work: Work, study_id: StudyId) -> Mapping[EntryId, EntryId]:
    """What stands for each entry that was merged away, however often."""
    into = {
        one.id: one.merged_into
        for one in await entries.of_study(work, study_id)
        if one.merged_into is not None
    }

    def standing(one: EntryId) -> EntryId:
        while one in into:
            one = into[one]
        return one

    return {one: standing(one) for one in into}


def _round(row: Any) -> PriorityRound:
    return PriorityRound(
        PriorityRoundId(row.id),
        StudyId(row.study_id),
        SessionId(row.session_id),
        tuple(EntryId(one) for one in row.entries),
        row.most,
        row.opened_at,
        row.closed_at,
        row.by,
    )


def _sheet(row: Any) -> PrioritySheet:
    return PrioritySheet(
        UnitId(row.unit_id),
        frozenset(EntryId(one) for one in row.urgent),
        frozenset(EntryId(one) for one in row.ours),
        row.version,
        PersonId(row.person_id),
        row.at,
    )
