"""A room: what is saved, what is sent, who is slow, who is here."""

import gzip
import json
from typing import Any

import anyio
import pytest
from pycrdt import Doc, Map

from realtime import protocol
from realtime.connection import MAX_LAG_BYTES, MESSAGE_BURST
from realtime.errors import Malformed
from realtime.fanout import LAG_CHECK_SECONDS
from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.peer import HIGH_WATER
from realtime.presence import CROWD
from realtime.replica import Replica
from realtime.room import Room
from realtime.rooms import Rooms
from realtime.varint import read_bytes, read_uint, write_bytes, write_uint
from schemas import wire
from schemas.errors import NotFound
from schemas.ids import AnnotationId, SessionId
from schemas.session import Role
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, json_of, member, texts

pytestmark = pytest.mark.anyio

PANIC_SEED = bytes.fromhex("01010719080103617272047c3f8000007701327c406000007e00")
PANIC = bytes.fromhex("01010719080103617c3f8000007701327c406000007e00")
"""yrs 0.28 panics at the second where it knows the first."""


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


async def until(condition: Any) -> None:
    with anyio.fail_after(5):
        while not condition():
            await anyio.lowlevel.checkpoint()


async def test_the_incarnation_comes_first_and_differs_with_each_load(
    update_log: MemoryLog, mirror: MemoryMirror
) -> None:
    hellos = []

    for client in (1, 2):
        async with Rooms(update_log, mirror) as rooms:
            browser = Browser(member("alice", client))
            room = await rooms.open(SESSION)
            room.join(browser.peer, browser.member)
            hellos.append(json_of(browser.peer.written[0]))

    assert hellos[0]["incarnation"] != hellos[1]["incarnation"]
    assert hellos[0]["client"] != hellos[1]["client"]


async def test_an_edit_reaches_the_others_and_not_its_author(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    bob = Browser(member("bob", 2)).join(room)

    alice.add("a1", "数据 📊")
    alice.send()
    await room.flushed()

    assert wire.SYNC not in alice.peer.numbers()
    bob.hear()
    assert bob.content() == alice.content()


async def test_edits_of_one_moment_share_a_frame(room: Room) -> None:
    writers = [Browser(member(f"p{n}", n)).join(room) for n in range(1, 9)]
    reader = Browser(member("reader", 50)).join(room)
    reader.hear()

    for writer in writers:
        writer.add(f"a{writer.member.person}", "字")
        writer.send()
    await until(lambda: reader.peer.numbers().count(wire.SYNC))

    assert reader.peer.numbers().count(wire.SYNC) == 1
    reader.hear()
    assert len(reader.content()["annotations"]) == 8


async def test_saved_is_said_only_after_the_commit(room: Room, update_log: MemoryLog) -> None:
    alice = Browser(member("alice", 1)).join(room)
    update_log.failing = True
    alice.add("a1", "text")
    alice.send()
    await until(lambda: texts(alice.peer.written, wire.HEALTH))

    alice.hear()
    assert alice.saved == 0

    update_log.failing = False
    await room.flushed()
    alice.hear()
    assert alice.saved == 1


async def test_a_failing_log_stops_nobody_and_loses_nothing(
    rooms: Rooms, room: Room, update_log: MemoryLog
) -> None:
    alice = Browser(member("alice", 1)).join(room)
    bob = Browser(member("bob", 2)).join(room)
    update_log.failing = True

    alice.add("a1", "one")
    alice.send()
    await until(lambda: rooms.writer.is_failing)
    alice.wording("a1").insert(0, "more ")
    alice.send()
    await until(lambda: bob.peer.numbers().count(wire.SYNC) >= 2)
    said = [health["log"] for health in texts(bob.peer.written, wire.HEALTH)]
    update_log.failing = False
    await room.flushed()
    said += [health["log"] for health in texts(bob.peer.written, wire.HEALTH)][len(said) :]
    bob.hear()
    alice.hear()

    assert bob.content() == alice.content()
    assert said[-2:] == ["failing", "ok"]
    assert alice.saved == 2
    assert [row.seq for row in (await update_log.load(SESSION)).updates] == [1, 2, 3]


async def test_who_joins_while_the_log_fails_is_told(
    room: Room, rooms: Rooms, update_log: MemoryLog
) -> None:
    alice = Browser(member("alice", 1)).join(room)
    update_log.failing = True
    alice.add("a1")
    alice.send()
    await until(lambda: rooms.writer.is_failing)

    late = Browser(member("late", 3))
    room.join(late.peer, late.member)

    assert texts(late.peer.written, wire.HEALTH)[-1]["log"] == "failing"
    update_log.failing = False
    await room.flushed()


async def test_an_empty_browser_is_answered_from_the_cached_state(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    for n in range(200):
        alice.add(f"a{n}", "字" * 20)
    alice.send()
    await room.flushed()
    alice.hear()

    first = Browser(member("b", 2)).join(room)
    second = Browser(member("c", 3)).join(room)

    assert first.content() == second.content() == alice.content()


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


async def test_mirror_rows_are_applied_once_and_in_order(room: Room, mirror: MemoryMirror) -> None:
    browser = Browser(member("alice", 1)).join(room)
    mirror.put(SESSION, "board", "p1", {"state": "open"})
    mirror.put(SESSION, "board", "p1", {"state": "agreed"})
    mirror.put(SESSION, "lines", "l1", None)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(room.apply_mirror)
    await room.flushed()
    browser.hear()

    assert browser.content()["board"] == {"p1": {"state": "agreed"}}
    assert "lines" not in browser.content()
    assert browser.content()["meta"]["applied"] == 4


async def test_a_crash_between_commit_and_apply_is_made_good_at_the_next_load(
    update_log: MemoryLog, mirror: MemoryMirror
) -> None:
    async with Rooms(update_log, mirror) as rooms:
        await (await rooms.open(SESSION)).flushed()
    mirror.put(SESSION, "lines", "l2", {"text": "committed, never applied"})

    async with Rooms(update_log, mirror) as rooms:
        browser = Browser(member("alice", 1)).join(await rooms.open(SESSION))

    assert sorted(browser.content()["lines"]) == ["l1", "l2"]
    rows = (await update_log.load(SESSION)).updates
    assert len(rows) == 2


async def test_a_crash_between_apply_and_save_is_made_good_at_the_next_load(
    update_log: MemoryLog, mirror: MemoryMirror
) -> None:
    copy = MemoryLog()  # what the disk would hold had the process been killed before the commit
    async with Rooms(update_log, mirror) as rooms:
        await (await rooms.open(SESSION)).flushed()

    async with Rooms(copy, mirror) as rooms:
        browser = Browser(member("alice", 1)).join(await rooms.open(SESSION))

    assert browser.content()["lines"]["l1"]["text"] == "大家好"
    assert browser.content()["meta"]["applied"] == 1


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


async def test_the_wording_is_read_with_its_authors_and_sequence(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    alice.add("a1", "平台")
    alice.send()

    found = room.wording(AnnotationId("a1"))

    assert (found.text, found.authors, found.sequence) == ("平台", ("alice",), 2)
    with pytest.raises(NotFound):
        room.wording(AnnotationId("none"))


async def test_changed_annotations_are_announced_and_read_again(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    calls: list[int] = []
    room.on_annotations = lambda: calls.append(1)

    alice.add("a1", "一")
    alice.send()
    first = room.annotations()
    alice.annotations["a1"]["kind"] = "cause"
    alice.send()
    second = room.annotations()

    assert len(calls) == 2
    assert [(found.text, found.kind, found.at) for found in (*first, *second)] == [
        ("一", "problem", 1_700_000_000.0),
        ("一", "cause", 1_700_000_000.0),
    ]


async def test_changes_name_what_changed_since_they_were_last_asked_for(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    alice.add("a1", "一")
    alice.add("a2", "二")
    alice.send()
    room.changes()

    del alice.annotations["a1"]
    alice.annotations["a2"]["kind"] = "cause"
    alice.send()
    room.annotations()
    changes = room.changes()

    assert changes["a1"] is None
    assert changes["a2"] == room.annotations()[0]
    assert room.changes() == {}


async def test_health_and_interim_reach_everybody(room: Room) -> None:
    alice = Browser(member("alice", 1, Role.OBSERVER)).join(room)
    alice.hear()

    room.send_health({"ear": "ready", "lag": 0.5})
    room.send_health({"ear": "ready", "lag": 0.5})
    room.send_interim({"track": "t1", "stable": "大", "tail": "家"})

    assert texts(alice.peer.written, wire.HEALTH) == [
        {"log": "ok", "ear": "ready", "lag": 0.5, "disk": "ok", "minutes": 0}
    ]
    assert texts(alice.peer.written, wire.INTERIM) == [
        {"track": "t1", "stable": "大", "tail": "家"}
    ]


async def test_a_session_is_one_room(rooms: Rooms) -> None:
    other = await rooms.open(SessionId("other"))

    assert other is not await rooms.open(SESSION)
    assert other is await rooms.open(SessionId("other"))


async def test_the_packed_document_brings_all_but_what_came_since(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    alice.add("a1", "打包 📦")
    alice.send()
    room.encode()
    packed = await room.packed()
    alice.add("a2", "since")
    alice.send()

    late: Doc[Any] = Doc()
    late.apply_update(gzip.decompress(await room.packed()))

    assert await room.packed() is packed
    assert late.get("annotations", type=Map).to_py().keys() == {"a1"}


async def test_a_struck_line_leaves_the_packed_document(room: Room) -> None:
    alice = Browser(member("alice", 1)).join(room)
    alice.add(
        "a1",
        "text",
        targets=[{"line": "l1", "revision": 0, "start": 0, "end": None, "quote": "SECRET"}],
    )
    alice.send()
    room.encode()
    assert b"SECRET" in gzip.decompress(await room.packed())

    await room.forget_lines(["l1"])

    assert b"SECRET" not in gzip.decompress(await room.packed())


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
