"""The index follows the studies' events, and is built anew under the hands of who searches."""

import pytest
from sqlalchemy import insert, update

from schemas.annotation import Kind
from schemas.errors import Conflict
from schemas.ids import AnnotationId, EntryId, LineId, ProposalId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Proposal, ProposalState, Scope, Wording
from server.domain.query import parse
from server.services import indexing
from server.services.indexing import Progress
from server.services.transcripts import Transcripts
from server.store import (
    entries,
    events,
    proposals,
    search,
    search_due,
    search_rebuild,
    struck,
    tables,
)
from server.store.database import Database
from server.store.search import Scope as SearchScope
from tests.server.method import SESSION, STAGE, STUDY, WANG, key, small_study

pytestmark = pytest.mark.anyio

ALL = SearchScope(studies=frozenset({STUDY}))


async def found(database: Database, words: str, scope: SearchScope = ALL) -> list[str]:
    async with database.read() as work:
        page = await search.find(work, parse(words), scope=scope)
    return [item.ref for item in page.items]


async def add_entry(database: Database, name: str) -> EntryId:
    entry = Entry(
        EntryId(name), STUDY, EntryKind.PROBLEM, None, Bilingual("Data is not shared", "数据不共享"),
        Bilingual(), Scope.LOCAL, EntryState.ACTIVE, 1, 1,
    )  # fmt: skip
    async with database.write() as work:
        await entries.add(work, entry, slug=name, stage_id=STAGE)
        await events.record(work, STUDY, "entry.imported", name)
    return entry.id


async def test_an_entry_is_found_after_its_event(database: Database) -> None:
    await small_study(database)
    await indexing.follow(database)
    await add_entry(database, "e1")

    followed = await indexing.follow(database)

    assert followed == 1
    assert await indexing.follow(database) == 0
    assert await found(database, "不共享") == ["e1"]
    assert await found(database, "shared", SearchScope(members=frozenset({STUDY}))) == ["e1"]
    assert await found(database, "shared", SearchScope(sessions=frozenset({SESSION}))) == []


async def test_lines_are_found_in_the_order_of_their_writing_however_many_at_once(
    database: Database,
) -> None:
    await small_study(database)
    many = indexing.DUE_AT_ONCE + 5
    said = [
        {
            "id": f"{number:032x}", "session_id": SESSION, "at": 0.0, "speaker": "",
            "presumed": False, "source": "imported", "language": "zh", "text": "数据",
            "created_at": 0.0,
        }
        for number in range(many)
    ]  # fmt: skip
    async with database.write() as work:
        await work.connection.execute(insert(tables.line), said)
        await search_due.add(work, "line", [str(one["id"]) for one in reversed(said)])

    followed = [await indexing.follow(database) for _ in range(2)]

    assert followed == [many, 0]
    async with database.read() as work:
        page = await search.find(work, parse("数据"), scope=ALL, limit=many)
    assert [item.ref for item in page.items] == [one["id"] for one in said]


async def test_a_line_struck_before_it_was_indexed_is_never_found(database: Database) -> None:
    await small_study(database)
    line = LineId(str((await Transcripts(database).typed(WANG, "数据", key=key(1)))["line"]))
    async with database.write() as work:
        await struck.erase(work, SESSION, line)

    assert await indexing.follow(database) == 1

    assert await found(database, "数据") == []


async def test_an_entry_merged_away_is_not_found(database: Database) -> None:
    await small_study(database)
    await add_entry(database, "e1")
    await indexing.follow(database)
    async with database.write() as work:
        merged = update(tables.entry).values(state=EntryState.MERGED.value)
        await work.connection.execute(merged)
        await events.record(work, STUDY, "entry.merged", "e1")

    await indexing.follow(database)

    assert await found(database, "不共享") == []


async def test_every_wording_that_was_put_is_found(database: Database) -> None:
    await small_study(database)
    async with database.write() as work:
        put = Proposal(
            ProposalId("p1"), STUDY, SESSION, Kind.PROBLEM, ProposalState.OPEN,
            AnnotationId("a1"), (), (), (), (), None,
        )  # fmt: skip
        await proposals.add(work, put, by=WANG.id)
        for number, text in enumerate(["水位数据", "水位数据由谁"], start=1):
            wording = Wording(number, text, "", (WANG.id,))
            await proposals.add_wording(work, put.id, wording, room_seq=1, by=WANG.id)
        await events.record(work, STUDY, "proposal.wording_put", put.id, session_id=SESSION)

    await indexing.follow(database)

    assert sorted(await found(database, "水位")) == [f"{put.id}.1", f"{put.id}.2"]
    assert await found(database, "水位", SearchScope(members=frozenset({STUDY}))) == []


async def test_the_index_is_built_anew_and_keeps_its_places(database: Database) -> None:
    await small_study(database)
    answers = [await Transcripts(database).typed(WANG, f"数据 {n}", key=key(n)) for n in range(3)]
    await indexing.follow(database)
    await add_entry(database, "e1")
    progress: list[Progress] = []

    await indexing.rebuild(database, progress.append)
    before = await found(database, "数据")
    await indexing.rebuild(database)
    async with database.write() as work:  # nothing is left of the one before
        assert not await search_rebuild.discard(work)

    assert await found(database, "数据") == before
    assert before == ["e1", *(str(answer["line"]) for answer in reversed(answers))]
    assert Progress("tokens", 4, 4) in progress
    assert not await indexing.is_outdated(database)


async def test_what_changes_while_the_index_is_built_anew_is_right_afterwards(
    database: Database,
) -> None:
    await small_study(database)
    typed = Transcripts(database)
    first, second, third = [
        str((await typed.typed(WANG, text, key=key(n)))["line"])
        for n, text in enumerate(["数据 一", "数据 二", "数据 三"])
    ]
    await indexing.follow(database)

    async with database.read() as snapshot:
        async with database.write() as work:
            run = await search_rebuild.begin(work)
            await search_rebuild.freeze(snapshot)
        async with database.write() as work:
            await search.remove(work, "line", [second])
            known = search.Searchable("line", third, STUDY, SESSION, "水位 三")
            await search.put(work, [known])
        late = str((await typed.typed(WANG, "数据 四", key=key(9)))["line"])
        await indexing.follow(database)
        copied = await search_rebuild.batch(snapshot, 0, 100)
        async with database.write() as work:
            await search_rebuild.write(work, run, search_rebuild.terms(work, copied))
    async with database.write() as work:
        await search_rebuild.finish(work, run, copied[-1][0], has_others=False)

    assert await found(database, "数据") == [late, first]
    assert await found(database, "水位") == [third]


async def test_a_rebuilding_that_was_cut_off_runs_again_and_two_never_mix(
    database: Database,
) -> None:
    await small_study(database)
    line = str((await Transcripts(database).typed(WANG, "数据 一", key=key(1)))["line"])
    await indexing.rebuild(database)
    assert not await indexing.is_outdated(database)

    async with database.write() as work:
        first = await search_rebuild.begin(work)
        await search_rebuild.write(work, first, search_rebuild.terms(work, [(1, "数据 half", "")]))
    assert await indexing.is_outdated(database)
    async with database.write() as work:
        await search_rebuild.begin(work)

    with pytest.raises(Conflict):
        async with database.write() as work:
            await search_rebuild.write(work, first, search_rebuild.terms(work, []))
    with pytest.raises(Conflict):
        async with database.write() as work:
            await search_rebuild.finish(work, first, 1, has_others=False)
    await indexing.rebuild(database)
    assert not await indexing.is_outdated(database)
    assert await found(database, "数据") == [line]


async def test_an_index_of_another_version_takes_changes_and_is_built_anew(
    database: Database,
) -> None:
    await small_study(database)
    line = str((await Transcripts(database).typed(WANG, "数据 一", key=key(1)))["line"])
    await indexing.follow(database)
    async with database.write() as work:
        await work.connection.execute(update(tables.search_item).values(version=1))
        await search_rebuild.set_state(work, "version", 1)
        await search.put(work, [search.Searchable("line", line, STUDY, SESSION, "水位 一")])

    assert await indexing.is_outdated(database)
    assert await found(database, "数据") == []
    assert await found(database, "水位") == [line]

    await indexing.rebuild(database)

    assert not await indexing.is_outdated(database)
    assert await found(database, "数据") == [line]
