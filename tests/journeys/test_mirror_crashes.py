"""Killed between a command's commit and the document: afterwards the document is what the rows say."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from pycrdt import Doc, Map
from sqlalchemy import text

from schemas import document
from schemas.ids import SessionId, UnitId
from schemas.session import Role
from server.store.database import Database
from server.store.mirrors import Mirrors
from server.store.updates import open_update_log
from tests.bench.sync import people
from tests.journeys.commanding import browser_of
from tests.journeys.crashing import Nursery, replica

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("journeys")]

KILLS = int(os.environ.get("KILLS", "20")) // 3
"""For each engine; `make soak` asks for ten times as many."""
CHAIRS = 4
OWN_META = {"applied", "version", "session"}
"""What the room itself writes into `meta`."""


@dataclass(slots=True)
class Chair:
    """Somebody who sends commands, and sends again under the same key what was not answered.

    lines: the text of each typed line, by its key. done: the keys that were answered.
    """

    guest: people.Guest
    units: list[UnitId]
    chance: random.Random
    lines: dict[str, str] = field(default_factory=dict)
    proposals: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    pending: tuple[str, dict[str, Any]] | None = None
    number: int = 0

    def command(self) -> tuple[str, dict[str, Any]]:
        """A line, a proposal, or another list of units whom a proposal concerns."""
        self.number += 1
        name = f"{self.guest.person[-8:]}-{self.number:08d}"
        body: dict[str, Any] = {"key": f"key-{name}"}
        here = f"/api/sessions/{self.guest.session}"
        match self.chance.choice(("line", "line", "propose", "affected")):
            case "affected" if self.proposals:
                units = self.chance.sample(self.units, self.chance.randint(1, 3))
                return f"/api/proposals/{self.chance.choice(self.proposals)}/affected", body | {
                    "affected": units
                }
            case "propose":
                draft = f"{self.chance.getrandbits(128):032x}"
                asked = {"draft": draft, "kind": "problem", "affected": self.units[:1]}
                return f"{here}/proposals", body | asked
            case _:
                self.lines[body["key"]] = f"第 {name} 句 😀"
                return f"{here}/lines", body | {"text": self.lines[body["key"]]}

    async def send(self, port: int) -> None:
        """Send one command; raises httpx2.TransportError if the server goes away meanwhile."""
        path, body = self.pending = self.pending or self.command()
        async with browser_of(self.guest, port) as client:
            answer = await client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        self.done.add(body["key"])
        self.pending = None
        if path.endswith("/proposals"):
            self.proposals.append(answer.json()["proposal"])

    async def go_on(self, port: int, answered: Callable[[], object] = lambda: None) -> None:
        """Send commands until the server is gone."""
        try:
            while True:
                await self.send(port)
                answered()
        except httpx2.TransportError:
            return


@dataclass(slots=True)
class House:
    """A server over one database, which the test looks into from outside."""

    nursery: Nursery
    url: str
    chairs: list[Chair]
    reader: people.Guest

    @property
    def session(self) -> SessionId:
        return SessionId(self.reader.session)

    async def check(self) -> dict[str, Any]:
        """Fail unless the document is what the rows say; returns its lines."""
        database = Database(self.url)
        try:
            mirrors = Mirrors(database)
            committed = (await mirrors.place_of(self.session)).mirrored
            with anyio.fail_after(60):
                found = await replica(self.nursery.port, self.reader)
            seen = _roots(found)
            applied = found.get(document.META, type=Map)["applied"]
            ops = [op for op in await mirrors.after(self.session, 0) if op.seq <= applied]
            async with database.read() as work:
                asked = {"session": self.session}
                lines = await work.connection.execute(
                    text("SELECT id, text FROM line WHERE session_id = :session"), asked
                )
                states = await work.connection.execute(
                    text("SELECT id, state FROM proposal WHERE session_id = :session"), asked
                )
                assert {row.id: row.text for row in lines} == {
                    line: value["text"] for line, value in seen[document.LINES].items()
                }
                assert {row.id: row.state for row in states} == {
                    one: value["state"] for one, value in seen[document.BOARD].items()
                }
        finally:
            await database.close()
        assert applied >= committed
        rows: dict[str, dict[str, Any]] = {root: {} for root in document.SERVER_ROOTS}
        for op in ops:
            rows[op.root].pop(op.key, None)
            if op.value is not None:
                rows[op.root][op.key] = op.value
        assert seen == rows
        for chair in self.chairs:
            _check_lines(chair, [value["text"] for value in seen[document.LINES].values()])
        return seen[document.LINES]

    async def times_logged(self, said: str) -> int:
        """Return how many updates of the document's log hold a text: two if it was applied twice."""
        async with open_update_log(self.url) as log:
            stored = await log.load(self.session)
        kept = [row.payload for row in stored.updates]
        assert stored.snapshot is None
        return sum(said.encode() in payload for payload in kept)


def _roots(found: Doc[Any]) -> dict[str, dict[str, Any]]:
    seen = {root: found.get(root, type=Map).to_py() or {} for root in document.SERVER_ROOTS}
    meta = seen[document.META]
    seen[document.META] = {key: value for key, value in meta.items() if key not in OWN_META}
    return seen


def _check_lines(chair: Chair, shown: list[str]) -> None:
    for key, said in chair.lines.items():
        times = shown.count(said)
        assert times == 1 if key in chair.done else times <= 1, (key, times)


@pytest.fixture(params=["sqlite", "postgres"])
def nursery(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Nursery, str]]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'colloquy.sqlite3'}"
    settings: dict[str, str] = {}
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        settings["COLLOQUY_DATABASE_URL"] = url
    started = Nursery(tmp_path / "data", settings)
    try:
        started.start()
        yield started, url
    finally:
        if Path(f"/proc/{started.server}").exists():
            started.kill()
        started.close()


@pytest.fixture
async def house(nursery: tuple[Nursery, str]) -> House:
    """A server with the demo study; everybody sits in its first session."""
    server, url = nursery
    database = Database(url)
    try:
        guests = (
            await people.invite_to_all(database, ("crash",), CHAIRS + 1, role=Role.MODERATOR)
        )["crash"]
        async with database.read() as work:
            found = await work.connection.execute(
                text(
                    "SELECT id FROM unit WHERE study_id ="
                    " (SELECT study_id FROM session WHERE id = :session)"
                ),
                {"session": guests[0].session},
            )
            units = [UnitId(row.id) for row in found][:5]
    finally:
        await database.close()
    chairs = [Chair(guest, units, random.Random(n)) for n, guest in enumerate(guests[:-1])]
    return House(server, url, chairs, guests[-1])


async def command_until_killed(house: House, answers: int, seconds: float) -> None:
    """Everybody sends commands; the server dies so long after so many were answered."""
    enough, left = anyio.Event(), iter(range(answers - 1))

    def answered() -> None:
        if next(left, None) is None:
            enough.set()

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for chair in house.chairs:
                tasks.start_soon(chair.go_on, house.nursery.port, answered)
            await enough.wait()
            await anyio.sleep(seconds)
            house.nursery.kill()


async def test_after_kills_at_random_moments_the_document_is_what_the_rows_say(
    house: House,
) -> None:
    chance = random.Random(20261128)
    for _ in range(KILLS):
        await replica(house.nursery.port, house.reader)  # the room is loaded, as with people in it
        await command_until_killed(house, chance.randint(4, 12), chance.uniform(0, 0.05))
        house.nursery.start()
        await house.check()

    for chair in house.chairs:
        await chair.send(house.nursery.port)
    shown = await house.check()

    said = [text for chair in house.chairs for text in chair.lines.values()]
    assert sorted(value["text"] for value in shown.values() if value["text"] in said) == sorted(
        said
    )
    assert sum(len(chair.done) for chair in house.chairs) > 4 * KILLS
    assert sum(len(chair.proposals) for chair in house.chairs) > KILLS


@pytest.mark.parametrize("nursery", ["sqlite"], indirect=True)
async def test_a_row_that_was_committed_and_not_applied_comes_exactly_once(
    house: House, tmp_path: Path
) -> None:
    chair, armed = house.chairs[0], tmp_path / "armed"
    for moment in ("committed", "applied"):
        house.nursery.kill()
        house.nursery.start(f"{moment} {armed}")
        await replica(house.nursery.port, house.reader)
        said = f"{moment} 之后断电 😀"
        key = chair.command()[1]["key"]
        chair.lines = {key: said}
        chair.pending = (f"/api/sessions/{house.session}/lines", {"key": key, "text": said})
        armed.touch()
        with anyio.fail_after(60):
            await chair.go_on(house.nursery.port)
            house.nursery.wait_dead()
        assert await house.times_logged(said) == 0
        armed.unlink()

        house.nursery.start()
        first = await house.check()
        chair.pending = (f"/api/sessions/{house.session}/lines", {"key": key, "text": said})
        await chair.send(house.nursery.port)
        again = await house.check()

        assert [value["text"] for value in first.values()].count(said) == 1
        assert again == first
        assert await house.times_logged(said) == 1
