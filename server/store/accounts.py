"""Accounts, and the links that let people in without one: rows in, values out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from schemas.errors import Conflict
from schemas.ids import AccountId, PersonId, SessionId
from schemas.session import Language
from server.store import tables
from server.store.database import Work
from server.store.once import insert_once


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may run studies."""

    id: AccountId
    login: str
    name: str
    language: Language


class Purpose(StrEnum):
    """What a link lets its holder do."""

    MODERATOR = "moderator"
    SEAT = "seat"
    PROJECTOR = "projector"


@dataclass(frozen=True, slots=True)
class Entrance:
    """A link: what it is for and to whom it leads. `uses_left` None: any number of times."""

    token_sha256: str
    purpose: Purpose
    account_id: AccountId | None = None
    session_id: SessionId | None = None
    person_id: PersonId | None = None
    uses_left: int | None = None
    expires_at: float = 0.0


async def add(work: Work, account: Account, password_hash: str, at: float) -> None:
    """Store a new account. Raises Conflict (`account.login_taken`)."""
    row = insert(tables.account).values(
        id=account.id,
        login=account.login,
        name=account.name,
        password_hash=password_hash,
        language=account.language.value,
        created_at=at,
    )
    try:
        await work.connection.execute(row)
    except IntegrityError as error:
        raise Conflict("account.login_taken", login=account.login) from error


async def by_login(work: Work, login: str) -> tuple[Account, str] | None:
    """Return the account of that login with its password hash, or None."""
    found = select(tables.account).where(tables.account.c.login == login)
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else (_account(row), row.password_hash)


async def by_id(work: Work, account_id: AccountId) -> Account | None:
    """Return that account, or None."""
    found = select(tables.account).where(tables.account.c.id == account_id)
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else _account(row)


async def set_password(work: Work, account_id: AccountId, password_hash: str) -> None:
    """Replace the password hash."""
    changed = update(tables.account).where(tables.account.c.id == account_id)
    await work.connection.execute(changed.values(password_hash=password_hash))


async def add_entrance(work: Work, entrance: Entrance, at: float) -> None:
    """Store a link; one that exists already stays as it is."""
    await insert_once(
        work,
        tables.entrance,
        token_sha256=entrance.token_sha256,
        purpose=entrance.purpose.value,
        account_id=entrance.account_id,
        session_id=entrance.session_id,
        person_id=entrance.person_id,
        uses_left=entrance.uses_left,
        created_at=at,
        expires_at=entrance.expires_at,
    )


async def entrance(work: Work, token_sha256: str, purpose: Purpose, at: float) -> Entrance | None:
    """Return a link that can still be used, or None."""
    found = select(tables.entrance).where(_usable(token_sha256, purpose, at))
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else _entrance(row)


async def use_entrance(
    work: Work, token_sha256: str, purpose: Purpose, at: float
) -> Entrance | None:
    """Use a link up by one and return it; None if it is unknown, used up or expired.

    One statement decides, so that of two requests at once only one gets a link of one use.
    """
    used = update(tables.entrance).where(_usable(token_sha256, purpose, at))
    less = used.values(uses_left=tables.entrance.c.uses_left - 1).returning(tables.entrance)
    row = (await work.connection.execute(less)).one_or_none()
    return None if row is None else _entrance(row)


def _usable(token_sha256: str, purpose: Purpose, at: float) -> ColumnElement[bool]:
    columns = tables.entrance.c
    left = or_(columns.uses_left.is_(None), columns.uses_left > 0)
    right_link = and_(columns.token_sha256 == token_sha256, columns.purpose == purpose.value)
    return and_(right_link, columns.expires_at > at, left)


def _account(row: Row[Any]) -> Account:
    return Account(AccountId(row.id), row.login, row.name, Language(row.language))


def _entrance(row: Row[Any]) -> Entrance:
    return Entrance(
        row.token_sha256,
        Purpose(row.purpose),
        row.account_id,
        row.session_id,
        row.person_id,
        row.uses_left,
        row.expires_at,
    )
