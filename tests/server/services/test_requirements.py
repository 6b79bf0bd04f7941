"""The requirement specification: drafted from what stands, numbered for good, never overwritten."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from schemas.errors import Conflict, Invalid
from schemas.ids import AccountId, EntryId, StudyId
from schemas.session import Bilingual
from server.domain.requirements import Priority, RequirementId, Standing
from server.services.reports import Reports
from server.services.requirements import Editor, Requirements, Sheet
from server.services.solutions import Solutions
from server.store import events, tables
from server.store.database import Database
from tests.server.closed_session import CAUSE, SHARING, closed_session
from tests.server.method import STUDY, TRAFFIC, WATER, key, small_study

pytestmark = pytest.mark.anyio
CHEN = Editor(AccountId("chen"), "Chen Jing")
JOSE = Editor(AccountId("jose"), "José")


@pytest.fixture
async def service(database: Database) -> Requirements:
    await small_study(database)
    await closed_session(database)
    return Requirements(database, Reports(database), Solutions(database), now=lambda: 2000.0)


async def drafted(service: Requirements, number: int = 1) -> RequirementId:
    answer = await service.draft(CHEN, key(number), STUDY, [SHARING], together=False)
    [made] = answer["requirements"]  # type: ignore[misc]
    return RequirementId(made)


async def sheet(service: Requirements, number: int = 1) -> Sheet:
    return await service.sheet(await drafted(service, number))


async def test_a_draft_says_what_the_room_said(service: Requirements) -> None:
    stated = (await sheet(service)).stated

    content = stated.requirement.content
    assert stated.requirement.number == stated.requirement.version == 1
    assert content.statement == Bilingual("Data is not shared", "数据不共享")
    assert content.rationale.zh == "数据不共享；没有标准；封路迟缓"
    assert (content.standing, content.priority) == (Standing.DRAFT, Priority.OPEN)
    assert [unit.id for unit in stated.units][:2] == [WATER, TRAFFIC]
    assert [one.quote for one in stated.problems[0].evidence] == ["data is not shared"]


async def test_the_same_command_drafts_once(service: Requirements) -> None:
    assert await drafted(service) == await drafted(service)
    assert await drafted(service, 2) != await drafted(service)

    found = await service.specification(STUDY)
    assert [one.requirement.number for one in found.stated] == [1, 2]
    assert found.covered == {SHARING}


@pytest.mark.parametrize("chosen", [[], [CAUSE], [SHARING, EntryId("elsewhere")]])
async def test_nothing_is_drafted_from_what_is_no_problem_in_force(
    service: Requirements, chosen: list[EntryId]
) -> None:
    with pytest.raises(Invalid, match=r"requirement\.trace"):
        await service.draft(CHEN, key(1), STUDY, chosen, together=True)

    assert not (await service.specification(STUDY)).stated


async def test_every_version_stays_and_says_who_wrote_it(
    service: Requirements, database: Database
) -> None:
    one = (await sheet(service)).stated.requirement
    content = replace(one.content, acceptance=Bilingual("Both see it", ""), priority=Priority.MUST)

    await service.amend(JOSE, one.id, content, base=1, reason=" agreed on the phone ")

    found = await service.sheet(one.id)
    assert found.stated.requirement.version == 2
    assert found.stated.requirement.content == content
    assert [(past.number, past.by, past.reason) for past in found.versions] == [
        (1, "Chen Jing", ""),
        (2, "José", "agreed on the phone"),
    ]
    assert found.versions[0].content == one.content
    async with database.read() as work:
        told = await events.of_subjects(work, STUDY, (one.id,))
    assert [event.body["of"] for event in told if event.action == "requirement.amended"] == [
        ["acceptance", "priority"]
    ]


async def test_who_was_slower_is_told_what_differs_and_loses_nothing(
    service: Requirements,
) -> None:
    one = (await sheet(service)).stated.requirement
    first = replace(one.content, statement=Bilingual("Share the data", ""))
    second = replace(one.content, standing=Standing.CONFIRMED)
    await service.amend(CHEN, one.id, first, base=1)

    with pytest.raises(Conflict, match=r"requirement\.stale") as refused:
        await service.amend(JOSE, one.id, second, base=1)

    assert refused.value.fields == {"version": 2, "difference": ["statement"]}
    assert (await service.sheet(one.id)).stated.requirement.content == first
    assert (await service.amend(CHEN, one.id, first, base=1)).version == 2  # a doubled click


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("statement", Bilingual(), "requirement.statement"),
        ("rationale", Bilingual("x" * 8001, ""), "requirement.text"),
        ("entries", (), "requirement.trace"),
        ("entries", (EntryId("of another study"),), "requirement.trace"),
    ],
)
async def test_what_would_not_stand_is_refused(
    service: Requirements, field: str, value: object, code: str
) -> None:
    one = (await sheet(service)).stated.requirement

    with pytest.raises(Invalid, match=code):
        await service.amend(CHEN, one.id, replace(one.content, **{field: value}), base=1)  # type: ignore[arg-type]

    assert (await service.sheet(one.id)).stated.requirement.version == 1


async def test_a_withdrawn_one_keeps_its_number_and_leaves_its_problem_open(
    service: Requirements,
) -> None:
    one = (await sheet(service)).stated.requirement
    await service.amend(CHEN, one.id, replace(one.content, standing=Standing.WITHDRAWN), base=1)

    assert not (await service.specification(STUDY)).covered
    assert (await sheet(service, 2)).stated.requirement.number == 2


async def test_what_rests_on_a_retracted_entry_is_shaken(
    service: Requirements, database: Database
) -> None:
    one = await sheet(service)
    assert not one.stated.is_shaken
    async with database.write() as work:
        gone = update(tables.entry).where(tables.entry.c.id == SHARING).values(state="retracted")
        await work.connection.execute(gone)

    assert (await service.sheet(one.stated.requirement.id)).stated.is_shaken


async def test_a_merged_entry_is_traced_to_what_stands_for_it(
    service: Requirements, database: Database
) -> None:
    one = await sheet(service)
    async with database.write() as work:
        merged = {"state": "merged", "merged_into": "category-data"}
        gone = update(tables.entry).where(tables.entry.c.id == SHARING).values(merged)
        await work.connection.execute(gone)

    found = await service.sheet(one.stated.requirement.id)
    assert [entry.id for entry in found.stated.entries] == ["category-data"]


async def test_another_study_has_its_own_numbers(service: Requirements) -> None:
    assert await service.study_of(await drafted(service)) == StudyId("study")
