"""Finished sound is put into fewer bytes in the background: a minute at a time, one after the other."""

import anyio
import structlog

from schemas.errors import ColloquyError
from server.services.outliving import outlived
from server.services.recordings import Recordings

LOOK_EVERY = 20.0

log = structlog.get_logger()


class Compactor:
    """Let its `run` go on."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    async def run(self) -> None:
        """Go on from what an earlier process left; what is not done at the end is done later."""
        while True:
            with outlived("compaction.failed"):
                await self._compact()
            await anyio.sleep(LOOK_EVERY)

    async def _compact(self) -> None:
        try:
            done = await self._recordings.compact()
            if done:
                log.info("compaction.done", segments=done)
        except ColloquyError as error:  # a full disk, a segment that cannot be read: said, kept
            log.error("compaction.failed", code=error.code, **_plain(error.fields))


def _plain(fields: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
