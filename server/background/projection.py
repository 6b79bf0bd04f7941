"""Keeps annotation rows and the archive a second behind the documents.

A room that changed waits in a set until `QUIET_SECONDS` have passed, so however much is typed it
is one reading; a set of rooms is bounded by the rooms. A room is read when it opens, too: what
was written in the second before a crash is caught up then. One that could not be written stays
in the set and is tried again.
"""

import time
from contextlib import AsyncExitStack
from typing import Self
from weakref import WeakKeyDictionary

import anyio

from realtime.room import CHANGES_AT_ONCE, Room
from schemas.annotation import Annotation
from schemas.ids import AnnotationId, SessionId
from server.services.outliving import Round, outlived
from server.services.projection import Projection

QUIET_SECONDS = 1.0
DRAIN_SECONDS = 5.0
GIVE_WAY = 3.0
"""How many times as long as a batch took to wait before the next: rows may be late, edits not."""


class Projector:
    """`async with Projector(projection) as projector`; give `projector.follow` to `rooms.on_open`."""

    def __init__(self, projection: Projection, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._projection = projection
        self._quiet_seconds = quiet_seconds
        self._waiting: dict[SessionId, Room] = {}
        self._rows: WeakKeyDictionary[Room, dict[AnnotationId, Annotation]] = WeakKeyDictionary()
        self._changed = anyio.Event()
        self._ending = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to follow."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what is still waiting, for at most `DRAIN_SECONDS`, and stop."""
        await self._stack.aclose()
        self._ending = True
        with anyio.move_on_after(DRAIN_SECONDS, shield=True):
            await self.catch_up()

    def follow(self, room: Room) -> None:
        """Follow a room from now on; what it holds already is read as well."""

        def changed() -> None:
            self._waiting[room.session] = room
            self._changed.set()

        room.on_annotations = changed
        changed()

    async def catch_up(self) -> None:
        """Write everything that waits, now."""
        for session, room in list(self._waiting.items()):
            del self._waiting[session]  # a change while it is written makes it wait again
            written = Round()
            try:
                with outlived("projection.failed", session=session) as written:
                    await self._follow(session, room)
            finally:
                is_done = written.is_well or written.code == "room.elsewhere"  # there it is written
                if not is_done:
                    self._rows.pop(room, None)
                    self._waiting.setdefault(session, room)
                    self._changed.set()

    async def _follow(self, session: SessionId, room: Room) -> None:
        rows = self._rows.get(room)
        if rows is None:
            current = room.annotations()
            while room.changes():  # are among them
                pass
            rows = self._rows[room] = dict(
                await self._projection.follow(session, current, epoch=room.epoch)
            )
        while changes := room.changes():
            began = time.monotonic()
            rows.update(
                await self._projection.follow_changes(session, changes, rows, epoch=room.epoch)
            )
            if len(changes) < CHANGES_AT_ONCE:
                return  # what came meanwhile waits in turn
            if not self._ending:
                await anyio.sleep(GIVE_WAY * (time.monotonic() - began))

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            await anyio.sleep(self._quiet_seconds)
            await self.catch_up()
