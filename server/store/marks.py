"""Marks of units on notes and entries: "we too" or "not so", at most one for each unit."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, select

from schemas.ids import PersonId, SessionId, StudyId, UnitId, new_id
from schemas.session import Bilingual
from server.store import tables
from server.store.database import Work, rows

Of = Literal["annotation", "entry"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What one unit says of a note or entry. shared: we too; else: not so."""

    study_id: StudyId
    session_id: SessionId
    unit_id: UnitId
    person_id: PersonId
    of: Of
    ref: str
    shared: bool
    example: str


@dataclass(frozen=True, slots=True)
class Named:
    """A mark with the name of its unit."""

    mark: Mark
    unit: Bilingual


async def put(work: Work, mark: Mark) -> None:
    """Set the unit's mark, in place of an earlier one."""
    await remove(work, mark.of, mark.ref, mark.unit_id)
    await work.connection.execute(
        insert(tables.mark).values(
            id=new_id(),
            study_id=mark.study_id,
            session_id=mark.session_id,
            unit_id=mark.unit_id,
            person_id=mark.person_id,
            of=mark.of,
            ref=mark.ref,
            shared=mark.shared,
            example=mark.example,
            at=time.time(),
        )
    )


async def remove(work: Work, of: Of, ref: str, unit_id: UnitId) -> None:
    """Take the unit's mark back."""
    table = tables.mark
    await work.connection.execute(
        delete(table).where(table.c.of == of, table.c.ref == ref, table.c.unit_id == unit_id)
    )


async def on(work: Work, of: Of, refs: Collection[str]) -> Sequence[Named]:
    """Return the marks on any of these, by unit in protocol order."""
    asked = (
        select(tables.mark, tables.unit.c.name_en, tables.unit.c.name_zh)
        .join(tables.unit, tables.unit.c.id == tables.mark.c.unit_id)
        .where(tables.mark.c.of == of, tables.mark.c.ref.in_(refs))
        .order_by(tables.unit.c.order, tables.mark.c.at)
    )
    return [
        Named(
            Mark(
                study_id=row.study_id,
                session_id=row.session_id,
                unit_id=row.unit_id,
                person_id=row.person_id,
                of=row.of,
                ref=row.ref,
                shared=row.shared,
                example=row.example,
            ),
            Bilingual(row.name_en, row.name_zh),
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def of_unit(work: Work, study_id: StudyId, unit_id: UnitId) -> Mapping[str, bool]:
    """Return what a unit has marked in a study: id of the note or entry -> whether it shares it."""
    asked = select(tables.mark.c.ref, tables.mark.c.shared).where(
        tables.mark.c.study_id == study_id, tables.mark.c.unit_id == unit_id
    )
    return {row.ref: row.shared for row in rows(await work.connection.execute(asked))}
