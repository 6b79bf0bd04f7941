"""Sockets end with the login or the token that opened them, wherever that ended."""

from dataclasses import dataclass, field

import pytest

from schemas.errors import Forbidden, Invalid, NotFound
from server.background.doorkeeper import Doorkeeper
from server.services.accounts import Accounts
from server.services.peers import PeerRefused, Peers
from server.services.sockets import Sockets, of_login, of_peer
from server.store.database import Database
from tests.server.method import MODERATOR, SESSION, WANG, small_study

pytestmark = pytest.mark.anyio


@dataclass
class House:
    """A database with a study, and two nodes' worth of sockets."""

    database: Database
    here: Sockets = field(default_factory=Sockets)
    there: Sockets = field(default_factory=Sockets)
    closed: list[str] = field(default_factory=list)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.database)

    def peers(self, sockets: Sockets) -> Peers:
        return Peers(self.database, sockets)

    async def look(self) -> None:
        await Doorkeeper(self.here, self.accounts, self.peers(self.here)).look()


@pytest.fixture
async def house(database: Database) -> House:
    await small_study(database)
    await Accounts(database).create("chen", "Chen Jing", "correct horse battery")
    return House(database)


async def test_a_login_that_ended_elsewhere_closes_its_sockets_and_no_others(house: House) -> None:
    logins = [
        (await house.accounts.log_in("chen", "correct horse battery", address="a", old=None))[1]
        for _ in range(2)
    ]
    ended, stays = (of_login(login.token_sha256) for login in logins)
    with (
        house.here.held(ended, lambda: house.closed.append("ended")),
        house.here.held(stays, lambda: house.closed.append("stays")),
        house.here.held("", lambda: house.closed.append("nobody's")),
    ):
        await house.look()
        assert house.closed == []

        await house.accounts.log_out(logins[0])
        await house.look()

        assert house.closed == ["ended"]
    assert house.here.credentials() == frozenset()


async def test_a_revoked_token_closes_its_sockets_on_every_node(house: House) -> None:
    peers = house.peers(house.there)
    token, given = await peers.issue(SESSION, "robot", by=MODERATOR)
    person, credential = await peers.enter(token, SESSION)
    assert (person.name, credential) == ("robot", of_peer(given.id))
    with (
        house.here.held(credential, lambda: house.closed.append("here")),
        house.there.held(credential, lambda: house.closed.append("there")),
    ):
        await house.look()
        await peers.revoke(SESSION, given.id, by=MODERATOR)
        assert house.closed == ["there"]

        await house.look()

    assert house.closed == ["there", "here"]
    with pytest.raises(PeerRefused):
        await peers.enter(token, SESSION)
    [listed] = await peers.listed(SESSION, by=MODERATOR)
    assert listed.revoked_at is not None


async def test_only_moderators_of_the_session_hand_out_tokens(house: House) -> None:
    peers = house.peers(house.here)
    with pytest.raises(Forbidden):
        await peers.issue(SESSION, "robot", by=WANG)
    with pytest.raises(Forbidden):
        await peers.listed(SESSION, by=WANG)
    with pytest.raises(Invalid):
        await peers.issue(SESSION, " ", by=MODERATOR)
    with pytest.raises(NotFound):
        await peers.revoke(SESSION, "0" * 32, by=MODERATOR)
    token, _ = await peers.issue(SESSION, "robot", by=MODERATOR)
    with pytest.raises(PeerRefused):
        await peers.enter(token + "x", SESSION)
