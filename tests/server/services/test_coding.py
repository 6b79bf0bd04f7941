"""Hits become evidence of an entry: seen before, added once, taken back once."""

import pytest

from schemas.archive import ArchiveQuery
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import EntryId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState
from schemas.taxonomy import Scope as Reach
from server.services import indexing
from server.services.archive import Archive
from server.services.coding import Coding
from server.services.transcripts import Transcripts
from server.store import entries
from server.store.database import Database
from server.store.search import Scope
from tests.server.method import STAGE, STUDY, WANG, key, small_study

pytestmark = pytest.mark.anyio

ALL = Scope(studies=frozenset({STUDY}))


async def entry(
    database: Database, name: str, kind: EntryKind, above: str | None = None
) -> EntryId:
    parent = None if above is None else EntryId(above)
    made = Entry(
        EntryId(name), STUDY, kind, parent, Bilingual(name), Bilingual(), Reach.LOCAL,
        EntryState.ACTIVE, 1, 1,
    )  # fmt: skip
    async with database.write() as work:
        await entries.add(work, made, slug=name, stage_id=STAGE)
    return made.id


@pytest.fixture
async def archive(database: Database) -> Archive:
    await small_study(database)
    await entry(database, "category", EntryKind.CATEGORY)
    await entry(database, "problem", EntryKind.PROBLEM, "category")
    for number in range(3):
        await Transcripts(database).typed(WANG, f"数据 {number}", key=key(number))
    await indexing.follow(database)
    return Archive(database)


async def test_hits_become_evidence_and_are_found_by_their_entry_and_those_above(
    database: Database, archive: Archive
) -> None:
    coding, problem = Coding(database), EntryId("problem")
    hits = await archive.every(ArchiveQuery("数据"), scope=ALL, most=10)

    seen = await coding.preview(problem, hits[:2])
    await coding.code(seen, by="Chen")
    await indexing.follow(database)

    assert (len(seen.fresh), seen.known, seen.unfit) == (2, 0, 0)
    again = await coding.preview(problem, hits)
    assert (len(again.fresh), again.known) == (1, 2)
    below = ArchiveQuery("数据", {"entry": ("category",)})
    assert len((await archive.search(below, scope=ALL)).hits) == 2


async def test_what_was_coded_is_taken_back_once(database: Database, archive: Archive) -> None:
    coding, problem = Coding(database), EntryId("problem")
    hits = await archive.every(ArchiveQuery("数据"), scope=ALL, most=10)
    seq = await coding.code(await coding.preview(problem, hits), by="Chen")
    await indexing.follow(database)

    await coding.take_back(STUDY, seq, by="Chen")
    await indexing.follow(database)

    assert len((await coding.preview(problem, hits)).fresh) == 3
    narrowed = ArchiveQuery("数据", {"entry": ("problem",)})
    assert (await archive.search(narrowed, scope=ALL)).hits == ()
    with pytest.raises(NotFound):
        await coding.take_back(STUDY, seq, by="Chen")


async def test_a_category_is_backed_by_nothing_and_nothing_new_is_refused(
    database: Database, archive: Archive
) -> None:
    coding = Coding(database)
    hits = await archive.every(ArchiveQuery("数据"), scope=ALL, most=10)
    await coding.code(await coding.preview(EntryId("problem"), hits), by="Chen")

    with pytest.raises(Invalid):
        await coding.preview(EntryId("category"), hits)
    with pytest.raises(Conflict):
        await coding.code(await coding.preview(EntryId("problem"), hits), by="Chen")


async def test_the_best_come_first_where_asked(database: Database, archive: Archive) -> None:
    await Transcripts(database).typed(WANG, "数据共享，数据标准，数据安全", key=key(7))
    await Transcripts(database).typed(WANG, "很多别的话说完以后才提到一次数据", key=key(8))
    await indexing.follow(database)

    best = ArchiveQuery("数据", order="relevance", limit=2)
    first = await archive.search(best, scope=ALL)
    newest = await archive.search(ArchiveQuery("数据", limit=2), scope=ALL)

    assert first.hits[0].text.startswith("数据共享")
    assert newest.hits[0].text.startswith("很多别的话")


async def test_a_unit_is_found_by_all_its_names(database: Database, archive: Archive) -> None:
    await Transcripts(database).typed(WANG, "水务局来答复", key=key(7))
    await indexing.follow(database)

    found = await archive.search(ArchiveQuery("Water"), scope=ALL)

    assert found.widened == ("水务局",)
    assert [hit.text for hit in found.hits] == ["水务局来答复"]
