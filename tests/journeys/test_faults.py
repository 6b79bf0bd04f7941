"""What the server rests on fails while people write: the room goes on, says so, and loses nothing."""

import random
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import anyio
import pytest
from websockets.exceptions import ConnectionClosed

from server.store.database import Database
from tests.bench.sync import people
from tests.journeys.crashing import (
    Author,
    Nursery,
    check_acknowledged,
    content_hash,
    replica,
    standing,
)
from tests.journeys.own_postgres import OwnPostgres

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("journeys")]

AUTHORS = 3
FULL = 4096
"""Bytes that a file of the server may have while its disk is full: less than each has already."""


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    with OwnPostgres() as server:
        yield server


async def authors_of(database: Database) -> tuple[list[Author], people.Guest]:
    """Invite people to a session of the demo study; the last one only reads."""
    try:
        guests = (await people.invite_to_all(database, ("fault",), AUTHORS + 1))["fault"]
    finally:
        await database.close()
    chance = random.Random(20261128)
    authors = [
        Author(guest, chance.getrandbits(31) | 1, random.Random(n))
        for n, guest in enumerate(guests[:-1])
    ]
    return authors, guests[-1]


async def keep_writing(author: Author, port: int, until: anyio.Event) -> None:
    """Write as a page does: when the socket ends, come back with what is not saved."""
    while not until.is_set():
        try:
            socket = await author.begin(port)
        except (ConnectionClosed, OSError, RuntimeError):  # no ticket while the database is away
            await anyio.sleep(0.2)
            continue
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_cancel_when, until, tasks.cancel_scope)
                await author.write(socket, 0.05)
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await socket.close()


async def _cancel_when(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


@asynccontextmanager
async def writing(authors: list[Author], port: int) -> AsyncIterator[None]:
    """Everybody writes in the body, and is called saved after it."""
    done = anyio.Event()
    async with anyio.create_task_group() as tasks:
        for author in authors:
            tasks.start_soon(keep_writing, author, port, done)
        yield
        done.set()
    with anyio.fail_after(60):
        for author in authors:
            await settle(author, port)


async def settle(author: Author, port: int) -> None:
    """Come back, send what is not saved, and leave when all is."""
    socket = await author.begin(port)
    await author.settle(socket)
    await socket.close()


async def until(authors: list[Author], what: Callable[[], bool]) -> None:
    """Wait until `what` holds, looking whenever somebody has heard something."""
    with anyio.fail_after(60):
        while not what():
            heard = anyio.Event()
            for author in authors:
                author.on_saved = heard.set
            await heard.wait()


async def saved(authors: list[Author], more: int) -> None:
    """Wait until so many further edits are called saved."""
    wanted = sum(author.acknowledged for author in authors) + more
    await until(authors, lambda: sum(author.acknowledged for author in authors) >= wanted)


async def check_level(authors: list[Author], reader: people.Guest, port: int) -> None:
    """Everybody who comes in sees all that was written, once."""
    level = [await replica(port, guest) for guest in (*(a.guest for a in authors), reader)]
    wanted = {name: text for author in authors for name, text in author.wanted.items()}
    assert standing(level[0]) == wanted
    assert len({content_hash(doc) for doc in level}) == 1
    assert not any(author.refused for author in authors)


async def outlives(
    nursery: Nursery,
    authors: list[Author],
    reader: people.Guest,
    fail: Callable[[], Awaitable[None]],
    mend: Callable[[], Awaitable[None]],
) -> None:
    """Fail and mend three times while people write, then once more with a kill in between."""
    async with writing(authors, nursery.port):
        for _ in range(3):
            await saved(authors, 20)
            await fail()
            await until(authors, lambda: any(author.log == "failing" for author in authors))
            await anyio.sleep(0.3)  # edits that cannot be saved come together
            await mend()
            await until(authors, lambda: all(author.log == "ok" for author in authors))
    await check_level(authors, reader, nursery.port)

    async with anyio.create_task_group() as tasks:
        done = anyio.Event()
        for author in authors:
            tasks.start_soon(keep_writing, author, nursery.port, done)
        await saved(authors, 20)
        await fail()
        await anyio.sleep(0.3)
        nursery.kill()
        done.set()
    await mend()
    nursery.start()
    with anyio.fail_after(60):
        check_acknowledged(authors, standing(await replica(nursery.port, reader)))
        for author in authors:
            await settle(author, nursery.port)
    await check_level(authors, reader, nursery.port)


async def test_postgresql_that_is_stopped_at_once_loses_nothing(
    tmp_path: Path, postgres: OwnPostgres
) -> None:
    nursery = Nursery(tmp_path / "data", {"COLLOQUY_DATABASE_URL": postgres.url})
    nursery.start()
    authors, reader = await authors_of(Database(postgres.url))

    try:
        crash = partial(anyio.to_thread.run_sync, postgres.crash)
        start = partial(anyio.to_thread.run_sync, postgres.start)
        await outlives(nursery, authors, reader, crash, start)
    finally:
        nursery.kill()
        nursery.close()


async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    nursery = Nursery(tmp_path / "data")
    nursery.start()
    authors, reader = await authors_of(people.database_of(tmp_path / "data"))
    enough = resource.prlimit(nursery.server, resource.RLIMIT_FSIZE)

    async def fill() -> None:
        resource.prlimit(nursery.server, resource.RLIMIT_FSIZE, (FULL, enough[1]))

    async def clear() -> None:
        with suppress(ProcessLookupError):  # it was killed while the disk was full
            resource.prlimit(nursery.server, resource.RLIMIT_FSIZE, enough)

    try:
        await outlives(nursery, authors, reader, fill, clear)
    finally:
        nursery.kill()
        nursery.close()
