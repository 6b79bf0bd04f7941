"""What follows a commit: rooms apply their mirror rows, then the study's bulletins go out, then the
other nodes are told; and the same where another node tells of one of its commits.

Nothing is queued twice: a session or study either waits or not, so the queue is bounded by their
number. One task follows, so that a session's mirror rows and bulletins keep the order of the commits.
Whatever was missed, or failed, is found by looking: every LOOK_SECONDS each room is compared with
the rows.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

import anyio
import structlog

from realtime.bus import Bus, Tick
from realtime.feed import Feed
from realtime.mirror import MirrorLog
from realtime.rooms import Rooms
from schemas.ids import SessionId, StudyId
from server.services.outliving import outlived
from server.store.database import Committed

RETRY_SECONDS = 1.0
LOOK_SECONDS = 2.0
DRAIN_SECONDS = 5.0

log = structlog.get_logger()


class Commits:
    """`async with Commits(rooms, feed, bus, mirror) as commits`; give `commits.follow` to on_commit."""

    def __init__(self, rooms: Rooms, feed: Feed, bus: Bus, mirror: MirrorLog) -> None:
        self._rooms, self._feed, self._bus, self._mirror = rooms, feed, bus, mirror
        self._sessions: dict[SessionId, None] = {}
        self._studies: dict[StudyId, None] = {}
        self._changed, self._look = anyio.Event(), anyio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to follow."""
        self._bus.on_tick = self._hear
        self._bus.on_gap = self.look
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        tasks.start_soon(self._look_on)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what is still waiting, for at most `DRAIN_SECONDS`, and stop."""
        await self._stack.aclose()
        with anyio.move_on_after(DRAIN_SECONDS, shield=True):
            await self._send()

    def follow(self, committed: Committed) -> None:
        """Take what one commit asks for; returns at once."""
        self._queue(committed.mirrored, committed.studies)
        self._bus.tell(Tick(committed.mirrored, committed.studies))

    def look(self) -> None:
        """Compare every room with the rows now: something may have been missed."""
        self._look.set()

    def _hear(self, tick: Tick) -> None:
        self._queue(tick.sessions, tick.studies)

    def _queue(self, sessions: tuple[SessionId, ...], studies: tuple[StudyId, ...]) -> None:
        self._sessions |= dict.fromkeys(sessions)
        self._studies |= dict.fromkeys(studies)
        self._changed.set()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            if not await self._send():
                await anyio.sleep(RETRY_SECONDS)
                self._changed.set()

    async def _look_on(self) -> None:
        while True:
            with anyio.move_on_after(LOOK_SECONDS):
                await self._look.wait()
            self._look = anyio.Event()
            await self._done("look", self._compare)

    async def _compare(self) -> None:
        rooms = {room.session: room for room in self._rooms.loaded()}
        places = await self._mirror.places(list(rooms)) if rooms else {}
        behind = [s for s, place in places.items() if rooms[s].applied < place.mirrored]
        untold = [place.study for s, place in places.items() if rooms[s].told < place.told]
        if behind or untold:
            self._queue(tuple(behind), tuple(dict.fromkeys(untold)))

    async def _send(self) -> bool:
        """Mirror, then publish; False if something failed and is to be tried again."""
        sessions, self._sessions = self._sessions, {}
        studies, self._studies = self._studies, {}
        for session in sessions:
            if not await self._done("mirror", partial(self._rooms.apply_mirror, session)):
                self._sessions[session] = None
        for study in studies:
            if not await self._done("publish", partial(self._feed.bring_level, study)):
                self._studies[study] = None
        return not (self._sessions or self._studies)

    async def _done(self, what: str, do: Callable[[], Awaitable[None]]) -> bool:
        with outlived("commits.failed", what=what) as done:
            await do()
        return done.is_well
