"""All rooms of the process: opened once however many come, closed when nobody is left.

A room is opened under a lease (`realtime.lease`) and closed when the lease goes to another node;
its browsers then follow. A load runs in the rooms' own task group, so that a browser which gives up
does not take it away from the others who wait for it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from realtime.lease import Keeper, LeaseBook, MemoryLeases
from realtime.loading import compact, load, new_client
from realtime.log import UpdateLog
from realtime.mirror import MirrorLog, Place
from realtime.room import Room
from realtime.writer import Writer
from schemas import wire
from schemas.errors import ColloquyError, Unavailable
from schemas.ids import PersonId, SessionId

log = structlog.get_logger(__name__)

IDLE_SECONDS = 60.0
LOAD_SECONDS = 30.0
DRAIN_SECONDS = 20.0
SNAPSHOT_UPDATES = 4_000
"""Replaying as many takes a tenth of a second when a room is loaded. At 500 a busy room spent a
quarter of its time on snapshots (`make bench BENCH=sync`, step merging)."""


class _Opening:
    """A load under way: everybody who wants the room waits for the same one."""

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.room: Room | None = None
        self.error: ColloquyError | None = None


class Rooms:
    """Opens, keeps and closes rooms; `async with Rooms(log, mirror) as rooms`.

    leases: this node's; without them every session is ours. idle_seconds: how long an empty room
    stays in memory. snapshot_updates: after how many updates a document is compacted, at least.
    on_open, on_close: called with each room when it begins and ends. on_refused: called with
    session, person and code of each refused message.
    """

    def __init__(
        self,
        update_log: UpdateLog,
        mirror: MirrorLog,
        leases: LeaseBook | None = None,
        *,
        idle_seconds: float = IDLE_SECONDS,
        snapshot_updates: int = SNAPSHOT_UPDATES,
    ) -> None:
        self.on_open: Callable[[Room], None] = lambda _: None
        self.on_close: Callable[[Room], None] = lambda _: None
        self.on_refused: Callable[[SessionId, PersonId, str], None] = lambda _s, _p, _c: None
        self.writer = Writer(update_log, self._tell_health, self._fenced)
        self._keeper = Keeper(leases or MemoryLeases(), self._lost)
        self._log, self._mirror = update_log, mirror
        self._idle_seconds, self._snapshot_updates = idle_seconds, snapshot_updates
        self._rooms: dict[SessionId, Room] = {}
        self._opening: dict[SessionId, _Opening] = {}
        self._snapshots: dict[SessionId, int] = {}
        self._refusals: Counter[str] = Counter()
        self._compacting = anyio.Lock()
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self.writer.run)
        self._tasks.start_soon(self._keeper.run)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Close every room and write what is pending, whatever cancels the process."""
        with anyio.move_on_after(DRAIN_SECONDS, shield=True) as deadline:
            ended = list(self._rooms.values())
            for room in ended:
                self._forget(room, wire.CLOSE_GOING_AWAY, "the server stops")
            await self.writer.drained()
            for room in ended:
                await self._keeper.release(room.session, room.epoch)
        if deadline.cancelled_caught:
            log.error("rooms.not_drained")
        self._tasks.cancel_scope.cancel()
        return await self._tasks.__aexit__(kind, error, traceback)

    def get(self, session: SessionId) -> Room | None:
        """Return the room of `session` if it is in memory."""
        return self._rooms.get(session)

    def refusals(self) -> Counter[str]:
        """Return how many messages were refused since the process began, by code."""
        return sum((room.refusals for room in self._rooms.values()), self._refusals.copy())

    def loaded(self) -> list[Room]:
        """Return all rooms in memory."""
        return list(self._rooms.values())

    async def open(self, session: SessionId) -> Room:
        """Return the room of `session`, loading it if need be.

        Raises NotFound, or Unavailable: `room.load_failed`, where the next call tries again, or
        `room.elsewhere` while another node owns the session.
        """
        room = self._rooms.get(session)
        if room is not None:
            await self._keeper.assure(session)
            return room
        opening = self._opening.get(session)
        if opening is None:
            opening = self._opening[session] = _Opening()
            self._tasks.start_soon(self._load, session, opening)
        await opening.done.wait()
        if opening.error is not None:
            raise type(opening.error)(opening.error.code, **opening.error.fields)
        assert opening.room is not None, "a load ends with a room or an error"
        return opening.room

    async def claim(self, session: SessionId, clients: Iterable[int], person: str) -> bool:
        """Bind client ids to a person before the first frame; False if one is somebody else's."""
        for client in clients:
            if not await self._log.claim(session, client, person):
                return False
        return True

    async def apply_mirror(self, session: SessionId) -> None:
        """Bring the document of `session` level with its mirror rows, if it is in memory."""
        room = self._rooms.get(session)
        if room is not None:
            await room.apply_mirror()

    async def forget_lines(self, session: SessionId, lines: Sequence[str]) -> None:
        """Leave no byte of struck lines in a document, its log or its snapshots.

        The document is then of the next generation: it is loaded anew, every browser fetches it
        afresh, and what was made offline on the old one becomes drafts.

        Raises NotFound or Unavailable; called again it goes on.
        """
        room = await self.open(session)
        await room.forget_lines(lines)
        async with self._compacting:
            stored = await self._log.load(session)
            seq, state = await to_thread.run_sync(compact, stored)
            await self._log.rewrite(session, seq, state)
            self._snapshots[session] = seq
        if self._rooms.get(session) is room:
            self._forget(room, wire.CLOSE_GENERATION, "lines were struck")

    async def _load(self, session: SessionId, opening: _Opening) -> None:
        try:
            with anyio.fail_after(LOAD_SECONDS):
                opening.room = await self._build(session)
        except ColloquyError as error:
            opening.error = error
        except Exception:  # whatever pycrdt or a driver throws: nobody gets an empty document
            log.exception("room.load_failed", session=session)
            opening.error = Unavailable("room.load_failed")
        finally:
            del self._opening[session]
            opening.done.set()

    async def _build(self, session: SessionId) -> Room:
        place = await self._mirror.place_of(session)
        epoch = await self._keeper.take(session)
        try:
            room = await self._loaded(session, place, epoch)
        except BaseException:
            with anyio.move_on_after(LOAD_SECONDS, shield=True):
                await self._keeper.release(session, epoch)
            raise
        self._rooms[session] = room
        room.on_refused = partial(self._refused, session)
        room.on_empty = partial(self._watch_idle, room)
        room.on_saved = partial(self._watch_size, room)
        self._watch_idle(room)
        self.on_open(room)
        log.info("room.opened", session=session, sequence=room.sequence)
        return room

    async def _loaded(self, session: SessionId, place: Place, epoch: int) -> Room:
        client = new_client()
        await self._log.claim(session, client, "")
        stored = await self._log.load(session)
        loaded = await to_thread.run_sync(load, stored, client)
        room = Room(session, place.study, loaded, self.writer, self._mirror, epoch=epoch)
        room.told = place.told
        await room.apply_mirror()
        self._snapshots[session] = stored.snapshot_seq
        return room

    def _watch_idle(self, room: Room) -> None:
        self._tasks.start_soon(self._retire, room, room.visits)

    async def _retire(self, room: Room, visits: int) -> None:
        """Close a room that stays empty; its document is on disk then, compacted."""
        while True:
            await anyio.sleep(self._idle_seconds)
            if not self._is_idle(room, visits):
                return
            if await self._compact(room) and room.durable == room.sequence:
                break
        if self._is_idle(room, visits):
            self._forget(room, wire.CLOSE_GOING_AWAY, "idle")
            await self._keeper.release(room.session, room.epoch)

    def _is_idle(self, room: Room, visits: int) -> bool:
        current = self._rooms.get(room.session) is room
        return current and room.is_empty and room.visits == visits

    def _watch_size(self, room: Room) -> None:
        before = self._snapshots.get(room.session, room.durable)
        # a share of what there is: else compacting would cost more per edit as a document grows
        if room.durable - before >= max(self._snapshot_updates, before // 2):
            self._snapshots[room.session] = room.durable
            self._tasks.start_soon(self._compact, room)

    async def _compact(self, room: Room) -> bool:
        """Store a snapshot of what is on disk; False if the log does not let us."""
        try:
            async with self._compacting:
                stored = await self._log.load(room.session)
                if stored.updates:
                    seq, state = await to_thread.run_sync(compact, stored)
                    await self._log.snapshot(room.session, seq, state)
                    self._snapshots[room.session] = seq
        except Unavailable as error:
            log.warning("room.not_compacted", session=room.session, code=error.code)
            return False
        return True

    def _forget(self, room: Room, code: int, reason: str) -> None:
        del self._rooms[room.session]
        self._snapshots.pop(room.session, None)
        self._refusals += room.refusals
        room.close(code, reason)
        self.on_close(room)
        log.info("room.closed", session=room.session, sequence=room.sequence)

    def _fenced(self, doc: str, epoch: int) -> None:
        self._keeper.lose(SessionId(doc), epoch)

    def _lost(self, session: SessionId, epoch: int) -> None:
        """Another node owns the session: whoever is here follows, and sends there what is unsaved."""
        room = self._rooms.get(session)
        if room is not None and room.epoch == epoch:
            log.warning("room.lost", session=session, epoch=epoch)
            self._forget(room, wire.CLOSE_GOING_AWAY, "another server has the session")

    def _refused(self, session: SessionId, person: PersonId, code: str) -> None:
        self.on_refused(session, person, code)

    def _tell_health(self, works: bool) -> None:
        for room in self._rooms.values():
            room.send_health({"log": "ok" if works else "failing"})
