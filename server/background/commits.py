"""What follows a commit: rooms apply their mirror rows, then the study's events go out.

Nothing is queued twice: a session is either waiting to be mirrored or not, and equal events are one.
So the queue is bounded by the number of sessions and of things that can change in them; should
events pile up all the same, the oldest are dropped and logged: an event only says what to fetch.
One task follows, so that a session's mirror rows and events keep the order of the commits.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Self

import anyio
import structlog

from schemas.errors import ColloquyError
from schemas.events import StudyEvent
from schemas.ids import SessionId
from server.store.database import Committed

MAX_EVENTS = 10_000
RETRY_SECONDS = 1.0
DRAIN_SECONDS = 5.0

log = structlog.get_logger()


class Commits:
    """`async with Commits(apply_mirror, publish) as commits`; give `commits.follow` to on_commit."""

    def __init__(
        self,
        apply_mirror: Callable[[SessionId], Awaitable[None]],
        publish: Callable[[StudyEvent], None],
    ) -> None:
        self._apply_mirror = apply_mirror
        self._publish = publish
        self._sessions: dict[SessionId, None] = {}
        self._events: dict[StudyEvent, None] = {}
        self._changed = anyio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to follow."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what is still waiting, for at most `DRAIN_SECONDS`, and stop."""
        await self._stack.aclose()
        with anyio.move_on_after(DRAIN_SECONDS, shield=True):
            await self._send()

    def follow(self, committed: Committed) -> None:
        """Take what one commit asks for; returns at once."""
        self._sessions |= dict.fromkeys(committed.mirrored)
        self._events |= dict.fromkeys(committed.events)
        while len(self._events) > MAX_EVENTS:
            dropped = next(iter(self._events))
            del self._events[dropped]
            log.error("commits.event_dropped", kind=dropped.kind, study=dropped.study_id)
        self._changed.set()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            if not await self._send():
                await anyio.sleep(RETRY_SECONDS)
                self._changed.set()

    async def _send(self) -> bool:
        """Mirror, then publish; False if a room could not apply its rows and is to be tried again."""
        sessions, self._sessions = self._sessions, {}
        events, self._events = self._events, {}
        failed = [session for session in sessions if not await self._mirrored(session)]
        for event in events:
            self._publish(event)
        self._sessions |= dict.fromkeys(failed)
        return not failed

    async def _mirrored(self, session: SessionId) -> bool:
        try:
            await self._apply_mirror(session)
        except ColloquyError as error:
            log.warning("commits.mirror_failed", session=session, code=error.code)
            return False
        except Exception:  # a database that is away must not end what all sessions rest on
            log.exception("commits.mirror_failed", session=session)
            return False
        return True
