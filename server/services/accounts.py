"""Who may run studies: accounts, passwords, login sessions, and links that let in once."""

import time
import unicodedata
from collections.abc import Callable, Iterable

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.errors import Forbidden, Invalid, NotFound
from schemas.ids import AccountId, new_id
from schemas.session import Language
from server.services import links
from server.services.attempts import Attempts
from server.store import accounts, logins
from server.store.accounts import Account, Entrance, Purpose
from server.store.database import Database, Work
from server.store.logins import Login

IDLE_SECONDS = 8 * 3600.0
ABSOLUTE_SECONDS = 24 * 3600.0
SEEN_EVERY_SECONDS = 60.0
LINK_SECONDS = 24 * 3600.0
MIN_PASSWORD = 10
MAX_PASSWORD = 256
MAX_LOGIN = 120
MAX_NAME = 80


class NotSignedIn(Forbidden):
    """There is no login, or it is not an account's."""


class Accounts:
    """Accounts and logins. `now` gives UTC seconds since 1970."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._hasher = PasswordHasher()
        # Each hash takes 64 MiB: two at a time bound the memory that a flood of logins can take.
        self._threads = CapacityLimiter(2)
        self._login_attempts = Attempts("login")
        self._link_attempts = Attempts("link")
        self._nobody = ""

    async def create(
        self, login: str, name: str, password: str | None, language: Language = Language.EN
    ) -> Account:
        """Create an account; without a password only links let it in.

        Raises Invalid (`account.login`, `account.name`, `account.password`) or Conflict
        (`account.login_taken`).
        """
        login = _folded(login)
        name = unicodedata.normalize("NFC", name.strip())
        if not 1 <= len(login) <= MAX_LOGIN or any(mark.isspace() for mark in login):
            raise Invalid("account.login", most=MAX_LOGIN)
        if not 1 <= len(name) <= MAX_NAME:
            raise Invalid("account.name", most=MAX_NAME)
        password_hash = "" if password is None else await self._hash(password)
        account = Account(AccountId(new_id()), login, name, language)
        async with self._database.write() as work:
            await accounts.add(work, account, password_hash, self._now())
        return account

    async def find(self, login: str) -> Account | None:
        """Return the account of that login, or None."""
        async with self._database.read() as work:
            found = await accounts.by_login(work, _folded(login))
        return None if found is None else found[0]

    async def log_in(
        self, login: str, password: str, *, address: str, old: Login | None
    ) -> tuple[str, Login]:
        """Return a cookie token and its login for who knows the password; `old` ends.

        Raises Forbidden (`login.wrong`), which does not say which of the two was wrong, or
        TooManyAttempts.
        """
        login = _folded(login)[:MAX_LOGIN]
        self._login_attempts.check(address, login)
        async with self._database.read() as work:
            found = await accounts.by_login(work, login)
        if not await self._is_right(found[1] if found else "", password) or found is None:
            self._login_attempts.failed(address, login)
            raise Forbidden("login.wrong")
        async with self._database.write() as work:
            return await self._open(work, found[0], old)

    async def enter(self, token: str, *, address: str, old: Login | None) -> tuple[str, Login]:
        """Use up a one-time link and return a cookie token and its login; `old` ends.

        Raises NotFound (`link.unusable`) if it is unknown, used or expired, or TooManyAttempts.
        """
        self._link_attempts.check(address)
        async with self._database.write() as work:
            hashed = links.sha256(token)
            link = await accounts.use_entrance(work, hashed, Purpose.MODERATOR, self._now())
            account = (
                await accounts.by_id(work, link.account_id) if link and link.account_id else None
            )
            if account is not None:
                return await self._open(work, account, old)
        self._link_attempts.failed(address)
        raise NotFound("link.unusable")

    async def one_time_link(self, account_id: AccountId) -> str:
        """Return the path of a fresh link that lets that account in once, within 24 hours."""
        token = links.new_token()
        until = self._now() + LINK_SECONDS
        link = Entrance(
            links.sha256(token), Purpose.MODERATOR, account_id, uses_left=1, expires_at=until
        )
        async with self._database.write() as work:
            await accounts.add_entrance(work, link, self._now())
        return f"/enter/{token}"

    async def login(self, token: str) -> Login | None:
        """Return the login that a cookie token stands for, or None; remembers that it was used."""
        now = self._now()
        async with self._database.read() as work:
            login = await logins.find(work, links.sha256(token), now, IDLE_SECONDS)
        if login is not None and login.seen_at < now - SEEN_EVERY_SECONDS:
            async with self._database.write() as work:
                await logins.seen(work, login.token_sha256, now)
        return login

    async def log_out(self, login: Login) -> None:
        """End a login at once."""
        async with self._database.write() as work:
            await logins.remove(work, login.token_sha256)

    async def valid(self, credentials: Iterable[str]) -> frozenset[str]:
        """Return those of these credentials (`sockets.of_login`) whose logins have not ended."""
        known = {one.removeprefix("login:"): one for one in credentials if one.startswith("login:")}
        async with self._database.read() as work:
            living = await logins.living(work, known, self._now())
        return frozenset(known[one] for one in living)

    async def remove_stale(self) -> None:
        """Delete logins that can no longer be used; called at start."""
        async with self._database.write() as work:
            await logins.remove_stale(work, self._now(), IDLE_SECONDS)

    async def _open(self, work: Work, account: Account, old: Login | None) -> tuple[str, Login]:
        token, login = await open_login(work, account, self._now())
        if old is not None:
            await logins.hand_over(work, old.token_sha256, login.token_sha256)
        return token, login

    async def _hash(self, password: str) -> str:
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise Invalid("account.password", least=MIN_PASSWORD, most=MAX_PASSWORD)
        folded = unicodedata.normalize("NFKC", password)
        return await to_thread.run_sync(self._hasher.hash, folded, limiter=self._threads)

    async def _is_right(self, password_hash: str, password: str) -> bool:
        """Whether it is the password; as slow for an account that does not exist."""
        if not self._nobody:
            self._nobody = await self._hash(links.new_token())
        folded = unicodedata.normalize("NFKC", password[:MAX_PASSWORD])
        try:
            return await to_thread.run_sync(
                self._hasher.verify, password_hash or self._nobody, folded, limiter=self._threads
            )
        except (VerificationError, InvalidHashError):
            return False


async def open_login(work: Work, account: Account | None, now: float) -> tuple[str, Login]:
    """Store a fresh login, for an account or for nobody yet; return its cookie token and itself."""
    token = links.new_token()
    name = account.name if account else ""
    until = now + ABSOLUTE_SECONDS
    login = Login(links.sha256(token), links.new_token(), account, name, now, until)
    account_id = account.id if account else None
    await logins.add(work, login.token_sha256, login.csrf, account_id, now, until)
    return token, login


def _folded(login: str) -> str:
    return unicodedata.normalize("NFKC", login).strip().casefold()
