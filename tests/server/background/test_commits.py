"""What follows a commit: rooms and their browsers are level, here and on other nodes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from realtime.bus import Bus, Hub, LocalBus, Tick
from realtime.feed import Feed
from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.rooms import Rooms
from schemas import wire
from schemas.errors import Unavailable
from schemas.events import SessionChanged
from schemas.ids import SessionId, StudyId
from server.background import commits
from server.background.commits import Commits
from server.store.database import Committed
from tests.realtime.people import Browser, member, texts

pytestmark = pytest.mark.anyio

STUDY, ONE = StudyId("study"), SessionId("one")


class Rows(MemoryMirror):
    """Rows that cannot be read `failures` times."""

    failures = 0

    async def after(self, session: SessionId, seq: int) -> Any:
        if self.failures:
            self.failures -= 1
            raise Unavailable("database.unavailable")
        return await super().after(session, seq)

    def commit(self, text: str) -> Committed:
        """Write a line and say so in a bulletin, as one unit of work does."""
        self.put(ONE, "lines", text, {"text": text})
        self.bulletins.post(STUDY, {"kind": "session", "about": text})
        return Committed((ONE,), (SessionChanged(STUDY, ONE),))


class Node:
    """Rooms, what follows commits, and somebody who looks at session one."""

    def __init__(self, rooms: Rooms, follower: Commits) -> None:
        self.rooms, self.commits = rooms, follower
        self.eve = Browser(member("eve", 1))

    async def look(self) -> "Node":
        self.eve.join(await self.rooms.open(ONE))
        return self

    async def until(self, *lines: str) -> None:
        """Wait until these lines are shown and told of; each was told once, in order."""
        room = await self.rooms.open(ONE)
        with anyio.fail_after(10):
            while self._told() != list(lines) or room.applied != len(lines):
                await anyio.lowlevel.checkpoint()

    def _told(self) -> list[str]:
        return [one["about"] for one in texts(self.eve.peer.written, wire.STUDY_EVENT)]


@asynccontextmanager
async def node(rows: Rows, bus: Bus | None = None) -> AsyncIterator[Node]:
    bus = bus or LocalBus()
    async with (
        Rooms(MemoryLog(), rows) as rooms,
        Commits(rooms, Feed(rooms, rows.bulletins), bus, rows) as following,
        bus,
    ):
        yield Node(rooms, following)


@pytest.fixture
def rows() -> Rows:
    return Rows(STUDY)


@pytest.fixture
def never_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds by looking what was not told."""
    monkeypatch.setattr(commits, "LOOK_SECONDS", 3600.0)


@pytest.mark.usefixtures("never_look")
async def test_what_was_committed_is_shown_and_told_once(rows: Rows) -> None:
    async with node(rows) as here:
        await here.look()
        committed = rows.commit("l1")
        for _ in range(100):
            here.commits.follow(committed)
        await here.until("l1")

        here.commits.follow(rows.commit("l2"))
        await here.until("l1", "l2")


@pytest.mark.usefixtures("never_look")
async def test_rows_that_cannot_be_read_are_tried_again(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "RETRY_SECONDS", 0.0)
    async with node(rows) as here:
        await here.look()
        rows.failures = 3

        here.commits.follow(rows.commit("l1"))

        await here.until("l1")


@pytest.mark.usefixtures("never_look")
async def test_what_still_waits_is_sent_at_the_end(rows: Rows) -> None:
    async with Rooms(MemoryLog(), rows) as rooms:
        eve = Browser(member("eve", 1)).join(await rooms.open(ONE))
        async with Commits(rooms, Feed(rooms, rows.bulletins), LocalBus(), rows) as following:
            following.follow(rows.commit("l1"))

        assert [one["about"] for one in texts(eve.peer.written, wire.STUDY_EVENT)] == ["l1"]


@pytest.mark.usefixtures("never_look")
async def test_another_nodes_commits_are_followed(rows: Rows) -> None:
    hub = Hub()
    async with node(rows, LocalBus(hub)) as here, node(rows, LocalBus(hub)) as there:
        await there.look()

        here.commits.follow(rows.commit("l1"))
        await there.until("l1")


@pytest.mark.usefixtures("never_look")
async def test_a_gap_is_healed_from_the_rows_and_a_double_tick_changes_nothing(rows: Rows) -> None:
    async with node(rows, bus := LocalBus()) as here:
        await here.look()
        rows.commit("l1")
        rows.commit("l2")

        bus.on_gap()
        await here.until("l1", "l2")
        for _ in range(3):
            bus.on_tick(Tick((ONE, SessionId("unknown here")), (STUDY, StudyId("unknown here"))))
        here.commits.follow(rows.commit("l3"))

        await here.until("l1", "l2", "l3")


async def test_what_nobody_told_is_found_by_looking(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "LOOK_SECONDS", 0.01)
    async with node(rows) as here:
        await here.look()

        rows.commit("l1")

        await here.until("l1")
