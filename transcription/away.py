"""Workers on other machines, as the server sees them: one seat at the scheduler for each that is there.

A seat puts one errand on the stream and waits for the answer, whoever gives it. If the worker that took
it dies, another claims it; if nobody answers in time, the seat fails like a worker of this machine and
the utterance goes back to the scheduler. A second answer finds nobody waiting: nothing is doubled.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from schemas.session import Language
from schemas.transcript import Segment
from transcription.decoding import Decoder
from transcription.engine import Care, Guidance, Heard
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
    answered,
    connected,
)
from transcription.errors import WorkerFailed
from transcription.samples import Samples

MIN_PATIENCE = 45.0
PATIENCE_PER_SECOND = 10.0
RETRY_SECONDS = 1.0

Permit = Callable[[Segment], tuple[str, str]]
"""Gives the address of a segment's samples, and a token that lets one have those."""

log = structlog.get_logger()


class Away:
    """`tasks.start_soon(away.run, serve)`; `serve` is what decodes with each worker that comes."""

    def __init__(self, url: str, permit: Permit, *, patience: float = MIN_PATIENCE) -> None:
        self._url = url
        self._permit = permit
        self._patience = patience
        self._node = secrets.token_hex(8)
        self._hands: dict[str, Hand] = {}
        self._waiting: dict[str, _Answer] = {}
        self._looked = anyio.Event()

    @property
    def hands(self) -> int:
        """How many workers are there."""
        return len(self._hands)

    @property
    def model(self) -> str:
        """The model of one of them; "" if none is there."""
        return next((hand.model for hand in self._hands.values()), "")

    async def run(self, serve: Callable[[Decoder], Awaitable[None]]) -> None:
        """Give every worker that comes a seat, until cancelled."""
        async with connected(self._url) as redis, anyio.create_task_group() as tasks:
            tasks.start_soon(self._hear)
            while True:
                try:
                    there = await self._look(redis)
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("ear.redis_away", error=type(error).__name__)
                    there = {}
                new = [hand for name, hand in there.items() if name not in self._hands]
                self._hands = there
                looked, self._looked = self._looked, anyio.Event()
                looked.set()
                for hand in new:
                    log.info("ear.hand_came", hand=hand.name, model=hand.model)
                    tasks.start_soon(self._seat, hand, serve, redis)
                await anyio.sleep(BEAT_SECONDS)

    async def until(self, hands: int) -> None:
        """Wait until exactly so many workers are there."""
        while self.hands != hands:
            await self._looked.wait()

    def is_there(self, hand: Hand) -> bool:
        """Whether a worker is still there."""
        return hand.name in self._hands

    async def ask(
        self, redis: Redis, segment: Segment, guidance: Guidance, care: Care
    ) -> Heard | None:
        """Put an errand on the stream and wait; None where its worker failed.

        Raises TimeoutError, or RedisError.
        """
        url, token = self._permit(segment)
        errand = Errand(secrets.token_hex(12), self._node, url, token, guidance, care)
        seconds = (segment.last_sample - segment.first_sample) / 16_000
        reply = self._waiting[errand.id] = _Answer()
        entry: Any = None
        try:
            entry = await self._put(redis, errand)
            with anyio.fail_after(max(self._patience, PATIENCE_PER_SECOND * seconds)):
                return await reply.arrived()
        finally:
            del self._waiting[errand.id]
            if entry is not None and not reply.is_there:
                with anyio.move_on_after(RETRY_SECONDS, shield=True):
                    await redis.xdel(JOBS, entry)

    async def _put(self, redis: Redis, errand: Errand) -> Any:
        """With the errand goes that we are there: a Redis that came back empty may not know it yet,
        and a worker leaves undone what nobody waits for.
        """
        async with redis.pipeline(transaction=True) as both:
            await both.set(NODE + self._node, "1", ex=PRESENCE)
            await both.xadd(JOBS, errand.fields())
            return (await both.execute())[-1]

    async def _look(self, redis: Redis) -> dict[str, Hand]:
        await redis.set(NODE + self._node, "1", ex=PRESENCE)
        names = [name async for name in redis.scan_iter(match=HAND + "*", count=100)]
        values = await redis.mget(names) if names else []
        there = [Hand.of(value) for value in values if isinstance(value, bytes)]
        return {hand.name: hand for hand in there}

    async def _seat(
        self, hand: Hand, serve: Callable[[Decoder], Awaitable[None]], redis: Redis
    ) -> None:
        while self.is_there(hand):
            try:
                await serve(_Distant(hand, self, redis))
            except WorkerFailed as error:
                log.warning("ear.hand_failed", hand=hand.name, reason=error.fields.get("reason"))
                await anyio.sleep(RETRY_SECONDS)

    async def _hear(self) -> None:
        stream = HEARD + self._node
        last: Any = "0"
        async with connected(self._url) as redis:
            while True:
                try:
                    found: Any = await redis.xread({stream: last}, block=BLOCK_MILLISECONDS)
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("ear.redis_away", error=type(error).__name__)
                    await anyio.sleep(RETRY_SECONDS)
                    continue
                for entry, fields in (one for _, entries in found for one in entries):
                    last = entry
                    self._take(fields)

    def _take(self, fields: Any) -> None:
        try:
            errand_id, heard = answered(fields)
        except (ValueError, KeyError) as error:
            log.warning("ear.answer_unreadable", error=type(error).__name__)
            return
        reply = self._waiting.get(errand_id)
        if reply is not None:
            reply.give(heard)


class _Answer:
    """What one errand is waiting for."""

    def __init__(self) -> None:
        self._event = anyio.Event()
        self._heard: Heard | None = None

    @property
    def is_there(self) -> bool:
        return self._event.is_set()

    def give(self, heard: Heard | None) -> None:
        self._heard = heard
        self._event.set()

    async def arrived(self) -> Heard | None:
        await self._event.wait()
        return self._heard


class _Distant:
    """A worker on another machine, as a Decoder."""

    is_worn = False

    def __init__(self, hand: Hand, away: Away, redis: Redis) -> None:
        self.model = hand.model
        self.languages: tuple[Language, ...] = hand.languages
        self._hand = hand
        self._away = away
        self._redis = redis

    async def decode(
        self,
        samples: Samples,
        guidance: Guidance,
        care: Care,
        segment: Segment | None = None,
    ) -> Heard:
        """Have it decoded; the worker fetches the samples of `segment` itself."""
        assert segment is not None
        try:
            heard = await self._away.ask(self._redis, segment, guidance, care)
        except (RedisError, OSError, TimeoutError) as error:
            raise WorkerFailed("ear.worker", reason=type(error).__name__) from error
        if heard is None:
            raise WorkerFailed("ear.worker", reason="it failed")
        return heard

    async def beat(self) -> None:
        """Raises WorkerFailed where the worker has gone."""
        if not self._away.is_there(self._hand):
            raise WorkerFailed("ear.worker", reason="it has gone")


async def make_group(redis: Redis) -> None:
    """Make the workers' consumer group, once."""
    try:
        await redis.xgroup_create(JOBS, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):  # the protocol's own code; it has no other
            raise
