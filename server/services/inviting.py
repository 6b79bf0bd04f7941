"""Who is invited to a session, who came, and giving a seat to those who came by the code."""

import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from realtime.rooms import Rooms
from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import PersonSeated
from schemas.ids import PersonId, SessionId, UnitId, new_id
from schemas.session import Language, Person, Role, SessionState, Unit
from server.domain.permissions import Action, require
from server.services.accounts import MAX_NAME
from server.services.agendas import sitting_of
from server.store import commands, events, people, sessions, studies
from server.store.accounts import Account
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.sessions import Sitting
from server.store.studies import Study

MAX_INVITED = 300
SEATED_ROLES = (Role.EXPERT, Role.STENOGRAPHER, Role.ANALYST, Role.MODERATOR)


class Attendance(StrEnum):
    """Whether somebody invited is in the room: now, earlier, or not yet."""

    HERE = "here"
    CAME = "came"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Guest:
    """One row of the invitation list as it was sent; an empty id is a new one."""

    id: str
    name: str
    unit_id: UnitId | None
    role: Role


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody invited, and whether they are there."""

    person: Person
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class GuestList:
    """Everybody a session expects, in protocol order of their units, and who waits for a seat."""

    study: Study
    sitting: Sitting
    units: Sequence[Unit]
    invited: Sequence[Expected]
    waiting: Sequence[Person]


class Inviting:
    """Keeps the invitation list of sessions."""

    def __init__(
        self, database: Database, rooms: Rooms | None, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._now = now

    async def guests(self, account: Account, session_id: SessionId) -> GuestList:
        """Return the list of a session. Raises NotFound `session.unknown`."""
        async with self._database.read() as work:
            sitting = await sitting_of(work, account, session_id)
            came = await people.came(work, session_id)
            here = self._here(session_id)
            invited = [
                Expected(person, _attendance(person, here, came))
                for person in await people.invited(work, session_id)
            ]
            study_id = sitting.session.study_id
            return GuestList(
                await studies.get(work, study_id),
                sitting,
                await studies.units(work, study_id),
                invited,
                await people.waiting(work, session_id),
            )

    async def invite(
        self, account: Account, session_id: SessionId, guests: Sequence[Guest]
    ) -> None:
        """Make these the people invited; who came already stays, whatever was sent.

        Raises NotFound, Conflict (`session.closed`) or Invalid (`guest.row`, `guest.rows`).
        """
        now = self._now()
        async with self._database.write() as work:
            sitting = await sitting_of(work, account, session_id)
            if sitting.session.state is SessionState.CLOSED:
                raise Conflict("session.closed")
            units = {unit.id for unit in await studies.units(work, sitting.session.study_id)}
            known = {str(one.id): one for one in await people.invited(work, session_id)}
            rows = _checked(guests, units)
            for person_id in known.keys() - {row.id for row in rows}:
                await people.remove(work, PersonId(person_id))
            for row in rows:
                await _keep(work, sitting, known.get(row.id), row, now)

    async def seat(
        self, moderator: Person, person_id: PersonId, unit_id: UnitId | None, *, key: str
    ) -> Answer:
        """Make somebody who came by the code an expert; their page learns of it at once.

        unit_id: None keeps the unit they named. Raises Forbidden, NotFound (`person.unknown`,
        `unit.unknown`).
        """
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, moderator.session_id)
                require(moderator.role, Action.INVITE, session.state)
                person = await people.by_id(work, person_id)
                if person is None or person.session_id != session.id:
                    raise NotFound("person.unknown", person=person_id)
                unit = unit_id or person.unit_id
                if unit not in {one.id for one in await studies.units(work, session.study_id)}:
                    raise NotFound("unit.unknown", unit=unit)
                if person.role is Role.OBSERVER:
                    await people.change(work, replace(person, role=Role.EXPERT, unit_id=unit))
                    await events.record(
                        work,
                        session.study_id,
                        "person.seated",
                        person.id,
                        session_id=session.id,
                        person_id=moderator.id,
                        role=moderator.role.value,
                        at=self._now(),
                    )
                    work.publish(PersonSeated(session.study_id, session.id, person.id))
                return {"person": person.id, "unit": unit}

            return await commands.once(work, key, moderator.id, "person.seat", once)

    def _here(self, session_id: SessionId) -> frozenset[str]:
        room = None if self._rooms is None else self._rooms.get(session_id)
        return frozenset() if room is None else frozenset(one.person for one in room.present())


def _attendance(person: Person, here: frozenset[str], came: frozenset[PersonId]) -> Attendance:
    if person.id in here:
        return Attendance.HERE
    return Attendance.CAME if person.id in came else Attendance.EXPECTED


def _checked(guests: Sequence[Guest], units: set[UnitId]) -> list[Guest]:
    """The rows with a name, tidied. An expert speaks for a unit; the others may have none."""
    rows: list[Guest] = []
    for number, guest in enumerate(guests, 1):
        name = unicodedata.normalize("NFC", " ".join(guest.name.split()))
        if not name and not guest.id and guest.unit_id is None:
            continue
        needs_unit = guest.role is Role.EXPERT
        if (
            not 1 <= len(name) <= MAX_NAME
            or guest.role not in SEATED_ROLES
            or (guest.unit_id is None and needs_unit)
            or (guest.unit_id is not None and guest.unit_id not in units)
        ):
            raise Invalid("guest.row", row=number)
        rows.append(replace(guest, name=name))
    if len(rows) > MAX_INVITED:
        raise Invalid("guest.rows", most=MAX_INVITED)
    return rows


async def _keep(work: Work, sitting: Sitting, known: Person | None, row: Guest, now: float) -> None:
    if known is None:
        language: Language = sitting.session.language
        person = Person(
            PersonId(new_id()), sitting.session.id, row.name, row.role, row.unit_id, language
        )
        await people.add(work, person, notice_at=None, at=now)
    else:
        changed = replace(known, name=row.name, role=row.role, unit_id=row.unit_id)
        if changed != known:
            await people.change(work, changed)
