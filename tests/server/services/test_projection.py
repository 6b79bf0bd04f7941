"""Annotation rows follow the document; the archive finds what stands and nothing else."""

from dataclasses import replace

import pytest

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, LineId
from server.domain.query import parse
from server.services import indexing
from server.services.projection import Projection
from server.services.transcripts import Transcripts
from server.store import annotations, search
from server.store.database import Database
from server.store.search import Scope
from tests.server.method import LI, SESSION, STUDY, WANG, key, small_study

pytestmark = pytest.mark.anyio

NOTE = Annotation(
    AnnotationId("a1"),
    WANG.id,
    Voice("Li", LI.id, LI.unit_id),
    Kind.PROBLEM,
    (Anchor(LineId("l1"), 0, 2, 5, "数据库"), Anchor(LineId("l2"), 1, 0, None, "")),
    "数据不共享",
    1_700_000_000_000.0,
    opened=False,
    withdrawn=False,
)
OTHER = replace(NOTE, id=AnnotationId("a2"), text="another note", kind=Kind.MEMO)


@pytest.fixture
async def projection(database: Database) -> Projection:
    await small_study(database)
    return Projection(database)


async def found(database: Database, words: str) -> list[str]:
    await indexing.follow(database)
    async with database.read() as work:
        scope = Scope(studies=frozenset({STUDY}))
        return [item.ref for item in (await search.find(work, parse(words), scope=scope)).items]


async def stored(database: Database) -> list[Annotation]:
    async with database.read() as work:
        return list((await annotations.of_session(work, SESSION)).values())


async def test_rows_equal_the_document(database: Database, projection: Projection) -> None:
    await projection.follow(SESSION, [NOTE, OTHER])

    assert await stored(database) == [NOTE, OTHER]
    assert await found(database, "共享") == ["a1"]


async def test_following_twice_changes_nothing(database: Database, projection: Projection) -> None:
    first = await projection.follow(SESSION, [NOTE])
    again = await projection.follow(SESSION, [NOTE], first)
    cold = await projection.follow(SESSION, [NOTE])

    assert again is first
    assert cold == first
    assert await stored(database) == [NOTE]


async def test_a_changed_note_is_found_by_its_new_words(
    database: Database, projection: Projection
) -> None:
    rows = await projection.follow(SESSION, [NOTE, OTHER])
    await projection.follow(SESSION, [replace(NOTE, text="水位", opened=True), OTHER], rows)

    assert await found(database, "数据") == []
    assert await found(database, "水") == ["a1"]
    assert (await stored(database))[0].opened


@pytest.mark.parametrize("current", [[replace(NOTE, withdrawn=True)], [], [replace(NOTE, text="")]])
async def test_what_is_withdrawn_gone_or_empty_is_not_found(
    database: Database, projection: Projection, current: list[Annotation]
) -> None:
    await projection.follow(SESSION, [NOTE])

    await projection.follow(SESSION, current)

    assert await found(database, "数据") == []
    assert len(await stored(database)) == 1


async def test_ids_that_browsers_choose_cannot_take_anything_over(
    database: Database, projection: Projection
) -> None:
    answer = await Transcripts(database).typed(WANG, "数据在这里", key=key(1))
    line_id = str(answer["line"])
    foreign = [replace(NOTE, id=AnnotationId(line_id), text="something else")]
    foreign += [replace(NOTE, id=AnnotationId(name)) for name in ("x" * 40, "a\0b")]

    await projection.follow(SESSION, foreign)

    assert await found(database, "数据") == [line_id]
    assert [each.id for each in await stored(database)] == [line_id]


async def test_signs_that_no_database_keeps_are_replaced(
    database: Database, projection: Projection
) -> None:
    await projection.follow(SESSION, [replace(NOTE, text="数据\0")])

    assert [each.text for each in await stored(database)] == ["数据\ufffd"]
