"""What is found follows every kind of change: facets count what narrowing finds, predecessors included."""

from collections.abc import Awaitable, Callable, Mapping
from itertools import count, cycle

import pytest
from sqlalchemy import Table, insert

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.archive import ArchiveQuery
from schemas.ids import AnnotationId, EntryId, LineId, SessionId, StudyId, UnitId
from schemas.session import Bilingual
from schemas.taxonomy import EntryKind, Scope
from server.domain import facets
from server.domain.facets import Facet
from server.domain.quoting import Quoting
from server.services import indexing
from server.services.archive import Archive
from server.services.coding import Coding
from server.services.corrections import Corrections
from server.services.curation import Amendment, Curation, Curator
from server.services.projection import Projection
from server.services.transcripts import Transcripts, show_line
from server.store import (
    entries,
    lines,
    returns,
    search,
    searchables,
    struck,
    succession,
    tables,
)
from server.store.database import Database
from server.store.returns import Answer, Item
from server.store.search import Scope as Reach
from server.store.search import Searchable
from server.store.succession import Change, Succession
from tests.server.method import (
    LI,
    MODERATOR,
    PLANNING,
    SESSION,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    ZHAO,
    key,
    small_study,
)
from tests.server.services.test_coding import entry

pytestmark = pytest.mark.anyio

ALL = Reach(studies=frozenset({STUDY}))
CURATOR = Curator(WANG.id, "Chen")  # type: ignore[arg-type]  # any id will do
KEYS = count(100)
Step = Callable[[Database], Awaitable[None]]


async def say(database: Database, person: object, text: str) -> LineId:
    answer = await Transcripts(database).typed(person, text, key=key(next(KEYS)))  # type: ignore[arg-type]
    return LineId(str(answer["line"]))


async def first_line(database: Database) -> LineId:
    async with database.read() as work:
        return (await lines.of_session(work, SESSION))[0].id


async def counted(database: Database, words: str) -> Mapping[str, Mapping[str, int]]:
    found = await Archive(database).counts(ArchiveQuery(words), scope=ALL)
    return {
        facet: {one.value: one.count for one in values} for facet, values in found.facets.items()
    }


async def typed(database: Database) -> None:
    for person, text in ((WANG, "水位数据 data"), (LI, "道路数据 data"), (ZHAO, "规划数据 map")):
        await say(database, person, text)


async def corrected(database: Database) -> None:
    line = await first_line(database)
    await Corrections(database).correct(
        MODERATOR, line, revision=0, text="水位表", key=key(next(KEYS))
    )


async def noted(database: Database) -> None:
    anchor = (Anchor(await first_line(database), 0, 0, None, ""),)
    notes = [
        Annotation(AnnotationId(f"n{number}"), LI.id, Voice("Wang", WANG.id, WATER), kind, anchor,
                   "data 数据", 1.0, opened=False, withdrawn=False)
        for number, kind in enumerate((Kind.CAUSE, Kind.MEMO))
    ]  # fmt: skip
    known = await Projection(database).follow(SESSION, notes)
    await Projection(database).follow(SESSION, notes[:1], known)


async def shelved(database: Database, name: str, kind: EntryKind, above: str | None = None) -> None:
    await entry(database, name, kind, above)
    async with database.write() as work:
        await search.put(work, await searchables.of_entries(work, [EntryId(name)]))


async def coded(database: Database) -> None:
    await shelved(database, "category", EntryKind.CATEGORY)
    await shelved(database, "problem", EntryKind.PROBLEM, "category")
    await shelved(database, "other", EntryKind.PROBLEM, "category")
    async with database.write() as work:
        await entries.set_units(work, EntryId("problem"), {WATER: True, TRAFFIC: False})
    coding = Coding(database)
    hits = await Archive(database).every(ArchiveQuery("数据"), scope=ALL, most=10)
    for name in ("problem", "other"):
        await coding.code(await coding.preview(EntryId(name), hits), by="Chen")


async def amended(database: Database) -> None:
    amendment = Amendment(
        Bilingual("New data", "新数据"), Bilingual(), EntryKind.CAUSE, EntryId("problem"), Scope.UNKNOWN
    )  # fmt: skip
    async with database.read() as work:
        base = (await entries.get(work, EntryId("other"))).version
    await Curation(database).amend(CURATOR, key(next(KEYS)), EntryId("other"), amendment, base=base)


async def merged(database: Database) -> None:
    await shelved(database, "third", EntryKind.CAUSE, "category")
    async with database.read() as work:
        base = (await entries.get(work, EntryId("other"))).version
    await Curation(database).merge(
        CURATOR, key(next(KEYS)), EntryId("other"), EntryId("third"), base=base, reason="same"
    )


async def was_struck(database: Database) -> None:
    async with database.write() as work:
        await struck.erase(work, SESSION, (await lines.of_session(work, SESSION))[-1].id)


async def withdrawn(database: Database) -> None:
    line = await first_line(database)
    item = Item("i", SESSION, UnitId(WATER), "withdraw", line, "", "", "taken", 1.0)
    answer = Answer(SessionId(SESSION), UnitId(WATER), Quoting.NAME, 1.0, 1.0, "Wang")
    async with database.write() as work:
        await returns.replace_items(work, answer, [item])
        await search.remove(work, "line", [line])
        await show_line(work, await lines.get(work, line))


async def reassigned(database: Database) -> None:
    async with database.read() as work:
        line = (await lines.of_session(work, SESSION))[1].id
    await Transcripts(database).confirm_speaker(line, ZHAO.id, by=MODERATOR, key=key(next(KEYS)))


async def succeeded(database: Database) -> None:
    found = [
        Succession(WATER, TRAFFIC, Change.MERGED, Bilingual("Traffic office"), "2018-11"),
        Succession(TRAFFIC, PLANNING, Change.SPLIT, Bilingual(zh="规划委"), "2009"),
    ]
    async with database.write() as work:
        await succession.replace(work, STUDY, found)


STEPS: tuple[Step, ...] = (
    typed, corrected, noted, coded, amended, merged, reassigned, was_struck, withdrawn, succeeded,
)  # fmt: skip


async def test_facets_count_what_narrowing_finds_after_every_kind_of_change(
    database: Database,
) -> None:
    """Also: what was changed step by step is what a rebuilding from the rows finds."""
    await small_study(database)
    archive = Archive(database)
    for step, words in zip(STEPS, cycle(("", "数据 OR data")), strict=False):
        await step(database)
        await indexing.follow(database)
        for facet, values in (await counted(database, words)).items():
            for value, number in values.items():
                found = await archive.counts(ArchiveQuery(words, {facet: (value,)}), scope=ALL)
                assert found.total == number, (step.__name__, words, facet, value)
    before = await counted(database, "")

    await indexing.rebuild(database)

    for facet, values in (await counted(database, "")).items():
        assert values == before[facet], facet


async def test_a_search_for_todays_unit_finds_its_predecessors_all_the_way_back(
    database: Database,
) -> None:
    await small_study(database)
    await succeeded(database)
    said = {
        text: await say(database, WANG, text)
        for text in ("the Traffic office knew", "规划委说过", "规划局也说过", "nobody")
    }
    by_planning = await say(database, ZHAO, "we did")
    await indexing.follow(database)
    archive = Archive(database)

    today = await archive.search(ArchiveQuery("水务局"), scope=ALL)
    middle = await archive.search(ArchiveQuery('"交管局" -office'), scope=ALL)
    unit = await archive.search(ArchiveQuery("", {"unit": (TRAFFIC,)}), scope=ALL)

    named = list(said.values())
    assert {hit.line_id for hit in today.hits} == set(named[:3])
    assert set(today.widened) >= {"Traffic office", "规划委", "规划局", "Water"}
    assert {hit.line_id for hit in middle.hits} == set(named[1:3])
    assert {hit.line_id for hit in unit.hits} == {by_planning}


async def before(database: Database) -> None:
    """Let another study have gone before, with a unit of a former name and one of the same name."""
    rows: list[tuple[Table, dict[str, object]]] = [
        (tables.study, {"id": "old", "slug": "old", "title_en": "Old", "title_zh": "旧", "rule": {}}
         | {"city_en": "C", "city_zh": "市", "created_at": 1.0}),
        (tables.unit, {"id": "oldoffice", "study_id": "old", "slug": "o", "name_en": "Traffic office"}
         | {"name_zh": "", "kind": "bureau", "order": 1}),
        (tables.unit, {"id": "oldwater", "study_id": "old", "slug": "w", "name_en": ""}
         | {"name_zh": "水务局", "kind": "bureau", "order": 2}),
        (tables.study_before, {"study_id": STUDY, "before_id": "old", "title_en": "Old"}
         | {"title_zh": "旧", "by": "Chen", "at": 1.0}),
    ]  # fmt: skip
    async with database.write() as work:
        for table, row in rows:
            await work.connection.execute(insert(table).values(row))
        unit = [facets.token(Facet.UNIT, "oldoffice")], [facets.token(Facet.UNIT, "oldwater")]
        await search.add(
            work,
            [
                Searchable("source", f"s{number}", StudyId("old"), None, "harvest", facets=tokens)
                for number, tokens in enumerate(unit)
            ],
        )


async def test_a_unit_is_followed_into_the_study_before_by_its_names(database: Database) -> None:
    await small_study(database)
    await succeeded(database)
    await before(database)
    both = Reach(studies=frozenset({STUDY, StudyId("old")}))
    archive = Archive(database)

    today = await archive.counts(ArchiveQuery("harvest", {"unit": (WATER,)}), scope=both)
    every = await archive.counts(ArchiveQuery("harvest"), scope=both)
    old = await archive.counts(
        ArchiveQuery("harvest"), scope=Reach(studies=frozenset({StudyId("old")}))
    )

    assert today.total == 2
    assert {one.value: one.count for one in every.facets["unit"]} == {
        WATER: 2, "oldoffice": 1, "oldwater": 1,
    }  # fmt: skip
    assert {one.value for one in old.facets["unit"]} == {"oldoffice", "oldwater"}
