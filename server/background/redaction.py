"""What was struck is removed from history and audio in the background, again until it is done."""

import anyio
import structlog

from schemas.errors import ColloquyError
from server.services.discretion import Discretions

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
            try:
                await self._discretions.remove_leftovers()
                done = await self._discretions.redact()
                if done:
                    log.info("redaction.done", lines=done)
            except (ColloquyError, OSError) as error:  # a full disk, a database away: again soon
                code = error.code if isinstance(error, ColloquyError) else "disk"
                log.warning("redaction.delayed", code=code, error=type(error).__name__)
            with anyio.move_on_after(LOOK_EVERY):
                await self._struck.wait()
