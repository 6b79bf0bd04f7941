"""What Prometheus is told of rooms: it can be alarmed by what is refused and what is not saved."""

from contextlib import AsyncExitStack

import pytest
from prometheus_client import REGISTRY

from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.rooms import Rooms
from schemas import wire
from schemas.ids import SessionId, StudyId
from server.background.vitals import Vitals
from tests.realtime.people import Browser, member

pytestmark = pytest.mark.anyio


class QuietEar:
    """An ear that hears nothing."""

    class status:
        state = "off"
        lag = 0.0


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_refusals_commits_and_what_waits_are_counted() -> None:
    refused, commits = (
        value("colloquy_refused_total", code="sync.malformed"),
        value("colloquy_commits_total"),
    )
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(Rooms(MemoryLog(), MemoryMirror(StudyId("s"))))
        vitals = Vitals(QuietEar(), rooms)  # type: ignore[arg-type]  # its status is all that is read
        room = await rooms.open(SessionId("one"))
        alice = Browser(member("alice", 1)).join(room)
        alice.add("a1", "on disk")
        alice.send()
        alice.send(b"\xff\xff", kind=wire.SYNC_UPDATE)

        vitals.tell()
        waiting = value("colloquy_unsaved")
        await room.flushed()
        vitals.tell()
        vitals.tell()

    assert waiting >= 1
    assert value("colloquy_unsaved") == 0
    assert value("colloquy_refused_total", code="sync.malformed") == refused + 1
    assert value("colloquy_commits_total") > commits
