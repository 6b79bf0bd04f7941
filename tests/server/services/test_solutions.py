"""Solutions assessed: versions that nobody overwrites unseen, of what this study proposed."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import AnnotationId, EntryId, StudyId, UnitId
from schemas.taxonomy import EntryKind
from server.domain.solutions import Assessment, Cost, Feasibility, Horizon, Solution
from server.services.solutions import Assessor, Solutions
from server.store import annotations, events, solutions, tables
from server.store.database import Database
from server.store.search import Scope
from tests.server.closed_session import CAUSE, SHARING, closed_session
from tests.server.method import (
    PLANNING,
    SESSION,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    small_study,
    spoken_line,
)

pytestmark = pytest.mark.anyio
CHEN = Assessor("Chen Jing")
SHELVED = Solution(annotation_id=AnnotationId("shelved"))
SAID = Assessment(
    lead=WATER,
    supporting=(TRAFFIC, PLANNING),
    feasibility=Feasibility.CONDITIONS,
    reason="after the catalogue",
    depends_on="a common standard",
    horizon=Horizon.SHORT,
    cost=Cost.LOW,
    regulation="data decree",
)


@pytest.fixture
async def service(database: Database) -> Solutions:
    await small_study(database)
    await closed_session(database)
    line = await spoken_line(database, "shelf")
    voice = Voice("Wang", None, WATER)
    async with database.write() as work:
        for name, kind in (("shelved", Kind.SOLUTION), ("problem", Kind.PROBLEM)):
            anchor = Anchor(line, 1, 0, 0, "")
            note = Annotation(
                AnnotationId(name), WANG.id, voice, kind, (anchor,), "Share", 1.0, False, False
            )
            await annotations.add(work, SESSION, [note])
        await work.connection.execute(
            update(tables.entry)
            .where(tables.entry.c.id == CAUSE)
            .values(kind=EntryKind.SOLUTION.value)
        )
    return Solutions(database, now=lambda: 2000.0)


@pytest.mark.parametrize("solution", [SHELVED, Solution(CAUSE)])
async def test_an_assessment_stands_until_the_next_version(
    service: Solutions, database: Database, solution: Solution
) -> None:
    first = await service.assess(CHEN, STUDY, solution, SAID, base=0)
    later = replace(first.assessment, feasibility=Feasibility.NOW)
    second = await service.assess(CHEN, STUDY, solution, later, base=1)

    assert await service.standing(STUDY) == {solution: second}
    async with database.read() as work:
        assert await solutions.versions(work, STUDY, solution) == [first, second]
        told = [one for one in await events.of_study(work, STUDY) if one.subject in solution_ids()]
    assert [one.action for one in told] == ["solution.assessed"] * 2


def solution_ids() -> set[str]:
    return {"shelved", CAUSE}


async def test_a_stale_assessment_is_refused_with_what_differs(service: Solutions) -> None:
    await service.assess(CHEN, STUDY, SHELVED, SAID, base=0)

    with pytest.raises(Conflict) as refused:
        await service.assess(CHEN, STUDY, SHELVED, replace(SAID, cost=Cost.HIGH), base=0)

    assert refused.value.code == "solution.stale"
    assert refused.value.fields["version"] == 1
    assert "lead" in refused.value.fields["difference"]  # type: ignore[operator]


async def test_the_same_assessment_twice_makes_one_version(service: Solutions) -> None:
    first = await service.assess(CHEN, STUDY, SHELVED, SAID, base=0)
    turned = replace(SAID, supporting=SAID.supporting[::-1])
    assert await service.assess(CHEN, STUDY, SHELVED, turned, base=0) == first


@pytest.mark.parametrize(
    "solution",
    [
        Solution(),
        Solution(SHARING),
        Solution(EntryId(CAUSE), AnnotationId("shelved")),
        Solution(annotation_id=AnnotationId("problem")),
        Solution(annotation_id=AnnotationId("nowhere")),
    ],
)
async def test_only_a_solution_is_assessed(service: Solutions, solution: Solution) -> None:
    with pytest.raises(NotFound, match=r"solution\.unknown"):
        await service.assess(CHEN, STUDY, solution, SAID, base=0)


async def test_another_study_cannot_assess_it(service: Solutions, database: Database) -> None:
    async with database.read() as work:
        assert not await solutions.shelf_holds(work, StudyId("other"), AnnotationId("shelved"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (replace(SAID, reason=" "), "solution.reason"),
        (replace(SAID, lead=TRAFFIC), "solution.units"),
        (replace(SAID, lead=UnitId("stranger")), "solution.units"),
        (replace(SAID, regulation="x" * 2001), "solution.text"),
    ],
)
async def test_what_cannot_stand_is_refused(
    service: Solutions, said: Assessment, code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        await service.assess(CHEN, STUDY, SHELVED, said, base=0)


async def test_what_its_unit_withdrew_leaves_the_shelf(
    service: Solutions, database: Database
) -> None:
    reader = Scope(studies=frozenset({STUDY}))
    assert [one.solution for one in (await service.offer(STUDY, reader)).shelf] == [SHELVED]

    async with database.write() as work:
        item = {"id": "i", "session_id": SESSION, "unit_id": WATER, "kind": "withdraw", "at": 1.0}
        item |= {"line_id": "shelf", "before": "", "text": "", "state": "taken"}
        await work.connection.execute(insert(tables.return_item).values(item))

    assert (await service.offer(STUDY, reader)).shelf == []
    with pytest.raises(NotFound, match=r"solution\.unknown"):
        await service.assess(CHEN, STUDY, SHELVED, SAID, base=0)


async def test_a_note_that_was_agreed_leaves_the_shelf_with_what_was_said_of_it(
    service: Solutions, database: Database
) -> None:
    noted = await service.assess(CHEN, STUDY, SHELVED, SAID, base=0)
    async with database.write() as work:
        backing = update(tables.evidence).values(entry_id=CAUSE, annotation_id="shelved")
        await work.connection.execute(backing)

    everybody, stranger = Scope(studies=frozenset({STUDY})), Scope()
    offer = await service.offer(STUDY, everybody)

    (agreed,) = offer.agreed
    assert offer.shelf == []
    assert (agreed.assessed, agreed.is_earlier) == (noted, True)
    assert [one.id for one in agreed.notes] == ["shelved"]
    assert list((await service.offer(STUDY, stranger)).agreed[0].notes) == []
    own = await service.assess(CHEN, STUDY, Solution(CAUSE), replace(SAID, cost=Cost.HIGH), base=0)
    (agreed,) = (await service.offer(STUDY, everybody)).agreed
    assert (agreed.assessed, agreed.is_earlier) == (own, False)
