"""Who is here, and what the others learn of where they look."""

import json
from typing import Any

import pytest

from realtime.presence import CROWD
from realtime.room import Room
from realtime.varint import read_bytes, read_uint, write_bytes, write_uint
from schemas import wire
from schemas.session import Role
from tests.realtime.people import Browser, member, texts, until

pytestmark = pytest.mark.anyio


def awareness(*entries: tuple[int, int, str]) -> bytes:
    body = write_uint(len(entries))
    for client, clock, state in entries:
        body += write_uint(client) + write_uint(clock) + write_bytes(state.encode())
    return bytes((wire.AWARENESS,)) + write_bytes(body)


def heard(messages: list[bytes]) -> dict[int, Any]:
    """The states in all awareness messages, the last one of each client."""
    states: dict[int, Any] = {}
    for message in messages:
        if message[0] != wire.AWARENESS:
            continue
        body, _ = read_bytes(message, 1)
        count, at = read_uint(body, 0)
        for _ in range(count):
            client, at = read_uint(body, at)
            _, at = read_uint(body, at)
            text, at = read_bytes(body, at)
            states[client] = json.loads(text)
    return states


async def test_identity_in_presence_is_the_servers(room: Room) -> None:
    alice = Browser(member("alice", 1, name="爱丽丝")).join(room)
    bob = Browser(member("bob", 2)).join(room)

    room.receive(
        alice.connection,  # type: ignore[arg-type]
        awareness(
            (
                1,
                1,
                '{"user": {"id": "bob", "name": "Bob"}, "line": "l1", "showing": true, "composing": true}',
            ),
            (2, 9, '{"user": {"id": "alice"}}'),
        ),
    )
    await until(lambda: heard(bob.peer.written))

    assert heard(bob.peer.written) == {
        1: {
            "user": {"id": "alice", "name": "爱丽丝", "unit": None, "role": "expert"},
            "line": "l1",
            "composing": True,
        }
    }


async def test_who_leaves_is_no_longer_present(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    bob = Browser(member("bob", 2)).join(room)
    room.receive(alice.connection, awareness((1, 1, "{}")))  # type: ignore[arg-type]
    await until(lambda: 1 in heard(bob.peer.written))

    alice.leave()
    await until(lambda: heard(bob.peer.written).get(1, 0) is None)

    assert [found.person for found in room.present()] == ["bob"]


async def test_where_somebody_looks_is_a_count_for_who_leads(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    bob = Browser(member("bob", 2)).join(room)
    chair = Browser(member("chair", 3, Role.MODERATOR)).join(room)

    room.receive(alice.connection, awareness((1, 1, '{"line": "l1"}')))  # type: ignore[arg-type]
    room.receive(chair.connection, awareness((3, 1, '{"line": "l2"}')))  # type: ignore[arg-type]
    await until(lambda: texts(bob.peer.written, wire.CROWD))

    assert heard(bob.peer.written)[1]["line"] is None
    assert texts(bob.peer.written, wire.CROWD) == [{"people": 2}]
    assert texts(chair.peer.written, wire.CROWD) == [{"people": 2, "lines": {"l1": 1}}]


async def test_in_a_crowd_experts_see_who_leads_and_who_writes(room: Room) -> None:
    crowd = [Browser(member(f"p{n}", 100 + n)).join(room) for n in range(CROWD)]
    chair = Browser(member("chair", 1, Role.MODERATOR)).join(room)

    for n, one in enumerate(crowd):
        said = '{"composing": true}' if n == 7 else "{}"
        room.receive(one.connection, awareness((100 + n, 1, said)))  # type: ignore[arg-type]
    room.receive(chair.connection, awareness((1, 1, "{}")))  # type: ignore[arg-type]
    await until(lambda: texts(crowd[0].peer.written, wire.CROWD))
    late = Browser(member("late", 999))
    room.join(late.peer, late.member)

    for expert in (crowd[0], late):
        here = {state["user"]["id"] for state in heard(expert.peer.written).values() if state}
        assert here == {"chair", "p7"}
    assert len([state for state in heard(chair.peer.written).values() if state]) == CROWD + 1
    assert texts(crowd[0].peer.written, wire.CROWD) == [{"people": CROWD + 1}]
