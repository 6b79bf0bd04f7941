"""Passages back entries beside lines: added once, found under the entry, taken back."""

import pytest

from schemas.archive import ArchiveQuery
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import EntryId, PassageId
from schemas.taxonomy import EntryKind
from server.services import indexing
from server.services.accounts import Accounts
from server.services.archive import Archive
from server.services.coding import Coding
from server.services.literature import Literature, SourceDetails
from server.services.passages import Passages
from server.store import entries, memberships
from server.store.accounts import Account
from server.store.database import Database
from server.store.memberships import Share
from server.store.search import Scope
from tests.server.method import STUDY, small_study
from tests.server.services.test_coding import entry

pytestmark = pytest.mark.anyio

PROBLEM = EntryId("problem")
UNDER = ArchiveQuery("数据", {"entry": ("category",)})
ALL = Scope(studies=frozenset({STUDY}))


@pytest.fixture
async def chen(database: Database) -> Account:
    await small_study(database)
    account = await Accounts(database).create("chen", "Chen", "correct horse battery")
    async with database.write() as work:
        await memberships.add(work, STUDY, account.id, Share.MODERATOR)
    await entry(database, "category", EntryKind.CATEGORY)
    await entry(database, PROBLEM, EntryKind.PROBLEM, "category")
    return account


@pytest.fixture
async def read(database: Database, chen: Account) -> list[PassageId]:
    text = "数据没有共享。\n\n数据没有标准。"
    literature = Literature(database)
    source = await literature.add(chen, STUDY, SourceDetails("Plan"), file=b"", text=text)
    return [one.id for one in (await literature.opened(source)).coded.passages]


async def test_a_coded_passage_is_evidence_and_found_under_its_entry(
    database: Database, chen: Account, read: list[PassageId]
) -> None:
    seq = await Passages(database).code(chen, read, PROBLEM)

    async with database.read() as work:
        backing = await entries.evidence(work, PROBLEM)
    assert [one.evidence.quote for one in backing] == ["数据没有共享。", "数据没有标准。"]
    assert backing[0].place is not None
    assert backing[0].place.title.en == "Plan"
    assert len((await Archive(database).search(UNDER, scope=ALL)).hits) == 2
    with pytest.raises(Conflict):
        await Passages(database).code(chen, read, PROBLEM)

    await Coding(database).take_back(STUDY, seq, by="Chen")
    await indexing.follow(database)

    assert (await Archive(database).search(UNDER, scope=ALL)).hits == ()


async def test_hits_of_the_archive_that_are_passages_become_evidence(
    database: Database, chen: Account, read: list[PassageId]
) -> None:
    archive, coding = Archive(database), Coding(database)
    await Passages(database).code(chen, read[:1], PROBLEM)
    hits = await archive.every(ArchiveQuery("数据"), scope=ALL, most=10)

    seen = await coding.preview(PROBLEM, hits)
    await coding.code(seen, by="Chen")

    assert (len(seen.fresh), seen.known, seen.unfit) == (1, 1, 0)
    async with database.read() as work:
        backing = await entries.evidence(work, PROBLEM)
    assert {one.evidence.passage_id for one in backing} == set(read)


async def test_only_who_runs_the_study_codes_and_only_what_can_be_backed(
    database: Database, chen: Account, read: list[PassageId]
) -> None:
    foreign = await Accounts(database).create("li", "Li", "correct horse battery")
    service = Passages(database)

    with pytest.raises(NotFound):
        await service.code(foreign, read, PROBLEM)
    with pytest.raises(Invalid):
        await service.code(chen, read, EntryId("category"))
    with pytest.raises(Invalid):
        await service.code(chen, [], PROBLEM)
