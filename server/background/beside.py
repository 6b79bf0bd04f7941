"""What goes on beside the requests for as long as the server lives."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager

import anyio


@asynccontextmanager
async def beside(run: Callable[[], Coroutine[None, None, None]]) -> AsyncGenerator[None]:
    """Let `run` go on in a task of its own, and cancel it at the end.

    An error that `run` lets through ends the server: what may go wrong is its own to handle.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        yield
        tasks.cancel_scope.cancel()
