"""How far a study is, counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, func, select

from schemas.ids import StudyId
from schemas.taxonomy import EntryKind, EntryState, ProposalState
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Standing:
    """entries: those in force, by kind. proposals: by state, over all sessions of the study."""

    entries: Mapping[EntryKind, int]
    proposals: Mapping[ProposalState, int]


async def of_study(work: Work, study_id: StudyId) -> Standing:
    """Return a study's counts; what there is none of is left out."""
    entry, proposal = tables.entry.c, tables.proposal.c
    in_force = (entry.study_id == study_id) & (entry.state == EntryState.ACTIVE)
    entries = await _counted(work, tables.entry, entry.kind, in_force)
    proposals = await _counted(work, tables.proposal, proposal.state, proposal.study_id == study_id)
    return Standing(
        {EntryKind(kind): count for kind, count in entries.items()},
        {ProposalState(state): count for state, count in proposals.items()},
    )


async def _counted(
    work: Work, table: Table, by: ColumnElement[str], where: ColumnElement[bool]
) -> Mapping[str, int]:
    asked = select(by, func.count()).select_from(table).where(where).group_by(by)
    return {value: count for value, count in rows(await work.connection.execute(asked))}
