"""What was struck is removed from history and audio in the background, again until it is done."""

from contextlib import AsyncExitStack
from typing import Self

import anyio
import structlog

from schemas.errors import ColloquyError
from server.services.discretion import Discretions

LOOK_EVERY = 30.0

log = structlog.get_logger()


class Redactor:
    """`async with Redactor(discretions)`: one redaction at a time, at once when something is struck."""

    def __init__(self, discretions: Discretions) -> None:
        self._discretions = discretions
        self._struck = anyio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin with what an earlier process left."""
        self._discretions.on_struck = self.wake
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what is queued stays queued."""
        await self._stack.aclose()

    def wake(self) -> None:
        """Look now."""
        self._struck.set()

    async def _run(self) -> None:
        while True:
            self._struck = anyio.Event()
            try:
                await self._discretions.remove_leftovers()
                done = await self._discretions.redact()
                if done:
                    log.info("redaction.done", lines=done)
            except (ColloquyError, OSError) as error:  # a full disk, a database away: again soon
                log.warning("redaction.delayed", error=type(error).__name__)
            with anyio.move_on_after(LOOK_EVERY):
                await self._struck.wait()
