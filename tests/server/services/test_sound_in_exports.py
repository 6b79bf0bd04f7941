"""Sound in a REFI-QDA project: inside or beside, tied to its lines, silent where a unit wants it so."""

import io
import wave
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from sqlalchemy import insert, update

from schemas.errors import Invalid, Unavailable
from schemas.ids import AccountId, TrackId
from schemas.session import Language
from server.domain.formats import refi_reader
from server.domain.formats.forms import Form
from server.domain.formats.refi import guid
from server.services.exports import KEY, SOUND, Exports, Tracks, Wish, export_to
from server.services.jobs import Going, Jobs, Stopped
from server.store import discretion, homes, tables
from server.store.database import Database
from server.store.jobs import Job, JobId, JobState
from tests.server.closed_session import closed_session
from tests.server.method import SESSION, STUDY, TRAFFIC, WATER, small_study
from tests.server.services.test_export_forms import REFI, schema
from transcription.segments import Segments

pytestmark = pytest.mark.anyio
WISH = Wish(Form.QDPX, Language.EN, sound=True)
RATE, LENGTH = 16_000, 30 * 16_000
FIRST, SECOND = TrackId("track-line-1"), TrackId("track-line-2")
TONE = (np.arange(LENGTH) % 200 + 1).astype("<i2")


@pytest.fixture
async def tracks(database: Database, tmp_path: Path) -> Tracks:
    """Half a minute of sound on each of the two tracks of a closed session."""
    await small_study(database)
    await closed_session(database)
    folder = tmp_path / "tracks"
    for track in (FIRST, SECOND):
        Segments(folder / track).write(0, TONE.tobytes(), [("commit", 1, LENGTH)])
    return Tracks(folder)


async def without_sound(database: Database, tracks: Tracks, tmp_path: Path) -> bytes:
    """The same study exported without its sound."""
    to = tmp_path / "silent.qdpx"
    await export_to(database, STUDY, Wish(Form.QDPX, Language.EN), to, tracks)
    return to.read_bytes()


async def made(database: Database, tracks: Tracks, tmp_path: Path) -> Mapping[str, bytes]:
    """What an export on the command line writes, by the ends of the names."""
    paths = await export_to(database, STUDY, WISH, tmp_path / "x.qdpx", tracks)
    return {path.name.removeprefix("x."): path.read_bytes() for path in paths}


def samples(content: bytes) -> np.ndarray:
    """The samples of a WAV file, which is what it says."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def tree(content: bytes) -> etree._Element:
    """The project's own file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read("project.qde"))


def job(params: Mapping[str, object]) -> Job:
    """A job as the engine hands it to its runner."""
    return Job(JobId("job"), STUDY, None, AccountId("owner"), "export", params, JobState.RUNNING, 1.0)  # fmt: skip


def sound_in(content: bytes, folder: str = "sources/") -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".wav")]
        return {name.removeprefix(folder): archive.read(name) for name in names}


async def test_each_track_is_a_source_of_its_own_tied_to_its_lines(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    content = (await made(database, tracks, tmp_path))["qdpx"]

    root = tree(content)
    schema().assertValid(root)
    files = sound_in(content)
    sources = list(root.iter(f"{REFI}AudioSource"))
    assert [one.get("path") for one in sources] == [f"internal://{name}" for name in files]
    assert all((samples(one) == TONE).all() for one in files.values())
    [text] = root.iter(f"{REFI}TextSource")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:

        def words(path: str | None) -> str:
            return archive.read(f"sources/{str(path).removeprefix('internal://')}").decode()

        [transcript] = sources[0].iter(f"{REFI}Transcript")
        said = words(transcript.get("plainTextPath"))
        assert said == words(text.get("plainTextPath"))
    points = [(one.get("timeStamp"), int(str(one.get("position")))) for one in transcript.iter(f"{REFI}SyncPoint")]  # fmt: skip
    assert [second for second, _ in points] == ["22200", "26400"]
    assert said[points[0][1] : points[1][1]] == "Our main problem is that data is not shared."


async def test_read_back_a_text_has_its_times_and_is_there_once(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    content = (await made(database, tracks, tmp_path))["qdpx"]

    found = refi_reader.read(content)
    silent = refi_reader.read(await without_sound(database, tracks, tmp_path))
    [one] = found.sources
    assert one.media
    assert [second for second, _ in one.sync] == [22.2, 26.4]
    assert [each.text for each in silent.sources] == [one.text]
    assert silent.sources[0].selections == one.selections


async def test_more_than_goes_inside_is_an_archive_beside_it(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    small = Tracks(tracks.folder, inside=LENGTH)

    found = await made(database, small, tmp_path)
    beside = sound_in(found["sound.zip"], "")
    root = tree(found["qdpx"])
    schema().assertValid(root)
    assert not sound_in(found["qdpx"])
    paths = [one.get("path") for one in root.iter(f"{REFI}AudioSource")]
    assert paths == [f"relative:///{guid(track)}.wav" for track in (FIRST, SECOND)]
    assert [f"relative:///{name}" for name in beside] == paths


@pytest.mark.parametrize("choice", ["not", "without"])
async def test_who_is_not_to_be_quoted_by_name_is_not_heard(
    database: Database, tracks: Tracks, tmp_path: Path, choice: str
) -> None:
    row = {"session_id": SESSION, "unit_id": WATER, "token_sha256": "t", "quoting": choice}
    async with database.write() as work:
        line = tables.line.c
        await work.connection.execute(
            update(tables.line).where(line.id == "line-2").values(unit_id=TRAFFIC)
        )
        await work.connection.execute(insert(tables.unit_return).values(row))

    files = sound_in((await made(database, tracks, tmp_path))["qdpx"])
    first, second = (samples(files[f"{guid(track)}.wav"]) for track in (FIRST, SECOND))
    begin, end = int(21.7 * RATE), round(26.9 * RATE)
    assert not first[begin:end].any()
    assert (first[:begin] == TONE[:begin]).all()
    assert (first[end:] == TONE[end:]).all()
    assert (second == TONE).all()


async def test_deleted_sound_is_in_no_export(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    async with database.write() as work:
        await discretion.change(work, SESSION, proofed_at=5.0)

    content = (await made(database, tracks, tmp_path))["qdpx"]
    assert not sound_in(content)
    assert refi_reader.read(content).sources[0].media == ""


async def test_sound_goes_with_a_project_and_with_names_only(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    exports = Exports(database, Jobs(database), tmp_path / "exports", tracks=tracks)
    veiled = Wish(Form.QDPX, Language.EN, pseudonyms=True, sound=True)
    table = Wish(Form.CSV, Language.EN, sound=True)

    for wish, code in ((veiled, "export.voice"), (table, "export.no_sound")):
        with pytest.raises(Invalid, match=code):
            await exports.ask(AccountId("owner"), STUDY, wish)
        with pytest.raises(Invalid, match=code):
            await export_to(database, STUDY, wish, tmp_path / "x", tracks)
    assert not (tmp_path / "x").exists()


async def test_sound_on_another_node_is_refused_with_the_reason(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    async with database.write() as work:
        await homes.settle(work, FIRST, "other")

    with pytest.raises(Unavailable, match=r"audio\.elsewhere"):
        await made(database, Tracks(tracks.folder, "here"), tmp_path)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("x")] == []  # noqa: ASYNC240


async def test_stopped_in_the_sound_nothing_half_is_left(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    class Impatient(Going):
        def report(self, done: int, total: int) -> None:
            """The reading is over before it is stopped."""

        def check(self) -> None:
            raise Stopped

    exports = Exports(database, Jobs(database), tmp_path / "exports", tracks=tracks)
    params = {"form": "qdpx", "language": "en", "pseudonyms": False, "origin": "", "sound": True}
    going = Impatient()

    with pytest.raises(Stopped):
        await exports.run(job(params), going)
    assert not [one for one in (tmp_path / "exports").rglob("*") if one.is_file()]


async def test_sound_beside_is_a_file_of_the_job(
    database: Database, tracks: Tracks, tmp_path: Path
) -> None:
    small = Tracks(tracks.folder, inside=1)
    exports = Exports(database, Jobs(database), tmp_path / "exports", tracks=small)
    params = {"form": "qdpx", "language": "en", "pseudonyms": False, "origin": "", "sound": True}

    files = await exports.run(job(params), Going())
    roles = [one.role for one in files]
    assert roles == ["export", SOUND]
    assert KEY not in roles
    assert files[1].name.endswith(".sound.zip")
