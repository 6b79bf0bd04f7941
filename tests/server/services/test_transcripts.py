"""Lines: written once, with version, search tokens and mirror together."""

import pytest
from sqlalchemy import func, select, update

from schemas.document import LINE_KEYS
from schemas.errors import Forbidden, Invalid, NotFound
from schemas.ids import LineId, PersonId, StepId, TrackId
from schemas.session import Language, Role, Track, TrackKind
from schemas.transcript import LineSource, Segment, Transcript
from server.domain.query import parse
from server.services import indexing
from server.services.transcripts import MAX_CHARACTERS, Transcripts, mirror_value
from server.store import lines, search, tables, tracks
from server.store.database import Database
from server.store.search import Scope
from tests.server.method import GUEST, LI, MODERATOR, SESSION, STUDY, WANG, key, person, small_study

pytestmark = pytest.mark.anyio

ROOM = Track(TrackId("room"), SESSION, TrackKind.MICROPHONE, "Room", Language.EN, None, offset=30.0)
HEARD = Transcript(
    Segment(ROOM.id, 16_000, 48_000), " The data is open ", Language.EN, 0.9, "tiny", "speech"
)


@pytest.fixture
async def transcripts(database: Database) -> Transcripts:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    return Transcripts(database, now=lambda: 1_100.0)


async def count(database: Database, table: str) -> int:
    async with database.read() as work:
        asked = select(func.count()).select_from(tables.metadata.tables[table])
        return int((await work.connection.execute(asked)).scalar_one())


async def mirrored(database: Database, root: str) -> dict[str, object]:
    """What the document's root holds once all mirror rows are applied."""
    async with database.read() as work:
        asked = select(tables.mirror).where(tables.mirror.c.root == root)
        found = await work.connection.execute(asked.order_by(tables.mirror.c.seq))
        return {row.key: row.value for row in found}


async def test_a_spoken_line_is_placed_by_its_track(
    database: Database, transcripts: Transcripts
) -> None:
    line = await transcripts.spoken(HEARD, floor=WANG.id, step=StepId("one"), reason="kept")

    assert (line.at, line.start, line.end, line.text) == (31.0, 1.0, 3.0, "The data is open")
    assert (line.person_id, line.unit_id, line.speaker) == (WANG.id, WANG.unit_id, WANG.name)
    assert line.presumed
    assert line.source is LineSource.SPOKEN
    assert line.step_id == "one"


async def test_the_same_samples_are_one_line(database: Database, transcripts: Transcripts) -> None:
    first = await transcripts.spoken(HEARD, floor=WANG.id, step=None, reason="kept")
    again = await transcripts.spoken(HEARD, floor=LI.id, step=None, reason="kept")

    assert again == first
    assert [await count(database, each) for each in ("line", "line_version", "search_due")] == [
        1, 1, 1,
    ]  # fmt: skip
    assert await count(database, "mirror") == 1


async def test_one_microphone_each_needs_no_presumption(
    database: Database, transcripts: Transcripts
) -> None:
    own = Track(TrackId("li"), SESSION, TrackKind.MICROPHONE, "Li", Language.EN, LI.id, 0.0)
    async with database.write() as work:
        await tracks.add(work, own, at=1.0)

    line = await transcripts.spoken(
        Transcript(Segment(own.id, 0, 16_000), "Yes", Language.EN, 0.9, "tiny", ""),
        floor=WANG.id,
        step=None,
        reason="kept",
    )

    assert (line.person_id, line.presumed) == (LI.id, False)


async def test_without_a_floor_a_line_is_unassigned(transcripts: Transcripts) -> None:
    line = await transcripts.spoken(HEARD, floor=None, step=None, reason="kept")

    assert (line.speaker, line.person_id, line.unit_id, line.presumed) == ("", None, None, False)


async def test_mirror_rows_follow_line_rows_exactly(
    database: Database, transcripts: Transcripts
) -> None:
    spoken = await transcripts.spoken(HEARD, floor=WANG.id, step=None, reason="kept")
    await transcripts.typed(LI, "我同意", key=key(1))
    await transcripts.confirm_speaker(spoken.id, LI.id, by=MODERATOR, key=key(2))

    async with database.read() as work:
        rows = await lines.of_session(work, SESSION)
    shown = await mirrored(database, "lines")

    assert shown == {line.id: mirror_value(line) for line in rows}
    assert len(rows) == 2
    assert all(tuple(value) == LINE_KEYS for value in map(mirror_value, rows))


async def test_a_caller_can_tick_its_list_in_the_same_unit(
    database: Database, transcripts: Transcripts
) -> None:
    async def write_and_fail() -> None:
        async with database.write() as work:
            await transcripts.spoken(HEARD, floor=None, step=None, reason="kept", work=work)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()

    assert await count(database, "line") == 0
    assert await count(database, "mirror") == 0


async def test_what_is_typed_is_a_line_of_its_author(
    database: Database, transcripts: Transcripts
) -> None:
    answer = await transcripts.typed(WANG, "  水位 \n 太高\0 ", key=key(1))
    again = await transcripts.typed(WANG, "水位 太高", key=key(1))
    await indexing.follow(database)

    async with database.read() as work:
        line = await lines.get(work, LineId(str(answer["line"])))
        found = await search.find(work, parse("太高"), scope=Scope(studies=frozenset({STUDY})))
    assert again == answer
    assert (line.text, line.at, line.speaker) == ("水位 太高", 100.0, WANG.name)
    assert line.source is LineSource.TYPED
    assert [item.ref for item in found.items] == [line.id]


async def test_a_stenographer_writes_down_who_has_the_floor(
    database: Database, transcripts: Transcripts
) -> None:
    clerk = person("clerk", Role.STENOGRAPHER)
    async with database.write() as work:
        await work.connection.execute(update(tables.session).values(floor=WANG.id))

    answer = await transcripts.typed(clerk, "As I said", key=key(1))

    line = await transcripts.line(LineId(str(answer["line"])))
    assert (line.person_id, line.presumed) == (WANG.id, True)
    assert line.source is LineSource.STENOGRAPHED


@pytest.mark.parametrize("text", ["", " \n ", "\0", "x" * (MAX_CHARACTERS + 1)])
async def test_lines_are_neither_empty_nor_endless(transcripts: Transcripts, text: str) -> None:
    with pytest.raises(Invalid):
        await transcripts.typed(WANG, text, key=key(1))


async def test_observers_and_closed_sessions_take_no_lines(
    database: Database, transcripts: Transcripts
) -> None:
    with pytest.raises(Forbidden):
        await transcripts.typed(GUEST, "Hello", key=key(1))
    async with database.write() as work:
        await work.connection.execute(update(tables.session).values(state="closed"))
    with pytest.raises(Forbidden):
        await transcripts.typed(WANG, "Hello", key=key(2))

    assert await count(database, "line") == 0


async def test_a_moderator_confirms_or_corrects_the_speaker(
    database: Database, transcripts: Transcripts
) -> None:
    spoken = await transcripts.spoken(HEARD, floor=WANG.id, step=None, reason="kept")

    await transcripts.confirm_speaker(spoken.id, LI.id, by=MODERATOR, key=key(1))

    line = await transcripts.line(spoken.id)
    assert (line.person_id, line.unit_id, line.presumed) == (LI.id, LI.unit_id, False)
    assert await count(database, "study_event") == 1
    with pytest.raises(Forbidden):
        await transcripts.confirm_speaker(spoken.id, LI.id, by=LI, key=key(2))
    with pytest.raises(NotFound):
        await transcripts.confirm_speaker(spoken.id, PersonId("nobody"), by=MODERATOR, key=key(3))


async def test_a_stenographer_may_name_whom_it_writes_down(
    database: Database, transcripts: Transcripts
) -> None:
    steno = person("wang", Role.STENOGRAPHER)

    answer = await transcripts.typed(steno, "We own it", key=key(1), speaker=LI.id)
    own = await transcripts.typed(WANG, "So do we", key=key(2), speaker=LI.id)

    async with database.read() as work:
        line = await lines.get(work, LineId(str(answer["line"])))
        typed = await lines.get(work, LineId(str(own["line"])))
    assert (line.speaker, line.presumed, line.source) == (LI.name, False, LineSource.STENOGRAPHED)
    assert (typed.speaker, typed.source) == (WANG.name, LineSource.TYPED)
