"""Two records of one speech: laid on each other, settled one by one or all, nothing lost."""

import pytest
from sqlalchemy import select

from schemas.errors import Conflict, Forbidden
from schemas.ids import LineId, TrackId
from schemas.session import Language, Role, Track, TrackKind
from schemas.transcript import Line, LineSource, Segment, Transcript
from server.domain.anchors import Place, Shown, resolve
from server.domain.cues import read as read_cues
from server.domain.cues import write_srt, write_vtt
from server.services.corrections import Corrections
from server.services.differences import Beside, Differences
from server.services.scripts import Scripts
from server.services.subtitles import cues_of, plain_text
from server.services.transcripts import Transcripts
from server.store import differences, lines, struck, tables, tracks
from server.store.database import Database
from tests.server.method import LI, MODERATOR, SESSION, WANG, key, person, small_study
from tests.server.statements import statements

pytestmark = pytest.mark.anyio

ROOM = Track(TrackId("room"), SESSION, TrackKind.MICROPHONE, "Room", Language.EN, None, offset=0.0)
STENO = person("mo", Role.STENOGRAPHER)


class Record:
    """A session's record and everything that changes it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.transcripts = Transcripts(database, now=lambda: 1_100.0)
        corrections = Corrections(database, now=lambda: 1_200.0)
        self.differences = Differences(database, corrections, now=lambda: 1_300.0)
        self.scripts = Scripts(database, now=lambda: 1_300.0)

    async def heard(self, second: int, text: str) -> LineId:
        segment = Segment(ROOM.id, second * 16_000, (second + 3) * 16_000)
        transcript = Transcript(segment, text, Language.EN, 0.9, "tiny", "")
        return (await self.transcripts.spoken(transcript, floor=None, step=None, reason="")).id

    async def typed(self, number: int, text: str, speaker: str = "wang") -> LineId:
        answer = await self.transcripts.typed(STENO, text, key=key(number), speaker=speaker)  # type: ignore[arg-type]  # an id
        return LineId(str(answer["line"]))

    async def all(self) -> list[Line]:
        async with self.database.read() as work:
            return list(await lines.of_session(work, SESSION))

    async def shown(self, line_id: LineId, start: int, end: int | None, revision: int = 0) -> Shown:
        async with self.database.read() as work:
            known = {line.id: line for line in await lines.among(work, await self.ids())}
        found = resolve(
            Place(line_id, start, end), revision,
            lambda one: known[one].edits if one in known else None,
        )  # fmt: skip
        assert found is not None, "a note has lost its line"
        return found

    async def ids(self) -> list[LineId]:
        async with self.database.read() as work:
            asked = select(tables.line.c.id).where(tables.line.c.session_id == SESSION)
            return [LineId(one) for one in (await work.connection.execute(asked)).scalars()]

    async def open(self) -> list[Beside]:
        return list(await self.differences.still_open(MODERATOR))


@pytest.fixture
async def record(database: Database) -> Record:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    return Record(database)


async def test_what_was_typed_goes_into_what_was_heard(record: Record) -> None:
    first = await record.heard(1, "the water burro has no data")
    second = await record.heard(10, "nobody told us about it")
    typed = await record.typed(1, "The water bureau has no data.")
    same = await record.typed(2, "Nobody told us about it")

    answer = await record.differences.compare_typed(STENO, key=key(10))
    [one] = await record.open()
    await record.differences.settle(STENO, one.difference.id, "take", revision=0, key=key(11))

    now = {line.id: line for line in await record.all()}
    assert answer == {"differences": 1, "joined": 1}
    assert set(now) == {first, second}
    assert now[first].text == "The water bureau has no data."
    assert (now[first].person_id, now[first].presumed) == (WANG.id, False)
    assert now[second].text == "nobody told us about it"
    assert (await record.shown(typed, 4, 16)) == Shown(Place(first, 4, 16))
    assert (await record.shown(same, 0, None)).place.line_id == second
    async with record.database.read() as work:
        kept = [one.text for one in await lines.versions(work, typed)]
    assert kept[0] == "The water bureau has no data."
    assert await record.open() == []


async def test_left_as_it_was_heard_the_notes_on_what_was_typed_come_along(record: Record) -> None:
    line = await record.heard(1, "we measure the level every hour at the gauge")
    typed = [
        await record.typed(1, "we measure the lever"),
        await record.typed(2, "every hour at the gage"),
    ]
    await record.differences.compare_typed(STENO, key=key(10))
    [one] = await record.open()

    await record.differences.settle(MODERATOR, one.difference.id, "leave", revision=0, key=key(11))

    [now] = await record.all()
    measure = await record.shown(typed[0], 3, 10)
    hour = await record.shown(typed[1], 0, 10)
    assert (now.id, now.text) == (line, "we measure the level every hour at the gauge")
    assert now.text[measure.place.start : measure.place.end] == "measure"
    assert now.text[hour.place.start : hour.place.end] == "every hour"
    assert not measure.is_lost


async def test_kept_apart_both_stand(record: Record) -> None:
    await record.heard(1, "we have no data at all here")
    await record.typed(1, "we have no data at all there, he said")
    await record.differences.compare_typed(STENO, key=key(10))
    [one] = await record.open()

    await record.differences.settle(STENO, one.difference.id, "apart", revision=0, key=key(11))

    assert len(await record.all()) == 2
    assert await record.open() == []


async def test_a_line_that_was_changed_meanwhile_is_not_overwritten(record: Record) -> None:
    line = await record.heard(1, "the water burro has no data")
    await record.typed(1, "the water bureau has no data")
    await record.differences.compare_typed(STENO, key=key(10))
    [one] = await record.open()
    corrections = Corrections(record.database, now=lambda: 1_250.0)
    await corrections.correct(STENO, line, revision=0, text="the water board", key=key(11))

    with pytest.raises(Conflict, match=r"line\.revision"):
        await record.differences.settle(STENO, one.difference.id, "take", revision=0, key=key(12))
    with pytest.raises(Forbidden):
        await record.differences.settle(LI, one.difference.id, "take", revision=1, key=key(13))

    await record.differences.settle(STENO, one.difference.id, "take", revision=1, key=key(14))
    with pytest.raises(Conflict, match=r"difference\.settled"):
        await record.differences.settle(STENO, one.difference.id, "leave", revision=2, key=key(15))


STENO_TEXT = """Session of 3 June

Wang: The water bureau has no data.
The levels come by telephone.
交管局：And nobody told us.
A stranger: Nobody heard this sentence at all, it is new.
"""


async def test_a_text_without_times_is_laid_on_what_was_heard(record: Record) -> None:
    first = await record.heard(1, "the water burro has no data")
    second = await record.heard(10, "the levels come by telephone")
    third = await record.heard(20, "and nobody told us")

    bring = record.scripts.bring
    told = await bring(STENO, STENO_TEXT.encode(), name="a.txt", way="check", key=key(1))
    assert await record.open() == []
    await bring(STENO, STENO_TEXT.encode(), name="a.txt", way="compare", key=key(2))
    again = await bring(STENO, STENO_TEXT.encode(), name="a.txt", way="compare", key=key(2))

    found = await record.open()
    assert told == again
    assert told["pieces"] == 4
    assert told["speakers"] == ["Wang", "交管局"]
    assert told["strangers"] == ["A stranger"]
    assert (told["different"], told["new"], told["timed"]) == (2, 1, False)
    assert [one.difference.line_id for one in found] == [first, second, None]
    assert found[0].difference.person_id == WANG.id
    assert third not in [one.difference.line_id for one in found], "it says the same"
    assert (found[2].difference.start or 0) >= 20

    answer = await record.differences.settle_all(STENO, "take", key=key(3))

    texts = [line.text for line in await record.all()]
    assert answer == {"settled": 3, "left": 0}
    assert texts[0] == "The water bureau has no data."
    assert texts[-1] == "Nobody heard this sentence at all, it is new."
    assert (await record.all())[-1].source is LineSource.IMPORTED


async def test_a_record_that_says_the_same_by_now_leaves_nothing_open(record: Record) -> None:
    await record.heard(1, "the water burro has no data")
    bring = record.scripts.bring
    await bring(STENO, b"Wang: the water bureau has no data", name="a", way="compare", key=key(1))
    await bring(STENO, b"Wang: the water board has no data", name="b", way="compare", key=key(2))
    assert [one.difference.source for one in await record.open()] == ["a", "b"]

    answer = await bring(
        STENO, b"The water burro has no data.", name="a", way="compare", key=key(3)
    )

    assert (answer["same"], answer["different"]) == (1, 0)
    assert [one.difference.source for one in await record.open()] == ["b"]


async def test_a_long_transcript_is_written_at_once(record: Record) -> None:
    said = "\n".join(f"Wang: this is sentence number {number}" for number in range(400))

    with statements() as asked:
        await record.scripts.bring(STENO, said.encode(), name="a", way="lines", key=key(1))

    assert len(await record.all()) == 400
    assert len([one for one, _ in asked if one.startswith(("INSERT", "UPDATE"))]) < 20
    async with record.database.read() as work:
        first = (await record.all())[0]
        assert [one.by for one in await lines.versions(work, first.id)] == [STENO.id]


@pytest.mark.parametrize("form", ["vtt", "srt", "txt"])
async def test_what_goes_out_comes_in_again(record: Record, form: str) -> None:
    await record.heard(1, "the water bureau has no data")
    await record.typed(1, "没有人告诉我们", speaker="li")
    out = await record.all()
    write = {
        "vtt": lambda: write_vtt(cues_of(out), "Flood"),
        "srt": lambda: write_srt(cues_of(out)),
        "txt": lambda: f"Flood\n\n{plain_text(out)}",
    }[form]
    body = write()
    async with record.database.write() as work:
        for line in out:
            await struck.erase(work, SESSION, line.id)

    await record.scripts.bring(STENO, body.encode(), name=f"a.{form}", way="lines", key=key(2))

    back = await record.all()
    assert [(one.speaker, one.person_id, one.text) for one in back] == [
        (one.speaker, one.person_id, one.text) for one in out
    ]
    assert {one.source for one in back} == {LineSource.IMPORTED}
    if form != "txt":
        again = write_vtt(cues_of(back), "Flood")
        assert read_cues(again) == read_cues(body)


async def test_what_was_struck_is_not_offered_any_more(record: Record) -> None:
    line = await record.heard(1, "a secret that was spoken here")
    await record.scripts.bring(
        STENO, b"Wang: A secret that was spoken hear", name="s", way="compare", key=key(1)
    )
    assert len(await record.open()) == 1

    async with record.database.write() as work:
        await struck.erase(work, SESSION, line)

    async with record.database.read() as work:
        assert await differences.still_open(work, SESSION) == []


async def test_nothing_is_compared_where_there_is_only_one_record(record: Record) -> None:
    await record.typed(1, "only typed")

    with pytest.raises(Conflict, match=r"difference\.nothing"):
        await record.differences.compare_typed(STENO, key=key(2))
    with pytest.raises(Forbidden):
        await record.scripts.bring(LI, b"Wang: a", name="a", way="lines", key=key(3))
