"""What Prometheus is told of rooms: it can be alarmed by what is refused and what is not saved."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.rooms import Rooms
from schemas import wire
from schemas.ids import SessionId, StudyId
from server.background.vitals import Vitals
from tests.realtime.people import Browser, member, texts
from transcription.recording import TrackStore
from transcription.space import space

pytestmark = pytest.mark.anyio


class QuietEar:
    """An ear that hears nothing."""

    class status:
        state = "off"
        lag = 0.0


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_refusals_commits_and_what_waits_are_counted(tmp_path: Path) -> None:
    refused, commits = (
        value("colloquy_refused_total", code="sync.malformed"),
        value("colloquy_commits_total"),
    )
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(Rooms(MemoryLog(), MemoryMirror(StudyId("s"))))
        tracks = await stack.enter_async_context(TrackStore(tmp_path))
        vitals = Vitals(QuietEar(), rooms, tracks)  # type: ignore[arg-type]  # its status is all that is read
        room = await rooms.open(SessionId("one"))
        alice = Browser(member("alice", 1)).join(room)
        alice.add("a1", "on disk")
        alice.send()
        alice.send(b"\xff\xff", kind=wire.SYNC_UPDATE)

        await vitals.tell()
        waiting = value("colloquy_unsaved")
        await room.flushed()
        await vitals.tell()
        await vitals.tell()

    assert waiting >= 1
    assert value("colloquy_unsaved") == 0
    assert value("colloquy_refused_total", code="sync.malformed") == refused + 1
    assert value("colloquy_commits_total") > commits


async def test_rooms_are_told_before_the_disk_is_full_and_when_it_is(tmp_path: Path) -> None:
    free = space(tmp_path, 0).free
    said = []
    for reserve in (0, free - 100_000_000, 1 << 60):
        async with AsyncExitStack() as stack:
            rooms = await stack.enter_async_context(Rooms(MemoryLog(), MemoryMirror(StudyId("s"))))
            tracks = await stack.enter_async_context(TrackStore(tmp_path, reserve_bytes=reserve))
            room = await rooms.open(SessionId("one"))
            alice = Browser(member("alice", 1)).join(room)
            await Vitals(QuietEar(), rooms, tracks).tell()  # type: ignore[arg-type]  # its status is read
            said += texts(alice.peer.written, wire.HEALTH)

    low, full = said  # while there is enough nothing is said
    assert (low["disk"], full["disk"]) == ("low", "full")
    assert 0 < low["minutes"] <= 53
    assert full["minutes"] == 0
