"""What people write in a room becomes rows, soon, and again whenever the room opens."""

from collections.abc import Callable, Sequence
from typing import Any

import anyio
import pytest
from pycrdt import Doc, Map, Text

from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.peer import Frame, Member
from realtime.room import Room
from realtime.rooms import Rooms
from schemas.annotation import Annotation
from schemas.document import ANNOTATIONS
from schemas.errors import Unavailable
from schemas.ids import SessionId
from schemas.session import Role
from server.background.projection import Projector
from server.services.projection import Projection, Rows
from server.store import annotations
from server.store.database import Database
from server.store.leases import Leases
from tests.server.method import SESSION, STUDY, WANG, small_study

pytestmark = pytest.mark.anyio

CLIENT = 7


class Screen:
    """A browser that takes everything and answers nothing."""

    def buffered(self) -> int:
        """Nothing waits."""
        return 0

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """It is never slow."""

    def send(self, frame: Frame) -> None:
        """Forget it."""

    def close(self, code: int, reason: str) -> None:
        """Nothing here ends."""


class Telling(Projection):
    """The projection, which also says when it has followed, and can be away for a while."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.failures = 0
        self.reached: Callable[[Sequence[Annotation]], None] = lambda _: None

    async def _store(
        self,
        session_id: SessionId,
        current: Sequence[Annotation],
        gone: Sequence[Annotation],
        known: Rows,
        epoch: int | None,
    ) -> Rows:
        if self.failures:
            self.failures -= 1
            raise Unavailable("database.away")
        rows = await super()._store(session_id, current, gone, known, epoch)
        self.reached(current)
        return rows


def write(room: Room, text: str, client: int = CLIENT) -> None:
    """Write one note as WANG's browser does."""
    member = Member(WANG.id, WANG.name, WANG.unit_id, Role.EXPERT, frozenset({client}), True, False)
    connection = room.join(Screen(), member)
    doc: Doc[Any] = Doc(client_id=client)
    doc.get(ANNOTATIONS, type=Map)[f"a{client}"] = Map(
        {
            "author": WANG.id,
            "voice": {"name": "Wang", "person": WANG.id, "unit": WANG.unit_id},
            "kind": "problem",
            "targets": [{"line": "l1", "revision": 0, "start": 0, "end": None, "quote": ""}],
            "at": 1_700_000_000_000,
            "wording": Text(text),
            "thread": Map(),
        }
    )
    update = doc.get_update()
    room.receive(connection, bytes([0, 2]) + _varint(len(update)) + update)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


async def texts(database: Database) -> list[str]:
    async with database.read() as work:
        return [each.text for each in (await annotations.of_session(work, SESSION)).values()]


async def test_a_note_becomes_a_row_without_being_asked_for(database: Database) -> None:
    await small_study(database)
    projection, written = Telling(database), anyio.Event()
    projection.reached = lambda current: written.set() if current else None

    async with (
        Rooms(MemoryLog(), MemoryMirror(STUDY)) as rooms,
        Projector(projection, quiet_seconds=0) as projector,
    ):
        rooms.on_open = projector.follow
        write(await rooms.open(SESSION), "数据不共享")
        with anyio.fail_after(10):
            await written.wait()

    assert await texts(database) == ["数据不共享"]


async def test_after_the_first_time_only_what_changed_is_read(database: Database) -> None:
    await small_study(database)
    projection, read = Telling(database), list[list[str]]()
    projection.reached = lambda current: read.append([each.text for each in current])

    async with (
        Rooms(MemoryLog(), MemoryMirror(STUDY)) as rooms,
        Projector(projection, quiet_seconds=3_600) as projector,
    ):
        rooms.on_open = projector.follow
        room = await rooms.open(SESSION)
        write(room, "first")
        await projector.catch_up()
        write(room, "second", CLIENT + 1)
        await projector.catch_up()

    assert read == [["first"], ["second"]]
    assert await texts(database) == ["first", "second"]


async def test_what_waits_at_the_end_is_still_written(database: Database) -> None:
    await small_study(database)

    async with (
        Rooms(MemoryLog(), MemoryMirror(STUDY)) as rooms,
        Projector(Projection(database), quiet_seconds=3_600) as projector,
    ):
        rooms.on_open = projector.follow
        write(await rooms.open(SESSION), "late")

    assert await texts(database) == ["late"]


async def test_a_room_that_opens_is_caught_up(database: Database) -> None:
    await small_study(database)
    log = MemoryLog()
    await log.claim(SESSION, CLIENT, WANG.id)
    async with Rooms(log, MemoryMirror(STUDY)) as rooms:
        write(await rooms.open(SESSION), "before the crash")

    async with (
        Rooms(log, MemoryMirror(STUDY)) as rooms,
        Projector(Projection(database), quiet_seconds=3_600) as projector,
    ):
        rooms.on_open = projector.follow
        await rooms.open(SESSION)
        await projector.catch_up()

    assert await texts(database) == ["before the crash"]


async def test_what_could_not_be_written_is_tried_again(database: Database) -> None:
    await small_study(database)
    projection, written = Telling(database), anyio.Event()
    projection.failures = 2
    projection.reached = lambda current: written.set() if current else None

    async with (
        Rooms(MemoryLog(), MemoryMirror(STUDY)) as rooms,
        Projector(projection, quiet_seconds=0) as projector,
    ):
        rooms.on_open = projector.follow
        write(await rooms.open(SESSION), "patience")
        with anyio.fail_after(10):
            await written.wait()

    assert await texts(database) == ["patience"]


async def test_the_rows_of_a_session_are_its_owners_alone(database: Database) -> None:
    await small_study(database)
    projection = Telling(database)

    async with Rooms(MemoryLog(), MemoryMirror(STUDY)) as rooms:
        projector = Projector(projection)
        projector.follow(room := await rooms.open(SESSION))
        write(room, "before it slept")
        await projector.catch_up()
        for _ in range(2):  # the room was opened under the first epoch
            await Leases(database, "the other node").take(SESSION)
        write(room, "of who was replaced", client=8)

        await projector.catch_up()
        projection.reached = pytest.fail
        await projector.catch_up()  # nothing waits: it is the other node's now

    assert await texts(database) == ["before it slept"]
