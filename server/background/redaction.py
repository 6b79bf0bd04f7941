"""What was struck is removed from history and audio in the background, again until it is done."""

import anyio
import structlog

from server.services.discretion import Discretions
from server.services.outliving import outlived

LOOK_EVERY = 30.0

log = structlog.get_logger()


class Redactor:
    """One redaction at a time, at once when something is struck."""

    def __init__(self, discretions: Discretions) -> None:
        self._discretions = discretions
        self._struck = anyio.Event()
        discretions.on_struck = self.wake

    def wake(self) -> None:
        """Look now."""
        self._struck.set()

    async def run(self) -> None:
        """Go on from what an earlier process left; what is queued at the end stays queued."""
        while True:
            self._struck = anyio.Event()
            with outlived("redaction.delayed"):  # a full disk, a database away: again soon
                await self._discretions.remove_leftovers()
                done = await self._discretions.redact()
                if done:
                    log.info("redaction.done", lines=done)
            with anyio.move_on_after(LOOK_EVERY):
                await self._struck.wait()
