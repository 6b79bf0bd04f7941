"""People for the bench: real participants with real logins, made before the server starts.

The server under test checks logins, tickets, the gate and the log as in production; only the
making of 200 accounts is not measured, so it goes straight through the stores.
"""

import gzip
import http.client
import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pycrdt import get_state
from sqlalchemy import text

from schemas.ids import PersonId, SessionId, UnitId, new_id
from schemas.session import Language, Person, Role
from server.services.links import new_token, sha256
from server.store import logins, people
from server.store.database import Database
from tests.bench.sync.load import Door, Writer

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Guest:
    """One participant with a cookie."""

    person: str
    session: str
    cookie: str
    token: str


async def invite(
    database: Database, session: str, unit: str, count: int, role: Role = Role.EXPERT
) -> list[Guest]:
    """Make `count` people of `session`, each with a login of their own."""
    guests = []
    at = time.time()
    async with database.write() as work:
        for number in range(count):
            person = Person(
                PersonId(new_id()),
                SessionId(session),
                f"Expert {number}",
                role,
                UnitId(unit),
                Language.EN,
            )
            cookie, token = new_token(), new_token()
            await people.add(work, person, notice_at=at, at=at)
            await logins.add(work, sha256(cookie), token, None, at, at + DAY)
            await logins.be_person(work, sha256(cookie), person.session_id, person.id)
            guests.append(Guest(person.id, session, cookie, token))
    return guests


async def invite_to_all(
    database: Database, rooms: Sequence[str], count: int, role: Role = Role.EXPERT
) -> dict[str, list[Guest]]:
    """Make `count` people in one open session of the demo study for each room name."""
    async with database.read() as work:
        found = await work.connection.execute(
            text("SELECT id, study_id FROM session WHERE state = 'live' ORDER BY id")
        )
        sessions = list(found)
        units = await work.connection.execute(
            text('SELECT id FROM unit WHERE study_id = :study ORDER BY "order"'),
            {"study": sessions[0].study_id},
        )
        unit = next(iter(units)).id
    return {
        room: await invite(database, session.id, unit, count, role)
        for room, session in zip(rooms, sessions, strict=False)
    }


def door(port: int, guest: Guest, writer: Writer | None = None) -> Door:
    """Fetch a ticket and the packed document as the page does; the ticket lasts 30 seconds."""
    host = f"127.0.0.1:{port}"
    client = writer.client if writer else int.from_bytes(bytes.fromhex(new_id()[-8:]), "big")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        connection.request(
            "POST",
            f"/api/sessions/{guest.session}/ticket",
            body=json.dumps({"client": client, "known": []}),
            headers={
                "Content-Type": "application/json",
                "Cookie": f"colloquy_sid={guest.cookie}",
                "Origin": f"http://{host}",
                "X-Colloquy-Token": guest.token,
            },
        )
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"no ticket: {answer.status} {body[:300]!r}")
        ticket = json.loads(body)["ticket"]
        seen = get_state(_snapshot(connection, guest))
    return Door(
        "127.0.0.1",
        port,
        f"/ws/session/{guest.session}?ticket={ticket}",
        (f"Origin: http://{host}", f"Cookie: colloquy_sid={guest.cookie}"),
        client=client,
        seen=seen,
    )


def _snapshot(connection: http.client.HTTPConnection, guest: Guest) -> bytes:
    """Fetch the packed document, as `web/client/primer.js` does, on the ticket's connection."""
    path = f"/api/sessions/{guest.session}/snapshot?unless="
    connection.request("GET", path, headers={"Cookie": f"colloquy_sid={guest.cookie}"})
    answer = connection.getresponse()
    packed = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"no snapshot: {answer.status} {packed[:300]!r}")
    return gzip.decompress(packed)


def wait_ready(port: int, seconds: float = 60) -> None:
    """Return once the server serves and its ear has loaded: nothing of its start is measured."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            body = json.loads(answer.read())
            connection.close()
            if answer.status == 200 and body["ear"]["state"] in ("ready", "off"):
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not become ready")


def database_of(folder: Path) -> Database:
    """The SQLite database of a data folder, as `colloquy serve` names it."""
    return Database(f"sqlite+aiosqlite:///{folder / 'colloquy.sqlite3'}")
