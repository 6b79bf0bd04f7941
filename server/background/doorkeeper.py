"""Closes the sockets of logins and bearer tokens that have ended, here or on another node."""

from contextlib import AsyncExitStack
from typing import Self

import anyio
import structlog

from schemas.errors import Unavailable
from server.services.accounts import Accounts
from server.services.peers import Peers
from server.services.sockets import Sockets

EVERY_SECONDS = 5.0

log = structlog.get_logger()


class Doorkeeper:
    """`async with Doorkeeper(sockets, accounts, peers)`."""

    def __init__(self, sockets: Sockets, accounts: Accounts, peers: Peers) -> None:
        self._sockets, self._accounts, self._peers = sockets, accounts, peers
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to look."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._stack.aclose()

    async def look(self) -> None:
        """Close what is over."""
        opened = self._sockets.credentials()
        if not opened:
            return
        valid = await self._accounts.valid(opened) | await self._peers.valid(opened)
        for credential in opened - valid:
            self._sockets.end(credential)
            log.info("socket.ended", kind=credential.partition(":")[0])

    async def _run(self) -> None:
        while True:
            await anyio.sleep(EVERY_SECONDS)
            try:
                await self.look()
            except Unavailable as error:  # a database that is away: look again
                log.warning("doorkeeper.delayed", code=error.code)
