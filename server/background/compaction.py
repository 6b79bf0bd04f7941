"""Finished sound is put into fewer bytes in the background: a minute at a time, one after the other."""

from contextlib import AsyncExitStack
from typing import Self

import anyio
import structlog

from schemas.errors import ColloquyError
from server.services.recordings import Recordings

LOOK_EVERY = 20.0

log = structlog.get_logger()


class Compactor:
    """`async with Compactor(recordings)`: goes on until the end."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin with what an earlier process left."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what is not done yet stays as it is and is done later."""
        await self._stack.aclose()

    async def _run(self) -> None:
        while True:
            try:
                done = await self._recordings.compact()
                if done:
                    log.info("compaction.done", segments=done)
            except ColloquyError as error:  # a full disk, a segment that cannot be read: said, kept
                log.error("compaction.failed", code=error.code, **_plain(error.fields))
            await anyio.sleep(LOOK_EVERY)


def _plain(fields: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
