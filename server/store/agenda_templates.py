"""Agendas kept to begin others with: steps as they were prepared, without what a room made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from schemas.ids import AccountId, StepId, StudyId, UnitId, new_id
from schemas.session import Bilingual, Step, StepDetail
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class KeptAgenda:
    """An agenda under a title; a study holds each title once."""

    id: str
    study_id: StudyId
    title: str


async def keep(
    work: Work, study_id: StudyId, title: str, steps: Sequence[Step], *, at: float
) -> None:
    """Store steps under a title, instead of what the study held under it."""
    table = tables.agenda_template
    same = (table.c.study_id == study_id, table.c.title == title)
    await work.connection.execute(delete(table).where(*same))
    stored = [
        {"title": asdict(step.title), "actor": step.actor, "detail": asdict(step.detail)}
        for step in steps
    ]
    await work.connection.execute(
        insert(table).values(id=new_id(), study_id=study_id, title=title, rows=stored, kept_at=at)
    )


async def of_account(work: Work, account_id: AccountId) -> Sequence[KeptAgenda]:
    """Return those of the studies that an account runs, by title."""
    kept, member = tables.agenda_template.c, tables.membership.c
    asked = (
        select(kept.id, kept.study_id, kept.title)
        .join(tables.membership, member.study_id == kept.study_id)
        .where(member.account_id == account_id)
        .order_by(kept.title, kept.id)
    )
    found = rows(await work.connection.execute(asked))
    return [KeptAgenda(row.id, StudyId(row.study_id), row.title) for row in found]


async def steps_of(
    work: Work, template_id: str, account_id: AccountId, units: frozenset[UnitId]
) -> Sequence[Step] | None:
    """Return new steps of a kept agenda; None where the account runs no study that has it.

    units: those of the study it is for; a unit of another study is left out.
    """
    kept, member = tables.agenda_template.c, tables.membership.c
    asked = (
        select(kept.rows)
        .join(tables.membership, member.study_id == kept.study_id)
        .where(kept.id == template_id, member.account_id == account_id)
    )
    stored = (await work.connection.execute(asked)).scalar_one_or_none()
    if stored is None:
        return None
    return [_step(row, order, units) for order, row in enumerate(stored, 1)]


def _step(row: Mapping[str, Any], order: int, units: frozenset[UnitId]) -> Step:
    told = dict(row["detail"])
    told["probes"] = tuple(told["probes"])
    told["hand_over"] = _known(told["hand_over"], units)
    actor = _known(row["actor"], units)
    return Step(StepId(new_id()), order, Bilingual(**row["title"]), actor, StepDetail(**told))


def _known(unit: str | None, units: frozenset[UnitId]) -> UnitId | None:
    return UnitId(unit) if unit in units else None
