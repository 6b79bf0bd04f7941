"""A worker on another machine: takes errands from Redis, fetches their sound, answers.

It runs the same supervised processes as a server does. While one of them decodes, its claim on the
errand is renewed; when it dies with its machine the claim runs out after `CLAIM_SECONDS` and another
worker takes the errand over. An answer is given before the errand is taken off the stream.
"""

import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import numpy as np
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from transcription.away import make_group
from transcription.errands import (
    BEAT_SECONDS,
    BLOCK_MILLISECONDS,
    GROUP,
    HAND,
    HEARD,
    JOBS,
    NODE,
    PRESENCE,
    Errand,
    Hand,
    answer,
    connected,
)
from transcription.errors import WorkerFailed
from transcription.pool import Pool, Worker
from transcription.samples import Samples

CLAIM_SECONDS = 6.0
RETRY_SECONDS = 1.0
ANSWERS_KEPT = 1_000

Fetch = Callable[[str, str], Awaitable[bytes]]
"""Fetches the int16 samples at an address, with a token. Raises OSError."""

log = structlog.get_logger()


class Hands:
    """`await Hands(url, pool, fetch).run()`: serve errands until cancelled."""

    def __init__(self, url: str, pool: Pool, fetch: Fetch) -> None:
        self._url = url
        self._pool = pool
        self._fetch = fetch

    async def run(self) -> None:
        """Supervise the pool; every worker of it takes errands."""
        await self._pool.run(self._serve)

    async def _serve(self, worker: Worker) -> None:
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        hand = Hand(name, worker.model, worker.languages)
        async with connected(self._url) as redis, connected(self._url) as beating:
            taken = _Taken()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_show, beating, hand, taken)
                while not worker.is_worn:
                    try:
                        await self._next(redis, worker, name, taken)
                    except (RedisError, TimeoutError, OSError) as error:
                        log.warning("hand.redis_away", error=type(error).__name__)
                        await anyio.sleep(RETRY_SECONDS)
                tasks.cancel_scope.cancel()
            await redis.delete(HAND + name)

    async def _next(self, redis: Redis, worker: Worker, name: str, taken: "_Taken") -> None:
        await make_group(redis)
        found = await _entry(redis, name)
        if found is None:
            await worker.beat()
            return
        entry, fields = found
        taken.entry = entry
        try:
            await self._do(redis, worker, fields)
        finally:
            taken.entry = None
        await redis.xack(JOBS, GROUP, entry)
        await redis.xdel(JOBS, entry)

    async def _do(self, redis: Redis, worker: Worker, fields: Any) -> None:
        try:
            errand = Errand.of(fields)
        except (ValueError, KeyError) as error:
            log.warning("hand.errand_unreadable", error=type(error).__name__)
            return
        if not await redis.exists(NODE + errand.node):
            return  # who asked is gone; what it had to do is in the database
        try:
            samples = await self._samples(errand)
        except OSError as error:
            log.warning("hand.sound_unreachable", error=str(error))
            await _tell(redis, errand, None)
            return
        try:
            heard = await worker.decode(samples, errand.guidance, errand.care)
        except WorkerFailed:
            with anyio.move_on_after(RETRY_SECONDS, shield=True):
                await _tell(redis, errand, None)
            raise
        await _tell(redis, errand, answer(errand.id, heard))

    async def _samples(self, errand: Errand) -> Samples:
        return np.frombuffer(await self._fetch(errand.url, errand.token), "<i2")


class _Taken:
    """The errand that a worker is on."""

    entry: bytes | None = None


async def _show(redis: Redis, hand: Hand, taken: _Taken) -> None:
    """Say that we are there, and hold on to what we have taken."""
    while True:
        try:
            await redis.set(HAND + hand.name, hand.encode(), ex=PRESENCE)
            if taken.entry is not None:
                await redis.xclaim(JOBS, GROUP, hand.name, 0, [taken.entry], justid=True)
        except (RedisError, TimeoutError, OSError) as error:
            log.warning("hand.redis_away", error=type(error).__name__)
        await anyio.sleep(BEAT_SECONDS)


async def _entry(redis: Redis, name: str) -> tuple[bytes, Any] | None:
    """Return an errand whose worker has died, else the next one, else None after a while."""
    claimed: Any = await redis.xautoclaim(
        JOBS, GROUP, name, round(CLAIM_SECONDS * 1000), start_id="0-0", count=1
    )
    for entry, fields in claimed[1]:
        if fields:
            return entry, fields
    found: Any = await redis.xreadgroup(GROUP, name, {JOBS: ">"}, count=1, block=BLOCK_MILLISECONDS)
    for _, entries in found:
        for entry, fields in entries:
            return entry, fields
    return None


async def _tell(redis: Redis, errand: Errand, told: dict[Any, Any] | None) -> None:
    stream = HEARD + errand.node
    await redis.xadd(stream, told or answer(errand.id, None), maxlen=ANSWERS_KEPT)
    await redis.expire(stream, 600)
