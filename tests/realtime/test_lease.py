"""One owner of a session at a time, among nodes that share a log and leases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from realtime import lease
from realtime.lease import Keeper, MemoryLeases
from realtime.log import MemoryLog
from realtime.mirror import MemoryMirror
from realtime.rooms import Rooms
from schemas import wire
from schemas.errors import Unavailable
from schemas.ids import SessionId
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, member

pytestmark = pytest.mark.anyio


class Clock:
    """Time that passes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Cluster:
    """Two nodes over one log in memory. Time passes for the leases alone: nobody renews by itself."""

    def __init__(self, clock: Clock, mirror: MemoryMirror) -> None:
        self.clock, self.mirror = clock, mirror
        self.leases = MemoryLeases("a", clock)
        self.log = MemoryLog(leases=self.leases)

    @asynccontextmanager
    async def node(self, name: str) -> AsyncIterator[Rooms]:
        async with Rooms(self.log, self.mirror, self.leases.on(name)) as rooms:
            yield rooms


@pytest.fixture
def cluster(clock: Clock, mirror: MemoryMirror) -> Cluster:
    return Cluster(clock, mirror)


async def test_a_session_opens_on_one_node_until_that_node_lets_it_go(cluster: Cluster) -> None:
    async with cluster.node("b") as b:
        async with cluster.node("a") as a:
            await a.open(SESSION)
            with pytest.raises(Unavailable) as caught:
                await b.open(SESSION)

        assert (await b.open(SESSION)).epoch == 2

    assert caught.value.code == "room.elsewhere"


async def test_edits_of_a_replaced_owner_are_refused_and_reach_the_new_one(
    cluster: Cluster, clock: Clock
) -> None:
    async with cluster.node("a") as a, cluster.node("b") as b:
        stale = await a.open(SESSION)
        await a.claim(SESSION, [1], "alice")
        alice = Browser(member("alice", 1)).join(stale)
        alice.add("a1", "saved")
        alice.send()
        await stale.flushed()
        clock.now += lease.LEASE_SECONDS + 1
        room = await b.open(SESSION)

        alice.add("a2", "never called saved")
        kept = list(alice.journal)
        alice.hear()
        told = alice.saved
        alice.send()
        with pytest.raises(Unavailable):
            await stale.flushed()
        alice.hear()

        assert (told, alice.saved) == (1, 1)
        assert alice.peer.closed == (wire.CLOSE_GOING_AWAY, "another server has the session")
        assert a.get(SESSION) is None
        alice.journal = kept
        alice.join(room)
        await room.flushed()
        alice.hear()
        assert alice.saved == 1
        bob = Browser(member("bob", 2)).join(room)
        assert set(bob.content()["annotations"]) == {"a1", "a2"}
    assert [row.epoch for row in (await cluster.log.load(SESSION)).updates] == [1, 1, 2]


async def test_a_node_that_slept_asks_before_it_answers_for_the_document(clock: Clock) -> None:
    lost: list[SessionId] = []
    book = MemoryLeases("a", clock)
    keeper = Keeper(book, lambda session, _: lost.append(session), clock)
    assert await keeper.take(SESSION) == 1
    await keeper.assure(SESSION)

    clock.now += lease.LEASE_SECONDS + 1
    assert await book.on("b").take(SESSION) == 2

    with pytest.raises(Unavailable) as caught:
        await keeper.assure(SESSION)
    assert caught.value.code == "room.elsewhere"
    assert lost == [SESSION]


async def test_a_late_owner_that_nobody_replaced_goes_on(clock: Clock) -> None:
    keeper = Keeper(MemoryLeases("a", clock), lambda *_: pytest.fail("lost"), clock)
    await keeper.take(SESSION)
    clock.now += 10 * lease.LEASE_SECONDS

    await keeper.assure(SESSION)
    await keeper.renew()


async def test_a_load_that_fails_lets_the_session_go(cluster: Cluster) -> None:
    async with cluster.node("a") as a, cluster.node("b") as b:
        cluster.log.failing = True
        with pytest.raises(Unavailable):
            await a.open(SESSION)
        cluster.log.failing = False

        assert (await b.open(SESSION)).epoch == 2


async def test_an_idle_room_lets_its_session_go(cluster: Cluster, mirror: MemoryMirror) -> None:
    import anyio

    closed = anyio.Event()
    leases = cluster.leases
    async with (
        Rooms(cluster.log, mirror, leases, idle_seconds=0.01) as a,
        cluster.node("b") as b,
    ):
        a.on_close = lambda _: closed.set()
        await a.open(SESSION)
        with anyio.fail_after(5):
            await closed.wait()

        assert (await b.open(SESSION)).epoch == 2
