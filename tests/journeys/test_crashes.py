"""The server is killed while people write: whatever it had called saved is there, once."""

import os
import random
from pathlib import Path

import anyio
import pytest

from tests.bench.sync import people
from tests.journeys.crashing import (
    Author,
    Nursery,
    check_acknowledged,
    content_hash,
    replica,
    standing,
)

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("journeys")]

KILLS = int(os.environ.get("KILLS", "20"))
"""`make soak` asks for 200."""
AUTHORS = 4


async def authors_of(data: Path, chance: random.Random) -> tuple[list[Author], people.Guest]:
    """Invite people to a session of the demo study; the last one only reads."""
    database = people.database_of(data)
    try:
        guests = (await people.invite_to_all(database, ("crash",), AUTHORS + 1))["crash"]
    finally:
        await database.close()
    clients = [chance.getrandbits(31) | 1 for _ in guests]
    authors = [
        Author(*each, random.Random(n)) for n, each in enumerate(zip(guests, clients, strict=True))
    ]
    return authors[:-1], guests[-1]


async def write_until_killed(nursery: Nursery, authors: list[Author], seconds: float) -> None:
    """Everybody writes; the server dies at a random moment."""
    async with anyio.create_task_group() as tasks:
        for author in authors:
            tasks.start_soon(author.write, await author.begin(nursery.port), 0.02)
        await anyio.sleep(seconds)
        nursery.kill()


async def test_what_was_called_saved_outlives_kills_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    nursery = Nursery(tmp_path / "data")
    nursery.start()
    authors, reader = await authors_of(tmp_path / "data", chance)

    try:
        for _ in range(KILLS):
            with anyio.fail_after(60):
                await write_until_killed(nursery, authors, chance.uniform(0.02, 0.6))
            nursery.start()
            with anyio.fail_after(60):
                found = standing(await replica(nursery.port, reader))
            check_acknowledged(authors, found)
        with anyio.fail_after(60):
            for author in authors:
                await author.settle(await author.begin(nursery.port))
            level = [await replica(nursery.port, author.guest) for author in (*authors, authors[0])]
    finally:
        nursery.kill()
        nursery.close()

    wanted = {name: text for author in authors for name, text in author.wanted.items()}
    assert standing(level[0]) == wanted
    assert len({content_hash(doc) for doc in level}) == 1
    assert not any(author.refused for author in authors)
    assert sum(author.acknowledged for author in authors) > 10 * KILLS
    assert sum(author.deletions for author in authors) > 3 * KILLS
