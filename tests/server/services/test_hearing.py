"""What the ear hears becomes lines, on the record and on the screens, once."""

from dataclasses import replace

import pytest

from schemas import wire
from schemas.ids import TrackId
from schemas.session import Language
from schemas.transcript import Hypothesis, Segment, Transcript
from server.services.hearing import Hearing
from server.services.transcripts import Transcripts
from server.store import lines, sessions, tracks
from server.store.database import Database
from tests.server.ear import ROOM, room_with_screen
from tests.server.method import LI, SESSION, WANG

pytestmark = pytest.mark.anyio

SEGMENT = Segment(ROOM.id, 16_000, 48_000)
HEARD = Transcript(SEGMENT, "The data is open.", Language.EN, 0.9, "tiny", "kept")


async def give_floor(database: Database, person_id: str | None) -> None:
    async with database.write() as work:
        await sessions.set_floor(work, SESSION, person_id)  # type: ignore[arg-type]


async def test_a_line_belongs_to_who_had_the_floor_when_its_speech_began(
    database: Database,
) -> None:
    async with room_with_screen(database) as (rooms, _):
        hearing = Hearing(database, Transcripts(database), rooms)
        await give_floor(database, WANG.id)
        await hearing.began(ROOM, SEGMENT.first_sample)
        await give_floor(database, LI.id)
        await hearing.open(SEGMENT)

        await hearing.final(HEARD)

    async with database.read() as work:
        (line,) = await lines.of_session(work, SESSION)
    assert (line.person_id, line.presumed, line.text) == (WANG.id, True, "The data is open.")


async def test_after_a_restart_the_floor_is_the_row_s(database: Database) -> None:
    async with room_with_screen(database) as (rooms, _):
        await give_floor(database, LI.id)

        hearing = Hearing(database, Transcripts(database), rooms)
        await hearing.open(SEGMENT)
        await hearing.final(HEARD)

    async with database.read() as work:
        (line,) = await lines.of_session(work, SESSION)
    assert line.person_id == LI.id


async def test_a_result_that_comes_twice_is_one_line(database: Database) -> None:
    async with room_with_screen(database) as (rooms, _):
        hearing = Hearing(database, Transcripts(database), rooms)
        await hearing.open(SEGMENT)
        before = await hearing.pending()

        await hearing.final(HEARD)
        await hearing.final(replace(HEARD, text="Something else."))

        after = await hearing.pending()
    async with database.read() as work:
        found = await lines.of_session(work, SESSION)
    assert [one.segment for one in before] == [SEGMENT]
    assert list(after) == []
    assert [line.text for line in found] == ["The data is open."]


async def test_a_dropped_utterance_leaves_the_list_without_a_line(database: Database) -> None:
    async with room_with_screen(database) as (rooms, _):
        hearing = Hearing(database, Transcripts(database), rooms)
        await hearing.open(SEGMENT)

        await hearing.final(replace(HEARD, text="", reason="no_speech confidence=0.20"))

        waiting = list(await hearing.pending())
        heard = await hearing.heard(ROOM.id)
    async with database.read() as work:
        found = list(await lines.of_session(work, SESSION))
    assert (waiting, found, heard) == ([], [], SEGMENT.last_sample)


async def test_a_hypothesis_reaches_every_screen_with_its_presumed_speaker(
    database: Database,
) -> None:
    async with room_with_screen(database) as (rooms, screen):
        hearing = Hearing(database, Transcripts(database), rooms)
        await give_floor(database, WANG.id)
        await hearing.began(ROOM, 16_000)

        hearing.interim(Hypothesis(ROOM.id, 16_000, "The data ", "is"))
        hearing.interim(Hypothesis(TrackId("nobody"), 0, "", "unheard"))

        shown = screen.json(wire.INTERIM)

    assert shown == [
        {
            "track": ROOM.id,
            "first": 16_000,
            "stable": "The data ",
            "tail": "is",
            "speaker": WANG.name,
            "unit": WANG.unit_id,
            "presumed": True,
        }
    ]


async def test_one_microphone_each_needs_no_floor(database: Database) -> None:
    async with room_with_screen(database) as (rooms, screen):
        own = replace(ROOM, id=TrackId("own"), person_id=LI.id)
        async with database.write() as work:
            await tracks.add(work, own, at=1.0)
        hearing = Hearing(database, Transcripts(database), rooms)
        await give_floor(database, WANG.id)
        await hearing.began(own, 0)

        hearing.interim(Hypothesis(own.id, 0, "", "Yes"))

        (shown,) = screen.json(wire.INTERIM)
    assert (shown["speaker"], shown["presumed"]) == (LI.name, False)


async def test_every_screen_is_told_how_the_ear_is(database: Database) -> None:
    async with room_with_screen(database) as (rooms, screen):
        hearing = Hearing(database, Transcripts(database), rooms)

        hearing.status("behind", 7.4)
        hearing.status("behind", 7.2)
        hearing.status("ready", 1.9)

        told = [(one["ear"], one["lag"]) for one in screen.json(wire.HEALTH)]
    assert told[-2:] == [("behind", 7), ("ready", 0)]
    assert len(told) == 3


async def test_open_tracks_are_taken_up_again(database: Database) -> None:
    async with room_with_screen(database) as (rooms, _):
        hearing = Hearing(database, Transcripts(database), rooms)

        assert list(await hearing.unended()) == [ROOM]
