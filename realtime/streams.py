"""The bus over a Redis stream: every node appends its ticks and reads those of the others.

A node numbers its ticks, so a reader sees when some are missing: the stream was cut, or Redis came
back without them. Then, and after each reconnection, it says that there may be a gap. What cannot be
sent within a second is given up; while it waits, ticks are merged into one, so nothing piles up.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

import anyio
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from realtime.bus import Bus, Tick
from schemas.ids import SessionId, StudyId

log = structlog.get_logger(__name__)

STREAM = "colloquy:ticks"
KEPT_TICKS = 10_000
READ_TICKS = 500
BLOCK_SECONDS = 2.0
PATIENCE_SECONDS = 1.0
RETRY_SECONDS = 0.5


class RedisBus(Bus):
    """`async with RedisBus(url, node) as bus`. node: our name, new with each start of the process."""

    def __init__(self, url: str, node: str, stream: str = STREAM) -> None:
        self.on_tick: Callable[[Tick], None] = lambda _: None
        self.on_gap: Callable[[], None] = lambda: None
        self.is_connected = False
        self._url, self._node, self._stream = url, node, stream
        self._number = 0
        self._waiting = Tick()
        self._told = anyio.Event()
        self._heard: dict[str, int] = {}
        self._stack = AsyncExitStack()

    @override
    async def __aenter__(self) -> Self:
        """Begin to tell and to hear; Redis may be away."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._tell_on)
        tasks.start_soon(self._hear_on)
        return self

    @override
    async def __aexit__(self, *_: object) -> None:
        """Stop; what was not told is found by the others when they look by themselves."""
        await self._stack.aclose()

    @override
    def tell(self, tick: Tick) -> None:
        """See Bus."""
        before = self._waiting
        self._waiting = Tick(
            tuple(dict.fromkeys(before.sessions + tick.sessions)),
            tuple(dict.fromkeys(before.studies + tick.studies)),
        )
        self._told.set()

    async def _tell_on(self) -> None:
        async with self._client() as redis:
            while True:
                await self._told.wait()
                self._told = anyio.Event()
                tick, self._waiting = self._waiting, Tick()
                self._number += 1
                try:
                    with anyio.fail_after(PATIENCE_SECONDS):
                        await redis.xadd(
                            self._stream,
                            _fields(self._node, self._number, tick),
                            maxlen=KEPT_TICKS,
                            approximate=True,
                        )
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("bus.not_told", error=repr(error))

    async def _hear_on(self) -> None:
        async with self._client() as redis:
            while True:
                try:
                    await self._hear(redis)
                except (RedisError, OSError) as error:
                    if self.is_connected:
                        log.warning("bus.away", error=repr(error))
                    self.is_connected = False
                await anyio.sleep(RETRY_SECONDS)

    async def _hear(self, redis: Redis) -> None:
        """Read from the stream's end on until the connection breaks."""
        newest: Any = await redis.xrevrange(self._stream, count=1)
        last = newest[0][0] if newest else "0-0"
        self._heard.clear()
        self.is_connected = True
        log.info("bus.connected")
        self.on_gap()
        while True:
            found: Any = await redis.xread(
                {self._stream: last}, count=READ_TICKS, block=round(BLOCK_SECONDS * 1000)
            )
            for entry, fields in found[0][1] if found else ():
                last = entry
                self._take(fields)

    def _take(self, fields: Mapping[bytes, bytes]) -> None:
        """Take in one entry of the stream; one that no node of ours wrote says that something is."""
        try:
            node, number = fields[b"node"].decode(), int(fields[b"number"])
            told = json.loads(fields[b"tick"])
            tick = Tick(
                tuple(SessionId(one) for one in told["sessions"]),
                tuple(StudyId(one) for one in told["studies"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            log.warning("bus.unreadable", error=repr(error))
            self.on_gap()
            return
        if node == self._node:
            return
        before = self._heard.get(node)
        self._heard[node] = number
        if before is not None and number != before + 1:
            self.on_gap()
        self.on_tick(tick)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Redis]:
        redis = Redis.from_url(
            self._url,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=BLOCK_SECONDS + PATIENCE_SECONDS,
            protocol=2,
        )
        try:
            yield redis
        finally:
            with anyio.move_on_after(PATIENCE_SECONDS, shield=True):
                await redis.aclose()


def _fields(node: str, number: int, tick: Tick) -> dict[Any, Any]:
    told = {"sessions": list(tick.sessions), "studies": list(tick.studies)}
    return {"node": node, "number": str(number), "tick": json.dumps(told)}
