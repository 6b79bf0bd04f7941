"""The real app on SQLite with a small study in it, and browsers that visit it."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from httpx2 import Response
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from schemas.session import SessionState
from server.app import create_app
from server.config import Settings
from server.domain import codes
from server.routes.state import AppState
from server.services import indexing
from server.services.accounts import Accounts
from server.services.permits import Permits
from server.store import memberships, tables
from server.store.accounts import Account
from server.store.database import Database
from server.store.memberships import Share
from tests.server.method import SESSION, STUDY, small_study

ORIGIN = "http://127.0.0.1:8000"
CODE = "K7QM-20AB"
PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Browser:
    """One browser: its cookies, its address, and forms sent as its own pages send them."""

    def __init__(self, client: TestClient, seat_all: Callable[[], None]) -> None:
        self.client = client
        self._seat_all = seat_all

    def get(self, path: str, **headers: str) -> Response:
        """Open a page; redirects are not followed."""
        return self.client.get(path, headers=_names(headers), follow_redirects=False)

    def head(self, path: str) -> Response:
        """Ask for the headers of a page alone, as a preview does."""
        return self.client.head(path, follow_redirects=False)

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Response:
        """Send a form from a page of ours, with the token that the page holds."""
        data = {"token": self.token(), **(fields or {})}
        sent = {"Origin": ORIGIN, **_names(headers)}
        return self.client.post(path, data=data, headers=sent, follow_redirects=False)

    def token(self) -> str:
        """The CSRF token on this browser's pages; "" for a stranger."""
        found = _TOKEN.search(self.client.get("/").text)
        return found.group(1) if found else ""

    def sign_in(self, login: str = "chen", password: str = PASSWORD) -> Response:
        """Sign in through the form."""
        return self.post("/login", {"login": login, "password": password})

    def join(self, name: str = "Wang Fang", unit: str = "water") -> Response:
        """Join the small study's session by code, the notice accepted, and be given a seat."""
        answer = self.watch(name, unit)
        self._seat_all()
        return answer

    def watch(self, name: str = "Wang Fang", unit: str = "water") -> Response:
        """Join by code and wait for a seat, as everybody does who comes so."""
        form = {"code": CODE, "name": name, "unit": unit, "notice": "accepted"}
        return self.post("/join", form)


class House:
    """The running app; `browser()` is a new visitor."""

    def __init__(self, app: Starlette, first: TestClient, url: str) -> None:
        self._app = app
        self._first = first
        self.url = url

    @property
    def state(self) -> AppState:
        """The parts of the running app."""
        state: AppState = self._first.app_state["app"]
        return state

    def browser(self, address: str = "192.0.2.10") -> Browser:
        """Return a browser without cookies, coming from `address`."""
        client = TestClient(self._app, base_url=ORIGIN, client=(address, 50_000))
        client.app_state.update(self._first.app_state)
        client.portal = self._first.portal  # one event loop for all, as in the server
        return Browser(client, self.seat_all)

    def seat_all(self) -> None:
        """Give a seat to everybody who waits for one, behind the app's back."""
        asyncio.run(_seat_all(self.url))

    def link_for(self, account: Account) -> str:
        """Return the path of a fresh one-time link."""
        return _run(self.url, lambda accounts: accounts.one_time_link(account.id))

    @property
    def permits(self) -> Permits:
        """What lets workers on other machines have samples."""
        permits: Permits = self._first.app_state["app"].permits
        return permits

    def compact(self) -> None:
        """Finish the sound that can be finished, now."""
        self._first.portal.call(self._first.app_state["app"].recordings.compact)

    def indexed(self) -> None:
        """Let everything that was said be found, now."""
        asyncio.run(_index(self.url))

    def close_session(self) -> None:
        """Close the session behind the app's back."""
        asyncio.run(_set_state(self.url, SessionState.CLOSED))


@contextmanager
def house(
    sqlite_url: str, data: Path, *, is_new: bool = True, **settings: object
) -> Iterator[House]:
    """Start the app on that database, filled first if it is new; the account `chen` may sign in."""
    if is_new:
        asyncio.run(_fill(sqlite_url))
    chosen = Settings(
        database_url=sqlite_url, data=data, model=str(data / "none"), workers=1, **settings
    )
    app = create_app(chosen)
    with TestClient(app, base_url=ORIGIN) as first:
        yield House(app, first, sqlite_url)


async def _index(url: str) -> None:
    database = Database(url)
    try:
        await indexing.follow(database)
    finally:
        await database.close()


def account_of(url: str) -> Account:
    """Return the account `chen`."""
    account = _run(url, lambda accounts: accounts.find("chen"))
    assert account is not None
    return account


def _run(url: str, ask):  # type: ignore[no-untyped-def]
    async def run():  # type: ignore[no-untyped-def]
        database = Database(url)
        try:
            return await ask(Accounts(database))
        finally:
            await database.close()

    return asyncio.run(run())


async def _fill(url: str) -> None:
    database = Database(url)
    await small_study(database)
    account = await Accounts(database).create("chen", "Chen Jing", PASSWORD)
    async with database.write() as work:
        await memberships.add(work, STUDY, account.id, Share.OWNER)
        shown = {"code": CODE, "code_sha256": codes.code_sha256(CODE)}
        session = tables.session.c
        await work.connection.execute(
            update(tables.session).where(session.id == SESSION).values(shown)
        )
    await database.close()


async def _seat_all(url: str) -> None:
    database = Database(url)
    person = tables.person.c
    waiting = update(tables.person).where(person.role == "observer", person.unit_id.is_not(None))
    async with database.write() as work:
        await work.connection.execute(waiting.values(role="expert"))
    await database.close()


async def _set_state(url: str, state: SessionState) -> None:
    database = Database(url)
    async with database.write() as work:
        await work.connection.execute(update(tables.session).values(state=state.value))
    await database.close()


def _names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
