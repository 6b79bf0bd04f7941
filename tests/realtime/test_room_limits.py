"""What one browser may cost a room: slow ones, floods, nonsense, a panic of pycrdt."""

from typing import Any

import anyio
import pytest
from pycrdt import Doc, Map

from realtime import protocol
from realtime.connection import MAX_LAG_BYTES, MESSAGE_BURST
from realtime.errors import Malformed
from realtime.fanout import LAG_CHECK_SECONDS
from realtime.peer import HIGH_WATER
from realtime.replica import Replica
from realtime.room import Room
from schemas import wire
from tests.realtime.people import Browser, member, until

pytestmark = pytest.mark.anyio

PANIC_SEED = bytes.fromhex("01010719080103617272047c3f8000007701327c406000007e00")
PANIC = bytes.fromhex("01010719080103617c3f8000007701327c406000007e00")
"""yrs 0.28 panics at the second where it knows the first."""


async def test_a_lagging_browser_is_brought_level_by_one_difference(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    slow = Browser(member("slow", 2)).join(room)
    slow.peer.hold(HIGH_WATER + 1)

    for n in range(5):
        alice.add(f"a{n}", "慢")
        alice.send()
        await until(lambda seq=room.sequence: room.durable == seq)
    room.send_event({"kind": "taxonomy"})
    room.send_interim({"track": "t"})
    missed = list(slow.peer.written)
    slow.peer.hold(0)
    await until(lambda: slow.peer.numbers().count(wire.SYNC) == 1)

    assert missed == []
    assert wire.STUDY_EVENT in slow.peer.numbers()
    slow.hear()
    assert slow.content() == alice.content()


async def test_a_browser_that_takes_nothing_any_more_is_given_up(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    stuck = Browser(member("stuck", 2)).join(room)
    stuck.peer.hold(HIGH_WATER + 1)
    alice.add("a1")
    alice.send()
    await room.flushed()

    stuck.peer.hold(MAX_LAG_BYTES + 1)
    with anyio.fail_after(20 * LAG_CHECK_SECONDS):
        while stuck.peer.closed is None:
            await anyio.lowlevel.checkpoint()

    assert stuck.peer.closed[0] == wire.CLOSE_TRY_LATER
    assert alice.peer.closed is None


@pytest.mark.parametrize(
    "message", [b"", b"\x00", b"\x00\x02\x05x", b"\x00\x07\x00", b"\x01\x02\x01\x01"]
)
async def test_messages_that_cannot_be_read_end_after_three_strikes(
    room: Room, message: bytes
) -> None:
    browser = Browser(member("alice", 1)).join(room)

    for _ in range(3):
        assert browser.peer.closed is None
        room.receive(browser.connection, message)  # type: ignore[arg-type]

    assert browser.peer.closed == (wire.CLOSE_PROTOCOL, "messages that cannot be read")


async def test_unknown_messages_are_ignored(room: Room) -> None:
    browser = Browser(member("alice", 1)).join(room)

    for _ in range(9):
        room.receive(browser.connection, b"\x63whatever")  # type: ignore[arg-type]

    assert browser.peer.closed is None


async def test_a_message_beyond_the_limit_closes_the_socket(room: Room) -> None:
    browser = Browser(member("alice", 1)).join(room)

    room.receive(browser.connection, bytes(wire.MAX_SYNC_MESSAGE_BYTES + 1))  # type: ignore[arg-type]

    assert browser.peer.closed == (wire.CLOSE_TOO_LARGE, "message too large")


async def test_a_flood_closes_the_socket(room: Room) -> None:
    browser = Browser(member("alice", 1)).join(room)

    for _ in range(int(MESSAGE_BURST) + 100):
        room.receive(browser.connection, bytes((wire.QUERY_AWARENESS,)))  # type: ignore[arg-type]

    assert browser.peer.closed == (wire.CLOSE_RATE, "too many messages")


async def test_a_state_vector_that_claims_everything_is_answered_at_once(room: Room) -> None:
    browser = Browser(member("alice", 1))
    connection = room.join(browser.peer, browser.member)

    room.receive(connection, protocol.step1(protocol.encode_state_vector({2: 1 << 40, 3: 7})))
    browser.hear()

    assert browser.content()["lines"]["l1"]["text"] == "大家好"


async def test_a_panic_of_pycrdt_is_caught_and_undone() -> None:
    replica = Replica.replay(1, None, [PANIC_SEED])
    replica.attach()
    before = replica.content(), replica.state_vector()

    with pytest.raises(Malformed):
        replica.apply(PANIC)

    assert (replica.content(), replica.state_vector()) == before
    other: Doc[Any] = Doc(client_id=9)
    other.get("annotations", type=Map)["x"] = 1
    assert replica.apply(other.get_update())
    replica.close()
