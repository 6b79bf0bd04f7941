"""A session heard again: better where nobody touched it, offered where somebody did, nothing lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from schemas.errors import Conflict, Forbidden, NotFound, Unavailable
from schemas.ids import LineId
from schemas.session import Language
from schemas.transcript import Segment, Transcript
from server.domain.anchors import Place, resolve
from server.services.corrections import Corrections
from server.services.hearing import Hearing
from server.services.rehearing import Rehearings
from server.services.transcripts import Transcripts
from server.store import differences, lines, rehearings, utterances
from server.store.database import Database
from server.store.rehearings import Rehearing
from tests.server.ear import ROOM, room_with_screen
from tests.server.method import LI, MODERATOR, SESSION, key
from tests.transcription.memory import frames
from transcription import bundled
from transcription.ear import Ear, EarSettings, Pinned
from transcription.recording import TrackStore

pytestmark = pytest.mark.anyio


class Again:
    """A session whose sound is the bundled recording, badly heard the first time."""

    def __init__(self, database: Database, store: TrackStore, hearing: Hearing) -> None:
        self.database = database
        self.store = store
        self.hearing = hearing
        self.corrections = Corrections(database, now=lambda: 1_200.0)
        self.cues = bundled.recordings()["workshop-en"].cues[:4]

    async def badly_heard(self) -> list[LineId]:
        """One utterance for each cue, each a line with a word wrong."""
        recording = await self.store.open(ROOM.id)
        end = round((self.cues[-1].end + 1) * 16_000)
        for one in frames(bundled.recordings()["workshop-en"].samples()[:end], size=16_000):
            recording.append(one)
        await recording.commit()
        found = []
        for cue in self.cues:
            segment = Segment(
                ROOM.id, round((cue.start - 0.2) * 16_000), round((cue.end + 0.2) * 16_000)
            )
            await self.hearing.open(segment)
            heard = Transcript(segment, f"zebra {cue.text[4:]}", Language.EN, 0.9, "poor", "kept")
            await self.hearing.final(heard)
            found.append(LineId(utterances.utterance_id(segment)))
        return found

    async def lines(self) -> dict[LineId, lines.Line]:
        async with self.database.read() as work:
            return {one.id: one for one in await lines.of_session(work, SESSION)}


@asynccontextmanager
async def again_on(database: Database, root: Path) -> AsyncIterator[tuple[Again, Rehearings]]:
    async with room_with_screen(database) as (rooms, _):
        hearing = Hearing(database, Transcripts(database), rooms)
        async with (
            TrackStore(root / "tracks") as store,
            Ear(store, hearing, hearing, EarSettings(None, 1)) as ear,
        ):
            again = Again(database, store, hearing)
            async with Rehearings(
                database, store, ear, Pinned(), again.corrections, bundled.MODEL, root / "models"
            ) as service:
                yield again, service


async def finished(service: Rehearings, number: int = 1) -> Rehearing:
    answer = await service.begin(MODERATOR, name="micro-whisper", key=key(number))
    with anyio.fail_after(120):
        await service.ended(str(answer["rehearing"]))
    return (await service.list(MODERATOR))[0]


async def test_what_nobody_touched_is_better_and_what_somebody_corrected_is_offered(
    database: Database, tmp_path: Path
) -> None:
    async with again_on(database, tmp_path) as (again, service):
        first, second, third, fourth = await again.badly_heard()
        mine = "My own words stand here"
        await again.corrections.correct(MODERATOR, second, revision=0, text=mine, key=key(50))
        text = (await again.lines())[third].text
        half = len(text) // 2
        await again.corrections.split(MODERATOR, third, revision=0, at=half, key=key(51))
        joined = await again.corrections.join(MODERATOR, fourth, revision=0, key=key(52))

        done = await finished(service)
        now = await again.lines()
        async with database.read() as work:
            offered = await differences.still_open(work, SESSION)
            kept = [one.text for one in await lines.versions(work, first)]

    assert (done.state, done.done, done.total) == ("done", 4, 4)
    assert now[first].text.casefold().startswith(again.cues[0].text[:12].casefold())
    assert now[first].revision == 1
    assert kept[0].startswith("zebra")
    assert now[second].text == mine
    about = [one.line_id for one in offered]
    assert second in about
    assert third in about, "it was split: a person's hand was in it"
    assert {one.origin for one in offered} == {"heard"}
    assert done.offered == len(offered)
    word = again.cues[0].text.split()[2]
    start = kept[0].index(word)
    shown = resolve(Place(first, start, start + len(word)), 0, lambda one: now[one].edits)
    assert shown is not None
    assert not shown.is_lost
    assert now[first].text[shown.place.start : shown.place.end] == word
    assert joined["line"] != fourth


async def test_done_again_it_changes_nothing(database: Database, tmp_path: Path) -> None:
    async with again_on(database, tmp_path) as (again, service):
        await again.badly_heard()
        await finished(service)
        before = await again.lines()
        second = await finished(service, 2)

        assert (second.changed, second.offered) == (0, 0)
        assert await again.lines() == before


async def test_it_goes_on_after_a_restart_and_can_be_cancelled(
    database: Database, tmp_path: Path
) -> None:
    async with again_on(database, tmp_path) as (again, service):
        found = await again.badly_heard()
        half = Rehearing("r", SESSION, MODERATOR.id, "micro-whisper", "running", 2, 4, 2, 0, "")
        async with database.write() as work:
            await rehearings.add(work, half, at=1.0)
        with pytest.raises(Conflict, match=r"rehearing\.running"):
            await service.begin(MODERATOR, name="micro-whisper", key=key(9))
        async with Rehearings(
            database, again.store, service._ear, Pinned(), again.corrections,
            bundled.MODEL, tmp_path,
        ) as restarted:  # fmt: skip
            with anyio.fail_after(120):
                await restarted.ended("r")
        now = await again.lines()
        assert [now[one].text.startswith("zebra") for one in found] == [True, True, False, False]
        assert (await service.list(MODERATOR))[0].done == 4

        answer = await service.begin(MODERATOR, name="micro-whisper", key=key(10))
        await service.cancel(MODERATOR, str(answer["rehearing"]))
        with anyio.fail_after(60):
            await service.ended(str(answer["rehearing"]))
        states = {one.id: one.state for one in await service.list(MODERATOR)}
    assert states == {"r": "done", str(answer["rehearing"]): "cancelled"}


async def test_what_nobody_foresaw_is_said_and_another_may_begin(
    database: Database, tmp_path: Path
) -> None:
    async with again_on(database, tmp_path) as (again, service):
        await again.badly_heard()
        hear, met = service._hear, 0

        async def fail(_: Rehearing) -> None:
            nonlocal met
            met += 1
            raise Unavailable("database.unavailable") if met < 3 else KeyError("row")

        service._hear, service._retry_seconds = fail, 0.0  # type: ignore[method-assign]
        broken = await finished(service)
        service._hear = hear  # type: ignore[method-assign]
        whole = await finished(service, 2)

    assert (broken.state, broken.code, met) == ("failed", "server.failed", 3)
    assert (whole.state, whole.code) == ("done", "")


async def test_what_was_dropped_is_offered_and_what_was_silenced_is_not(
    database: Database, tmp_path: Path
) -> None:
    async with again_on(database, tmp_path) as (again, service):
        await again.badly_heard()
        cue = bundled.recordings()["workshop-en"].cues[0]
        segment = Segment(
            ROOM.id, round((cue.start - 0.3) * 16_000), round((cue.end + 0.2) * 16_000)
        )
        async with database.write() as work:
            for one in list(await again.lines()):
                await work.connection.execute(
                    lines.tables.line.delete().where(lines.tables.line.c.id == one)
                )
        recording = await again.store.open(ROOM.id)
        await recording.silence(segment.last_sample, recording.next_sample)

        done = await finished(service)

        async with database.read() as work:
            [one] = await differences.still_open(work, SESSION)
    assert (done.changed, done.offered) == (0, 1)
    assert one.line_id is None
    assert one.start == pytest.approx(ROOM.offset + cue.start, abs=0.5)


async def test_who_may_and_what_there_must_be(database: Database, tmp_path: Path) -> None:
    async with again_on(database, tmp_path) as (again, service):
        with pytest.raises(NotFound, match=r"rehearing\.model"):
            await service.begin(MODERATOR, name="large", key=key(1))
        with pytest.raises(Conflict, match=r"rehearing\.nothing"):
            await service.begin(MODERATOR, name="micro-whisper", key=key(2))
        await again.badly_heard()
        with pytest.raises(Forbidden):
            await service.begin(LI, name="micro-whisper", key=key(3))
