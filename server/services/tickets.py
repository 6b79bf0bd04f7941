"""Tickets: how a socket shows who opened it, since a browser cannot send headers with one.

A ticket is fetched over HTTP, where the login counts, and used once within 30 seconds. Tickets
live in memory alone: a restart makes browsers fetch new ones. At most MAX_OPEN wait to be used;
then the oldest are forgotten.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.errors import Conflict, Forbidden
from schemas.ids import SessionId, TrackId
from schemas.session import Person

SECONDS = 30.0
MAX_OPEN = 10_000

Purpose = Literal["room", "audio"]


class TicketInvalid(Forbidden):
    """The ticket is unknown, used, too old, or for something else (`ticket.invalid`)."""


class OldGeneration(Conflict):
    """A tab's document is older than a redaction (`document.generation`)."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may open which socket. target: a session for `room`, a track for `audio`.

    clients: the Yjs client ids that were bound to the person before. credential: what let them in,
    whose end closes the socket (`server.services.sockets`). generation: of the document that a
    browser has already, None for a fresh one.
    """

    purpose: Purpose
    person: Person
    target: SessionId | TrackId
    clients: frozenset[int]
    credential: str = ""
    generation: int | None = None


class Tickets:
    """Issues tickets and takes them back, each once. clock: seconds, never going back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[str, tuple[float, Ticket]] = OrderedDict()

    def issue(
        self,
        purpose: Purpose,
        person: Person,
        target: SessionId | TrackId,
        clients: Iterable[int] = (),
        *,
        credential: str = "",
        generation: int | None = None,
    ) -> str:
        """Return a new ticket, for the address of the socket."""
        self._forget_old()
        token = secrets.token_urlsafe(24)
        ticket = Ticket(purpose, person, target, frozenset(clients), credential, generation)
        self._open[token] = (self._clock() + SECONDS, ticket)
        if len(self._open) > MAX_OPEN:
            self._open.popitem(last=False)
        return token

    def redeem(self, token: str, purpose: Purpose, target: str) -> Ticket:
        """Return what `token` stands for; it is used up whatever comes of it.

        Raises TicketInvalid.
        """
        until, ticket = self._open.pop(token, (0.0, None))
        if ticket is None or self._clock() > until:
            raise TicketInvalid("ticket.invalid")
        if (ticket.purpose, ticket.target) != (purpose, target):
            raise TicketInvalid("ticket.invalid")
        return ticket

    def _forget_old(self) -> None:
        now = self._clock()
        while self._open and next(iter(self._open.values()))[0] < now:
            self._open.popitem(last=False)
