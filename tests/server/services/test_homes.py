"""Two nodes on one database, each with a disk of its own: neither touches the other's sound."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import pytest

from realtime.rooms import Rooms
from schemas.errors import Unavailable
from schemas.ids import LineId, TrackId
from schemas.session import Language, SessionState
from schemas.transcript import Segment, Transcript
from server.services.discretion import Discretions
from server.services.hearing import Hearing
from server.services.player import Player
from server.services.recordings import ABANDONED, Recordings
from server.services.sessions import Sessions
from server.services.transcripts import Transcripts
from server.store import sessions, tables, tracks, utterances
from server.store.database import Database
from server.store.leases import Leases
from server.store.mirrors import Mirrors
from server.store.updates import open_update_log
from tests.server.ear import room_with_screen
from tests.server.method import MODERATOR, SESSION, WANG, key
from tests.transcription.memory import frames, noise
from transcription.bundled import MODEL
from transcription.ear import Ear, EarSettings
from transcription.recording import TrackStore

pytestmark = pytest.mark.anyio


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Node:
    """One node's ear and recordings, and what it takes back of struck lines."""

    def __init__(
        self,
        recordings: Recordings,
        hearing: Hearing,
        store: TrackStore,
        discretions: Discretions,
        rooms: Rooms,
    ) -> None:
        self.recordings, self.hearing, self.store = recordings, hearing, store
        self.discretions, self.rooms = discretions, rooms
        self.clock = Clock()


@asynccontextmanager
async def two_nodes(database: Database, folder: Path) -> AsyncIterator[tuple[Node, Node]]:
    async with room_with_screen(database) as (rooms, _), AsyncExitStack() as stack:
        nodes, url = [], database.url.render_as_string(hide_password=False)
        log = await stack.enter_async_context(open_update_log(url))
        for name in ("one", "two"):
            hearing = Hearing(database, Transcripts(database), rooms, node=name)
            clock = Clock()
            store = await stack.enter_async_context(TrackStore(folder / name))
            ear = await stack.enter_async_context(
                Ear(store, hearing, hearing, EarSettings(None, 1), clock=clock)
            )
            recordings = await stack.enter_async_context(
                Recordings(database, store, ear, now=lambda: 1_060.0, node=name)
            )
            own = await stack.enter_async_context(
                Rooms(log, Mirrors(database), Leases(database, name))
            )
            discretions = Discretions(database, own, store, (ear,), lambda: 1_070.0, node=name)
            node = Node(recordings, hearing, store, discretions, own)
            node.clock = clock
            nodes.append(node)
        yield nodes[0], nodes[1]


async def spoken(at: Node) -> TrackId:
    """A microphone into which four seconds were said, and an utterance that waits."""
    track_id = await at.recordings.microphone(WANG, language=Language.EN, is_room=False, key=key(1))
    intake = await at.recordings.listen(track_id)
    for one in frames(noise(4.0)):
        await intake.receive(one)
    await at.hearing.open(Segment(track_id, 16_000, 48_000))
    return track_id


async def test_a_node_neither_ends_nor_hears_what_another_one_records(
    database: Database, tmp_path: Path
) -> None:
    async with two_nodes(database, tmp_path) as (one, two):
        track_id = await spoken(one)
        two.clock.now += 2 * ABANDONED

        await two.recordings.sweep()
        async with Player(database, two.recordings, Sessions(database)):
            pass

        async with database.read() as work:
            assert not await tracks.is_ended(work, track_id)
        assert track_id in [track.id for track in await one.hearing.unended()]
        assert track_id not in [track.id for track in await two.hearing.unended()]
        assert [each.segment.first_sample for each in await one.hearing.pending()] == [16_000]
        assert await two.hearing.pending() == []


async def test_a_node_that_starts_leaves_another_s_words_to_it(
    database: Database, tmp_path: Path
) -> None:
    async with two_nodes(database, tmp_path) as (one, two):
        await spoken(one)
        async with (
            TrackStore(tmp_path / "three") as store,
            Ear(store, two.hearing, two.hearing, EarSettings(MODEL, 1)) as ear,
        ):
            with anyio.fail_after(60):
                while ear.status.state != "ready":
                    await anyio.lowlevel.checkpoint()
                await ear.caught_up()
        async with database.read() as work:
            states = (await work.connection.execute(tables.utterance.select())).all()
    assert [row.state for row in states] == ["pending"]


async def test_sound_that_lies_elsewhere_is_asked_of_that_node(
    database: Database, tmp_path: Path
) -> None:
    async with two_nodes(database, tmp_path) as (one, two):
        track_id = await spoken(one)
        whole = await one.recordings.wav(track_id)

        for ask in (
            two.recordings.listen(track_id),
            two.recordings.resumable(track_id, WANG),
            two.recordings.require_here(track_id),
            two.recordings.end(track_id),
            two.recordings.wav(track_id),
            two.recordings.ogg(track_id),
            two.recordings.length(track_id),
        ):
            with pytest.raises(Unavailable, match=r"audio\.elsewhere"):
                await ask
    assert whole.samples == 64_000
    assert not (tmp_path / "two" / track_id).exists()


async def test_a_struck_line_goes_wherever_it_lies_and_nothing_waits_behind_it(
    database: Database, tmp_path: Path
) -> None:
    async with two_nodes(database, tmp_path) as (one, two):
        track_id = await spoken(one)
        heard = Segment(track_id, 16_000, 48_000)
        await one.hearing.final(Transcript(heard, "Said.", Language.EN, 0.9, "micro", "kept"))
        room = await two.rooms.open(SESSION)  # the room has moved, its sound has not
        line = LineId(utterances.utterance_id(heard))
        await two.discretions.strike(MODERATOR, line, key=key(2))

        before = room.generation
        done = [await two.discretions.redact(), await two.discretions.redact()]
        after = (await two.rooms.open(SESSION)).generation
        done += [await one.discretions.redact(), await one.discretions.redact()]
        samples = await (await one.store.open(track_id)).read(0, 64_000)

    assert done == [0, 0, 1, 0]
    assert after == before + 1, "the document is made anew once, not with every look"
    assert not samples[16_000:48_000].any()
    assert samples[:16_000].any()
    assert not (tmp_path / "two" / track_id).exists()


async def test_the_node_that_recorded_ends_it_when_the_session_is_closed(
    database: Database, tmp_path: Path
) -> None:
    async with two_nodes(database, tmp_path) as (one, two):
        track_id = await spoken(one)
        async with database.write() as work:
            await sessions.set_state(
                work, SESSION, SessionState.CLOSED, opened_at=1_000.0, closed_at=1_050.0
            )

        await two.recordings.sweep()
        async with database.read() as work:
            left = await tracks.is_ended(work, track_id)
        await one.recordings.sweep()
        async with database.read() as work:
            done = await tracks.is_ended(work, track_id)

    assert (left, done) == (False, True)
