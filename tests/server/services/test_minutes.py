"""Minutes: every proposal in its section, with its positions in protocol order and its lines."""

import pytest

from schemas.session import SessionState
from schemas.taxonomy import ProposalState, Stance
from server.services.minutes import GROUPS, Minutes
from server.services.reports import Reports
from server.store.database import Database
from tests.server.closed_session import CAUSE, DATA, EFFECT, SHARING, closed_session
from tests.server.method import STUDY, TRAFFIC, WANG, WATER, small_study

pytestmark = pytest.mark.anyio


@pytest.fixture
async def closed(database: Database) -> Database:
    await small_study(database)
    await closed_session(database)
    return database


def test_every_state_stands_in_one_section() -> None:
    states = [state for group in GROUPS.values() for state in group]

    assert sorted(states) == sorted(ProposalState)


async def test_each_proposal_stands_in_its_section_with_its_lines(closed: Database) -> None:
    record = await Minutes(closed).of_session(WANG)

    found = {name: [one.proposal.state for one in group] for name, group in record.groups.items()}
    assert found == {
        "agreed": ["promoted"],
        "kept_contested": ["kept_contested"],
        "deferred": ["deferred"],
        "undecided": ["open"],
        "dropped": ["dropped"],
    }
    [agreed] = record.groups["agreed"]
    assert [(one.number, one.line.id) for one in agreed.lines] == [(1, "line-1"), (2, "line-2")]
    assert agreed.entry is not None
    assert agreed.entry.id == SHARING


async def test_units_stand_in_protocol_order_and_the_silent_are_named(closed: Database) -> None:
    record = await Minutes(closed).of_session(WANG)

    [contested] = record.groups["kept_contested"]
    assert contested.positions is not None
    assert [one.unit_id for one in contested.positions] == [WATER, TRAFFIC]
    assert contested.positions[0].stance is Stance.OBJECT
    assert contested.objections == ("It is shared",)
    assert [unit.id for unit in contested.not_heard] == ["planning"]
    [deferred] = record.groups["deferred"]
    assert (deferred.proposal.outcome.unit_id, deferred.proposal.outcome.question) == (
        TRAFFIC,
        "Which roads?",
    )


async def test_who_came_and_which_step_was_reached(closed: Database) -> None:
    record = await Minutes(closed).of_session(WANG)

    assert {one.person.id for one in record.attendance if one.came} == {"mo", "wang", "li"}
    [step] = record.agenda
    assert step.first is not None
    assert (step.first.number, step.last) == (1, step.first)
    assert (record.sitting.session.state, record.closed_at) == (SessionState.CLOSED, 1600.0)


async def test_the_thematic_list_gathers_causes_consequences_and_evidence(
    closed: Database,
) -> None:
    found = await Reports(closed).thematic_list(STUDY)

    [category] = found.categories
    assert category.entry.id == DATA
    [problem] = category.problems
    assert [one.id for one in problem.causes] == [CAUSE]
    assert [one.id for one in problem.consequences] == [EFFECT]
    assert [(one.unit.id, one.heard) for one in problem.units] == [
        ("water", True),
        ("traffic", True),
        ("planning", False),
    ]
    assert [(one.line_id, one.quote) for one in problem.evidence] == [
        ("line-1", "data is not shared")
    ]
