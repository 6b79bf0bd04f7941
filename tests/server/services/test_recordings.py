"""Opening and ending tracks, and reading them back as WAV while they grow."""

import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np
import pytest

from realtime.rooms import Rooms
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.ids import PersonId
from schemas.session import Language, SessionState
from server.services.hearing import Hearing
from server.services.player import Player
from server.services.recordings import QUIET, Recordings
from server.services.sessions import Sessions
from server.services.transcripts import Transcripts
from server.store import sessions, tracks
from server.store.database import Database
from tests.server.ear import ROOM, mirrored, room_with_screen
from tests.server.method import GUEST, LI, MODERATOR, SESSION, WANG, key
from tests.transcription.memory import frames, noise
from transcription.ear import Ear, EarSettings
from transcription.errors import DiskFull
from transcription.recording import TrackStore

pytestmark = pytest.mark.anyio


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def recordings_on(
    database: Database, root: Path, clock: Clock | None = None
) -> AsyncIterator[Recordings]:
    async with (
        room_with_screen(database) as (rooms, _),
        recordings_in(database, rooms, root, clock) as recordings,
    ):
        yield recordings


@asynccontextmanager
async def recordings_in(
    database: Database,
    rooms: Rooms,
    root: Path,
    clock: Clock | None = None,
    *,
    reserve_bytes: int = 200_000_000,
) -> AsyncIterator[Recordings]:
    hearing = Hearing(database, Transcripts(database), rooms)
    async with (
        TrackStore(root, reserve_bytes=reserve_bytes) as store,
        Ear(store, hearing, hearing, EarSettings(None, 1), clock=clock or Clock()) as ear,
        Recordings(database, store, ear, now=lambda: 1_060.0) as recordings,
    ):
        yield recordings


async def test_a_microphone_is_opened_once_for_each_key(database: Database, tmp_path: Path) -> None:
    async with recordings_on(database, tmp_path) as recordings:
        ask = {"language": Language.ZH, "is_room": False, "key": key(1)}
        first = await recordings.microphone(WANG, **ask)
        again = await recordings.microphone(WANG, **ask)

    async with database.read() as work:
        track = await tracks.get(work, first)
    assert again == first
    assert (track.person_id, track.language, track.offset) == (WANG.id, Language.ZH, 60.0)
    assert await mirrored(database, "meta", "capture") == [
        {"kind": "microphone", "label": WANG.name}
    ]


async def test_the_room_s_microphone_belongs_to_nobody(database: Database, tmp_path: Path) -> None:
    async with recordings_on(database, tmp_path) as recordings:
        opened = await recordings.microphone(
            MODERATOR, language=Language.EN, is_room=True, key=key(1)
        )
        with pytest.raises(Forbidden):
            await recordings.microphone(LI, language=Language.EN, is_room=True, key=key(2))
        with pytest.raises(Forbidden):
            await recordings.microphone(GUEST, language=Language.EN, is_room=False, key=key(3))

    async with database.read() as work:
        assert (await tracks.get(work, opened)).person_id is None


async def test_a_track_goes_on_for_its_owner_alone(database: Database, tmp_path: Path) -> None:
    async with recordings_on(database, tmp_path) as recordings:
        opened = await recordings.microphone(WANG, language=Language.EN, is_room=False, key=key(1))
        track = await recordings.resumable(opened, WANG)
        with pytest.raises(Forbidden):
            await recordings.resumable(opened, LI)
        await recordings.end(opened)
        with pytest.raises(Conflict) as refused:
            await recordings.resumable(opened, WANG)

    assert track.id == opened
    assert refused.value.code == "audio.ended"


async def test_screens_say_recording_until_the_last_track_ends(
    database: Database, tmp_path: Path
) -> None:
    async with recordings_on(database, tmp_path) as recordings:
        opened = await recordings.microphone(WANG, language=Language.EN, is_room=False, key=key(1))
        await recordings.end(opened)
        between = await mirrored(database, "meta", "capture")
        await recordings.end(ROOM.id)
        await recordings.end(ROOM.id)

    assert between[-1] is not None
    assert (await mirrored(database, "meta", "capture"))[1:] == [None]


async def test_a_wav_has_the_very_samples_also_while_it_grows(
    database: Database, tmp_path: Path
) -> None:
    samples = noise(1.5)
    async with recordings_on(database, tmp_path) as recordings:
        intake = await recordings.listen(ROOM.id)
        for one in frames(samples[:16_000]):
            await intake.receive(one)
        early = await recordings.wav(ROOM.id)
        for one in frames(samples[16_000:], 16_000):
            await intake.receive(one)
        late = await recordings.wav(ROOM.id)
        whole = await late.read(0, late.size)
        parts = [await late.read(at, min(late.size, at + 7001)) for at in range(0, late.size, 7001)]
        grown = await early.read(0, early.size)

    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        found = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert (found == samples).all()
    assert b"".join(parts) == whole
    assert grown[44:] == whole[44 : 44 + 32_000]


async def test_tracks_of_a_closed_session_are_ended(database: Database, tmp_path: Path) -> None:
    async with recordings_on(database, tmp_path) as recordings:
        async with database.write() as work:
            await sessions.set_state(
                work, SESSION, SessionState.CLOSED, opened_at=1000.0, closed_at=1010.0
            )

        await recordings.sweep()

    async with database.read() as work:
        assert await tracks.is_ended(work, ROOM.id)


async def test_a_track_whose_sender_never_comes_back_is_ended(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    async with recordings_on(database, tmp_path, clock) as recordings:
        await recordings.listen(ROOM.id)
        await recordings.sweep()
        async with database.read() as work:
            before = await tracks.is_ended(work, ROOM.id)
        clock.now = 601.0
        await recordings.sweep()
        async with database.read() as work:
            after = await tracks.is_ended(work, ROOM.id)

    assert (before, after) == (False, True)


async def test_another_session_s_track_is_not_there(database: Database, tmp_path: Path) -> None:
    stranger = type(WANG)(PersonId("x"), "other", "X", WANG.role, None, WANG.language)  # type: ignore[arg-type]
    async with recordings_on(database, tmp_path) as recordings:
        with anyio.fail_after(5), pytest.raises(NotFound):
            await recordings.resumable(ROOM.id, stranger)


async def test_a_browser_that_vanished_is_not_shown_as_recording(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    async with recordings_on(database, tmp_path, clock) as recordings:
        opened = await recordings.microphone(WANG, language=Language.EN, is_room=False, key=key(1))
        await recordings.end(ROOM.id)
        intake = await recordings.listen(opened)
        [one, *others] = frames(noise(0.2))
        await intake.receive(one)
        clock.now = QUIET + 1
        await recordings.sweep()
        clock.now += 1
        await intake.receive(others[0])
        await recordings.sweep()

    wang = {"kind": "microphone", "label": WANG.name}
    assert await mirrored(database, "meta", "capture") == [wang, None, wang]


async def test_a_new_microphone_is_not_taken_for_an_abandoned_one(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    async with recordings_on(database, tmp_path, clock) as recordings:
        clock.now = 3_600.0
        opened = await recordings.microphone(WANG, language=Language.EN, is_room=False, key=key(1))
        await recordings.sweep()

    async with database.read() as work:
        assert not await tracks.is_ended(work, opened)


async def test_a_full_disk_opens_no_microphone_and_no_playback(
    database: Database, tmp_path: Path
) -> None:
    async with (
        room_with_screen(database) as (rooms, _),
        recordings_in(database, rooms, tmp_path, reserve_bytes=1 << 60) as recordings,
    ):
        with pytest.raises(DiskFull, match=r"audio\.disk_full"):
            await recordings.microphone(WANG, language=Language.EN, is_room=False, key=key(1))
        async with Player(database, recordings, Sessions(database)) as player:
            with pytest.raises(DiskFull):
                await player.play(MODERATOR, speed=1.0, key=key(2))

    async with database.read() as work:
        assert [one.id for one in await tracks.unended_of(work, "")] == [ROOM.id]
