"""Tracks and the ear's to-do list as rows, on both engines."""

import pytest

from schemas.errors import NotFound
from schemas.ids import StepId, TrackId
from schemas.session import SessionState
from schemas.transcript import Segment
from server.store import sessions, tracks, utterances
from server.store.database import Database
from tests.server.ear import ROOM
from tests.server.method import SESSION, WANG, small_study

pytestmark = pytest.mark.anyio

FIRST = Segment(ROOM.id, 0, 16_000)
SECOND = Segment(ROOM.id, 20_000, 48_000)


@pytest.fixture
async def study(database: Database) -> Database:
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    return database


async def test_the_same_samples_are_one_utterance(study: Database) -> None:
    async with study.write() as work:
        await utterances.add(work, FIRST, floor=WANG.id, step=StepId("one"), at=1.0)
        await utterances.add(work, FIRST, floor=None, step=None, at=2.0)
        found = await utterances.get(work, FIRST)
        waiting = await utterances.pending(work, "")

    assert (found.is_pending, found.floor, found.step) == (True, WANG.id, "one")
    assert [(one.track, one.segment) for one in waiting] == [(ROOM, FIRST)]


async def test_the_oldest_is_asked_for_first_and_a_settled_one_no_more(study: Database) -> None:
    third = Segment(ROOM.id, 50_000, 60_000)
    async with study.write() as work:
        for at, segment in enumerate([FIRST, SECOND, third]):
            await utterances.add(work, segment, floor=None, step=None, at=float(at))
        await utterances.settle(work, SECOND, "dropped", "no_speech")
        waiting = await utterances.pending(work, "")
        heard = await utterances.heard(work, ROOM.id)
        is_pending = (await utterances.get(work, SECOND)).is_pending

    assert [one.segment for one in waiting] == [FIRST, third]
    assert heard == 60_000
    assert not is_pending


async def test_nothing_was_heard_on_a_new_track(study: Database) -> None:
    async with study.write() as work:
        assert await utterances.heard(work, ROOM.id) == 0
        with pytest.raises(NotFound):
            await utterances.get(work, FIRST)


async def test_a_track_is_open_until_it_ends(study: Database) -> None:
    async with study.write() as work:
        before = list(await tracks.unended_of(work, ""))
        ended = [await tracks.end(work, ROOM.id), await tracks.end(work, ROOM.id)]
        after = list(await tracks.unended(work, SESSION))
        is_ended = await tracks.is_ended(work, ROOM.id)

    assert (before, ended, after, is_ended) == ([ROOM], [True, False], [], True)


async def test_a_closed_session_leaves_its_tracks_open_until_they_are_swept(
    study: Database,
) -> None:
    async with study.write() as work:
        before = list(await tracks.left_open(work, ""))
        await sessions.set_state(
            work, SESSION, SessionState.CLOSED, opened_at=1000.0, closed_at=1010.0
        )
        after = list(await tracks.left_open(work, ""))

    assert (before, after) == ([], [ROOM])


async def test_an_unknown_track_is_not_found(study: Database) -> None:
    async with study.read() as work:
        with pytest.raises(NotFound):
            await tracks.get(work, TrackId("nowhere"))
        with pytest.raises(NotFound):
            await tracks.is_ended(work, TrackId("nowhere"))
        assert list(await tracks.of_session(work, SESSION)) == [ROOM]
