"""We too, not so: one tap of an expert on a note or an entry, for their unit."""

from realtime.room import Room
from realtime.rooms import Rooms
from schemas import document
from schemas.errors import Invalid, NotFound
from schemas.events import TaxonomyChanged
from schemas.ids import AnnotationId, EntryId
from schemas.session import Person, SessionState
from server.domain import permissions
from server.domain.lifecycles import EntryMove, may_change
from server.domain.permissions import Action
from server.services import board
from server.store import commands, entries, events, marks
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.marks import Mark, Of

MAX_EXAMPLE_CHARACTERS = 1_000


class Marks:
    """Sets and takes back marks; what the room sees is a count of units, never which."""

    def __init__(self, database: Database, rooms: Rooms) -> None:
        self._database = database
        self._rooms = rooms

    async def mark(
        self, person: Person, key: str, of: Of, ref: str, *, shared: bool | None, example: str = ""
    ) -> Answer:
        """Say that the person's unit shares a note or entry, or does not; None takes it back.

        Answers `{ref, too, not}`: how many units say which.

        Raises Forbidden, NotFound `annotation.unknown` or `entry.unknown`, Invalid `mark.unit`
        (who is here for no unit has none to speak for) or `mark.example`.
        """
        permissions.require(person.role, Action.MARK, SessionState.LIVE)
        if person.unit_id is None:
            raise Invalid("mark.unit")
        if len(example) > MAX_EXAMPLE_CHARACTERS:
            raise Invalid("mark.example", at_most=MAX_EXAMPLE_CHARACTERS)
        room = await self._room_of(person, AnnotationId(ref)) if of == "annotation" else None

        async with self._database.write() as work:

            async def do() -> Answer:
                if room is not None:
                    await board.fence(work, room)
                setting = await board.permitted(work, person, Action.MARK)
                if of == "entry":
                    await _active(work, setting.study_id, EntryId(ref))
                unit = person.unit_id
                if unit is None or unit not in setting.units:
                    raise Invalid("mark.unit")
                if shared is None:
                    await marks.remove(work, of, ref, unit)
                else:
                    await marks.put(
                        work,
                        Mark(
                            study_id=setting.study_id,
                            session_id=person.session_id,
                            unit_id=unit,
                            person_id=person.id,
                            of=of,
                            ref=ref,
                            shared=shared,
                            example=example.strip(),
                        ),
                    )
                counted = await _told(work, person, of, ref)
                await events.record(
                    work,
                    setting.study_id,
                    f"{of}.marked",
                    ref,
                    session_id=person.session_id,
                    person_id=person.id,
                    role=person.role.value,
                    body={"unit": unit, "shared": shared},
                )
                if of == "entry":
                    changed = TaxonomyChanged(
                        setting.study_id, person.session_id, EntryId(ref), "marked"
                    )
                    work.publish(changed)
                return {"ref": ref, **counted}

            return await commands.once(work, key, person.id, "mark", do)

    async def _room_of(self, person: Person, note: AnnotationId) -> Room:
        room = await self._rooms.open(person.session_id)
        if not any(one.id == note and not one.withdrawn for one in room.annotations()):
            raise NotFound("annotation.unknown", annotation=note)
        return room


async def _active(work: Work, study_id: str, entry_id: EntryId) -> None:
    entry = await entries.get(work, entry_id)
    if entry.study_id != study_id or not may_change(entry.state, EntryMove.MARK):
        raise NotFound("entry.unknown", entry=entry_id)


async def _told(work: Work, person: Person, of: Of, ref: str) -> dict[str, int]:
    """Count the units and, for a note, mirror the count into the room's document."""
    found = await marks.on(work, of, (ref,))
    too = sum(one.mark.shared for one in found)
    counted = {"too": too, "not": len(found) - too}
    if of == "annotation":
        value = counted if found else None
        await work.mirror(person.session_id, document.MARKS, ref, value)
    return counted
