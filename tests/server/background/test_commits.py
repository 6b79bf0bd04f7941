"""What follows a commit: in order, bounded, and tried again."""

import anyio
import pytest

from schemas.errors import Unavailable
from schemas.events import ProposalChanged, SessionChanged, StudyEvent
from schemas.ids import ProposalId, SessionId, StudyId
from server.background import commits
from server.background.commits import Commits
from server.store.database import Committed

pytestmark = pytest.mark.anyio

STUDY, ONE, TWO = StudyId("study"), SessionId("one"), SessionId("two")


def changed(session: SessionId = ONE) -> SessionChanged:
    return SessionChanged(STUDY, session)


class Follower:
    """Records what is mirrored and published; `failures` mirrorings fail first."""

    def __init__(self, failures: int = 0) -> None:
        self.done: list[object] = []
        self.failures = failures
        self.moved = anyio.Event()

    async def apply_mirror(self, session: SessionId) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("room.load_failed")
        self._record(session)

    def publish(self, event: StudyEvent) -> None:
        self._record(event)

    async def until(self, count: int) -> None:
        with anyio.fail_after(5):
            while len(self.done) < count:
                await self.moved.wait()
                self.moved = anyio.Event()

    def _record(self, what: object) -> None:
        self.done.append(what)
        self.moved.set()


async def test_rooms_are_level_before_events_go_out() -> None:
    follower = Follower()
    async with Commits(follower.apply_mirror, follower.publish) as following:
        following.follow(Committed((ONE, TWO), (changed(),)))
        await follower.until(3)

    assert follower.done == [ONE, TWO, changed()]


async def test_what_waits_already_is_not_queued_again() -> None:
    follower = Follower()
    async with Commits(follower.apply_mirror, follower.publish) as following:
        for _ in range(1000):
            following.follow(Committed((ONE,), (changed(),)))
        await follower.until(2)

    assert follower.done == [ONE, changed()]


async def test_what_still_waits_is_sent_at_the_end() -> None:
    follower = Follower()
    async with Commits(follower.apply_mirror, follower.publish) as following:
        following.follow(Committed((ONE,), (changed(),)))

    assert follower.done == [ONE, changed()]


async def test_a_room_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "RETRY_SECONDS", 0.0)
    follower = Follower(failures=2)
    async with Commits(follower.apply_mirror, follower.publish) as following:
        following.follow(Committed((ONE,), ()))
        await follower.until(1)

    assert follower.done == [ONE]


async def test_events_beyond_the_bound_drop_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "MAX_EVENTS", 3)
    events = [ProposalChanged(STUDY, ONE, ProposalId(f"p{number}")) for number in range(5)]
    follower = Follower()
    async with Commits(follower.apply_mirror, follower.publish) as following:
        following.follow(Committed((), tuple(events)))
        await follower.until(3)

    assert follower.done == events[2:]
