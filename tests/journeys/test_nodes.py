"""Two nodes, one database: one owner of a session at a time, and a dead or sleeping one is replaced."""

import random
import time
from pathlib import Path

import anyio
import pytest
from playwright.sync_api import expect
from websockets.asyncio.client import ClientConnection

from server.store.database import Database
from tests.bench.sync import people
from tests.journeys.cluster import Cluster, Door, cluster
from tests.journeys.conftest import Guest, Launch
from tests.journeys.crashing import (
    Author,
    check_acknowledged,
    content_hash,
    replica,
    standing,
)
from tests.journeys.entering import enter_seated, note, say
from tests.journeys.running import Running

pytestmark = [pytest.mark.xdist_group("journeys")]

AUTHORS = 3
LINE = "The permit office never sees the drainage plan"


async def authors_of(database_url: str) -> list[Author]:
    """Invite people to one session of the demo study."""
    database = Database(database_url)
    chance = random.Random(20261128)
    try:
        guests = (await people.invite_to_all(database, ("nodes",), AUTHORS + 1))["nodes"]
    finally:
        await database.close()
    return [
        Author(guest, chance.getrandbits(31) | 1, random.Random(n))
        for n, guest in enumerate(guests)
    ]


async def come_in(author: Author, port: int) -> ClientConnection:
    """Ask for a ticket until there is one, as the page does."""
    while True:
        try:
            return await author.begin(port)
        except OSError:
            await anyio.sleep(0.1)
        except RuntimeError as error:
            if "no ticket: 503" not in str(error):
                raise
            await anyio.sleep(0.1)


async def write_a_while(authors: list[Author]) -> None:
    """Return once five edits of each author were called saved."""
    enough = anyio.Event()
    for author in authors:
        author.on_saved = lambda: (
            enough.set() if min(one.acknowledged for one in authors) >= 5 else None
        )
    await enough.wait()


async def settle_and_compare(cluster: Cluster, port: int, authors: list[Author]) -> None:
    """All that was called saved is there, all that was not is sent again, and all replicas agree."""
    check_acknowledged(authors, standing(await replica(port, authors[-1].guest)))
    for author in authors:
        await author.settle(await come_in(author, port))
    level = [await replica(port, author.guest) for author in authors]
    wanted = {name: text for author in authors for name, text in author.wanted.items()}
    assert standing(level[0]) == wanted
    assert len({content_hash(doc) for doc in level}) == 1
    assert not any(author.refused for author in authors)


@pytest.mark.anyio
async def test_a_sleeping_owner_is_replaced_and_can_write_nothing_when_it_wakes(
    tmp_path: Path, postgres_url: str
) -> None:
    with cluster(tmp_path, postgres_url) as nodes:
        *authors, scout = await authors_of(postgres_url)
        with anyio.fail_after(90):
            sockets = [await come_in(author, nodes.a.port) for author in authors]
            with pytest.raises(RuntimeError, match=r"no ticket: 503.*room\.elsewhere"):
                await scout.begin(nodes.b.port)
            async with anyio.create_task_group() as tasks:
                for author, link in zip(authors, sockets, strict=True):
                    tasks.start_soon(author.write, link, 0.02)
                await write_a_while(authors)
                nodes.stop(nodes.a)
                began = time.monotonic()
                scouting = await come_in(scout, nodes.b.port)
                print(f"replaced after {time.monotonic() - began:.1f} s")
                scout.edit()
                unsaved = sum(len(author.journal) for author in authors)
                nodes.wake(nodes.a)  # it closes every socket once the log has refused its rows
            await scouting.close()

            assert unsaved > 0
            await settle_and_compare(nodes, nodes.b.port, [*authors, scout])


@pytest.mark.anyio
async def test_a_killed_owner_is_replaced_within_seconds_and_nothing_saved_is_lost(
    tmp_path: Path, postgres_url: str
) -> None:
    with cluster(tmp_path, postgres_url) as nodes:
        authors = await authors_of(postgres_url)
        with anyio.fail_after(90):
            sockets = [await come_in(author, nodes.a.port) for author in authors]
            async with anyio.create_task_group() as tasks:
                for author, link in zip(authors, sockets, strict=True):
                    tasks.start_soon(author.write, link, 0.02)
                await write_a_while(authors)
                nodes.a.kill()
            nodes.redis.kill()  # nor does anything depend on it
            began = time.monotonic()
            await come_in(authors[0], nodes.b.port)
            print(f"replaced after {time.monotonic() - began:.1f} s")

            await settle_and_compare(nodes, nodes.b.port, authors)


@pytest.mark.browser
def test_the_pages_of_a_killed_owner_follow_to_the_other_node(
    tmp_path: Path, postgres_url: str, launch: Launch
) -> None:
    door = Door(0)
    public = {"COLLOQUY_PUBLIC_URL": f"http://127.0.0.1:{door.port}"}
    with cluster(tmp_path, postgres_url, **public) as nodes:
        door.turn(nodes.a.port)
        front = Running(tmp_path, door.port)
        front.printed = (tmp_path / "a" / "server.log").read_text().splitlines()
        browser = launch()
        guests = [Guest(browser, front.base) for _ in range(2)]
        ana, boris = guests[0].page, guests[1].page
        enter_seated(ana, front, "Ana Petrov", "Water Aff")
        enter_seated(boris, front, "Boris Lind", "Telecom")
        say(ana, LINE)
        note(ana, LINE, "said on the first node 😀")
        saved = ana.locator("#status .saved.is-calm")
        expect(saved).to_have_text("Saved", timeout=60_000)

        nodes.a.kill()
        note(ana, LINE, "说在两台服务器之间")
        expect(ana.locator("#status .saved.is-warn")).to_be_visible(timeout=30_000)
        began = time.monotonic()
        door.turn(nodes.b.port)

        expect(saved).to_have_text("Saved", timeout=60_000)
        print(f"saved again after {time.monotonic() - began:.1f} s")
        for page in (ana, boris):
            for text in ("said on the first node 😀", "说在两台服务器之间"):
                shown = page.locator("#lines").get_by_text(text, exact=True)
                expect(shown).to_have_count(1, timeout=30_000)
        assert [fault for one in guests for fault in one.faults] == []
        for one in guests:
            one.context.close()
        door.close()
