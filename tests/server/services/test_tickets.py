"""Tickets open one socket, once, soon."""

import pytest

from schemas.ids import PersonId, SessionId, TrackId
from schemas.session import Language, Person, Role
from server.services import tickets
from server.services.tickets import TicketInvalid, Tickets

ALICE = Person(PersonId("p1"), SessionId("s1"), "Alice", Role.EXPERT, None, Language.EN)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_ticket_names_who_and_their_clients() -> None:
    issued = Tickets()

    token = issued.issue("room", ALICE, SessionId("s1"), [7, 8])

    assert issued.redeem(token, "room", "s1").person == ALICE


def test_a_ticket_is_used_once() -> None:
    issued = Tickets()
    token = issued.issue("room", ALICE, SessionId("s1"))
    issued.redeem(token, "room", "s1")

    with pytest.raises(TicketInvalid):
        issued.redeem(token, "room", "s1")


@pytest.mark.parametrize(("purpose", "target"), [("audio", "s1"), ("room", "s2")])
def test_a_ticket_for_something_else_is_used_up(purpose: tickets.Purpose, target: str) -> None:
    issued = Tickets()
    token = issued.issue("room", ALICE, SessionId("s1"))

    with pytest.raises(TicketInvalid):
        issued.redeem(token, purpose, target)
    with pytest.raises(TicketInvalid):
        issued.redeem(token, "room", "s1")


def test_a_ticket_lasts_half_a_minute() -> None:
    clock = Clock()
    issued = Tickets(clock)
    early = issued.issue("audio", ALICE, TrackId("t1"))
    late = issued.issue("audio", ALICE, TrackId("t1"))

    clock.now += tickets.SECONDS
    issued.redeem(early, "audio", "t1")
    clock.now += 0.1

    with pytest.raises(TicketInvalid):
        issued.redeem(late, "audio", "t1")


def test_the_oldest_unused_tickets_are_forgotten() -> None:
    issued = Tickets()
    first = issued.issue("room", ALICE, SessionId("s1"))
    others = [issued.issue("room", ALICE, SessionId("s1")) for _ in range(tickets.MAX_OPEN)]

    with pytest.raises(TicketInvalid):
        issued.redeem(first, "room", "s1")
    assert issued.redeem(others[0], "room", "s1").clients == frozenset()
