"""Keeps the archive's index within a second of what is said and of the studies' events, and up to date after an update.

One loop asks four times a second whether a line or note is due or any study's log went on, which
are two small queries. An index
of another version is built anew in a thread of its own, with a database of its own, so that
cutting texts into tokens never holds up a room.
"""

from contextlib import AsyncExitStack
from typing import Self

import anyio
import structlog
from anyio import to_thread

from server.services import indexing
from server.services.outliving import outlived
from server.store.database import Database

EVERY_SECONDS = 0.25
TEND_SECONDS = 2.0
RETRY_SECONDS = 10.0

log = structlog.get_logger()


class Indexer:
    """`async with Indexer(database)`: follows until the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to follow; rebuild first, beside it, where the index is outdated."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._follow)
        if self._database.url.get_backend_name() == "postgresql":
            tasks.start_soon(self._tend)
        if await indexing.is_outdated(self._database):
            tasks.start_soon(self._rebuild)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what was not followed yet is followed at the next start."""
        await self._stack.aclose()

    async def _follow(self) -> None:
        while True:
            followed = 0
            with outlived("indexing.failed") as one:
                followed = await indexing.follow(self._database)
            await anyio.sleep(
                RETRY_SECONDS if not one.is_well else 0.0 if followed else EVERY_SECONDS
            )

    async def _tend(self) -> None:
        while True:
            with outlived("indexing.tend_failed") as one:
                await indexing.tend(self._database)
            await anyio.sleep(TEND_SECONDS if one.is_well else RETRY_SECONDS)

    async def _rebuild(self) -> None:
        log.info("indexing.rebuild")
        url = self._database.url.render_as_string(hide_password=False)
        try:
            await to_thread.run_sync(anyio.run, _rebuilt, url, abandon_on_cancel=True)
        except (
            Exception
        ):  # as above; `colloquy reindex` says the reason, the old index still answers
            log.exception("indexing.rebuild_failed")


async def _rebuilt(url: str) -> None:
    database = Database(url)
    try:
        await indexing.rebuild(database)
        log.info("indexing.rebuilt")
    finally:
        await database.close()
