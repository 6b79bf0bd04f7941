"""A bundled recording, played into a session like a microphone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np
import pytest
from sqlalchemy import update

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import PersonId, StepId, TrackId, UnitId
from schemas.session import (
    Bilingual,
    Language,
    Person,
    SessionState,
    Step,
    Track,
    TrackKind,
    Unit,
)
from schemas.transcript import Segment, Transcript
from server.services.hearing import Hearing
from server.services.player import Player, speaker_of, turns_of
from server.services.recordings import Recordings
from server.services.sessions import Sessions
from server.services.transcripts import Transcripts
from server.store import conduct, lines, sessions, tables, tracks
from server.store.database import Database
from tests.server.ear import ROOM, mirrored, room_with_screen
from tests.server.method import LI, MODERATOR, SESSION, WANG, ZHAO, key
from transcription.bundled import MODEL, Cue, recordings
from transcription.ear import Ear, EarSettings
from transcription.recording import TrackStore

pytestmark = pytest.mark.anyio


async def at_once(_due: float) -> None:
    """Play as fast as the intake takes it, while others get their turn."""
    await anyio.lowlevel.checkpoint()


class Clock:
    now = 1_010.0

    def __call__(self) -> float:
        return self.now


class House:
    """What a playback needs."""

    def __init__(self, player: Player, ear: Ear, recordings: Recordings, store: TrackStore):
        self.player, self.ear, self.recordings, self.store = player, ear, recordings, store

    async def over(self) -> None:
        while self.player.playback(SESSION).state == "playing":
            await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def house_on(
    database: Database, root: Path, recording: str = "workshop-zh", model: Path | None = None
) -> AsyncIterator[House]:
    async with room_with_screen(database) as (rooms, _):
        async with database.write() as work:
            named = update(tables.session).values(recording=recording)
            await work.connection.execute(named.where(tables.session.c.id == SESSION))
        hearing = Hearing(database, Transcripts(database), rooms)
        async with (
            TrackStore(root) as store,
            Ear(store, hearing, hearing, EarSettings(model, 1)) as ear,
            Recordings(database, store, ear, now=lambda: 1_060.0) as opened,
            Player(
                database, opened, Sessions(database), sleep_until=at_once, now=lambda: 1_060.0
            ) as player,
        ):
            yield House(player, ear, opened, store)


async def test_a_recording_becomes_lines_of_those_whose_turn_it_was(
    database: Database, tmp_path: Path
) -> None:
    async with house_on(database, tmp_path, model=MODEL) as house:
        with anyio.fail_after(180):
            answer = await house.player.play(MODERATOR, speed=20, key=key(1))
            await house.over()
            async with database.read() as work:
                track = await tracks.get(work, TrackId(str(answer["track"])))
            await (await house.ear.listen(track)).drained()
        state = house.player.playback(SESSION).state

    async with database.read() as work:
        found = await lines.of_session(work, SESSION)
        is_ended = await tracks.is_ended(work, track.id)
    said = {line.text: line.person_id for line in found}
    assert (state, is_ended) == ("finished", True)
    assert said["大家好，欢迎参加研讨会。"] == MODERATOR.id
    assert said["各部门数据不共享。"] == WANG.id
    assert said["原因是什么？"] == MODERATOR.id
    assert said["主要原因是领导不重视。"] is None
    assert all(line.presumed == (line.person_id is not None) for line in found)
    assert "".join(line.text for line in found) == "".join(
        cue.text for cue in recordings()["workshop-zh"].cues
    )


async def test_what_was_played_is_stored_sample_by_sample(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    async with house_on(database, tmp_path) as house:
        with anyio.fail_after(120):
            answer = await house.player.play(MODERATOR, speed=20, key=key(1))
            await house.over()
        recording = await house.store.open(TrackId(str(answer["track"])))
        stored = await recording.read(0, recording.durable_sample)
    await database.close()

    expected = recordings()["workshop-zh"].samples()
    assert len(stored) == len(expected)
    assert (stored == expected).all()


async def test_the_clock_of_the_first_step_starts_with_the_recording(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    async with house_on(database, tmp_path) as house:
        async with database.write() as work:
            await sessions.add_step(work, SESSION, Step(StepId("warn"), 1, Bilingual("Warn")))
            await sessions.set_step(work, SESSION, StepId("warn"))
            await conduct.change(work, SESSION, step_since=1_000.0)

        await house.player.play(MODERATOR, speed=20, key=key(1))

        async with database.read() as work:
            assert (await conduct.get(work, SESSION)).step_since == 1_060.0
    await database.close()


async def test_playing_again_while_it_plays_changes_the_speed_of_one_playback(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    async with house_on(database, tmp_path) as house:
        first = await house.player.play(MODERATOR, speed=1, key=key(1))
        again = await house.player.play(MODERATOR, speed=20, key=key(2))
        repeated = await house.player.play(MODERATOR, speed=1, key=key(1))
        with anyio.fail_after(60):
            await house.player.play(MODERATOR, speed=0, key=key(3))
            await house.over()
        playback = house.player.playback(SESSION)
        async with database.read() as work:
            is_ended = await tracks.is_ended(work, TrackId(str(first["track"])))
    await database.close()

    assert first == again == repeated
    assert (playback.state, is_ended) == ("stopped", True)


async def test_a_session_that_closes_ends_the_playback_with_its_reason(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    async with house_on(database, tmp_path) as house:
        await house.player.play(MODERATOR, speed=20, key=key(1))
        async with database.write() as work:
            await sessions.set_state(
                work, SESSION, SessionState.CLOSED, opened_at=1000.0, closed_at=1070.0
            )
        with anyio.fail_after(60):
            await house.over()
        playback = house.player.playback(SESSION)
        await house.recordings.sweep()
        shown = await mirrored(database, "meta", "capture")
    await database.close()

    assert (playback.state, playback.code) == ("failed", "permission.denied")
    assert shown[-1] is None


async def test_what_an_earlier_process_was_playing_is_ended(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    async with house_on(database, tmp_path) as house:
        recorded = house.recordings.recorded(
            (await Sessions(database).get(SESSION)), "Demo", ROOM.language
        )
        async with database.write() as work:
            await house.recordings.add(work, recorded)
        async with Player(database, house.recordings, Sessions(database)):
            pass
        async with database.read() as work:
            is_ended = await tracks.is_ended(work, recorded.id)
            microphone = await tracks.is_ended(work, ROOM.id)
    await database.close()

    assert (is_ended, microphone) == (True, False)


async def test_who_may_not_or_cannot_play_is_told_so(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    async with house_on(database, tmp_path, recording="") as house:
        with pytest.raises(Forbidden):
            await house.player.play(WANG, speed=1, key=key(1))
        with pytest.raises(Invalid):
            await house.player.play(MODERATOR, speed=21, key=key(2))
        with pytest.raises(NotFound) as unknown:
            await house.player.play(MODERATOR, speed=1, key=key(3))
        playback = house.player.playback(SESSION)
    await database.close()

    assert unknown.value.code == "recording.unknown"
    assert playback.state == "idle"


def seat(person: Person, en: str, zh: str, *aliases: str) -> tuple[Person, Unit]:
    unit = Unit(UnitId(en), Bilingual(en, zh), "bureau", 1, aliases)
    return person, unit


SEATS = [
    (MODERATOR, None),
    seat(WANG, "Water Affairs Bureau", "市水务局"),
    seat(LI, "Financial Bureau", "市金融局", "Finance Bureau"),
    seat(ZHAO, "Public Security Bureau", "市公安局"),
]


@pytest.mark.parametrize(
    ("speaker", "unit", "who"),
    [
        ("MOD", "Moderator", MODERATOR.id),
        ("WAB", "Water Affairs Bureau", WANG.id),
        ("WAB", "水务局", WANG.id),
        ("FB", "Finance Bureau", LI.id),
        (ZHAO.name, "nowhere", ZHAO.id),
        ("HD", "和平区", None),
    ],
)
def test_a_cue_is_spoken_by_name_by_unit_or_by_the_moderator(
    speaker: str, unit: str, who: PersonId | None
) -> None:
    assert speaker_of(Cue(speaker, unit, 0.0, 1.0, ""), SEATS) == who


def test_the_floor_moves_in_the_pause_before_another_speaker() -> None:
    cues = [
        Cue("MOD", "Moderator", 1.0, 2.0, ""),
        Cue("MOD", "Moderator", 2.5, 3.0, ""),
        Cue("WAB", "水务局", 4.0, 5.0, ""),
    ]

    turns = turns_of(cues, SEATS)

    assert [(turn.sample / 16_000, turn.person_id) for turn in turns] == [
        (0.5, MODERATOR.id),
        (3.5, WANG.id),
    ]


async def test_a_recording_goes_on_where_it_was_stopped_and_is_not_played_twice(
    database: Database, tmp_path: Path
) -> None:
    whole = recordings()["workshop-zh"].samples()
    async with house_on(database, tmp_path) as house:
        await house.player.play(MODERATOR, speed=20, key=key(1))
        while house.player.playback(SESSION).position < 20.0:
            await anyio.lowlevel.checkpoint()
        await house.player.play(MODERATOR, speed=0, key=key(2))
        await house.over()
        await house.player.play(MODERATOR, speed=20, key=key(3))
        await house.over()
        with pytest.raises(Conflict) as refused:
            await house.player.play(MODERATOR, speed=20, key=key(4))
        async with database.read() as work:
            played = [one for one in await tracks.of_session(work, SESSION) if one.id != ROOM.id]
        parts = [await house.store.open(one.id) for one in played]
        sound = np.concatenate([await part.read(0, part.next_sample) for part in parts])

    assert refused.value.code == "playback.over"
    assert len(parts) == 2
    assert np.array_equal(sound, whole)


async def test_lines_of_a_fast_recording_stand_where_they_were_heard(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    segment = Segment(TrackId("played"), 320_000, 352_000)
    played = Track(TrackId("played"), SESSION, TrackKind.RECORDING, "", Language.EN, None, 10.0)
    async with room_with_screen(database) as (rooms, _):
        transcripts = Transcripts(database, clock)
        hearing = Hearing(database, transcripts, rooms, clock)
        async with database.write() as work:
            await tracks.add(work, played, at=1.0)
        clock.now = 1_015.0  # second 20 of a recording that plays four times as fast
        await hearing.began(played, segment.first_sample)
        clock.now = 1_016.0
        await transcripts.typed(LI, "typed after it", key=key(1))
        await hearing.open(segment)
        await hearing.final(Transcript(segment, "said first", Language.EN, 0.9, "micro", "kept"))

    async with database.read() as work:
        found = await lines.of_session(work, SESSION)
    assert [(line.text, line.at) for line in found] == [
        ("said first", 15.0),
        ("typed after it", 16.0),
    ]
