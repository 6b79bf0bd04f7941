"""Closes the sockets of logins and bearer tokens that have ended, here or on another node."""

import anyio
import structlog

from server.services.accounts import Accounts
from server.services.outliving import outlived
from server.services.peers import Peers
from server.services.sockets import Sockets

EVERY_SECONDS = 5.0

log = structlog.get_logger()


class Doorkeeper:
    """Let its `run` go on."""

    def __init__(self, sockets: Sockets, accounts: Accounts, peers: Peers) -> None:
        self._sockets, self._accounts, self._peers = sockets, accounts, peers

    async def look(self) -> None:
        """Close what is over."""
        opened = self._sockets.credentials()
        if not opened:
            return
        valid = await self._accounts.valid(opened) | await self._peers.valid(opened)
        for credential in opened - valid:
            self._sockets.end(credential)
            log.info("socket.ended", kind=credential.partition(":")[0])

    async def run(self) -> None:
        """Look, every few seconds."""
        while True:
            await anyio.sleep(EVERY_SECONDS)
            with outlived("doorkeeper.delayed"):  # a database that is away, say: look again
                await self.look()
