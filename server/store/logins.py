"""Login sessions: who a browser's cookie stands for. Only the hash of the cookie is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from schemas.ids import AccountId, PersonId, SessionId
from schemas.session import Language
from server.store import tables
from server.store.accounts import Account
from server.store.database import Work
from server.store.once import insert_once


@dataclass(frozen=True, slots=True)
class Login:
    """One browser that was let in. csrf: the token that its unsafe requests must carry.

    account is None for those who came by code or card; name is what to call them on a page.
    """

    token_sha256: str
    csrf: str
    account: Account | None
    name: str
    seen_at: float
    expires_at: float


async def add(
    work: Work, token_sha256: str, csrf: str, account_id: AccountId | None, at: float, until: float
) -> None:
    """Store a new login."""
    row = insert(tables.login).values(
        token_sha256=token_sha256,
        account_id=account_id,
        csrf=csrf,
        created_at=at,
        seen_at=at,
        expires_at=until,
    )
    await work.connection.execute(row)


async def find(work: Work, token_sha256: str, at: float, idle: float) -> Login | None:
    """Return a login that is neither expired nor idle for longer than `idle` seconds."""
    login, account = tables.login.c, tables.account.c
    latest_name = (
        select(tables.person.c.name)
        .join(tables.login_person, tables.login_person.c.person_id == tables.person.c.id)
        .where(tables.login_person.c.token_sha256 == token_sha256)
        .order_by(tables.person.c.created_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("person_name")
    )
    found = (
        select(tables.login, account.login, account.name, account.language, latest_name)
        .outerjoin(tables.account, account.id == login.account_id)
        .where(login.token_sha256 == token_sha256, login.expires_at > at)
        .where(login.seen_at > at - idle)
    )
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else _login(row)


async def living(work: Work, hashes: Iterable[str], at: float) -> frozenset[str]:
    """Return those of these logins that were neither ended nor have expired; who has a socket open
    is not idle.
    """
    login = tables.login.c
    asked = select(login.token_sha256).where(
        login.token_sha256.in_(list(hashes)), login.expires_at > at
    )
    return frozenset((await work.connection.execute(asked)).scalars())


async def seen(work: Work, token_sha256: str, at: float) -> None:
    """Remember that the login was just used."""
    used = update(tables.login).where(tables.login.c.token_sha256 == token_sha256)
    await work.connection.execute(used.values(seen_at=at))


async def remove(work: Work, token_sha256: str) -> None:
    """End a login: its cookie opens nothing from now on."""
    await work.connection.execute(
        delete(tables.login).where(tables.login.c.token_sha256 == token_sha256)
    )


async def remove_stale(work: Work, at: float, idle: float) -> None:
    """Delete the logins that have expired or were not used for `idle` seconds."""
    columns = tables.login.c
    stale = (columns.expires_at <= at) | (columns.seen_at <= at - idle)
    await work.connection.execute(delete(tables.login).where(stale))


async def hand_over(work: Work, old_sha256: str, new_sha256: str) -> None:
    """Let a new login be the same persons as the old one, and end the old one."""
    persons = update(tables.login_person).where(tables.login_person.c.token_sha256 == old_sha256)
    await work.connection.execute(persons.values(token_sha256=new_sha256))
    await remove(work, old_sha256)


async def be_person(
    work: Work, token_sha256: str, session_id: SessionId, person_id: PersonId
) -> None:
    """Let a login be `person_id` in that session, instead of whoever it was there."""
    known = tables.login_person.c
    inserted = await insert_once(
        work,
        tables.login_person,
        token_sha256=token_sha256,
        session_id=session_id,
        person_id=person_id,
    )
    if not inserted:
        other = update(tables.login_person).where(
            known.token_sha256 == token_sha256, known.session_id == session_id
        )
        await work.connection.execute(other.values(person_id=person_id))


def _login(row: Row[Any]) -> Login:
    account = None
    if row.account_id is not None:
        account = Account(AccountId(row.account_id), row.login, row.name, Language(row.language))
    name = account.name if account else (row.person_name or "")
    return Login(row.token_sha256, row.csrf, account, name, row.seen_at, row.expires_at)
