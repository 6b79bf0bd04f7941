"""A small study with a live session: its rows, and people writing into its document.

What the tests of the method start from. The room is a real one over a log in memory.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pycrdt import Doc, Map, Text
from sqlalchemy import insert

from realtime import protocol
from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.peer import Frame, Member
from realtime.room import Room
from realtime.rooms import Rooms
from schemas.document import ANNOTATIONS
from schemas.ids import AnnotationId, LineId, PersonId, SessionId, StageId, StudyId, UnitId
from schemas.session import Language, Person, Role
from server.store import tables
from server.store.database import Database

STUDY = StudyId("study")
STAGE = StageId("stage")
SESSION = SessionId("session")
WATER, TRAFFIC, PLANNING = UnitId("water"), UnitId("traffic"), UnitId("planning")


def person(name: str, role: Role = Role.EXPERT, unit: UnitId | None = None) -> Person:
    """A person of the live session whose id is their name."""
    return Person(PersonId(name), SESSION, name, role, unit, Language.EN)


MODERATOR = person("mo", Role.MODERATOR)
WANG = person("wang", unit=WATER)
LI = person("li", unit=TRAFFIC)
ZHAO = person("zhao", unit=PLANNING)
GUEST = person("guest", Role.OBSERVER)


def key(number: int) -> str:
    """An idempotency key of the right length."""
    return f"key-of-a-test-{number:08d}"


async def small_study(database: Database) -> None:
    """Fill the database: one study, three units, one live session opened at 1000, five people."""
    study = {"id": STUDY, "slug": "s", "title_en": "Study", "title_zh": "研究", "city_en": "City"}
    study |= {"city_zh": "市", "rule": {}, "created_at": 1.0}
    stage = {"id": STAGE, "study_id": STUDY, "number": 4, "title_en": "Groups", "title_zh": "小组"}
    sitting = {"id": SESSION, "study_id": STUDY, "stage_id": STAGE, "kind": "joint_development"}
    sitting |= {"title_en": "Flood", "title_zh": "内涝", "language": "en", "state": "live"}
    sitting |= {"code_sha256": "", "code": "", "opened_at": 1000.0, "created_at": 1.0}
    units = [
        {"id": unit, "study_id": STUDY, "slug": unit, "name_en": unit.title(), "name_zh": zh}
        | {"kind": "bureau", "order": order}
        for order, (unit, zh) in enumerate(
            [(WATER, "水务局"), (TRAFFIC, "交管局"), (PLANNING, "规划局")]
        )
    ]
    people = [
        {"id": one.id, "session_id": SESSION, "unit_id": one.unit_id, "name": one.name}
        | {"role": one.role, "language": one.language, "created_at": 1.0}
        for one in (MODERATOR, WANG, LI, ZHAO, GUEST)
    ]
    async with database.write() as work:
        for table, values in (
            (tables.study, [study]),
            (tables.stage, [stage]),
            (tables.unit, units),
            (tables.session, [sitting]),
            (tables.person, people),
        ):
            await work.connection.execute(insert(table), values)


async def spoken_line(database: Database, line_id: str, unit: UnitId | None = WATER) -> LineId:
    """Insert a line spoken by Wang on a track, from second 22.2 to 26.4."""
    track = {"id": f"track-{line_id}", "session_id": SESSION, "kind": "recording", "label": ""}
    track |= {"language": "en", "offset": 0.0, "created_at": 1.0}
    line = {"id": line_id, "session_id": SESSION, "track_id": track["id"], "person_id": "wang"}
    line |= {"unit_id": unit, "at": 22.2, "start": 22.2, "end": 26.4, "speaker": "Wang"}
    line |= {"presumed": False, "source": "spoken", "language": "en", "created_at": 1.0}
    line |= {"text": "Our main problem is that data is not shared."}
    async with database.write() as work:
        await work.connection.execute(insert(tables.track).values(track))
        await work.connection.execute(insert(tables.line).values(line))
    return LineId(line_id)


class _Peer:
    """A transport that takes everything."""

    def buffered(self) -> int:
        """Nothing waits."""
        return 0

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """It is never slow."""

    def send(self, frame: Frame) -> None:
        """Take a message."""

    def close(self, code: int, reason: str) -> None:
        """End."""


class Browser:
    """One person's browser in a room: writes annotations as the script does."""

    def __init__(self, room: Room, person: Person, client: int) -> None:
        self._room, self._person = room, person
        self._doc: Doc[Map[object]] = Doc(client_id=client)
        self._notes: Map[object] = self._doc.get(ANNOTATIONS, type=Map)
        writes = person.role is not Role.OBSERVER
        opens = person.role is Role.MODERATOR
        member = Member(
            person.id, person.name, person.unit_id, person.role, frozenset({client}), writes, opens
        )
        self._connection = room.join(_Peer(), member)
        self._made: list[bytes] = []
        self._seen = self._doc.observe(lambda event: self._made.append(event.update))

    def hear(self) -> None:
        """Take in all that the room has."""
        self._doc.apply_update(self._room.encode())
        self._made.clear()

    def note(
        self, name: str, text: str, line: str, *, opened: bool = False, quote: str = ""
    ) -> AnnotationId:
        """Put an annotation on a line; its voice is this person's."""
        anchor = {"line": line, "revision": 0, "start": 0, "end": None, "quote": quote}
        voice = {"name": self._person.name, "person": self._person.id, "unit": self._person.unit_id}
        values: dict[str, object] = {"author": self._person.id, "voice": voice, "kind": "problem"}
        values |= {"targets": [anchor], "at": 1, "wording": Text(text), "thread": Map()}
        self._notes[name] = Map(values | ({"opened": True} if opened else {}))
        self._send()
        return AnnotationId(name)

    def type(self, name: str, text: str) -> None:
        """Add to the wording of an own annotation."""
        wording = self._notes[name]["wording"]  # type: ignore[index]  # a Map, as written above
        wording += text
        self._send()

    def leave(self) -> None:
        """Close the browser."""
        self._room.leave(self._connection)

    def _send(self) -> None:
        refused = sum(self._room.refusals.values())
        while self._made:
            self._room.receive(self._connection, protocol.update(self._made.pop(0)))
        assert sum(self._room.refusals.values()) == refused, self._room.refusals


@asynccontextmanager
async def live_room(log: MemoryLog | None = None) -> AsyncIterator[tuple[Rooms, Room]]:
    """The session's room over a log in memory, and the rooms that hold it."""
    async with Rooms(log or MemoryLog(), MemoryMirror(STUDY)) as rooms:
        yield rooms, await rooms.open(SESSION)
