"""The small study's units under one theme, for tests that ask units by theme."""

import asyncio

from sqlalchemy import insert, update

from server.store import tables
from server.store.database import Database
from tests.server.method import STUDY

THEME = "theme"


def theme_of_all(url: str) -> None:
    """Give the small study one theme that all its units belong to."""
    asyncio.run(_theme(url))


async def _theme(url: str) -> None:
    database = Database(url)
    async with database.write() as work:
        theme = {"id": THEME, "study_id": STUDY, "number": 1, "slug": "t"}
        theme |= {"title_en": "Data", "title_zh": "数据"}
        await work.connection.execute(insert(tables.theme).values(theme))
        await work.connection.execute(update(tables.unit).values(theme_id=THEME))
    await database.close()
