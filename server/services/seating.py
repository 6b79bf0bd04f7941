"""What somebody finds when coming in: the own studies and sessions, and a session's seat cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.ids import SessionId, UnitId
from schemas.session import Bilingual, Person
from server.domain.permissions import Action, require
from server.services.joining import Joining
from server.store import memberships, people, sessions, studies
from server.store.accounts import Account
from server.store.database import Database
from server.store.logins import Login
from server.store.sessions import Sitting
from server.store.studies import Study


@dataclass(frozen=True, slots=True)
class Places:
    """Where a login may go. projectors: the links of the sessions that its account runs."""

    studies: Sequence[Study] = ()
    sittings: Sequence[Sitting] = ()
    projectors: Mapping[SessionId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One seat card; path is that of its link."""

    person: Person
    unit: Bilingual
    path: str


class Seating:
    """Reads what the lobby and the seat cards show."""

    def __init__(self, database: Database, joining: Joining) -> None:
        self._database = database
        self._joining = joining

    async def places(self, login: Login | None) -> Places:
        """Return the sessions that a login came into, and for an account what it runs."""
        if login is None:
            return Places()
        async with self._database.read() as work:
            run = await memberships.studies_of(work, login.account.id) if login.account else set()
            came = set(await people.sessions_of_login(work, login.token_sha256))
            sittings = [
                each
                for each in (
                    await sessions.every(work) if run else await sessions.among(work, list(came))
                )
                if each.session.study_id in run or each.session.id in came
            ]
            known = [each for each in await studies.every(work) if each.id in run]
        ids = [each.session.id for each in sittings if each.session.study_id in run]
        links = {one: await self._joining.projector_url(one) for one in ids}
        return Places(known, sittings, links)

    async def places_of(self, account: Account) -> Sequence[Study]:
        """Return the studies that an account runs, newest first."""
        async with self._database.read() as work:
            run = await memberships.studies_of(work, account.id)
            return [each for each in await studies.every(work) if each.id in run]

    async def waiting(self, moderator: Person) -> Sequence[tuple[Person, Bilingual]]:
        """Return who came by the code and has no seat yet, with the unit they named."""
        async with self._database.read() as work:
            found = await people.waiting(work, moderator.session_id)
            names = await studies.unit_names(work, {one.unit_id for one in found if one.unit_id})
        return [(one, names[one.unit_id] if one.unit_id else Bilingual()) for one in found]

    async def cards(self, moderator: Person) -> tuple[Sitting, Sequence[Card]]:
        """Return a session and the cards of those invited, in the units' protocol order.

        Raises Forbidden (`permission.denied`) for who is not its moderator.
        """
        async with self._database.read() as work:
            sitting = await sessions.sitting(work, moderator.session_id)
            require(moderator.role, Action.INVITE, sitting.session.state)
            guests = await people.invited(work, moderator.session_id)
            unit_ids = {guest.unit_id for guest in guests if guest.unit_id is not None}
            names = await studies.unit_names(work, unit_ids)
        return sitting, [await self._card(guest, names) for guest in guests]

    async def _card(self, guest: Person, names: Mapping[UnitId, Bilingual]) -> Card:
        unit = Bilingual() if guest.unit_id is None else names[guest.unit_id]
        return Card(guest, unit, await self._joining.seat_url(guest.id))
