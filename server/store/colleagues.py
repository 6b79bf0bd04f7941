"""The people of a study, kept before anybody invites them to a session."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from schemas.ids import StudyId, UnitId
from schemas.session import Language, Role
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a study may invite. language: None for that of the session."""

    id: str
    name: str
    unit_id: UnitId | None
    department: str
    expertise: str
    role: Role
    language: Language | None


async def of_study(work: Work, study_id: StudyId) -> Sequence[Colleague]:
    """Return the people of a study in the protocol order of their units, then by name."""
    table, unit = tables.colleague, tables.unit.c
    asked = (
        select(table)
        .outerjoin(tables.unit, unit.id == table.c.unit_id)
        .where(table.c.study_id == study_id)
        .order_by(unit.order.nulls_last(), table.c.name, table.c.id)
    )
    return [
        Colleague(
            row.id,
            row.name,
            None if row.unit_id is None else UnitId(row.unit_id),
            row.department,
            row.expertise,
            Role(row.role),
            Language(row.language) if row.language else None,
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def add(work: Work, study_id: StudyId, people: Sequence[Colleague], *, at: float) -> None:
    """Store these people of a study."""
    values = [
        {
            "id": one.id,
            "study_id": study_id,
            "unit_id": one.unit_id,
            "name": one.name,
            "department": one.department,
            "expertise": one.expertise,
            "role": one.role.value,
            "language": "" if one.language is None else one.language.value,
            "created_at": at,
        }
        for one in people
    ]
    if values:
        await work.connection.execute(insert(tables.colleague), values)


async def remove(work: Work, study_id: StudyId, ids: Sequence[str]) -> int:
    """Take these people off the list of a study; return how many were on it."""
    column = tables.colleague.c
    gone = delete(tables.colleague).where(column.study_id == study_id, column.id.in_(ids))
    return (await work.connection.execute(gone)).rowcount
