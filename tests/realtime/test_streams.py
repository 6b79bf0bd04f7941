"""The bus over a real Redis, which is killed, emptied and flooded."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest
from redis.asyncio import Redis

from realtime import streams
from realtime.bus import Tick
from realtime.streams import RedisBus
from schemas.ids import SessionId, StudyId
from tests.redis_server import RedisServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as started:
        yield started


class Node:
    """One node on the bus, and what it heard."""

    def __init__(self, server: RedisServer, name: str) -> None:
        self.bus = RedisBus(server.url, name)
        self.ticks: list[Tick] = []
        self.gaps = 0
        self._moved = anyio.Event()
        self.bus.on_tick = self._tick
        self.bus.on_gap = self._gap

    def _tick(self, tick: Tick) -> None:
        self.ticks.append(tick)
        self._moved.set()

    def _gap(self) -> None:
        self.gaps += 1
        self._moved.set()

    async def until(self, *ticks: Tick, gaps: int = 1) -> None:
        with anyio.fail_after(20):
            while self.gaps < gaps or self.ticks != list(ticks):
                await self._moved.wait()
                self._moved = anyio.Event()


@pytest.fixture
async def pair(server: RedisServer) -> AsyncIterator[tuple[Node, Node]]:
    one, two = Node(server, "one"), Node(server, "two")
    async with one.bus, two.bus:
        await one.until()
        await two.until()
        yield one, two


def tick(number: int) -> Tick:
    return Tick((SessionId(f"session {number}"),), (StudyId("研究"),))


async def test_each_hears_the_others_in_order_and_never_itself(pair: tuple[Node, Node]) -> None:
    one, two = pair
    for number in range(5):
        one.bus.tell(tick(number))
        await two.until(*map(tick, range(number + 1)))

    two.bus.tell(tick(9))

    await one.until(tick(9))
    assert (one.gaps, two.gaps) == (1, 1)


async def test_what_is_told_at_once_is_told_together(pair: tuple[Node, Node]) -> None:
    one, two = pair
    one.bus.tell(Tick((SessionId("a"),)))
    one.bus.tell(Tick((SessionId("b"), SessionId("a")), (StudyId("s"),)))

    await two.until(Tick((SessionId("a"), SessionId("b")), (StudyId("s"),)))


async def test_a_redis_that_was_killed_and_came_back_empty_is_a_gap(
    pair: tuple[Node, Node], server: RedisServer
) -> None:
    one, two = pair
    one.bus.tell(tick(1))
    await two.until(tick(1))

    server.kill()
    one.bus.tell(tick(2))
    server.start()
    await two.until(tick(1), gaps=2)
    await one.until(gaps=2)
    one.bus.tell(tick(3))

    await two.until(tick(1), tick(3), gaps=2)


async def test_ticks_that_were_cut_from_the_stream_are_a_gap(
    pair: tuple[Node, Node], server: RedisServer
) -> None:
    one, two = pair
    one.bus.tell(tick(1))
    await two.until(tick(1))
    async with Redis.from_url(server.url, protocol=2) as redis:
        lost = {"node": "one", "number": "5", "tick": '{"sessions": [], "studies": []}'}
        await redis.xadd(streams.STREAM, lost)

    await two.until(tick(1), Tick(), gaps=2)


@pytest.mark.parametrize("fields", [{"x": "y"}, {"node": "n", "number": "x", "tick": "{}"}])
async def test_what_cannot_be_read_is_a_gap(
    pair: tuple[Node, Node], server: RedisServer, fields: dict[str, str]
) -> None:
    one, two = pair
    async with Redis.from_url(server.url, protocol=2) as redis:
        await redis.xadd(streams.STREAM, fields)  # type: ignore[arg-type]  # its values are invariant

    await two.until(gaps=2)
    one.bus.tell(tick(1))
    await two.until(tick(1), gaps=2)


async def test_a_node_works_without_redis_and_finds_it_later(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        server.kill()
        one, two = Node(server, "one"), Node(server, "two")
        async with one.bus, two.bus:
            one.bus.tell(tick(1))
            await anyio.lowlevel.checkpoint()
            server.start()
            await one.until()
            await two.until()
            one.bus.tell(tick(2))

            await two.until(tick(2))
