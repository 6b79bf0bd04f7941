"""One room over the in-memory log and mirror, as most tests of this folder want it."""

from collections.abc import AsyncIterator

import pytest

from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.room import Room
from realtime.rooms import Rooms
from schemas.ids import SessionId, StudyId
from tests.realtime.attacks import ALICE, MALLORY
from tests.realtime.people import Browser, member

SESSION = SessionId("session")


@pytest.fixture
def update_log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def mirror() -> MemoryMirror:
    filled = MemoryMirror(StudyId("study"))
    filled.put(SESSION, "lines", "l1", {"text": "大家好", "at": 1})
    return filled


@pytest.fixture
async def rooms(update_log: MemoryLog, mirror: MemoryMirror) -> AsyncIterator[Rooms]:
    async with Rooms(update_log, mirror) as opened:
        yield opened


@pytest.fixture
async def room(rooms: Rooms) -> Room:
    return await rooms.open(SESSION)


@pytest.fixture
async def alice(room: Room) -> Browser:
    browser = Browser(member("alice", ALICE)).join(room)
    browser.add("a1", "平台不互通 😀")
    browser.send()
    browser.hear()
    assert browser.refused == []
    return browser


@pytest.fixture
async def mallory(room: Room, alice: Browser) -> Browser:
    return Browser(member("mallory", MALLORY)).join(room)
