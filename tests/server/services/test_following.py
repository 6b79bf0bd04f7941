"""A study that follows another: what it takes over, who may, and what became of each entry."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import AccountId, EntryId, LineId, StudyId, UnitId
from schemas.session import Bilingual, Unit
from schemas.taxonomy import EntryKind, LinkKind
from server.domain.gaps import Reason
from server.domain.inheriting import Fate, Reference
from server.services.accounts import Accounts
from server.services.following import Following
from server.services.gaps import Gaps
from server.services.preparing import Preparing, Settings
from server.services.reports import Reports
from server.services.requirements import Editor, Requirements
from server.services.solutions import Solutions
from server.store import (
    entries,
    events,
    inheriting,
    memberships,
    studies,
    succession,
    tables,
    versions,
)
from server.store.accounts import Account
from server.store.database import Database
from server.store.memberships import Share
from server.store.search import Scope
from server.store.succession import Change, Succession
from tests.server.closed_session import CAUSE, DATA, EFFECT, SHARING, closed_session
from tests.server.method import SESSION, STUDY, small_study, spoken_line

pytestmark = pytest.mark.anyio
CHEN = Editor(AccountId("chen"), "Chen Jing")
WATER_BOARD, LATER_TRAFFIC = UnitId("water-board"), UnitId("later-traffic")
EARLIER = Settings(Bilingual("Before", "前期"), Bilingual("City", "市"))


class Pair:
    """The small study of the tests as the earlier one, and a new study that may follow it."""

    def __init__(self, database: Database, account: Account, study_id: StudyId) -> None:
        self.database, self.account, self.later = database, account, study_id
        self.following = Following(database, now=lambda: 3000.0)

    async def heirs(self) -> dict[EntryId, EntryId]:
        """Entry of the earlier study -> what took its place."""
        async with self.database.read() as work:
            origins = await inheriting.origins(work, self.later)
        return {old: new for new, old in origins.items()}

    async def say(self, text: str) -> LineId:
        """Let something be said in a session of the later study."""
        line = await spoken_line(self.database, text)
        async with self.database.write() as work:
            moved = update(tables.session).where(tables.session.c.id == SESSION)
            await work.connection.execute(moved.values(study_id=self.later))
        return line


@pytest.fixture
async def pair(database: Database) -> Pair:
    await small_study(database)
    await closed_session(database)
    account = await Accounts(database).create("chen", "Chen Jing", None)
    async with database.write() as work:
        await memberships.add(work, STUDY, account.id, Share.OWNER)
    later = await Preparing(database).create(account, EARLIER, like=STUDY)
    async with database.write() as work:
        copied = delete(tables.unit).where(tables.unit.c.study_id == later)
        await work.connection.execute(copied)  # it has units of its own, called a little otherwise
        board = Unit(WATER_BOARD, Bilingual("Water Board", "水利局"), "bureau", 1, ("水务局",))
        traffic = Unit(LATER_TRAFFIC, Bilingual("TRAFFIC", "交管局"), "bureau", 2)
        for unit in (board, traffic):
            await studies.add_unit(work, later, None, unit.id, unit)
    return Pair(database, account, later)


async def test_entries_in_force_are_copied_with_their_places_links_and_units(pair: Pair) -> None:
    made = await pair.following.follow(pair.account, pair.later, STUDY)
    again = await pair.following.follow(pair.account, pair.later, STUDY)

    found, heirs = await pair.following.inheritance(pair.later), await pair.heirs()
    async with pair.database.read() as work:
        copied = {one.id: one for one in await entries.of_study(work, pair.later)}
        links = await entries.links_of_study(work, pair.later)
        told = await events.of_study(work, pair.later)
        backed = await entries.evidence_of_study(work, pair.later)
        units = await entries.units(work, heirs[SHARING])
        first = (await versions.of_entry(work, heirs[SHARING]))[0]
    assert first.links == ((LinkKind.LEADS_TO.value, heirs[EFFECT]),)
    assert (made, again) == (4, 0)
    assert set(heirs) == {DATA, SHARING, CAUSE, EFFECT}
    assert copied[heirs[SHARING]].parent_id == heirs[DATA]
    assert copied[heirs[CAUSE]].label == Bilingual("No standard", "没有标准")
    assert [(one.from_id, one.to_id) for one in links] == [(heirs[SHARING], heirs[EFFECT])]
    assert not backed.get(heirs[SHARING])
    assert [(one.unit.id, one.heard) for one in units] == [
        (WATER_BOARD, False), (LATER_TRAFFIC, False),
    ]  # fmt: skip
    assert [one.action for one in told].count("entry.inherited") == 4
    assert found.before is not None
    assert found.before.title == Bilingual("Study", "研究")
    assert {one.kind for one in found.entries} == {
        EntryKind.PROBLEM, EntryKind.CAUSE, EntryKind.CONSEQUENCE,
    }  # fmt: skip
    assert found.counted[Fate.OPEN] == 3


async def test_what_is_added_there_later_can_be_brought_as_well(pair: Pair) -> None:
    await pair.following.follow(pair.account, pair.later, STUDY)
    async with pair.database.write() as work:
        old = await entries.get(work, EFFECT)
        fresh = replace(old, id=EntryId("fresh"), parent_id=SHARING, order=9)
        await entries.add(
            work, fresh, slug="fresh", stage_id=(await entries.stage_of(work, EFFECT))
        )

    assert await pair.following.follow(pair.account, pair.later, STUDY) == 1
    assert EntryId("fresh") in await pair.heirs()


async def test_only_an_account_that_runs_both_may_let_one_follow_the_other(pair: Pair) -> None:
    stranger = await Accounts(pair.database).create("li", "Li", None)
    async with pair.database.write() as work:
        await memberships.add(work, pair.later, stranger.id, Share.OWNER)

    assert await pair.following.choices(stranger, pair.later) == []
    assert [one.id for one in await pair.following.choices(pair.account, pair.later)] == [STUDY]
    with pytest.raises(NotFound, match=r"study\.unknown"):
        await pair.following.follow(stranger, pair.later, STUDY)
    with pytest.raises(Invalid, match=r"follow\.itself"):
        await pair.following.follow(pair.account, pair.later, pair.later)
    await pair.following.follow(pair.account, pair.later, STUDY)
    with pytest.raises(Invalid, match=r"follow\.itself"):
        await pair.following.follow(pair.account, STUDY, pair.later)
    assert await pair.following.choices(pair.account, STUDY) == []
    third = await Preparing(pair.database).create(pair.account, EARLIER)
    with pytest.raises(Conflict, match=r"follow\.taken"):
        await pair.following.follow(pair.account, pair.later, third)


async def test_a_mark_is_a_version_with_its_evidence(pair: Pair) -> None:
    await pair.following.follow(pair.account, pair.later, STUDY)
    problem = (await pair.heirs())[SHARING]
    first, second = await pair.say("one"), await pair.say("two")
    one, two = Reference(line_id=first), Reference(line_id=second)

    await pair.following.mark(CHEN, problem, Fate.PARTLY, "Half", [one, two, one], base=0)
    mark = await pair.following.mark(CHEN, problem, Fate.SOLVED, "All", [two], base=1)
    doubled = await pair.following.mark(CHEN, problem, Fate.SOLVED, "All", [two], base=1)

    found = await pair.following.inheritance(pair.later)
    past = await pair.following.versions(problem)
    assert doubled == mark == found.marks[problem]
    assert [(each.fate, each.references) for each in past] == [
        (Fate.PARTLY, (one, two)),
        (Fate.SOLVED, (two,)),
    ]
    assert found.evidence[two].text.startswith("Our main problem")
    assert found.counted[Fate.SOLVED] == 1
    with pytest.raises(Conflict) as stale:
        await pair.following.mark(CHEN, problem, Fate.PERSISTS, "", [one], base=1)
    assert (stale.value.code, stale.value.fields) == ("inherited.stale", {"version": 2})

    async with pair.database.write() as work:  # what is struck shows nothing any more
        await work.connection.execute(delete(tables.line).where(tables.line.c.id == second))
    assert (await pair.following.inheritance(pair.later)).marks[problem].references == ()


async def test_what_is_settled_is_no_gap_and_nothing_is_drafted_from_it(pair: Pair) -> None:
    await pair.following.follow(pair.account, pair.later, STUDY)
    problem = (await pair.heirs())[SHARING]
    gaps = Gaps(pair.database)
    service = Requirements(pair.database, Reports(pair.database), Solutions(pair.database))

    async def asked() -> set[Reason]:
        found = await gaps.found(pair.account, pair.later)
        every = [gap for one in found.ranking.units for gap in one.gaps] + [*found.ranking.open]
        return {gap.reason for gap in every if gap.subject.id == problem}

    assert Reason.NOT_HEARD in await asked()
    assert [one.entry.id for one in (await service.specification(pair.later)).problems] == [problem]

    await pair.following.mark(CHEN, problem, Fate.IRRELEVANT, "There is a platform now", [], base=0)

    assert await asked() == set()
    assert (await service.specification(pair.later)).problems == []
    assert (await Solutions(pair.database).offer(pair.later, Scope())).agreed == []


@pytest.mark.parametrize(
    ("fate", "reason", "lines", "code"),
    [
        (Fate.SOLVED, "They say so", [], "inherited.evidence"),
        (Fate.PERSISTS, "", [], "inherited.evidence"),
        (Fate.IRRELEVANT, "", ["line-1"], "inherited.reason"),
        (Fate.SOLVED, "x" * 2001, ["line-1"], "inherited.text"),
        (Fate.SOLVED, "", ["line-1"], "inherited.foreign"),  # of the earlier study
        (Fate.SOLVED, "", ["nowhere"], "inherited.foreign"),
    ],
)
async def test_a_mark_that_nothing_shows_is_refused(
    pair: Pair, fate: Fate, reason: str, lines: list[str], code: str
) -> None:
    await pair.following.follow(pair.account, pair.later, STUDY)
    problem, named = (await pair.heirs())[SHARING], [Reference(LineId(one)) for one in lines]

    with pytest.raises(Invalid, match=code):
        await pair.following.mark(CHEN, problem, fate, reason, named, base=0)
    with pytest.raises(NotFound, match=r"inherited\.unknown"):
        await pair.following.mark(CHEN, SHARING, Fate.IRRELEVANT, "No", [], base=0)

    assert (await pair.following.inheritance(pair.later)).marks[problem].version == 0


async def test_units_that_came_from_one_that_was_heard_before_are_concerned_too(
    pair: Pair,
) -> None:
    split = [
        Succession(UnitId(name), None, Change.SPLIT, Bilingual("Water Board", "水务局"), "2014")
        for name in ("rivers", "pipes")
    ]
    async with pair.database.write() as work:
        units = tables.unit
        await work.connection.execute(delete(units).where(units.c.id == WATER_BOARD))
        for one in split:
            unit = Unit(one.unit, Bilingual(one.unit, ""), "bureau", 3)
            await studies.add_unit(work, pair.later, None, one.unit, unit)
        await succession.replace(work, pair.later, split)

    await pair.following.follow(pair.account, pair.later, STUDY)

    heirs = await pair.heirs()
    async with pair.database.read() as work:
        concerned = {one.unit.id for one in await entries.units(work, heirs[SHARING])}
    assert concerned == {"rivers", "pipes", LATER_TRAFFIC}
