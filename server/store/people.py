"""The persons of a session, and which of them a login is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from schemas.ids import AccountId, PersonId, SessionId, StudyId, UnitId
from schemas.session import Language, Person, Role
from server.store import tables
from server.store.database import Work
from server.store.once import insert_once


async def add(work: Work, person: Person, *, notice_at: float | None, at: float) -> None:
    """Store a person. notice_at: when the notice was accepted, None for one who is only invited."""
    row = insert(tables.person).values(
        **_values(person), notice_at=notice_at, seen_at=None, created_at=at
    )
    await work.connection.execute(row)


async def add_once(work: Work, person: Person, *, at: float) -> None:
    """Store a person whose id says who it is, unless it is there already."""
    await insert_once(work, tables.person, **_values(person), notice_at=at, created_at=at)


async def add_for_account(work: Work, person: Person, account_id: AccountId, at: float) -> Person:
    """Return who the account is in the session; `person` is stored if it is nobody there yet."""
    await insert_once(
        work,
        tables.person,
        **_values(person),
        account_id=account_id,
        notice_at=at,
        created_at=at,
    )
    columns = tables.person.c
    found = select(tables.person).where(
        columns.session_id == person.session_id, columns.account_id == account_id
    )
    return _person((await work.connection.execute(found)).one())


async def by_id(work: Work, person_id: PersonId) -> Person | None:
    """Return that person, or None."""
    found = select(tables.person).where(tables.person.c.id == person_id)
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else _person(row)


async def of_login(work: Work, token_sha256: str, session_id: SessionId) -> Person | None:
    """Return who a login is in a session, or None."""
    known = tables.login_person.c
    found = (
        select(tables.person)
        .join(tables.login_person, known.person_id == tables.person.c.id)
        .where(known.token_sha256 == token_sha256, known.session_id == session_id)
    )
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else _person(row)


async def of_account(work: Work, account_id: AccountId, session_id: SessionId) -> Person | None:
    """Return who an account is in a session, or None."""
    columns = tables.person.c
    found = select(tables.person).where(
        columns.account_id == account_id, columns.session_id == session_id
    )
    row = (await work.connection.execute(found)).one_or_none()
    return None if row is None else _person(row)


async def sessions_of_login(work: Work, token_sha256: str) -> Sequence[SessionId]:
    """Return the sessions that a login came into by code or card, newest first."""
    known = tables.login_person.c
    found = (
        select(known.session_id)
        .join(tables.session, tables.session.c.id == known.session_id)
        .where(known.token_sha256 == token_sha256)
        .order_by(tables.session.c.created_at.desc(), known.session_id)
    )
    return [SessionId(row.session_id) for row in await work.connection.execute(found)]


async def is_in_study(work: Work, token_sha256: str, study_id: StudyId) -> bool:
    """Whether a login is a person in some session of the study."""
    known = tables.login_person.c
    found = (
        select(known.session_id)
        .join(tables.session, tables.session.c.id == known.session_id)
        .where(known.token_sha256 == token_sha256, tables.session.c.study_id == study_id)
        .limit(1)
    )
    return (await work.connection.execute(found)).one_or_none() is not None


async def accept_notice(work: Work, person_id: PersonId, at: float) -> None:
    """Record that the notice was shown and accepted; the first time counts."""
    columns = tables.person.c
    accepted = update(tables.person).where(columns.id == person_id, columns.notice_at.is_(None))
    await work.connection.execute(accepted.values(notice_at=at))


async def notice_at(work: Work, person_id: PersonId) -> float | None:
    """Return when the person accepted the notice, or None."""
    found = select(tables.person.c.notice_at).where(tables.person.c.id == person_id)
    return (await work.connection.execute(found)).scalar_one_or_none()


async def invited(work: Work, session_id: SessionId) -> Sequence[Person]:
    """Return the persons who have a seat: who leads and is of no unit, then by protocol order."""
    columns, unit = tables.person.c, tables.unit.c
    found = (
        select(tables.person)
        .outerjoin(tables.unit, unit.id == columns.unit_id)
        .where(columns.session_id == session_id, columns.account_id.is_(None))
        .where(columns.role != Role.OBSERVER.value)
        .order_by(unit.order.nulls_first(), columns.created_at, columns.id)
    )
    return [_person(row) for row in await work.connection.execute(found)]


async def waiting(work: Work, session_id: SessionId) -> Sequence[Person]:
    """Return who came by the code and has no seat yet, in the order they came."""
    columns = tables.person.c
    found = (
        select(tables.person)
        .where(columns.session_id == session_id, columns.account_id.is_(None))
        .where(columns.role == Role.OBSERVER.value, columns.unit_id.is_not(None))
        .order_by(columns.created_at, columns.id)
    )
    return [_person(row) for row in await work.connection.execute(found)]


async def came(work: Work, session_id: SessionId) -> frozenset[PersonId]:
    """Return who of a session has accepted the notice, hence was there at some time."""
    columns = tables.person.c
    found = select(columns.id).where(
        columns.session_id == session_id, columns.notice_at.is_not(None)
    )
    return frozenset(PersonId(row.id) for row in await work.connection.execute(found))


async def change(work: Work, person: Person) -> None:
    """Give a person another name, unit, role or language."""
    values = _values(person)
    changed = update(tables.person).where(tables.person.c.id == values.pop("id"))
    await work.connection.execute(changed.values(values))


async def remove(work: Work, person_id: PersonId) -> None:
    """Take back the invitation of somebody who never came; the seat card is dead from now on."""
    gone = delete(tables.person).where(
        tables.person.c.id == person_id, tables.person.c.notice_at.is_(None)
    )
    await work.connection.execute(gone)


def _values(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "session_id": person.session_id,
        "unit_id": person.unit_id,
        "name": person.name,
        "role": person.role.value,
        "language": person.language.value,
    }


def _person(row: Row[Any]) -> Person:
    return Person(
        PersonId(row.id),
        SessionId(row.session_id),
        row.name,
        Role(row.role),
        None if row.unit_id is None else UnitId(row.unit_id),
        Language(row.language),
    )
