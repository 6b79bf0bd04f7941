"""Gaps of the demo study with planted ones, and the focus group that is made of chosen ones."""

import pytest
from sqlalchemy import select

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import StudyId
from schemas.session import SessionKind, SessionState
from schemas.taxonomy import ProposalState
from server.domain.gaps import Reason
from server.services.accounts import Accounts
from server.services.demo import MODERATOR_LOGIN
from server.services.gaps import Gaps
from server.store import events, people, proposals, sessions, tables
from server.store.accounts import Account
from server.store.database import Database
from tests.server.planted import SEVEN, planted_demo

pytestmark = pytest.mark.anyio


async def moderator(database: Database) -> Account:
    found = await Accounts(database).find(MODERATOR_LOGIN)
    assert found is not None
    return found


async def test_the_seven_units_of_the_focus_groups_are_ranked_each_with_its_reasons(
    database: Database,
) -> None:
    study_id, units = await planted_demo(database)

    found = await Gaps(database).found(await moderator(database), study_id)

    ranked = {one.unit_id: one for one in found.ranking.units}
    for slug, planted in SEVEN.items():
        reasons = {str(gap.reason) for gap in ranked[units[slug]].gaps}
        assert planted <= reasons, slug
        assert all(gap.question.en and gap.weight > 0 for gap in ranked[units[slug]].gaps)
    weights = [one.weight for one in found.ranking.units]
    assert weights == sorted(weights, reverse=True)
    others = {one.unit_id for one in found.ranking.units} - {units[slug] for slug in SEVEN}
    assert units["maritime-administration"] not in others
    assert len(found.ranking.open) > 10  # problems of the analysis that name no unit


async def test_chosen_gaps_become_a_focus_group_with_its_questions_guests_and_deferred_items(
    database: Database,
) -> None:
    study_id, units = await planted_demo(database)
    service, account = Gaps(database), await moderator(database)
    found = await service.found(account, study_id)
    gaps = [gap for one in found.ranking.units for gap in one.gaps]
    chosen = [gap for gap in gaps if gap.unit_id == units["heping"] or gap.subject.id == "p3"]

    session_id = await service.convene(account, study_id, {gap.id for gap in chosen})

    async with database.read() as work:
        sitting = await sessions.sitting(work, session_id)
        agenda = await sessions.steps(work, session_id)
        guests = await people.invited(work, session_id)
        (carried,) = await proposals.of_session(work, session_id)
        told = await events.of_session(work, study_id, session_id)
    assert (sitting.session.kind, sitting.session.state) == (
        SessionKind.FOCUS_GROUP,
        SessionState.PREPARED,
    )
    assert sitting.session.title.en == "Focus group: Heping District, Tianjin Garrison Command"
    assert sitting.session.title.zh == "焦点小组：和平区、天津警备区"
    assert [(step.title, step.actor) for step in agenda] == [
        (gap.question, gap.unit_id) for gap in gaps if gap in chosen
    ]
    assert "Expert of heping" in {one.name for one in guests}
    assert carried.carried_from == "p3"
    assert (carried.state, carried.wordings[0].text) == ("deferred", "Wording of p3")
    assert carried.outcome.question == "Who keeps the register of p3?"
    assert [one.action for one in told] == ["proposal.carried"]
    async with database.read() as work:
        asked = select(tables.mirror.c.value).where(tables.mirror.c.key == carried.id)
        shown = (await work.connection.execute(asked)).scalar_one()
    assert (shown["state"], shown["text"]) == ("deferred", "Wording of p3")


async def test_what_was_taken_along_is_no_gap_any_more_until_it_is_given_up(
    database: Database,
) -> None:
    study_id, units = await planted_demo(database)
    service, account = Gaps(database), await moderator(database)
    gap = f"deferred.p3.{units['garrison']}"
    before = await deferred(service, account, study_id)
    session_id = await service.convene(account, study_id, {gap})

    with pytest.raises(Conflict) as gone:
        await service.convene(account, study_id, {gap})

    assert (gone.value.code, gone.value.fields) == ("gaps.changed", {"gone": 1})
    assert await deferred(service, account, study_id) == before - {"p3"}

    async with database.write() as work:
        (carried,) = await proposals.of_session(work, session_id)
        await proposals.set_state(work, carried.id, ProposalState.DROPPED)

    assert await deferred(service, account, study_id) == before


async def deferred(service: Gaps, account: Account, study_id: StudyId) -> set[str]:
    found = await service.found(account, study_id)
    gaps = [gap for one in found.ranking.units for gap in one.gaps]
    return {gap.subject.id for gap in gaps if gap.reason is Reason.DEFERRED}


async def test_nothing_is_prepared_where_nothing_or_something_unknown_is_chosen(
    database: Database,
) -> None:
    study_id, _ = await planted_demo(database)
    service, account = Gaps(database), await moderator(database)
    async with database.read() as work:
        before = len(await sessions.of_study(work, study_id))

    with pytest.raises(Invalid):
        await service.convene(account, study_id, ())
    with pytest.raises(Conflict):
        await service.convene(account, study_id, {"no_cause.nothing.nobody"})

    async with database.read() as work:
        assert len(await sessions.of_study(work, study_id)) == before


async def test_only_who_runs_the_study_sees_its_gaps(database: Database) -> None:
    study_id, _ = await planted_demo(database)
    stranger = await Accounts(database).create("lin", "Lin", "correct horse battery")

    with pytest.raises(NotFound):
        await Gaps(database).found(stranger, study_id)
