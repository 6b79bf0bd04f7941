"""People who write while their server is killed, and what must be there afterwards."""

import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from pycrdt import Doc, Map, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime import protocol, varint
from schemas import wire
from tests.bench.sync import people
from tests.bench.sync.load import Door
from tests.journeys.running import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
LINE = {"line": "0" * 32, "revision": 0, "start": 0, "end": None, "quote": "said"}


class Nursery:
    """One server at a time over one data folder and one port."""

    def __init__(self, data: Path, settings: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self.server = 0
        self._log = (data.parent / "server.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.nursery"],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("COLLOQUY_")},
                "COLLOQUY_DATA": str(data),
                "COLLOQUY_PORT": str(self.port),
                **(settings or {}),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
        )

    def start(self, doom: str = "", *arguments: str) -> None:
        """Start a server and return once it is ready. doom: when it dies (`tests.journeys.doom`).

        arguments: to `colloquy`; the demo study's server without.
        """
        self.begin(doom, *arguments)
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise AssertionError("the server was not ready")
            threading.Event().wait(0.02)

    def begin(self, doom: str = "", *arguments: str) -> None:
        """Start a server, as `start` does, and wait for nothing."""
        self.server = self._ask(arguments or ("serve", "--demo"), doom)

    def run(self, *arguments: str, doom: str = "", kill_after: float | None = None) -> int:
        """Run a command to its end, or kill it so many seconds later; return its exit code."""
        assert self._process.stdout is not None
        number = self._ask(arguments, doom)
        if kill_after is not None:
            threading.Event().wait(kill_after)
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(number, signal.SIGKILL)
        return int(self._process.stdout.readline())

    def _ask(self, arguments: Sequence[str], doom: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"arguments": list(arguments), "doom": doom}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.server, signal.SIGKILL)
        self.wait_dead()

    def wait_dead(self) -> None:
        """Return once the server has ended."""
        while Path(f"/proc/{self.server}").exists():
            threading.Event().wait(0.005)

    def close(self) -> None:
        """End the nursery; its server must have been killed."""
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE)
        self._log.close()

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@dataclass(slots=True, eq=False)
class Author:
    """One person who adds notes and deletes them, and keeps what was not called saved.

    wanted: what stands once all is saved. sure: of each own note, whether the server has called it
    saved that it stands (its text) or does not (None); what is under way is not in it. on_saved: called
    with each answer, and when the server has said how its log is (log: "ok" or "failing"). told: the
    live events of the study.
    """

    guest: people.Guest
    client: int
    chance: random.Random
    doc: Doc[Any] = field(default_factory=Doc)
    wanted: dict[str, str] = field(default_factory=dict)
    sure: dict[str, str | None] = field(default_factory=dict)
    journal: list[tuple[bytes, str, str | None]] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    acknowledged: int = 0
    deletions: int = 0
    number: int = 0
    refused: list[Any] = field(default_factory=list)
    log: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    on_saved: Callable[[], object] = lambda: None
    _sent: int = 0

    def edit(self) -> bytes:
        """Add a note, or delete one of those that stand: half of the edits are deletions."""
        if not self.wanted or self.chance.random() >= 0.5:
            return self.add()
        name = self.chance.choice(sorted(self.wanted))
        del self.wanted[name]
        self.deletions += 1
        notes = self.doc.get("annotations", type=Map)
        return self._made(lambda: notes.pop(name), name, None)

    def add(self) -> bytes:
        """Add a note."""
        self.number += 1
        name, text = f"{self.client:016x}{self.number:016x}", f"{self.number} 平台 😀"
        self.wanted[name] = text
        note = _note(self.guest.person, text)
        notes = self.doc.get("annotations", type=Map)
        return self._made(lambda: notes.update({name: note}), name, text)

    def _made(self, change: Callable[[], object], name: str, text: str | None) -> bytes:
        updates: list[bytes] = []
        seen = self.doc.observe(lambda event: updates.append(event.update))
        change()
        self.doc.unobserve(seen)
        [update] = updates
        self.journal.append((update, name, text))
        return update

    async def begin(self, port: int) -> ClientConnection:
        """Come in, take what the server has, and send again what it has not called saved."""
        door = await anyio.to_thread.run_sync(people.door, port, self.guest, self)
        socket = await _connect(door)
        self.doc, self._sent, self.counted = Doc(client_id=self.client), 0, []
        self.doc.get("annotations", type=Map)
        await socket.send(protocol.step1(self.doc.get_state()))
        while not self._take(await socket.recv()):
            pass
        for update, _, _ in self.journal:
            self.doc.apply_update(update)
            await self._send(socket, update)
        return socket

    async def write(self, socket: ClientConnection, pause: float) -> None:
        """Edit until the server is gone."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen, socket)
                while True:
                    await self._send(socket, self.edit())
                    await anyio.sleep(self.chance.random() * pause)
        except* ConnectionClosed:
            pass

    async def note(self, socket: ClientConnection) -> str:
        """Add a note and return its id once it is called saved."""
        await self._send(socket, self.add())
        _, name, _ = self.journal[-1]
        await self.settle(socket)
        return name

    async def hears(self, socket: ClientConnection, **event: object) -> dict[str, Any]:
        """Listen until a live event with these fields has come; returns it."""
        while True:
            for told in self.told:
                if event.items() <= told.items():
                    return told
            self._take(await socket.recv())

    async def settle(self, socket: ClientConnection) -> None:
        """Listen until everything is called saved."""
        while self.journal:
            self._take(await socket.recv())

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            self._take(await socket.recv())

    async def _send(self, socket: ClientConnection, update: bytes) -> None:
        self._sent += 1
        self.counted.append(self._sent)
        await socket.send(protocol.update(update))

    def _take(self, message: str | bytes) -> bool:
        """Take in one message; True if it was step 2: we are level."""
        assert isinstance(message, bytes)
        if message[0] == wire.SYNC and message[1] != wire.SYNC_STEP1:
            self.doc.apply_update(varint.read_bytes(message, 2)[0])
            return message[1] == wire.SYNC_STEP2
        if message[0] == wire.REFUSED:
            self.refused.append(message)
        if message[0] == wire.HEALTH:
            self.log = json.loads(varint.read_bytes(message, 1)[0])["log"]
            self.on_saved()
        if message[0] == wire.STUDY_EVENT:
            self.told.append(json.loads(varint.read_bytes(message, 1)[0]))
        if message[0] == wire.SAVED:
            counter, _ = varint.read_uint(message, 1)
            while self.counted and self.counted[0] <= counter:
                del self.counted[0]
                _, name, text = self.journal.pop(0)
                self.sure[name] = text
                self.acknowledged += 1
            self.on_saved()
        return False


async def replica(port: int, guest: people.Guest) -> Doc[Any]:
    """Return what somebody who comes in now is given."""
    reader = Author(guest, random.SystemRandom().getrandbits(32) | 1, random.Random())
    socket = await reader.begin(port)
    await socket.close()
    return reader.doc


def content_hash(doc: Doc[Any]) -> str:
    """A hash of everything that is visible in a document."""
    roots = ("annotations", "lines", "board", "agenda", "marks")
    seen = {root: doc.get(root, type=Map).to_py() for root in roots}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def standing(doc: Doc[Any]) -> dict[str, str]:
    """Return the text of each note."""
    notes = doc.get("annotations", type=Map).to_py() or {}
    return {name: note["wording"] for name, note in notes.items()}


def check_acknowledged(authors: list[Author], found: dict[str, str]) -> None:
    """Fail unless all that was called saved is as it was, except where an edit is under way."""
    for author in authors:
        unsure = {name for _, name, _ in author.journal}
        for name, text in author.sure.items():
            if name not in unsure:
                assert found.get(name) == text, f"{name}: saved {text!r}, found {found.get(name)!r}"
    known = {name for author in authors for name in (*author.sure, *(j[1] for j in author.journal))}
    assert not found.keys() - known, "notes that nobody wrote"


def _note(person: str, text: str) -> Map[Any]:
    return Map(
        {
            "author": person,
            "voice": {"name": "Crash", "person": None, "unit": None},
            "kind": "problem",
            "targets": [LINE],
            "at": 1_700_000_000_000,
            "wording": Text(text),
            "thread": Map({}),
        }
    )


async def _connect(door: Door) -> ClientConnection:
    headers = dict(each.split(": ", 1) for each in door.headers)
    origin = headers.pop("Origin")
    return await connect(
        f"ws://{door.host}:{door.port}{door.path}",
        additional_headers=headers,
        origin=origin,  # type: ignore[arg-type]  # a NewType of str
        compression=None,
        max_size=None,
    )
