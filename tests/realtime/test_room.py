"""A room: what is saved, sent, mirrored and read."""

import gzip
from typing import Any

import anyio
import pytest
from pycrdt import Doc, Map

from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.room import Room
from realtime.rooms import Rooms
from schemas import wire
from schemas.errors import NotFound
from schemas.ids import AnnotationId, SessionId
from schemas.session import Role
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, json_of, member, texts, until

pytestmark = pytest.mark.anyio


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


async def test_a_withdrawn_line_is_in_no_byte_that_browsers_get_and_may_come_back(
    update_log: MemoryLog, mirror: MemoryMirror
) -> None:
    mirror.put(SESSION, "lines", "l2", {"text": "SECRET", "source": "spoken"})
    async with Rooms(update_log, mirror) as rooms:
        room = await rooms.open(SESSION)
        alice = Browser(member("alice", 1)).join(room)
        target = {"line": "l2", "revision": 0, "start": 0, "end": None, "quote": "SECRET"}
        alice.add("a1", "mine", targets=[target])
        alice.send()
        room.encode()
        mirror.put(SESSION, "lines", "l2", {"text": "Gone", "source": "withdrawn"})

        await room.apply_mirror()

        assert b"SECRET" not in gzip.decompress(await room.packed())
        assert b"SECRET" not in room.encode()
        assert b"mine" in room.encode()
        await room.flushed()
    async with Rooms(update_log, mirror) as rooms:
        again = await rooms.open(SESSION)
        assert b"SECRET" not in gzip.decompress(await again.packed())
        mirror.put(SESSION, "lines", "l2", {"text": "SECRET", "source": "spoken"})
        await again.apply_mirror()
        assert b"SECRET" in again.encode()
