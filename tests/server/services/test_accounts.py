"""Accounts, logins and links on both engines, with a clock that the test turns."""

import pytest
from limits import RateLimitItemPerHour
from sqlalchemy import select

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.session import Language
from server.services import attempts
from server.services.accounts import (
    ABSOLUTE_SECONDS,
    IDLE_SECONDS,
    LINK_SECONDS,
    Accounts,
)
from server.services.attempts import TooManyAttempts
from server.store import tables
from server.store.accounts import Account
from server.store.database import Database

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


class Clock:
    """Seconds that move when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> Accounts:
    return Accounts(database, clock)


async def chen(accounts: Accounts) -> Account:
    return await accounts.create("Chen", "Chen Jing", PASSWORD, Language.ZH)


async def test_a_login_is_found_by_its_token_and_only_hashes_are_stored(
    accounts: Accounts, database: Database
) -> None:
    account = await chen(accounts)
    token, login = await accounts.log_in(" ＣＨＥＮ ", PASSWORD, address=HERE, old=None)

    found = await accounts.login(token)

    assert found == login
    assert (login.account, login.name) == (account, "Chen Jing")
    async with database.read() as work:
        stored = (await work.connection.execute(select(tables.login))).one()
        hashed = (await work.connection.execute(select(tables.account.c.password_hash))).scalar()
    assert token not in stored
    assert str(hashed).startswith("$argon2id$")
    assert await accounts.login(login.token_sha256) is None


async def test_a_login_ends_when_idle_and_at_the_latest_after_a_day(
    accounts: Accounts, clock: Clock
) -> None:
    await chen(accounts)
    idle, _ = await accounts.log_in("chen", PASSWORD, address=HERE, old=None)
    used, _ = await accounts.log_in("chen", PASSWORD, address=HERE, old=None)

    for _ in range(int(ABSOLUTE_SECONDS / IDLE_SECONDS) * 2 - 1):
        clock.now += IDLE_SECONDS / 2
        assert await accounts.login(used) is not None

    assert await accounts.login(idle) is None
    clock.now += IDLE_SECONDS / 2
    assert await accounts.login(used) is None
    await accounts.remove_stale()


async def test_a_one_time_link_ends_after_a_day(accounts: Accounts, clock: Clock) -> None:
    account = await chen(accounts)
    path = await accounts.one_time_link(account.id)
    clock.now += LINK_SECONDS

    with pytest.raises(NotFound, match=r"link\.unusable"):
        await accounts.enter(path.removeprefix("/enter/"), address=HERE, old=None)


async def test_an_account_without_a_password_comes_in_by_link_alone(accounts: Accounts) -> None:
    account = await accounts.create("li", "Li", None)

    for password in ("", "None", PASSWORD):
        with pytest.raises(Forbidden, match=r"login\.wrong"):
            await accounts.log_in("li", password, address=HERE, old=None)
    path = await accounts.one_time_link(account.id)
    _, login = await accounts.enter(path.removeprefix("/enter/"), address=HERE, old=None)
    assert login.account == account


async def test_a_login_that_everybody_guesses_at_is_slowed_down_everywhere(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "PER_TARGET", (RateLimitItemPerHour(3),))  # each costs a hash

    for number in range(3):
        with pytest.raises(Forbidden):
            await accounts.log_in("nobody", "x", address=f"198.51.100.{number}", old=None)

    with pytest.raises(TooManyAttempts):
        await accounts.log_in("nobody", "x", address=HERE, old=None)


@pytest.mark.parametrize(
    ("login", "name", "password", "code"),
    [
        ("", "Chen", PASSWORD, "account.login"),
        ("two words", "Chen", PASSWORD, "account.login"),
        ("chen", " ", PASSWORD, "account.name"),
        ("chen", "Chen", "short", "account.password"),
        ("chen", "Chen", "x" * 257, "account.password"),
    ],
)
async def test_what_cannot_be_an_account_is_refused(
    accounts: Accounts, login: str, name: str, password: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.create(login, name, password)

    assert refused.value.code == code


async def test_a_login_name_is_taken_once(accounts: Accounts) -> None:
    await chen(accounts)

    with pytest.raises(Conflict, match=r"account\.login_taken"):
        await chen(accounts)
