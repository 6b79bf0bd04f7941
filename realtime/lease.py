"""Who owns a session's document: one node at a time, by a lease with an epoch.

A node takes the lease before it loads a room and renews it while the room is open. Each taking
counts the epoch up, and the log takes rows of the newest epoch alone (`realtime.log`): so an owner
that was replaced, because it slept or was cut off, can write nothing more, whatever it believes.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import anyio
import structlog

from schemas.errors import Unavailable
from schemas.ids import SessionId

log = structlog.get_logger(__name__)

LEASE_SECONDS = 5.0
"""How long a lease lasts: a dead owner is replaced after that."""
RENEW_SECONDS = 1.5
SURE_SECONDS = 3.0
"""After a renewal, how long an owner may answer for the document without asking again."""


class LeaseBook(Protocol):
    """Where leases are written, for one node. Whatever cannot be done now raises Unavailable."""

    async def take(self, session: SessionId) -> int:
        """Own `session` from now on; returns the new epoch.

        What this node holds already it takes anew. Raises Unavailable (`room.elsewhere`) while
        another node's lease runs.
        """
        ...

    async def renew(self, held: Mapping[SessionId, int]) -> frozenset[SessionId]:
        """Prolong leases (session to epoch); returns those that are still ours."""
        ...

    async def release(self, held: Mapping[SessionId, int]) -> None:
        """Let others take these leases at once; one that is no longer ours is left alone."""
        ...


@dataclass(slots=True)
class _Row:
    node: str
    epoch: int
    expires: float


@dataclass(slots=True)
class MemoryLeases:
    """Leases of nodes that share one process, for tests and benches: `on` gives each its own."""

    node: str = "here"
    clock: Callable[[], float] = time.monotonic
    _rows: dict[str, _Row] = field(default_factory=dict)

    def on(self, node: str) -> "MemoryLeases":
        """Return the same leases as another node sees them."""
        return MemoryLeases(node, self.clock, self._rows)

    def epoch(self, session: str) -> int:
        """Return the newest epoch of `session`, 0 before the first."""
        row = self._rows.get(session)
        return row.epoch if row else 0

    async def take(self, session: SessionId) -> int:
        """See LeaseBook."""
        now, row = self.clock(), self._rows.get(session)
        if row is not None and row.node != self.node and row.expires > now:
            raise Unavailable("room.elsewhere")
        epoch = self.epoch(session) + 1
        self._rows[session] = _Row(self.node, epoch, now + LEASE_SECONDS)
        return epoch

    async def renew(self, held: Mapping[SessionId, int]) -> frozenset[SessionId]:
        """See LeaseBook."""
        ours = frozenset(session for session in held if self.epoch(session) == held[session])
        for session in ours:
            self._rows[session].expires = self.clock() + LEASE_SECONDS
        return ours

    async def release(self, held: Mapping[SessionId, int]) -> None:
        """See LeaseBook."""
        for session, epoch in held.items():
            if self.epoch(session) == epoch:
                self._rows[session].expires = 0.0


class Keeper:
    """Holds this node's leases and renews them; `on_lost` is told what went to another node."""

    def __init__(
        self,
        book: LeaseBook,
        on_lost: Callable[[SessionId, int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book, self._on_lost, self._clock = book, on_lost, clock
        self._held: dict[SessionId, int] = {}
        self._sure: dict[SessionId, float] = {}

    async def take(self, session: SessionId) -> int:
        """Own `session`; returns the epoch. Raises Unavailable (`room.elsewhere`)."""
        asked = self._clock()
        epoch = await self._book.take(session)
        self._held[session], self._sure[session] = epoch, asked
        return epoch

    async def assure(self, session: SessionId) -> None:
        """Return at once if `session` was surely ours a moment ago, else ask.

        A process that slept does not know it: its clock does. Raises Unavailable.
        """
        if self._clock() - self._sure.get(session, float("-inf")) > SURE_SECONDS:
            await self.renew()
            if session not in self._held:
                raise Unavailable("room.elsewhere")

    async def renew(self) -> None:
        """Prolong all leases and tell of those that were lost. Raises Unavailable."""
        if not self._held:
            return
        held, asked = dict(self._held), self._clock()
        ours = await self._book.renew(held)
        for session, epoch in held.items():
            if self._held.get(session) != epoch:
                continue
            if session in ours:
                self._sure[session] = asked
            else:
                self.lose(session, epoch)

    def lose(self, session: SessionId, epoch: int) -> None:
        """Note that a lease went to another node: the log said so, or the book."""
        if self._held.get(session) == epoch:
            del self._held[session], self._sure[session]
        self._on_lost(session, epoch)

    async def release(self, session: SessionId, epoch: int) -> None:
        """Let others have `session`; they wait for its end if this fails."""
        if self._held.get(session) == epoch:
            del self._held[session], self._sure[session]
        try:
            await self._book.release({session: epoch})
        except Unavailable as error:
            log.warning("lease.not_released", session=session, code=error.code)

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            await anyio.sleep(RENEW_SECONDS)
            try:
                with anyio.fail_after(LEASE_SECONDS):
                    await self.renew()
            except (Unavailable, TimeoutError) as error:
                log.warning("lease.not_renewed", error=repr(error), rooms=len(self._held))
