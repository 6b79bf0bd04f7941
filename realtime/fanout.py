"""Sends what changed in a room to its browsers: merged, encoded once, never queued for the slow.

The first change arms a timer: at once (the end of this turn of the loop) while the room is quiet,
up to MAX_TICK later when it is busy, so that many changes share one frame. How much later follows
from what the last round cost: a round may take an eighth of the time between two.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pycrdt import merge_updates

from realtime import protocol
from realtime.connection import Connection
from realtime.decode import decode
from realtime.peer import Frame
from realtime.presence import LEADING, Presence
from schemas import wire
from schemas.session import Role

MAX_TICK = 0.020
BUSY_UPDATES_PER_SECOND = 50.0
MAX_MERGED = 128
PRESENCE_SECONDS = 0.1
CROWD_SECONDS = 1.0
LAG_CHECK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Change:
    update: bytes
    author: Connection | None


class Fanout:
    """The browsers of one room and what is still to be sent to them.

    clocks: the room's state vector. since: what a browser with a given state vector lacks.
    """

    def __init__(
        self,
        clocks: Callable[[], Mapping[int, int]],
        since: Callable[[bytes], bytes],
        presence: Presence,
    ) -> None:
        self.connections: dict[Connection, None] = {}
        self.ticks = 0
        self._ready: dict[Connection, Callable[[Frame], None]] = {}
        self._slow: dict[Connection, None] = {}
        self._clocks, self._since, self._presence = clocks, since, presence
        self._loop = asyncio.get_running_loop()
        self._changes: list[_Change] = []
        self._tick: asyncio.Handle | None = None
        self._presence_timer: asyncio.Handle | None = None
        self._lag_timer: asyncio.Handle | None = None
        self._crowd_timer: asyncio.Handle | None = None
        self._told: Mapping[str, Any] = {}
        self._cost = self._rate = 0.0
        self._ticked_at = time.perf_counter()

    def join(self, connection: Connection) -> None:
        """Send to this browser from now on."""
        self.connections[connection] = None
        self._ready[connection] = connection.send
        connection.peer.watch(
            partial(self._is_slow, connection), partial(self._drained, connection)
        )

    def leave(self, connection: Connection) -> bool:
        """Send nothing more to this browser; False if it was not here."""
        self._ready.pop(connection, None)
        self._slow.pop(connection, None)
        connection.peer.watch(_nothing, _nothing)
        return self.connections.pop(connection, self) is None

    def add(self, update: bytes, author: Connection | None) -> None:
        """Send an applied update with the next tick, to all but its author."""
        self._changes.append(_Change(update, author))
        if len(self._changes) >= MAX_MERGED:
            self.flush()
        elif self._tick is None and self._rate > BUSY_UPDATES_PER_SECOND:
            self._tick = self._loop.call_later(min(MAX_TICK, 8 * self._cost), self.flush)
        elif self._tick is None:
            self._tick = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send all changes now."""
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
        if not self._changes:
            return
        began = time.perf_counter()
        changes, self._changes = self._changes, []
        authors = {change.author for change in changes}
        alone = authors.pop() if len(authors) == 1 else None
        updates = [change.update for change in changes]
        merged = updates[0] if len(updates) == 1 else merge_updates(*updates)
        frame = Frame.of(protocol.update(merged))
        self._leave_out_slow(updates)
        for connection, send in list(self._ready.items()):
            if connection is not alone:
                send(frame)
        self._measure(len(changes), began)

    def broadcast(self, message: bytes, to: Callable[[Role], bool] = lambda _: True) -> None:
        """Send a message that a later one replaces, to who has such a role."""
        frame = Frame.of(message)
        self._leave_out_slow([change.update for change in self._changes])
        for connection, send in list(self._ready.items()):
            if to(connection.member.role):
                send(frame)

    def broadcast_event(self, message: bytes) -> None:
        """Send a message that must not be missed; who lags gets it when drained."""
        frame = Frame.of(message)
        for connection in self.connections:
            connection.offer_event(frame)

    def presence_changed(self) -> None:
        """Send who is here, at most every PRESENCE_SECONDS."""
        if self._presence_timer is None and self._presence.changed:
            self._presence_timer = self._loop.call_later(PRESENCE_SECONDS, self._send_presence)

    def stop(self) -> None:
        """Stop all timers; nothing more is sent."""
        for timer in (self._tick, self._presence_timer, self._lag_timer, self._crowd_timer):
            if timer is not None:
                timer.cancel()
        self._tick = self._presence_timer = self._lag_timer = self._crowd_timer = None
        for connection in list(self.connections):
            self.leave(connection)

    def _is_slow(self, connection: Connection) -> None:
        """Write nothing more to this browser; it has missed nothing yet."""
        if self._ready.pop(connection, None) is not None:
            self._slow[connection] = None

    def _drained(self, connection: Connection) -> None:
        """Bring a browser level that takes again what is written."""
        if connection not in self.connections or connection.closed:
            return
        self._slow.pop(connection, None)
        self._ready[connection] = connection.send
        if connection.level_from is not None:
            missed = self._since(connection.level_from)
            connection.is_level()
            connection.answer(protocol.update(missed))
            connection.answer(protocol.presence(self._presence.everybody(connection.member.role)))
            connection.answer_missed()

    def _give_up_lost(self) -> None:
        """Close who does not drain; they come back by themselves."""
        self._lag_timer = None
        lagging = [each for each in self.connections if each.lagging and not each.closed]
        for connection in lagging:
            if connection.is_lost():
                connection.try_later("too slow")
        if lagging:
            self._watch_lagging()

    def _leave_out_slow(self, unsent: Sequence[bytes]) -> None:
        """Note what the slow have, who do not get the frame of `unsent`."""
        for connection in self._slow:
            self._lags(connection, unsent)
        self._slow.clear()

    def _lags(self, connection: Connection, unsent: Sequence[bytes]) -> None:
        """Note what a browser has that gets none of `unsent`, the last changes applied."""
        clocks = dict(self._clocks())
        for update in unsent:
            for struct in decode(update, max_structs=1 << 40).structs:
                clocks[struct.client] = min(clocks[struct.client], struct.clock)
        connection.lags(protocol.encode_state_vector(clocks))
        self._watch_lagging()

    def _watch_lagging(self) -> None:
        if self._lag_timer is None:
            self._lag_timer = self._loop.call_later(LAG_CHECK_SECONDS, self._give_up_lost)

    def _send_presence(self) -> None:
        self._presence_timer = None
        if not self._presence.changed:
            return
        leading, others = map(protocol.presence, self._presence.take_changed())
        if leading == others:
            self.broadcast(leading)
        else:
            self.broadcast(leading, lambda role: role in LEADING)
            self.broadcast(others, lambda role: role not in LEADING)
        if self._crowd_timer is None:
            self._crowd_timer = self._loop.call_later(CROWD_SECONDS, self._send_crowd)

    def _send_crowd(self) -> None:
        """Say how many are here, and to who leads how many look where."""
        self._crowd_timer = None
        crowd: dict[str, Any] = {"people": self._presence.people()}
        counted = {**crowd, "lines": self._presence.looks()}
        if counted == self._told:
            return
        self._told = counted
        self.broadcast(protocol.json_message(wire.CROWD, counted), lambda role: role in LEADING)
        self.broadcast(protocol.json_message(wire.CROWD, crowd), lambda role: role not in LEADING)

    def _measure(self, changes: int, began: float) -> None:
        now = time.perf_counter()
        elapsed = max(now - self._ticked_at, 1e-6)
        weight = min(1.0, elapsed / 0.5)
        self._rate += (changes / elapsed - self._rate) * weight
        self._cost, self._ticked_at = now - began, now
        self.ticks += 1


def _nothing() -> None:
    """Nobody watches a browser that has left."""
