"""Searches that an account keeps."""

from collections.abc import Sequence

from schemas.ids import AccountId
from server.store import saved_searches
from server.store.database import Database
from server.store.saved_searches import SavedSearch


class Searches:
    """Keeps searches by name; each account sees its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_account(self, account_id: AccountId) -> Sequence[SavedSearch]:
        """Return an account's searches by name."""
        async with self._database.read() as work:
            return await saved_searches.of_account(work, account_id)

    async def keep(self, account_id: AccountId, name: str, query: str, *, at: float) -> None:
        """Keep a search; one of the same name is replaced. Raises Conflict."""
        async with self._database.write() as work:
            await saved_searches.keep(work, account_id, name, query, at=at)

    async def remove(self, account_id: AccountId, saved_id: str) -> None:
        """Keep a search no longer."""
        async with self._database.write() as work:
            await saved_searches.remove(work, account_id, saved_id)
