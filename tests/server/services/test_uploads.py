"""Recordings that are brought in: pieces, restarts, refusals, and the tracks that come of them."""

import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np
import pytest
from sqlalchemy import select

from schemas.errors import Conflict, Forbidden, Invalid, Unavailable
from schemas.ids import TrackId
from schemas.session import Language
from server.services.recordings import Recordings
from server.services.uploads import TRIES, Uploads
from server.store import tables, tracks, uploads
from server.store.database import Database
from server.store.uploads import Upload
from tests.server.ear import room_with_screen
from tests.server.method import LI, MODERATOR, key
from tests.server.services.test_recordings import recordings_in, recordings_on
from tests.transcription.media_files import TONES, make, silence, tone_of
from transcription.intake import Intake
from transcription.space import space

pytestmark = pytest.mark.anyio


def wav(seconds: float, channels: int = 1, rate: int = 44_100) -> bytes:
    """A WAV file: channel n holds the level 1000 * (n + 1)."""
    levels = np.arange(1, channels + 1, dtype="<i2") * 1000
    samples = np.tile(levels, (round(seconds * rate), 1))
    body = io.BytesIO()
    with wave.open(body, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return body.getvalue()


@asynccontextmanager
async def bringing(database: Database, folder: Path) -> AsyncIterator[tuple[Uploads, Recordings]]:
    async with (
        recordings_on(database, folder / "tracks") as recordings,
        Uploads(database, recordings, folder / "uploads", now=lambda: 1_060.0) as service,
    ):
        yield service, recordings


async def begun(service: Uploads, size: int, *, stereo: bool = False, number: int = 1) -> str:
    answer = await service.begin(
        MODERATOR, name="a.wav", size=size, language=Language.EN, stereo=stereo, key=key(number)
    )
    return str(answer["upload"])


async def brought(service: Uploads, body: bytes, *, stereo: bool = False) -> Upload:
    upload_id = await begun(service, len(body), stereo=stereo)
    half = len(body) // 2
    with anyio.fail_after(60):
        await service.receive(MODERATOR, upload_id, offset=0, piece=body[:half])
        await service.receive(MODERATOR, upload_id, offset=half, piece=body[half:])
        await service.ended(upload_id)
    ((upload, _, _),) = await service.list(MODERATOR)
    return upload


async def test_a_recording_becomes_a_track_at_the_beginning_of_an_empty_session(
    database: Database, tmp_path: Path
) -> None:
    async with bringing(database, tmp_path) as (service, recordings):
        upload = await brought(service, wav(2.5))
        found = await recordings.wav(upload.tracks[0])
        samples = np.frombuffer((await found.read(0, found.size))[44:], "<i2")

    async with database.read() as work:
        track = await tracks.get(work, upload.tracks[0])
        assert await tracks.is_ended(work, track.id)
    assert (upload.state, upload.code) == ("decoded", "")
    assert upload.position == pytest.approx(2.5, abs=0.01)
    assert len(samples) == pytest.approx(40_000, abs=200)
    assert abs(int(samples[20_000]) - 1000) < 50
    assert track.offset == 0.0
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_a_stereo_interview_is_two_tracks(database: Database, tmp_path: Path) -> None:
    async with bringing(database, tmp_path) as (service, recordings):
        upload = await brought(service, wav(1.0, channels=2), stereo=True)
        levels = []
        for track_id in upload.tracks:
            found = await recordings.wav(track_id)
            levels.append(int(np.frombuffer((await found.read(44, found.size)), "<i2")[8_000]))

    assert [round(level, -3) for level in levels] == [1000, 2000]


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"%PDF-1.7 minutes of the meeting" * 50, "upload.type"), (wav(0.0), "upload.empty")],
    ids=["a document", "no sound"],
)
async def test_what_gives_no_sound_is_refused_with_the_reason(
    database: Database, tmp_path: Path, body: bytes, code: str
) -> None:
    async with bringing(database, tmp_path) as (service, _):
        upload = await brought(service, body)

    assert (upload.state, upload.code) == ("refused", code)
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_pieces_go_on_where_the_server_stands(database: Database, tmp_path: Path) -> None:
    async with bringing(database, tmp_path) as (service, _):
        upload_id = await begun(service, 100)
        await service.receive(MODERATOR, upload_id, offset=0, piece=b"x" * 40)

        with pytest.raises(Conflict) as refused:
            await service.receive(MODERATOR, upload_id, offset=0, piece=b"x" * 40)
        with pytest.raises(Conflict):
            await service.receive(MODERATOR, upload_id, offset=40, piece=b"x" * 61)
        again = await begun(service, 100)

    assert refused.value.fields["offset"] == 40
    assert again == upload_id


async def test_a_cancelled_upload_leaves_no_file(database: Database, tmp_path: Path) -> None:
    async with bringing(database, tmp_path) as (service, _):
        upload_id = await begun(service, 100)
        await service.receive(MODERATOR, upload_id, offset=0, piece=b"x" * 40)

        await service.cancel(MODERATOR, upload_id)

        with pytest.raises(Conflict, match=r"upload\.state"):
            await service.receive(MODERATOR, upload_id, offset=40, piece=b"x")
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_decoding_goes_on_after_a_restart(database: Database, tmp_path: Path) -> None:
    body = wav(3.0)
    async with recordings_on(database, tmp_path / "tracks") as recordings:
        async with Uploads(database, recordings, tmp_path / "uploads") as service:
            upload_id = await begun(service, len(body))
        (tmp_path / "uploads" / upload_id).write_bytes(body)
        async with database.write() as work:
            await uploads.change(work, upload_id, state="decoding")

        async with Uploads(database, recordings, tmp_path / "uploads") as service:
            with anyio.fail_after(60):
                await service.ended(upload_id)
            ((upload, _, _),) = await service.list(MODERATOR)

    assert upload.state == "decoded"
    async with database.read() as work:
        made = (await work.connection.execute(select(tables.track.c.id))).scalars().all()
    assert set(upload.tracks) == {TrackId(one) for one in made} - {TrackId("room")}


async def test_experts_and_empty_files_are_refused(database: Database, tmp_path: Path) -> None:
    async with bringing(database, tmp_path) as (service, _):
        with pytest.raises(Invalid, match=r"upload\.empty"):
            await begun(service, 0)
        with pytest.raises(Forbidden):
            await service.begin(
                LI, name="a", size=1, language=Language.EN, stereo=False, key=key(2)
            )


@pytest.mark.parametrize("kind", ["mp3", "m4a", "webm"])
async def test_any_common_recording_is_kept_as_it_sounds(
    database: Database, tmp_path: Path, kind: str
) -> None:
    body = make(tmp_path / "file", kind, 2.0).read_bytes()

    async with bringing(database, tmp_path) as (service, recordings):
        upload = await brought(service, body)
        found = await recordings.wav(upload.tracks[0])
        samples = np.frombuffer(await found.read(44, found.size), "<i2")

    assert (upload.state, upload.code) == ("decoded", "")
    assert upload.length == pytest.approx(2.0, abs=0.1)
    assert tone_of(samples[4_000:28_000]) == pytest.approx(TONES[0], abs=5)


async def test_of_a_stereo_film_each_side_is_a_track(database: Database, tmp_path: Path) -> None:
    body = make(tmp_path / "film", "m4a", 2.0, channels=2, video=True).read_bytes()

    async with bringing(database, tmp_path) as (service, recordings):
        upload = await brought(service, body, stereo=True)
        heard = []
        for track_id in upload.tracks:
            found = await recordings.wav(track_id)
            heard.append(np.frombuffer(await found.read(44, found.size), "<i2")[4_000:28_000])

    assert [round(tone_of(one), -1) for one in heard] == [440, 1_000]


async def test_of_a_torn_file_what_was_heard_stays_and_the_reason_is_said(
    database: Database, tmp_path: Path
) -> None:
    whole = make(tmp_path / "file", "flac", 12.0).read_bytes()

    async with bringing(database, tmp_path) as (service, recordings):
        upload = await brought(service, whole[: len(whole) // 2])
        seconds = await recordings.length(upload.tracks[0]) / 16_000

    assert (upload.state, upload.code) == ("refused", "upload.corrupt")
    assert 4 < seconds < 7
    async with database.read() as work:
        assert await tracks.is_ended(work, upload.tracks[0])
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_hours_of_sound_are_read_piece_by_piece_and_stop_when_told(
    database: Database, tmp_path: Path
) -> None:
    three_hours = 3 * 3600
    body = silence(tmp_path / "file", three_hours).read_bytes()

    async with bringing(database, tmp_path) as (service, recordings):
        upload_id = await begun(service, len(body))
        with anyio.fail_after(60):
            await service.receive(MODERATOR, upload_id, offset=0, piece=body)
            while (upload := await _first(service)).position < 20:
                await anyio.lowlevel.checkpoint()
        await service.cancel(MODERATOR, upload_id)
        with anyio.fail_after(60):
            await service.ended(upload_id)
        cancelled = await _first(service)
        kept = await recordings.length(upload.tracks[0]) / 16_000

    assert (upload.state, round(upload.length)) == ("decoding", three_hours)
    assert cancelled.state == "cancelled"
    assert 20 <= kept < 600
    async with database.read() as work:
        assert await tracks.is_ended(work, upload.tracks[0])
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_a_recording_may_not_take_the_room_of_live_microphones(
    database: Database, tmp_path: Path
) -> None:
    async with room_with_screen(database) as (rooms, _):
        reserve = space(tmp_path, 0).free // 2 - 50_000_000
        async with (
            recordings_in(
                database, rooms, tmp_path / "tracks", reserve_bytes=reserve
            ) as recordings,
            Uploads(database, recordings, tmp_path / "uploads") as service,
        ):
            with pytest.raises(Invalid, match=r"upload\.no_room"):
                await begun(service, 1_000_000_000)
            await begun(service, 1_000_000)


async def test_what_is_longer_than_the_disk_holds_is_refused_before_it_is_decoded(
    database: Database, tmp_path: Path
) -> None:
    body = silence(tmp_path / "file", 600.0).read_bytes()
    async with room_with_screen(database) as (rooms, _):
        free = space(tmp_path, 0).free
        reserve = (free - 10_000_000) // 2  # the file has room, its ten minutes of sound have none
        async with (
            recordings_in(
                database, rooms, tmp_path / "tracks", reserve_bytes=reserve
            ) as recordings,
            Uploads(database, recordings, tmp_path / "uploads") as service,
        ):
            upload = await brought(service, body)

    assert (upload.state, upload.code, upload.tracks) == ("refused", "upload.no_room", ())


async def test_a_disk_that_fills_up_meanwhile_only_delays_it(
    database: Database, tmp_path: Path
) -> None:
    body = wav(3.0)
    async with room_with_screen(database) as (rooms, _):
        async with recordings_in(database, rooms, tmp_path / "tracks") as recordings:
            async with Uploads(database, recordings, tmp_path / "uploads") as service:
                upload_id = await begun(service, len(body))
            (tmp_path / "uploads" / upload_id).write_bytes(body)
        full = 1 << 60
        async with (
            recordings_in(database, rooms, tmp_path / "tracks", reserve_bytes=full) as recordings,
            Uploads(database, recordings, tmp_path / "uploads") as service,
        ):
            with anyio.fail_after(60):
                while not (held := await _first(service)).code:
                    await anyio.lowlevel.checkpoint()
        async with (
            recordings_in(database, rooms, tmp_path / "tracks") as recordings,
            Uploads(database, recordings, tmp_path / "uploads") as service,
        ):
            with anyio.fail_after(60):
                await service.ended(upload_id)
            upload = await _first(service)

    assert (held.state, held.code) == ("decoding", "audio.disk_full")
    assert (upload.state, upload.code) == ("decoded", "")


async def test_a_start_takes_up_what_is_whole_and_sweeps_what_nobody_wants(
    database: Database, tmp_path: Path
) -> None:
    body = wav(1.0)
    async with recordings_on(database, tmp_path / "tracks") as recordings:
        async with Uploads(database, recordings, tmp_path / "uploads") as service:
            upload_id = await begun(service, len(body))
        (tmp_path / "uploads" / upload_id).write_bytes(body)
        (tmp_path / "uploads" / "left-by-a-crash").write_bytes(b"x")

        async with Uploads(database, recordings, tmp_path / "uploads") as service:
            with anyio.fail_after(60):
                await service.ended(upload_id)
            upload = await _first(service)

    assert upload.state == "decoded"
    assert list((tmp_path / "uploads").iterdir()) == []


async def _first(service: Uploads) -> Upload:
    ((upload, _, _),) = await service.list(MODERATOR)
    return upload


async def test_what_nobody_foresaw_is_tried_again_then_said_and_never_left_waiting(
    database: Database, tmp_path: Path
) -> None:
    body = wav(1.0)
    async with bringing(database, tmp_path) as (service, recordings):
        listen, met = recordings.listen, 0

        async def fail(_: TrackId) -> Intake:
            nonlocal met
            met += 1
            raise Unavailable("database.unavailable") if met < 3 else KeyError("row")

        recordings.listen = fail  # type: ignore[method-assign]
        service._held_seconds = 0.0
        upload = await brought(service, body)
        again = await begun(service, len(body), number=2)
        recordings.listen = listen  # type: ignore[method-assign]
        await service.receive(MODERATOR, again, offset=0, piece=body)
        with anyio.fail_after(60):
            await service.ended(again)
        after = {one.id: one.state for one, _, _ in await service.list(MODERATOR)}

    assert (upload.state, upload.code, met) == ("refused", "server.failed", 2 + 1 + TRIES)
    assert after == {upload.id: "refused", again: "decoded"}
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_a_piece_that_is_sent_twice_at_once_is_kept_once(
    database: Database, tmp_path: Path
) -> None:
    body = wav(1.0)
    refused: list[str] = []
    async with bringing(database, tmp_path) as (service, _):
        upload_id = await begun(service, len(body))

        async def send() -> None:
            try:
                await service.receive(MODERATOR, upload_id, offset=0, piece=body)
            except Conflict as error:
                refused.append(error.code)

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(send)
        with anyio.fail_after(60):
            await service.ended(upload_id)
        upload = await _first(service)

    assert upload.state == "decoded"
    assert len(refused) == 3
