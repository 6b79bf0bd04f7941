"""`colloquy worker`: transcription on a machine of its own, for servers that share a Redis."""

import http.client
import ssl
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from anyio import to_thread

from schemas.errors import Invalid
from server.config import Settings
from transcription import library
from transcription.hand import Hands
from transcription.pool import Pool, default_size

PATIENCE = 20.0
MOST_BYTES = 4_000_000

log = structlog.get_logger()


async def work(settings: Settings) -> None:
    """Serve errands until told to stop. Raises Invalid (`worker.redis`) without COLLOQUY_REDIS."""
    if not settings.redis:
        raise Invalid("worker.redis")
    model = library.found(settings.model, settings.shelf)
    pool = Pool(model, settings.workers or default_size(), settings.loading)
    log.info("worker.started", model=str(model))
    fetch = partial(_fetched, settings.authority)
    await Hands(settings.redis, pool, fetch).run()


async def _fetched(authority: Path | None, url: str, token: str) -> bytes:
    return await to_thread.run_sync(_fetch, authority, url, token, abandon_on_cancel=True)


def _fetch(authority: Path | None, url: str, token: str) -> bytes:
    """Fetch an errand's samples. Raises OSError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(
            host,
            parts.port,
            timeout=PATIENCE,
            context=ssl.create_default_context(
                cafile=None if authority is None else str(authority)
            ),
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)
    )
    try:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES)
    except http.client.HTTPException as error:
        raise OSError(f"{host}: {type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise OSError(f"{host} answered {answer.status}")
    return body
