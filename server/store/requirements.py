"""Requirements of a study and their versions; the newest version is what stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.sql import Select

from schemas.errors import NotFound
from schemas.ids import EntryId, StudyId, UnitId
from schemas.session import Bilingual
from server.domain.requirements import Content, Priority, Requirement, RequirementId, Standing
from server.store import tables
from server.store.database import Work, rows

_TEXTS = ("statement", "rationale", "assessment", "acceptance")


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what it says, who wrote it when, and why."""

    number: int
    content: Content
    reason: str
    by: str
    at: float


async def of_study(work: Work, study_id: StudyId) -> Sequence[Requirement]:
    """Return a study's requirements by number, withdrawn ones too."""
    found = await work.connection.execute(
        _newest().where(tables.requirement.c.study_id == study_id)
    )
    return [_requirement(row) for row in rows(found)]


async def get(work: Work, requirement_id: RequirementId, *, lock: bool = False) -> Requirement:
    """Return one requirement; `lock` holds others off. Raises NotFound `requirement.unknown`."""
    column = tables.requirement.c
    if lock:  # on the row alone: its version is read afterwards
        held = select(column.id).where(column.id == requirement_id).with_for_update()
        await work.connection.execute(held)
    row = (
        await work.connection.execute(_newest().where(column.id == requirement_id))
    ).one_or_none()
    if row is None:
        raise NotFound("requirement.unknown", requirement=requirement_id)
    return _requirement(row)


async def versions(work: Work, requirement_id: RequirementId) -> Sequence[Version]:
    """Return every version of a requirement, oldest first."""
    column = tables.requirement_version.c
    asked = select(tables.requirement_version).where(column.requirement_id == requirement_id)
    return [
        Version(row.version, _content(row), row.reason, row.by, row.at)
        for row in rows(await work.connection.execute(asked.order_by(column.version)))
    ]


async def next_number(work: Work, study_id: StudyId) -> int:
    """Return the number of the next requirement; the caller holds the study's lock."""
    column = tables.requirement.c
    asked = select(func.coalesce(func.max(column.number), 0)).where(column.study_id == study_id)
    found: int = (await work.connection.execute(asked)).scalar_one()
    return found + 1


async def add(work: Work, one: Requirement, *, by: str, at: float) -> None:
    """Store a new requirement with its first version."""
    await work.connection.execute(
        insert(tables.requirement).values(
            id=one.id,
            study_id=one.study_id,
            number=one.number,
            version=one.version,
            created_at=at,
        )
    )
    await _write(work, one, reason="", by=by, at=at)


async def change(work: Work, one: Requirement, *, reason: str, by: str, at: float) -> None:
    """Store what a requirement says from now on as its version; the caller holds its lock."""
    await work.connection.execute(
        update(tables.requirement)
        .where(tables.requirement.c.id == one.id)
        .values(version=one.version)
    )
    await _write(work, one, reason=reason, by=by, at=at)


async def _write(work: Work, one: Requirement, *, reason: str, by: str, at: float) -> None:
    content = one.content
    body: dict[str, object] = {
        name: {"en": getattr(content, name).en, "zh": getattr(content, name).zh} for name in _TEXTS
    }
    body |= {"entries": list(content.entries), "units": list(content.units)}
    await work.connection.execute(
        insert(tables.requirement_version).values(
            requirement_id=one.id,
            version=one.version,
            priority=content.priority.value,
            standing=content.standing.value,
            body=body,
            reason=reason,
            by=by,
            at=at,
        )
    )


def _newest() -> Select[Any]:
    one, version = tables.requirement.c, tables.requirement_version.c
    return (
        select(
            one.id, one.study_id, one.number, one.version,
            version.priority, version.standing, version.body,
        )
        .join(
            tables.requirement_version,
            (version.requirement_id == one.id) & (version.version == one.version),
        )
        .order_by(one.number)
    )  # fmt: skip


def _requirement(row: Any) -> Requirement:
    return Requirement(
        RequirementId(row.id), StudyId(row.study_id), row.number, row.version, _content(row)
    )


def _content(row: Any) -> Content:
    statement, rationale, assessment, acceptance = (
        Bilingual(row.body[name]["en"], row.body[name]["zh"]) for name in _TEXTS
    )
    return Content(
        statement=statement,
        rationale=rationale,
        assessment=assessment,
        acceptance=acceptance,
        priority=Priority(row.priority),
        standing=Standing(row.standing),
        entries=tuple(EntryId(one) for one in row.body["entries"]),
        units=tuple(UnitId(one) for one in row.body["units"]),
    )
