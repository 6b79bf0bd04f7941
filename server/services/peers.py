"""Foreign Yjs programs: a moderator lets one into one session by a bearer token, until revoked.

A program writes as a person of its own, an expert without a unit, so that everybody sees whose
notes are a machine's; it is bound by the gate like any browser.
"""

import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from schemas.errors import Forbidden, Invalid, NotFound
from schemas.ids import PersonId, SessionId, new_id
from schemas.session import Language, Person, Role
from server.domain.permissions import Action, require
from server.services import links, sockets
from server.services.sockets import Sockets
from server.store import events, peers, people, sessions
from server.store.database import Database, Work
from server.store.peers import PeerToken

MAX_NAME = 80


class PeerRefused(Forbidden):
    """The bearer token is unknown, revoked, or of another session (`peer.token`)."""


class Peers:
    """Issues, lists and revokes the tokens of sessions."""

    def __init__(
        self, database: Database, open_sockets: Sockets, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._sockets = open_sockets
        self._now = now

    async def issue(
        self, session_id: SessionId, name: str, *, by: Person | None
    ) -> tuple[str, PeerToken]:
        """Return a new token, shown this once, and what is stored of it. by: None for the operator.

        Raises Forbidden, NotFound (`session.unknown`) or Invalid (`peer.name`).
        """
        name = unicodedata.normalize("NFC", " ".join(name.split()))
        if not 1 <= len(name) <= MAX_NAME:
            raise Invalid("peer.name", most=MAX_NAME)
        token = links.new_token()
        async with self._database.write() as work:
            await self._may(work, session_id, by)
            person = Person(PersonId(new_id()), session_id, name, Role.EXPERT, None, Language.EN)
            await people.add(work, person, notice_at=self._now(), at=self._now())
            given = PeerToken(new_id(), session_id, person.id, name, self._now(), None)
            await peers.add(work, given, links.sha256(token))
            await self._record(work, session_id, "peer.issued", given.id, by)
        return token, given

    async def listed(self, session_id: SessionId, *, by: Person | None) -> Sequence[PeerToken]:
        """Return the session's tokens, the newest first. Raises Forbidden or NotFound."""
        async with self._database.read() as work:
            await self._may(work, session_id, by)
            return await peers.of_session(work, session_id)

    async def revoke(self, session_id: SessionId, token_id: str, *, by: Person | None) -> None:
        """End a token and every socket it opened. Raises Forbidden or NotFound (`peer.unknown`)."""
        async with self._database.write() as work:
            await self._may(work, session_id, by)
            if not await peers.revoke(work, token_id, session_id, self._now()):
                raise NotFound("peer.unknown")
            await self._record(work, session_id, "peer.revoked", token_id, by)
        self._sockets.end(sockets.of_peer(token_id))

    async def enter(self, token: str, session_id: SessionId) -> tuple[Person, str]:
        """Return who comes in by a token, and the credential. Raises PeerRefused."""
        async with self._database.read() as work:
            found = await peers.by_hash(work, links.sha256(token), session_id)
            person = None if found is None else await people.by_id(work, found.person_id)
        if found is None or person is None:
            raise PeerRefused("peer.token")
        return person, sockets.of_peer(found.id)

    async def valid(self, credentials: Iterable[str]) -> frozenset[str]:
        """Return those of these credentials (`sockets.of_peer`) that are not revoked."""
        known = {one.removeprefix("peer:"): one for one in credentials if one.startswith("peer:")}
        async with self._database.read() as work:
            return frozenset(known[one] for one in await peers.living(work, known))

    async def _may(self, work: Work, session_id: SessionId, by: Person | None) -> None:
        session = await sessions.get(work, session_id)
        if by is not None:
            if by.session_id != session_id:
                raise NotFound("session.unknown", session=session_id)
            require(by.role, Action.INVITE, session.state)

    async def _record(
        self, work: Work, session_id: SessionId, what: str, token_id: str, by: Person | None
    ) -> None:
        session = await sessions.get(work, session_id)
        await events.record(
            work,
            session.study_id,
            what,
            token_id,
            session_id=session_id,
            person_id=by.id if by else None,
            role=by.role.value if by else "server",
            at=self._now(),
        )
