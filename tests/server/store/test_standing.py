"""How far a study is, counted on both databases."""

import pytest
from sqlalchemy import insert

from schemas.ids import EntryId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, ProposalState, Scope
from server.store import entries, standing, tables
from server.store.database import Database, Work
from tests.server.method import SESSION, STAGE, STUDY, small_study

pytestmark = pytest.mark.anyio


async def add_entry(work: Work, name: str, kind: EntryKind, state: EntryState) -> None:
    text = Bilingual(name, "")
    entry = Entry(EntryId(name), STUDY, kind, None, text, Bilingual(), Scope.UNKNOWN, state, 1, 0)
    await entries.add(work, entry, slug=name, stage_id=STAGE)


async def add_proposal(work: Work, name: str, state: ProposalState) -> None:
    row = {"id": name, "study_id": STUDY, "session_id": SESSION, "kind": "problem", "state": state}
    row |= {"draft_id": name, "grounds": [], "affected": [], "created_by": "p", "created_at": 0.0}
    await work.connection.execute(insert(tables.proposal).values(row))


async def test_entries_in_force_by_kind_and_proposals_by_state(database: Database) -> None:
    await small_study(database)
    async with database.write() as work:
        await add_entry(work, "sharing", EntryKind.PROBLEM, EntryState.ACTIVE)
        await add_entry(work, "drains", EntryKind.PROBLEM, EntryState.ACTIVE)
        await add_entry(work, "gone", EntryKind.PROBLEM, EntryState.RETRACTED)
        await add_entry(work, "law", EntryKind.CAUSE, EntryState.ACTIVE)
        await add_proposal(work, "one", ProposalState.OPEN)
        await add_proposal(work, "two", ProposalState.CONTESTED)

    async with database.read() as work:
        here = await standing.of_study(work, STUDY)
        elsewhere = await standing.of_study(work, StudyId("another"))

    assert here.entries == {EntryKind.PROBLEM: 2, EntryKind.CAUSE: 1}
    assert here.proposals == {ProposalState.OPEN: 1, ProposalState.CONTESTED: 1}
    assert (elsewhere.entries, elsewhere.proposals) == ({}, {})
