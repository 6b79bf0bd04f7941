"""Searches that an account keeps: a name, and the query of their address."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from schemas.errors import Conflict
from schemas.ids import AccountId, new_id
from server.store import tables
from server.store.database import Work, rows

MOST = 100
"""Of one account."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One search that is kept."""

    id: str
    name: str
    query: str


async def of_account(work: Work, account_id: AccountId) -> Sequence[SavedSearch]:
    """Return an account's searches by name."""
    kept = tables.saved_search.c
    asked = select(kept.id, kept.name, kept.query).where(kept.account_id == account_id)
    found = rows(await work.connection.execute(asked.order_by(kept.name)))
    return [SavedSearch(row.id, row.name, row.query) for row in found]


async def keep(work: Work, account_id: AccountId, name: str, query: str, *, at: float) -> None:
    """Keep a search; one of the same name is replaced. Raises Conflict `archive.too_many_saved`."""
    kept = tables.saved_search
    await work.connection.execute(
        delete(kept).where(kept.c.account_id == account_id, kept.c.name == name)
    )
    counted = select(func.count()).select_from(kept).where(kept.c.account_id == account_id)
    if (await work.connection.execute(counted)).scalar_one() >= MOST:
        raise Conflict("archive.too_many_saved", most=MOST)
    values = {"id": new_id(), "account_id": account_id, "name": name, "query": query}
    await work.connection.execute(insert(kept).values({**values, "created_at": at}))


async def remove(work: Work, account_id: AccountId, saved_id: str) -> None:
    """Keep a search of this account no longer."""
    kept = tables.saved_search
    await work.connection.execute(
        delete(kept).where(kept.c.account_id == account_id, kept.c.id == saved_id)
    )
