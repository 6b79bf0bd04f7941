"""Opening, closing and restarting rooms."""

import gc
from collections.abc import Sequence

import anyio
import pytest

from realtime.errors import Malformed
from realtime.feed import Feed
from realtime.log import MemoryLog, Stale, StoredDoc, UpdateRow
from realtime.mirror import MemoryMirror
from realtime.replica import Replica
from realtime.room import Room
from realtime.rooms import Rooms
from schemas import wire
from schemas.errors import Unavailable
from schemas.ids import SessionId, StudyId
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, member, texts

pytestmark = pytest.mark.anyio


class CountingLog(MemoryLog):
    """Counts loads, and waits in each until it is let go."""

    loads = 0

    async def load(self, doc: str) -> StoredDoc:
        type(self).loads += 1
        await anyio.lowlevel.checkpoint()
        return await super().load(doc)


async def test_joins_at_the_same_moment_share_one_load(mirror: MemoryMirror) -> None:
    log = CountingLog()
    found: list[Room] = []

    async def join(rooms: Rooms) -> None:
        found.append(await rooms.open(SESSION))

    async with Rooms(log, mirror) as rooms, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(join, rooms)

    assert len(set(map(id, found))) == 1
    assert CountingLog.loads == 1


async def test_a_join_that_gives_up_does_not_take_the_load_away(
    rooms: Rooms, update_log: MemoryLog
) -> None:
    with anyio.CancelScope() as hasty:
        hasty.cancel()
        await rooms.open(SESSION)

    assert (await rooms.open(SESSION)).session == SESSION


async def test_a_failed_load_is_no_empty_document(rooms: Rooms, update_log: MemoryLog) -> None:
    row = UpdateRow(SESSION, 1, 0, "alice", 1, 0.0, b"\x01\x01damaged")
    await update_log.append([row])

    with pytest.raises(Unavailable) as caught:
        await rooms.open(SESSION)

    assert caught.value.code == "room.load_failed"
    assert rooms.get(SESSION) is None
    assert (await update_log.load(SESSION)).updates == [row]


async def test_a_log_that_is_away_fails_the_load_and_the_next_one_succeeds(
    rooms: Rooms, update_log: MemoryLog
) -> None:
    update_log.failing = True
    with pytest.raises(Unavailable):
        await rooms.open(SESSION)
    update_log.failing = False

    assert (await rooms.open(SESSION)).session == SESSION


async def test_everything_saved_is_there_after_a_restart(
    update_log: MemoryLog, mirror: MemoryMirror
) -> None:
    async with Rooms(update_log, mirror) as rooms:
        room = await rooms.open(SESSION)
        alice = Browser(member("alice", 1)).join(room)
        await rooms.claim(SESSION, [1], "alice")
        for n in range(40):
            alice.add(f"a{n}", f"第{n}条 😀")
            alice.wording(f"a{n}").insert(0, "前")
            del alice.wording(f"a{n}")[0:3]
        alice.annotations["a1"]["opened"] = True
        alice.send()
        await room.flushed()

    async with Rooms(update_log, mirror) as rooms:
        again = await rooms.open(SESSION)
        bob = Browser(member("bob", 2)).join(again)
        bob.wording("a1").insert(0, "乙")
        bob.wording("a2").insert(0, "refused")
        bob.send()
        await again.flushed()
        bob.hear()

        assert [code for _, code in bob.refused] == ["gate.foreign"]
        assert len(again.annotations()) == 40
        assert again.wording(again.annotations()[1].id).authors == ("alice", "bob")


async def test_an_annotation_whose_quotes_the_server_blanked_stays_its_authors(
    update_log: MemoryLog, mirror: MemoryMirror
) -> None:
    async with Rooms(update_log, mirror) as rooms:
        room = await rooms.open(SESSION)
        await rooms.claim(SESSION, [1], "alice")
        alice = Browser(member("alice", 1)).join(room)
        alice.add("a1", "字")
        alice.send()
        await rooms.forget_lines(SESSION, ["l1"])
        assert alice.peer.closed is not None
        room = await rooms.open(SESSION)
        alice.join(room)
        assert alice.incarnation["generation"] == 2
        alice.wording("a1").insert(0, "前")
        alice.annotations["a1"]["targets"] = [*alice.annotations["a1"]["targets"]]
        alice.send()
        await room.flushed()

    async with Rooms(update_log, mirror) as rooms:
        room = await rooms.open(SESSION)
        alice.join(room)
        alice.wording("a1").insert(0, "又")
        alice.send()
        await room.flushed()
        alice.hear()

    assert alice.refused == []
    assert [(found.text, found.anchors[0].quote) for found in room.annotations()] == [
        ("又前字", "")
    ]


async def test_a_snapshot_and_what_follows_make_the_same_document(mirror: MemoryMirror) -> None:
    log = MemoryLog()
    async with Rooms(log, mirror, snapshot_updates=20) as rooms:
        room = await rooms.open(SESSION)
        await rooms.claim(SESSION, [1], "alice")
        alice = Browser(member("alice", 1)).join(room)
        for n in range(70):
            alice.add(f"a{n}", "字")
            alice.annotations[f"a{n}"]["kind"] = "cause"
            alice.send()
            await room.flushed()
        with anyio.fail_after(5):
            while (await log.load(SESSION)).snapshot is None:
                await anyio.lowlevel.checkpoint()
        alice.hear()

    async with Rooms(log, mirror) as rooms:
        bob = Browser(member("bob", 2)).join(await rooms.open(SESSION))

    assert bob.content() == alice.content()


async def test_an_idle_room_leaves_memory_with_a_snapshot(mirror: MemoryMirror) -> None:
    log, closed = MemoryLog(), anyio.Event()
    async with Rooms(log, mirror, idle_seconds=0.01) as rooms:
        rooms.on_close = lambda _: closed.set()
        room = await rooms.open(SESSION)
        browser = Browser(member("alice", 1)).join(room)
        browser.add("a1", "x")
        browser.send()
        browser.leave()

        with anyio.fail_after(5):
            await closed.wait()

        assert rooms.get(SESSION) is None
    stored = await log.load(SESSION)
    assert stored.snapshot is not None
    assert stored.updates == []


async def test_a_room_stays_while_somebody_is_in_it(rooms: Rooms, mirror: MemoryMirror) -> None:
    other = SessionId("other")
    closed = anyio.Event()
    async with Rooms(MemoryLog(), mirror, idle_seconds=0.01) as quick:
        quick.on_close = lambda room: closed.set() if room.session == other else None
        kept = await quick.open(SESSION)
        Browser(member("alice", 1)).join(kept)
        await quick.open(other)

        with anyio.fail_after(5):
            await closed.wait()

        assert quick.get(SESSION) is kept


def alive() -> int:
    """How many rooms and documents of rooms there are."""
    gc.collect()
    return sum(isinstance(found, Room | Replica) for found in gc.get_objects())


async def test_a_thousand_rooms_leave_nothing_behind(mirror: MemoryMirror) -> None:
    closed: list[SessionId] = []
    before = alive()
    async with Rooms(MemoryLog(), mirror, idle_seconds=0.01) as rooms:
        rooms.on_close = lambda room: closed.append(room.session)
        for n in range(1000):
            room = await rooms.open(SessionId(f"s{n}"))
            browser = Browser(member("alice", 1)).join(room)
            browser.add("a1", "text")
            browser.send()
            browser.leave()
        del room, browser
        with anyio.fail_after(60):
            while len(closed) < 1000:
                await anyio.lowlevel.checkpoint()

    assert alive() == before


async def test_stopping_writes_what_is_pending_and_sends_everybody_away(
    mirror: MemoryMirror,
) -> None:
    log = MemoryLog()
    async with Rooms(log, mirror) as rooms:
        alice = Browser(member("alice", 1)).join(await rooms.open(SESSION))
        alice.add("a1", "last words")
        alice.send()

    assert alice.peer.closed is not None
    assert alice.peer.closed[0] == wire.CLOSE_GOING_AWAY
    assert len((await log.load(SESSION)).updates) == 2


async def test_a_client_id_belongs_to_one_person_for_good(rooms: Rooms, room: Room) -> None:
    assert await rooms.claim(SESSION, [5, 6], "alice")
    assert await rooms.claim(SESSION, [6], "alice")
    assert not await rooms.claim(SESSION, [7, 6], "mallory")
    alice = Browser(member("alice", 5)).join(room)

    assert not await rooms.claim(SESSION, [alice.incarnation["client"]], "mallory")


async def test_bulletins_reach_the_rooms_of_their_study_once_and_in_order(
    rooms: Rooms, mirror: MemoryMirror
) -> None:
    feed, study = Feed(rooms, mirror.bulletins), StudyId("study")
    mirror.bulletins.post(study, {"entry_id": "before the room was opened"})
    alice = Browser(member("alice", 1)).join(await rooms.open(SESSION))

    mirror.bulletins.post(study, {"entry_id": "e1"})
    mirror.bulletins.post(study, {"entry_id": "e2"})
    mirror.bulletins.post(StudyId("another"), {"entry_id": "e3"})
    for told in (study, StudyId("another"), study):
        await feed.bring_level(told)
    mirror.bulletins.post(study, {"entry_id": "e4"})
    await feed.bring_level(study)

    told = [event["entry_id"] for event in texts(alice.peer.written, wire.STUDY_EVENT)]
    assert told == ["e1", "e2", "e4"]


class ForgetfulLog(MemoryLog):
    """A disk that takes rows and fails before it says so, each time once."""

    asked = 0

    async def append(self, rows: Sequence[UpdateRow]) -> Stale:
        stale = await super().append(rows)
        self.asked += 1
        if self.asked % 2:
            raise Unavailable("log.unavailable")
        return stale


async def test_rows_whose_answer_was_lost_are_stored_once(mirror: MemoryMirror) -> None:
    log = ForgetfulLog()
    async with Rooms(log, mirror) as rooms:
        room = await rooms.open(SESSION)
        alice = Browser(member("alice", 1)).join(room)
        alice.add("a1", "once")
        alice.send()
        await room.flushed()

    assert [row.seq for row in (await log.load(SESSION)).updates] == [1, 2]


async def test_a_replay_stops_at_what_cannot_be_read() -> None:
    with pytest.raises(Malformed):
        Replica.replay(1, None, [b"\x00\x00", b"\xff"])
