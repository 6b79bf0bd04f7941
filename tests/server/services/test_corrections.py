"""Corrections: versions kept, notes anchored, the archive and the screens told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import LineId, TrackId
from schemas.session import Language, Role, Track, TrackKind
from schemas.transcript import Line, Segment, Transcript
from server.domain.anchors import Place, resolve
from server.domain.query import parse
from server.domain.rewriting import joined, replaced, tidy
from server.services import indexing
from server.services.corrections import Corrections
from server.services.transcripts import Transcripts, mirror_value
from server.store import lines, search, struck, tables, terms, tracks
from server.store.database import Database
from server.store.search import Scope
from tests.server.method import LI, MODERATOR, SESSION, STUDY, WANG, key, person, small_study

pytestmark = pytest.mark.anyio

ROOM = Track(TrackId("room"), SESSION, TrackKind.MICROPHONE, "Room", Language.EN, None, offset=0.0)
STENO = person("wang", Role.STENOGRAPHER)


@pytest.fixture
async def transcripts(database: Database) -> Transcripts:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    return Transcripts(database, now=lambda: 1_100.0)


@pytest.fixture
def corrections(database: Database, transcripts: Transcripts) -> Corrections:
    return Corrections(database, now=lambda: 1_200.0)


async def said(transcripts: Transcripts, second: int, text: str) -> Line:
    segment = Segment(ROOM.id, second * 16_000, (second + 2) * 16_000)
    heard = Transcript(segment, text, Language.EN, 0.9, "tiny", "")
    return await transcripts.spoken(heard, floor=WANG.id, step=None, reason="kept")


async def session_lines(database: Database) -> list[Line]:
    async with database.read() as work:
        return list(await lines.of_session(work, SESSION))


async def found(database: Database, words: str) -> list[str]:
    await indexing.follow(database)
    async with database.read() as work:
        hits = await search.find(work, parse(words), scope=Scope(studies=frozenset({STUDY})))
        return [item.ref for item in hits.items]


async def shown(database: Database) -> dict[str, object]:
    async with database.read() as work:
        asked = select(tables.mirror).where(tables.mirror.c.root == "lines")
        rows = await work.connection.execute(asked.order_by(tables.mirror.c.seq))
        return {row.key: row.value for row in rows}


async def test_a_correction_is_the_next_version_everywhere(
    database: Database, transcripts: Transcripts, corrections: Corrections
) -> None:
    line = await said(transcripts, 1, "the water burro is late")

    answer = await corrections.correct(
        STENO, line.id, revision=0, text=" the water\nbureau is late ", key=key(1)
    )
    again = await corrections.correct(STENO, line.id, revision=0, text="other", key=key(1))

    (now,) = await session_lines(database)
    _, versions = await corrections.versions(MODERATOR, line.id)
    assert answer == again == {"line": line.id, "revision": 1}
    assert now.text == "the water bureau is late"
    assert [(one.text, one.by) for one in versions] == [
        ("the water burro is late", None),
        ("the water bureau is late", STENO.id),
    ]
    assert await found(database, "bureau") == [line.id]
    assert await found(database, "burro") == []
    assert await shown(database) == {line.id: mirror_value(now)}
    place = resolve(Place(line.id, 10, 15), 0, {now.id: now.edits}.get)
    assert place is not None
    assert now.text[place.place.start : place.place.end] == "bureau"


async def test_who_is_slower_is_told_what_stands_there(
    transcripts: Transcripts, corrections: Corrections
) -> None:
    line = await said(transcripts, 1, "one")
    await corrections.correct(STENO, line.id, revision=0, text="two", key=key(1))

    with pytest.raises(Conflict) as refused:
        await corrections.correct(MODERATOR, line.id, revision=0, text="three", key=key(2))

    assert (refused.value.code, refused.value.fields["text"]) == ("line.revision", "two")


async def test_experts_and_empty_texts_are_refused(
    database: Database, transcripts: Transcripts, corrections: Corrections
) -> None:
    line = await said(transcripts, 1, "one")

    with pytest.raises(Forbidden):
        await corrections.correct(LI, line.id, revision=0, text="two", key=key(1))
    with pytest.raises(Invalid, match=r"line\.empty"):
        await corrections.correct(STENO, line.id, revision=0, text=" \0 ", key=key(2))
    with pytest.raises(NotFound):
        await corrections.correct(STENO, LineId("none"), revision=0, text="two", key=key(3))
    assert [one.text for one in await session_lines(database)] == ["one"]


async def test_split_lines_share_the_time_and_joined_ones_are_one_again(
    database: Database, transcripts: Transcripts, corrections: Corrections
) -> None:
    line = await said(transcripts, 2, "yes we do no we do not")

    answer = await corrections.split(STENO, line.id, revision=0, at=9, key=key(1))
    first, second = await session_lines(database)
    await corrections.join(STENO, second.id, revision=0, key=key(2))
    (whole,) = await session_lines(database)

    assert (first.text, second.text) == ("yes we do", "no we do not")
    assert second.id == answer["second"]
    assert first.start == line.start
    assert first.end == second.start
    assert second.end == whole.end == line.end
    assert (whole.id, whole.text, whole.revision) == (line.id, line.text, 2)
    assert await found(database, "not") == [line.id]
    async with database.read() as work:
        gone = await lines.get(work, second.id)
    moved = resolve(Place(second.id, 3, 5), 0, {gone.id: gone.edits, whole.id: whole.edits}.get)
    assert moved is not None
    assert whole.text[moved.place.start : moved.place.end] == "we"
    assert moved.place.line_id == whole.id
    assert moved.place.start == 13


async def test_the_first_line_has_none_to_join(
    transcripts: Transcripts, corrections: Corrections
) -> None:
    line = await said(transcripts, 1, "one")

    with pytest.raises(Conflict, match=r"line\.first"):
        await corrections.join(STENO, line.id, revision=0, key=key(1))
    with pytest.raises(Invalid, match=r"line\.empty"):
        await corrections.split(STENO, line.id, revision=0, at=3, key=key(2))


async def test_struck_words_leave_the_lines_that_held_them(
    database: Database, transcripts: Transcripts, corrections: Corrections
) -> None:
    line = await said(transcripts, 1, "public secret")
    await corrections.split(STENO, line.id, revision=0, at=6, key=key(1))
    _, second = await session_lines(database)

    async with database.write() as work:
        await struck.erase(work, SESSION, second.id)

    async with database.read() as work:
        kept = (await work.connection.execute(select(tables.line_version.c.text))).scalars().all()
        mirrored = (await work.connection.execute(select(tables.mirror.c.value))).scalars().all()
    assert kept == ["public"]
    assert "secret" not in str(mirrored)


async def test_a_term_is_replaced_everywhere_and_heard_better(
    database: Database, transcripts: Transcripts, corrections: Corrections
) -> None:
    one = await said(transcripts, 1, "Sponge sit, the sponge sit plan")
    two = await said(transcripts, 5, "the sponge sitting")
    three = await said(transcripts, 9, "a sponge sit")

    preview = await corrections.preview(STENO, "sponge sit", "sponge city")
    await corrections.correct(STENO, three.id, revision=0, text="a sponge sit now", key=key(1))
    among = [(each.line.id, each.line.revision) for each in preview]
    answer = await corrections.everywhere(STENO, "sponge sit", "sponge city", among, key=key(2))

    assert [each.line.id for each in preview] == [one.id, three.id]
    assert answer == {"changed": 1, "left": [three.id]}
    texts = {each.id: each.text for each in await session_lines(database)}
    assert texts[one.id] == "sponge city, the sponge city plan"
    assert texts[two.id] == two.text
    async with database.read() as work:
        assert await terms.of_study(work, STUDY) == ["sponge city"]


async def test_a_speaker_is_carried_forward_to_the_next_confirmed_one(
    database: Database, transcripts: Transcripts
) -> None:
    some = [await said(transcripts, second, f"line {second}") for second in (1, 5, 9, 13)]
    await transcripts.confirm_speaker(some[3].id, WANG.id, by=MODERATOR, key=key(1))

    await transcripts.confirm_speaker(some[1].id, LI.id, by=STENO, key=key(2), forward=True)

    speakers = [(each.person_id, each.presumed) for each in await session_lines(database)]
    assert speakers == [(WANG.id, True), (LI.id, False), (LI.id, False), (WANG.id, False)]


def test_only_whole_words_are_replaced_and_any_run_of_characters() -> None:
    assert replaced("A cat, concatenated CAT", "cat", "dog") == "A dog, concatenated dog"
    assert replaced("海棉城市和海棉", "海棉", "海绵") == "海绵城市和海绵"
    assert replaced("a+b", "+", r"\1") == r"a\1b"


@given(st.text(), st.text())
def test_joined_texts_hold_both(first: str, second: str) -> None:
    text, at = joined(tidy(first), tidy(second))

    assert text.startswith(tidy(first))
    assert text[at:] == tidy(second)
