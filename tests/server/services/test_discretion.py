"""Off the record, strike and what becomes of the sound: nothing is left where it could be read."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, text

from realtime.rooms import Rooms
from schemas.document import LINES, META
from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import DraftId, LineId
from schemas.session import AudioMode, Language, SessionState
from schemas.transcript import LineSource, Segment, Transcript
from schemas.wire import SAMPLE_RATE
from server.services.discretion import Discretions
from server.services.hearing import Hearing
from server.services.projection import Projection
from server.services.recordings import Recordings
from server.services.transcripts import Transcripts
from server.store import drafts, lines, sessions, tables, tracks, utterances
from server.store.database import Database
from server.store.leases import Leases
from server.store.mirrors import Mirrors
from server.store.updates import open_update_log
from tests.server.ear import ROOM, mirrored
from tests.server.method import GUEST, LI, MODERATOR, SESSION, WANG, Browser, key, small_study
from tests.transcription.memory import frames
from transcription import flac, media, opus
from transcription.bundled import recordings
from transcription.ear import Ear, EarSettings, Intake
from transcription.recording import TrackStore
from transcription.samples import Samples

pytestmark = pytest.mark.anyio
SAID = "the quixotic zeppelin budget was embezzled by 张某某同志"
MARK = 12_345


@dataclass
class Clock:
    now: float = 1_060.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Hall:
    """A session with everything that can hold what was said in it."""

    database: Database
    rooms: Rooms
    store: TrackStore
    ear: Ear
    hearing: Hearing
    recordings: Recordings
    transcripts: Transcripts
    discretions: Discretions
    clock: Clock


@asynccontextmanager
async def hall(database: Database, root: Path) -> AsyncIterator[Hall]:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    clock = Clock()
    async with AsyncExitStack() as stack:
        url = database.url.render_as_string(hide_password=False)
        log = await stack.enter_async_context(open_update_log(url))
        rooms = await stack.enter_async_context(
            Rooms(log, Mirrors(database), Leases(database, "here"), snapshot_updates=2)
        )
        transcripts = Transcripts(database, clock)
        hearing = Hearing(database, transcripts, rooms)
        store = await stack.enter_async_context(TrackStore(root))
        settings = EarSettings(None, 1)
        ear = await stack.enter_async_context(Ear(store, hearing, hearing, settings, clock=clock))
        recordings = await stack.enter_async_context(Recordings(database, store, ear, now=clock))
        discretions = Discretions(database, rooms, store, (ear,), clock)
        yield Hall(
            database, rooms, store, ear, hearing, recordings, transcripts, discretions, clock
        )


async def speak(at: Hall) -> LineId:
    """Four seconds of sound on the room's track, of which the middle two are Wang's line."""
    intake = await at.recordings.listen(ROOM.id)
    sound = np.full(64_000, 7, np.int16)
    sound[16_000:48_000] = MARK
    for one in frames(sound):
        await intake.receive(one)
    segment = Segment(ROOM.id, 16_000, 48_000)
    await at.hearing.open(segment)
    await at.hearing.final(Transcript(segment, SAID, Language.EN, 0.9, "micro", "kept"))
    line_id = LineId(utterances.utterance_id(segment))
    await at.transcripts.confirm_speaker(line_id, WANG.id, by=MODERATOR, key=key(99))
    return line_id


def sound_below(folder: Path) -> list[Path]:
    return list(folder.rglob("*.pcm"))


def files_below(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


async def everywhere(at: Hall, folder: Path) -> bytes:
    """Every byte of the data folder, and every value of every table."""
    found = files_below(folder)
    async with at.database.read() as work:
        index = "search_index" if work.dialect == "postgresql" else "search_index_data"
        asked: list[Any] = [
            *map(select, tables.metadata.sorted_tables),
            text(f"SELECT * FROM {index}"),
        ]
        for statement in asked:
            for row in await work.connection.execute(statement):
                found += [one if isinstance(one, bytes) else str(one).encode() for one in row]
    return b"\0".join(found)


async def test_a_struck_line_leaves_no_byte_behind(database: Database, tmp_path: Path) -> None:
    async with hall(database, tmp_path) as at:
        line_id = await speak(at)
        room = await at.rooms.open(SESSION)
        await room.apply_mirror()
        assert await at.rooms.claim(SESSION, [77], LI.id)
        desk = Browser(room, LI, 77)
        note = desk.note("n1", "We must look at this.", line_id, quote=SAID)
        for number in range(3):
            desk.type("n1", f" More {number}.")
        await room.flushed()
        await Projection(database).follow(SESSION, room.annotations())
        draft = {"target": {"line": line_id, "quote": SAID[4:]}, "text": "mine"}
        async with database.write() as work:
            await drafts.put(work, drafts.Draft(DraftId("d"), SESSION, LI.id, draft, 1.0))
            entry: dict[str, object] = {
                "id": "e",
                "study_id": "study",
                "slug": "e",
                "kind": "problem",
                "scope": "local",
            }
            entry |= {"label_en": "E", "label_zh": "", "definition_en": "", "definition_zh": ""}
            entry |= dict[str, object](state="active", version=1, order=1, stage_id="stage")
            await work.connection.execute(insert(tables.entry).values(entry | {"created_at": 1.0}))
            await work.connection.execute(
                insert(tables.evidence).values(
                    id="v", entry_id="e", line_id=line_id, quote=SAID, created_at=1.0
                )
            )
        await at.store.commit()
        before = await everywhere(at, tmp_path)

        await at.discretions.strike(WANG, line_id, key=key(1))
        await room.apply_mirror()
        shown = room.encode()
        done = await at.discretions.redact()
        after = await everywhere(at, tmp_path)

        words = [
            b"quixotic",
            b"zeppelin",
            b"embezzled",
            "张某某".encode(),
            b"\xe6\x9f\x90\xe5\x90\x8c",
        ]
        mark = MARK.to_bytes(2, "little") * 8
        assert [word for word in [*words, mark] if word not in before] == []
        assert SAID.encode() in shown, "a note still quoted it before the redaction"
        assert [word for word in [*words, mark] if word in after] == []
        assert SAID.encode() not in room.encode()
        assert done == 1
        assert await at.discretions.redact() == 0
        [kept] = room.annotations()
        assert (kept.id, kept.text) == (note, "We must look at this. More 0. More 1. More 2.")
        assert kept.anchors[0].quote == ""
        stored = await (await at.store.open(ROOM.id)).read(0, 64_000)
        assert not stored[16_000:48_000].any()
        assert (stored[:16_000] == 7).all()
        assert (stored[48_000:] == 7).all()
        with pytest.raises(NotFound):
            await at.transcripts.line(line_id)


async def test_a_struck_line_is_gone_from_finished_sound_too(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path) as at:
        line_id = await speak(at)
        await at.recordings.end(ROOM.id)
        await at.recordings.compact()
        folder = tmp_path / ROOM.id
        finished = sorted(path.suffix for path in folder.iterdir())
        old = [path.read_bytes() for path in folder.glob("000000.*")]

        await at.discretions.strike(MODERATOR, line_id, key=key(1))
        await at.discretions.redact()
        left = files_below(tmp_path)
        await at.recordings.compact()

        lossless = flac.decode((folder / "000000.flac").read_bytes())
        stored = await (await at.store.open(ROOM.id)).read(0, 64_000)
    assert finished == [".flac", ".jsonl", ".opus"]
    assert [body for body in old if body in left] == []
    assert not stored[16_000:48_000].any()
    assert (lossless == stored).all()
    assert (stored[:16_000] == 7).all()


async def test_a_room_that_was_redacted_loads_and_goes_on(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path) as at:
        line_id = await speak(at)
        room = await at.rooms.open(SESSION)
        assert await at.rooms.claim(SESSION, [77], LI.id)
        desk = Browser(room, LI, 77)
        desk.note("n1", "One", line_id, quote=SAID)
        await at.discretions.strike(MODERATOR, line_id, key=key(1))
        await at.discretions.redact()
        room = await at.rooms.open(SESSION)
        assert room.generation == 2
        assert await at.rooms.claim(SESSION, [78], LI.id)
        returned = Browser(room, LI, 78)
        returned.hear()
        returned.type("n1", " more")
        await room.flushed()
        content = room.encode()

    async with (
        open_update_log(database.url.render_as_string(hide_password=False)) as log,
        Rooms(log, Mirrors(database), Leases(database, "here")) as rooms,
    ):
        again = await rooms.open(SESSION)
        assert [note.text for note in again.annotations()] == ["One more"]
        assert SAID.encode() not in again.encode()
        assert len(again.encode()) == len(content)


async def test_everybody_strikes_their_own_line_only(database: Database, tmp_path: Path) -> None:
    async with hall(database, tmp_path) as at:
        line_id = await speak(at)
        for stranger in (LI, GUEST):
            with pytest.raises(Forbidden):
                await at.discretions.strike(stranger, line_id, key=key(1))
        first = await at.discretions.strike(WANG, line_id, key=key(2))
        again = await at.discretions.strike(MODERATOR, line_id, key=key(3))

    assert first == again == {"line": line_id}
    assert (await mirrored(database, LINES, line_id))[-1] is None


async def test_off_the_record_leaves_a_line_with_its_length_and_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    recording = recordings()["workshop-en"]
    said = recording.samples()[: 1_600 * round(10 * recording.cues[0].end - 5)]
    async with hall(database, tmp_path) as at:
        intake = await at.recordings.listen(ROOM.id)
        for one in frames(said):
            await intake.receive(one)
        assert intake.is_open, "somebody is cut short"
        await at.discretions.set_off_record(MODERATOR, is_off=True, key=key(1))
        with pytest.raises(Conflict):
            await at.transcripts.typed(LI, "by the way", key=key(2))
        with pytest.raises(Conflict):
            await at.recordings.microphone(LI, language=Language.EN, is_room=False, key=key(3))
        for one in frames(np.full(32_000, MARK, np.int16), len(said)):
            await intake.receive(one)
        at.clock.now += 130.0
        await at.discretions.set_off_record(MODERATOR, is_off=False, key=key(4))
        await intake.end()
        async with database.read() as work:
            [gap] = await lines.of_session(work, SESSION)
        found = await everywhere(at, tmp_path)

    assert MARK.to_bytes(2, "little") * 8 not in found
    assert (gap.source, gap.text, gap.at) == (
        LineSource.GAP,
        "Off the record, 2 min 10 s.",
        60.0,
    )
    assert (gap.speaker, gap.person_id, gap.track_id, gap.end) == ("", None, None, 130.0)
    assert await mirrored(database, META, "off") == [{"since": 60.0}, None]


async def test_nothing_said_off_the_record_is_in_any_finished_form(
    database: Database, tmp_path: Path
) -> None:
    second = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    on, off = (
        np.tile((9_000 * np.sin(2 * np.pi * tone * second)).astype(np.int16), 30)
        for tone in (440.0, 1_900.0)
    )
    async with hall(database, tmp_path) as at:  # the whole data folder is below tmp_path
        intake = await at.recordings.listen(ROOM.id)
        await live(at, intake, on)
        await at.discretions.set_off_record(MODERATOR, is_off=True, key=key(1))
        await live(at, intake, off)
        await at.discretions.set_off_record(MODERATOR, is_off=False, key=key(2))
        await live(at, intake, on)
        await at.recordings.end(ROOM.id)
        compacted = await at.recordings.compact()
        found = await everywhere(at, tmp_path)

    folder = tmp_path / ROOM.id
    forms = {form: sorted(folder.glob(f"*.{form}")) for form in ("flac", "opus", "pcm")}
    (tmp_path / "whole").write_bytes(
        opus.head(ROOM.id) + b"".join(path.read_bytes() for path in forms["opus"])
    )
    sounds = [flac.decode(path.read_bytes()) for path in forms["flac"]]
    sounds += [np.concatenate([one for (one,) in media.decoded(tmp_path / "whole", stereo=False)])]
    assert compacted == 2
    assert [len(paths) for paths in forms.values()] == [2, 2, 0]
    assert off[:64].tobytes() not in found
    for sound in sounds:
        loud = np.abs(np.fft.rfft(sound.astype(np.float64))) / len(sound)
        hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
        said, kept = (loud[np.abs(hertz - tone) < 30].max() for tone in (1_900.0, 440.0))
        assert kept > 1_000
        assert said < kept / 1_000


async def live(at: Hall, intake: Intake, sound: Samples) -> None:
    """Send sound as it is spoken, by the hall's clock."""
    for one in frames(sound, intake.next_sample):
        at.clock.now += 0.1
        await intake.receive(one)


async def test_a_microphone_that_comes_back_after_a_restart_is_still_off(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path / "a") as at:
        at.clock.now = 1_032.0  # two seconds into the room's track, which began at 30
        await at.discretions.set_off_record(MODERATOR, is_off=True, key=key(1))

    async with TrackStore(tmp_path / "b") as store:
        hearing = at.hearing
        async with (
            Ear(store, hearing, hearing, EarSettings(None, 1)) as ear,
            Recordings(database, store, ear) as recordings,
        ):
            intake = await recordings.listen(ROOM.id)
            for one in frames(np.full(64_000, MARK, np.int16)):
                await intake.receive(one)
            stored = await (await store.open(ROOM.id)).read(0, 64_000)

    assert (stored[:16_000] == MARK).all()
    assert not stored[16_000:].any()


async def test_only_who_leads_or_writes_takes_the_room_off_the_record(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path) as at:
        with pytest.raises(Forbidden):
            await at.discretions.set_off_record(WANG, is_off=True, key=key(1))

        assert not await at.discretions.is_off(SESSION)


async def test_sound_declared_to_be_deleted_goes_once_the_transcript_is_proofed(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path) as at:
        await speak(at)
        await at.recordings.end(ROOM.id)
        await set_state(database, SessionState.PREPARED)
        await at.discretions.set_audio(MODERATOR, AudioMode.DELETED, key=key(1))
        await set_state(database, SessionState.CLOSED)
        await at.discretions.proofed(MODERATOR, key=key(2))

        assert not sound_below(tmp_path)
        with pytest.raises(NotFound) as gone:
            await at.recordings.wav(ROOM.id)
        assert gone.value.code == "audio.gone"


async def test_sound_that_was_declared_kept_is_not_deleted(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path) as at:
        await speak(at)
        await set_state(database, SessionState.CLOSED)
        with pytest.raises(Conflict) as refused:
            await at.discretions.proofed(MODERATOR, key=key(2))

    assert refused.value.code == "audio.kept"
    assert sound_below(tmp_path)


async def test_a_session_without_sound_opens_no_microphone(
    database: Database, tmp_path: Path
) -> None:
    async with hall(database, tmp_path) as at:
        await set_state(database, SessionState.PREPARED)
        await at.discretions.set_audio(MODERATOR, AudioMode.NONE, key=key(1))
        await set_state(database, SessionState.LIVE)
        with pytest.raises(Conflict) as refused:
            await at.recordings.microphone(LI, language=Language.EN, is_room=False, key=key(3))
        typed = await at.transcripts.typed(LI, "typed instead", key=key(4))

    assert refused.value.code == "audio.none"
    assert typed["line"]


async def test_the_wall_waits_as_long_as_it_is_told(database: Database, tmp_path: Path) -> None:
    async with hall(database, tmp_path) as at:
        await at.discretions.set_screen(MODERATOR, delay=None, blank=True, key=key(1))
        with pytest.raises(Invalid):
            await at.discretions.set_screen(MODERATOR, delay=9_999.0, blank=False, key=key(2))

    assert await mirrored(database, META, "screen") == [{"delay": None, "blank": True}]


async def set_state(database: Database, state: SessionState) -> None:
    async with database.write() as work:
        await sessions.set_state(work, SESSION, state, opened_at=1000.0, closed_at=None)
