"""Bearer tokens of foreign Yjs programs: rows in, values out. Only the hash of a token is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from schemas.ids import PersonId, SessionId
from server.store import tables
from server.store.database import Work, rows

token = tables.peer_token.c


@dataclass(frozen=True, slots=True)
class PeerToken:
    """One token. name: of the person it writes as. revoked_at: UTC, None while it lets in."""

    id: str
    session_id: SessionId
    person_id: PersonId
    name: str
    created_at: float
    revoked_at: float | None


async def add(work: Work, given: PeerToken, token_sha256: str) -> None:
    """Store a new token; its person is there already."""
    row = insert(tables.peer_token).values(
        id=given.id,
        session_id=given.session_id,
        person_id=given.person_id,
        token_sha256=token_sha256,
        created_at=given.created_at,
        revoked_at=None,
    )
    await work.connection.execute(row)


async def of_session(work: Work, session_id: SessionId) -> Sequence[PeerToken]:
    """Return all tokens of a session, revoked ones included, the newest first."""
    asked = (
        select(tables.peer_token, tables.person.c.name)
        .join(tables.person, tables.person.c.id == token.person_id)
        .where(token.session_id == session_id)
        .order_by(token.created_at.desc(), token.id)
    )
    return [_token(row) for row in rows(await work.connection.execute(asked))]


async def by_hash(work: Work, token_sha256: str, session_id: SessionId) -> PeerToken | None:
    """Return the token if it lets into that session."""
    asked = (
        select(tables.peer_token, tables.person.c.name)
        .join(tables.person, tables.person.c.id == token.person_id)
        .where(token.token_sha256 == token_sha256, token.session_id == session_id)
        .where(token.revoked_at.is_(None))
    )
    row = (await work.connection.execute(asked)).one_or_none()
    return None if row is None else _token(row)


async def revoke(work: Work, token_id: str, session_id: SessionId, at: float) -> bool:
    """Revoke a token of that session; False if there is none. Again it changes nothing."""
    which = (token.id == token_id) & (token.session_id == session_id)
    await work.connection.execute(
        update(tables.peer_token).where(which, token.revoked_at.is_(None)).values(revoked_at=at)
    )
    found = await work.connection.execute(select(token.id).where(which))
    return found.one_or_none() is not None


async def living(work: Work, ids: Iterable[str]) -> frozenset[str]:
    """Return those of these tokens that are not revoked."""
    asked = select(token.id).where(token.id.in_(list(ids)), token.revoked_at.is_(None))
    return frozenset((await work.connection.execute(asked)).scalars())


def _token(row: object) -> PeerToken:
    fields = row._mapping  # type: ignore[attr-defined]  # SQLAlchemy's Row, joined here
    return PeerToken(
        fields["id"],
        SessionId(fields["session_id"]),
        PersonId(fields["person_id"]),
        fields["name"],
        fields["created_at"],
        fields["revoked_at"],
    )
