"""A session with a loaded room, a screen in it, and a track: for tests of the ear's server side."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from realtime.log import MemoryLog
from realtime.peer import Frame, Member
from realtime.rooms import Rooms
from schemas.ids import TrackId
from schemas.session import Language, Role, Track, TrackKind
from server.store import tables, tracks
from server.store.database import Database
from server.store.mirrors import Mirrors
from tests.server.method import GUEST, SESSION, small_study

ROOM = Track(TrackId("room"), SESSION, TrackKind.MICROPHONE, "Room", Language.EN, None, 30.0)


@dataclass
class Screen:
    """A browser that keeps what it is sent."""

    messages: list[bytes] = field(default_factory=list)

    def buffered(self) -> int:
        return 0

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """It is never slow."""

    def send(self, frame: Frame) -> None:
        self.messages.append(frame.message)

    def close(self, code: int, reason: str) -> None:
        self.messages.append(f"closed {code} {reason}".encode())

    def json(self, number: int) -> list[dict[str, Any]]:
        """The JSON messages of this number, oldest first."""
        found = [message for message in self.messages if message[0] == number]
        return [json.loads(message[message.index(b'{"') :]) for message in found]


@asynccontextmanager
async def room_with_screen(database: Database) -> AsyncIterator[tuple[Rooms, Screen]]:
    """The small study with the track ROOM; its session's room is loaded, a guest watches."""
    await small_study(database)
    async with database.write() as work:
        await tracks.add(work, ROOM, at=1.0)
    guest = Member(GUEST.id, GUEST.name, None, Role.OBSERVER, frozenset({7}), False, False)
    async with Rooms(MemoryLog(), Mirrors(database)) as rooms:
        screen = Screen()
        (await rooms.open(SESSION)).join(screen, guest)
        yield rooms, screen


async def mirrored(database: Database, root: str, key: str) -> list[object]:
    """All values that the document's key was given, in order."""
    mirror = tables.mirror.c
    asked = select(mirror.value).where(mirror.root == root, mirror.key == key)
    async with database.read() as work:
        return list((await work.connection.execute(asked.order_by(mirror.seq))).scalars())
