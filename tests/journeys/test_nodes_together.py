"""Two nodes, one study: what one session agrees on, the other hears of at once on the other node."""

import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import text

from schemas.session import Role
from server.store.database import Database
from tests.bench.sync import people
from tests.bench.sync.people import Guest
from tests.journeys.cluster import cluster
from tests.journeys.commanding import browser_of
from tests.journeys.crashing import Author

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("journeys")]


@dataclass(slots=True)
class Room:
    """One session: its moderator, and an expert with a socket."""

    chair: Guest
    expert: Author
    unit: str
    number: int = 0
    _keys: list[str] = field(default_factory=list)

    def key(self) -> dict[str, Any]:
        self._keys.append(f"key-{self.chair.person[-8:]}-{len(self._keys):08d}")
        return {"key": self._keys[-1]}

    async def propose(self, port: int, note: str) -> str:
        """Put a note of the expert's to the room."""
        body = {**self.key(), "draft": note, "grounds": [note], "kind": "problem"}
        async with browser_of(self.chair, port) as chair:
            path = f"/api/sessions/{self.chair.session}/proposals"
            answer = await chair.post(path, json={**body, "affected": [self.unit]})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["proposal"])

    async def agree_and_promote(self, port: int, note: str, label: str) -> None:
        """From the expert's note to an entry of the study, as the pages do it."""
        proposal = await self.propose(port, note)
        chairs, experts = browser_of(self.chair, port), browser_of(self.expert.guest, port)
        async with chairs as chair, experts as expert:
            path = f"/api/proposals/{proposal}"
            put = await chair.post(f"{path}/wordings", json={**self.key(), "base": 0})
            assert put.status_code == 200, put.text
            answer = {**self.key(), "number": 1, "stance": "agree"}
            taken = await expert.post(f"{path}/positions", json=answer)
            assert taken.json()["state"] == "agreed", taken.text
            panel = await chair.get(f"/proposals/{proposal}/promotion")
            [parent] = re.findall(r'name="parent"><option value="(\w+)"', panel.text)
            form = {**self.key(), "number": "1", "parent": parent, "label_en": label}
            done = await chair.post(f"/proposals/{proposal}/promotion", data=form)
            assert done.status_code == 200, done.text


async def two_rooms(database_url: str) -> list[Room]:
    """Invite a moderator and an expert to each of two sessions of the demo study."""
    database = Database(database_url)
    chance = random.Random(20261128)
    rooms = []
    try:
        chairs = await people.invite_to_all(database, ("a", "b"), 1, role=Role.MODERATOR)
        experts = await people.invite_to_all(database, ("a", "b"), 1)
        for name in ("a", "b"):
            [chair], [expert] = chairs[name], experts[name]
            async with database.read() as work:
                asked = text("SELECT unit_id FROM person WHERE id = :id")
                unit = await work.connection.execute(asked, {"id": expert.person})
                author = Author(expert, chance.getrandbits(31) | 1, random.Random(1))
                rooms.append(Room(chair, author, unit.scalar_one()))
    finally:
        await database.close()
    return rooms


async def test_what_is_promoted_on_one_node_is_seen_on_the_other_at_once(
    tmp_path: Path, postgres_url: str
) -> None:
    with cluster(tmp_path, postgres_url) as nodes:
        here, there = await two_rooms(postgres_url)
        a, b = nodes.a.port, nodes.b.port
        with anyio.fail_after(120):
            speaking, listening = await here.expert.begin(a), await there.expert.begin(b)
            for label, bus in (("A platform for all 😀", True), ("Nobody answers at night", False)):
                if not bus:
                    nodes.redis.kill()  # what nobody is told of is found by looking
                note = await here.expert.note(speaking)
                there.expert.told.clear()
                began = time.monotonic()
                await here.agree_and_promote(a, note, label)
                told = await there.expert.hears(listening, kind="taxonomy", change="promoted")
                print(
                    f"proposed, agreed, promoted and heard there: {time.monotonic() - began:.2f} s"
                )
                async with browser_of(there.chair, b) as browser:
                    seen = await browser.get(f"/studies/{told['study_id']}/taxonomy")

                assert told["session_id"] == here.chair.session
                assert seen.status_code == 200
                assert label in seen.text
            await speaking.close()
            await listening.close()


async def test_a_command_that_needs_the_room_is_its_owners(
    tmp_path: Path, postgres_url: str
) -> None:
    with cluster(tmp_path, postgres_url) as nodes:
        room, _ = await two_rooms(postgres_url)
        with anyio.fail_after(120):
            socket = await room.expert.begin(nodes.a.port)
            proposal = await room.propose(nodes.a.port, await room.expert.note(socket))
            command = room.key() | {"base": 0}
            path = f"/api/proposals/{proposal}/wordings"
            async with browser_of(room.chair, nodes.b.port) as elsewhere:
                refused = await elsewhere.post(path, json=command)
            async with browser_of(room.chair, nodes.a.port) as owner:
                done = await owner.post(path, json=command)
            await socket.close()

    assert (refused.status_code, refused.json()["code"]) == (503, "room.elsewhere")
    assert int(refused.headers["Retry-After"]) >= 1
    assert (done.status_code, done.json()["number"]) == (200, 1)
