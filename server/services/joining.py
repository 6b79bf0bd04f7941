"""Coming into a session: by code, by seat card, by projector link, or as its moderator.

Who has an account that runs the study is the session's moderator, whichever way it comes in; in
a foreign study an account is a guest like any other. Who comes by the general code observes, under
the name and for the unit given, until a moderator seats them.
"""

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import PersonId, SessionId, StudyId, UnitId, new_id
from schemas.session import Language, Person, Role, SessionState
from server.domain import codes
from server.services import links
from server.services.accounts import MAX_NAME, open_login
from server.services.attempts import Attempts
from server.store import accounts, doors, logins, memberships, people
from server.store.accounts import Account, Entrance, Purpose
from server.store.database import Database, Work
from server.store.doors import Door
from server.store.logins import Login

SEAT_SECONDS = 400 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Joined:
    """Who somebody has become. token: the cookie's new value, None if the old one stays."""

    person: Person
    token: str | None


@dataclass(frozen=True, slots=True)
class Seat:
    """What a seat card leads to. accepted: the notice was accepted before, on any device."""

    person: Person
    door: Door
    accepted: bool


class Joining:
    """Lets people into sessions. key: the installation's own, for links that are shown again."""

    def __init__(
        self, database: Database, key: bytes, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._key = key
        self._now = now
        self._code_attempts = Attempts("code")
        self._link_attempts = Attempts("link")

    async def door(self, code: str, *, address: str) -> Door:
        """Return the session that a join code opens.

        Raises NotFound (`join.code_unknown`), Conflict (`session.closed`) or TooManyAttempts.
        """
        self._code_attempts.check(address)
        door = None
        if codes.normalise(code):
            async with self._database.read() as work:
                door = await doors.by_code(work, codes.code_sha256(code))
        if door is None:
            self._code_attempts.failed(address)
            raise NotFound("join.code_unknown")
        if door.session.state is SessionState.CLOSED:
            raise Conflict("session.closed")
        return door

    async def join(
        self,
        door: Door,
        *,
        name: str,
        unit: str,
        accepted: bool,
        language: Language,
        login: Login | None,
    ) -> Joined:
        """Make an observer of `name` who waits for a seat of the unit, or who this browser already is.

        Another name or unit is another person, so that a tablet can be handed on. Raises Invalid
        with a field each for `name`, `unit` and `notice`.
        """
        if await self.runs(login, door.session.study_id) and login is not None:
            return Joined(await self.person(login, door.session.id), None)
        name = unicodedata.normalize("NFC", " ".join(name.split()))
        _check_form(door, name, unit, accepted)
        person = Person(
            PersonId(new_id()), door.session.id, name, Role.OBSERVER, UnitId(unit), language
        )
        async with self._database.write() as work:
            known = await self._known(work, login, door.session.id)
            if known is not None and (known.name, known.unit_id) == (name, unit):
                return Joined(known, None)
            now = self._now()
            await people.add(work, person, notice_at=now, at=now)
            return await self._let_in(work, person, login)

    async def seat(self, token: str, *, address: str) -> Seat:
        """Return who a seat card is for.

        Raises NotFound (`link.unusable`), Conflict (`session.closed`) or TooManyAttempts.
        """
        self._link_attempts.check(address)
        async with self._database.read() as work:
            person = await self._person_behind(work, token, Purpose.SEAT)
            if person is not None:
                door = await self._open_door(work, person.session_id)
                return Seat(person, door, await people.notice_at(work, person.id) is not None)
        self._link_attempts.failed(address)
        raise NotFound("link.unusable")

    async def take_seat(self, seat: Seat, login: Login | None) -> Joined:
        """Let this browser be the person of the seat, whose notice is accepted now or was before."""
        if login is not None and await self.runs(login, seat.door.session.study_id):
            return Joined(await self.person(login, seat.person.session_id), None)
        async with self._database.write() as work:
            await people.accept_notice(work, seat.person.id, self._now())
            return await self._let_in(work, seat.person, login)

    async def project(self, token: str, login: Login | None, *, address: str) -> Joined:
        """Let this browser show a session's projector page, as an observer.

        Raises NotFound (`link.unusable`), Conflict (`session.closed`) or TooManyAttempts.
        """
        self._link_attempts.check(address)
        async with self._database.read() as work:
            hashed = links.sha256(token)
            link = await accounts.entrance(work, hashed, Purpose.PROJECTOR, self._now())
            if link is not None and link.session_id is not None:
                door = await self._open_door(work, link.session_id)
                return await self._observe(door, login)
        self._link_attempts.failed(address)
        raise NotFound("link.unusable")

    async def person(self, login: Login, session_id: SessionId) -> Person:
        """Return who a login is in a session; an account that runs the study becomes its moderator.

        Raises NotFound (`session.unknown`) for everybody else.
        """
        async with self._database.read() as work:
            person = await self._known(work, login, session_id)
            account = login.account
            leads = account is not None and await memberships.runs(work, account.id, session_id)
        if person is not None:
            return person
        if account is None or not leads:
            raise NotFound("session.unknown")
        return await self._moderator(account, session_id)

    async def runs(self, login: Login | None, study_id: StudyId) -> bool:
        """Whether a login is an account that runs the study."""
        if login is None or login.account is None:
            return False
        async with self._database.read() as work:
            return await memberships.share_of(work, study_id, login.account.id) is not None

    async def may_read(self, login: Login, study_id: StudyId) -> bool:
        """Whether a login runs the study or is a person in one of its sessions."""
        if await self.runs(login, study_id):
            return True
        async with self._database.read() as work:
            return await people.is_in_study(work, login.token_sha256, study_id)

    async def may_hear(self, login: Login, session_id: SessionId) -> bool:
        """Whether a login is a person of the session or runs its study: nobody else hears its sound."""
        async with self._database.read() as work:
            if await self._known(work, login, session_id) is not None:
                return True
            account = login.account
            return account is not None and await memberships.runs(work, account.id, session_id)

    async def seat_url(self, person_id: PersonId) -> str:
        """Return the path of a person's seat card; the same every time."""
        token = links.derived_token(self._key, Purpose.SEAT, person_id)
        async with self._database.write() as work:
            person = await people.by_id(work, person_id)
            if person is None:
                raise NotFound("person.unknown")
            await self._add_link(work, token, Purpose.SEAT, person.session_id, person_id)
        return f"/seat/{token}"

    async def projector_url(self, session_id: SessionId) -> str:
        """Return the path of a session's projector link; the same every time."""
        token = links.derived_token(self._key, Purpose.PROJECTOR, session_id)
        async with self._database.write() as work:
            await self._add_link(work, token, Purpose.PROJECTOR, session_id, None)
        return f"/project/{token}"

    async def _add_link(
        self,
        work: Work,
        token: str,
        purpose: Purpose,
        session_id: SessionId,
        person_id: PersonId | None,
    ) -> None:
        now = self._now()
        link = Entrance(
            links.sha256(token),
            purpose,
            session_id=session_id,
            person_id=person_id,
            expires_at=now + SEAT_SECONDS,
        )
        await accounts.add_entrance(work, link, now)

    async def _person_behind(self, work: Work, token: str, purpose: Purpose) -> Person | None:
        link = await accounts.entrance(work, links.sha256(token), purpose, self._now())
        if link is None or link.person_id is None:
            return None
        return await people.by_id(work, link.person_id)

    async def _open_door(self, work: Work, session_id: SessionId) -> Door:
        door = await doors.by_session(work, session_id)
        if door is None:
            raise NotFound("link.unusable")
        if door.session.state is SessionState.CLOSED:
            raise Conflict("session.closed")
        return door

    async def _known(self, work: Work, login: Login | None, session_id: SessionId) -> Person | None:
        if login is None:
            return None
        account = login.account
        if account is not None and await memberships.runs(work, account.id, session_id):
            return await people.of_account(work, account.id, session_id)
        return await people.of_login(work, login.token_sha256, session_id)

    async def _observe(self, door: Door, login: Login | None) -> Joined:
        if login is not None and await self.runs(login, door.session.study_id):
            return Joined(await self.person(login, door.session.id), None)
        async with self._database.write() as work:
            known = await self._known(work, login, door.session.id)
            if known is not None:
                return Joined(known, None)
            person = _observer(door, self._key)
            await people.add_once(work, person, at=self._now())
            return await self._let_in(work, person, login)

    async def _moderator(self, account: Account, session_id: SessionId) -> Person:
        person = Person(
            PersonId(new_id()), session_id, account.name, Role.MODERATOR, None, account.language
        )
        async with self._database.write() as work:
            return await people.add_for_account(work, person, account.id, self._now())

    async def _let_in(self, work: Work, person: Person, login: Login | None) -> Joined:
        token = None
        if login is None:
            token, login = await open_login(work, None, self._now())
        await logins.be_person(work, login.token_sha256, person.session_id, person.id)
        return Joined(person, token)


def _check_form(door: Door, name: str, unit: str, accepted: bool) -> None:
    wrong: dict[str, str] = {}
    if not 1 <= len(name) <= MAX_NAME:
        wrong["name"] = "join.name"
    if unit not in {known.id for known in door.units}:
        wrong["unit"] = "join.unit"
    if not accepted:
        wrong["notice"] = "join.notice"
    if wrong:
        raise Invalid("join.incomplete", **wrong)


def _observer(door: Door, key: bytes) -> Person:
    """The observer of a session's projector link: one person, however many screens."""
    token = links.derived_token(key, "observer", door.session.id)
    person_id = PersonId(links.sha256(token)[:32])
    return Person(person_id, door.session.id, "", Role.OBSERVER, None, door.session.language)
