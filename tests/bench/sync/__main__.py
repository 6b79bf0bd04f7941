"""`make bench BENCH=sync`: Colloquy beside the peers, with the ratios of its bars.

    python -m tests.bench.sync [--quick] [--only NAME ...] [--steps NAME ...] [--postgres] [--out FILE]

Everything that production has is on for Colloquy: login, ticket, gate, durable log. Each step runs
`--rounds` times, interleaved over the servers; the median counts. With `--postgres` the quiet step also
runs on a PostgreSQL of its own that writes through (fsync on), beside the generator.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import anyio
import asyncpg
from typing_extensions import override

from server.store.database import Database
from tests.bench.sync import people, servers, steps
from tests.bench.sync.bars import Results, missed, shown, table
from tests.bench.sync.frames import var_uint
from tests.bench.sync.load import Door, Writer
from tests.bench.sync.servers import ROOT, Server, launch
from tests.bench.sync.steps import Figures, Subject
from tests.bench.sync.writers import PlainWriter, RoomWriter
from tests.journeys.own_postgres import OwnPostgres

GUESTS = 260
ROOMS = ("bench", "cold")
STEPS: dict[str, Callable[[Subject, bool], Figures]] = {
    "quiet": lambda subject, quick: steps.quiet(subject, seconds=3 if quick else 8),
    "merging": lambda subject, _: steps.merging(subject),
    "join": lambda subject, quick: steps.join(subject, annotations=1000 if quick else 5000),
    "stalled": lambda subject, _: steps.stalled(subject),
    "presence": lambda subject, quick: steps.presence(subject, seconds=3 if quick else 8),
    "growth": lambda subject, quick: steps.growth(
        subject, sizes=(100, 2000) if quick else (100, 5000, 20000)
    ),
}
ALONE = ("growth",)
"""Steps with a bar of their own that no peer is measured in."""


def peer(name: str) -> Subject:
    """A peer as a subject: no login, no ticket, the room is the path or goes before messages."""
    spec = servers.peers()[name]

    def start() -> Server:
        return launch(name, spec.command, spec.environment)

    def door(server: Server, room: str, _number: int, _writer: Writer | None) -> Door:
        if not spec.names_document:
            return Door("127.0.0.1", server.port, f"/{room}")
        document = var_uint(len(room)) + room.encode()
        token = b"\x02\x00" + var_uint(5) + b"bench"
        return Door("127.0.0.1", server.port, "/", prefix=document, first=token)

    return Subject(name, start, door, lambda _room, number: PlainWriter(number))


class Colloquy:
    """Ourselves: a prepared data folder with real participants, copied for every start."""

    name = "colloquy"

    def __init__(self) -> None:
        self.template = Path(tempfile.mkdtemp(prefix="colloquy-bench-"))
        self.guests: dict[str, list[people.Guest]] = {}

    def prepare(self) -> None:
        """Make the demo study and the guests, through a first start and the stores."""
        first = launch("colloquy", self._command(), self._environment(), self.template)
        people.wait_ready(first.port)
        first.process.terminate()
        first.process.wait(30)
        self.guests = anyio.run(self._invite)

    def subject(self) -> Subject:
        """Ourselves as a subject."""
        return Subject(self.name, self._start, self._door, self._writer)

    def _database(self) -> Database:
        return people.database_of(self.template)

    async def _invite(self) -> dict[str, list[people.Guest]]:
        database = self._database()
        try:
            return await people.invite_to_all(database, ROOMS, GUESTS)
        finally:
            await database.close()

    def _start(self) -> Server:
        folder = Path(tempfile.mkdtemp(prefix="colloquy-bench-"))
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        server = launch("colloquy", self._command(), self._environment(), folder)
        people.wait_ready(server.port)
        return server

    def _door(self, server: Server, room: str, number: int, writer: Writer | None) -> Door:
        return people.door(server.port, self.guests[room][number], writer)

    def _writer(self, room: str, number: int) -> Writer:
        return RoomWriter(number, self.guests[room][number].person)

    def _command(self) -> tuple[str, ...]:
        return (sys.executable, "-c", "from server.cli import main; main()", "serve", "--demo")

    def _environment(self) -> dict[str, str]:
        return {
            "COLLOQUY_PORT": "{port}",
            "COLLOQUY_DATA": "{folder}",
            "COLLOQUY_HOST": "127.0.0.1",
        }


class OnPostgres(Colloquy):
    """Ourselves on a PostgreSQL of our own, with a copy of the prepared database for every start."""

    name = "colloquy-postgresql"

    def __init__(self, postgres: OwnPostgres) -> None:
        super().__init__()
        self._prepared = self._url = postgres.url
        self._starts = 0

    @override
    def _database(self) -> Database:
        return Database(self._url)

    @override
    def _start(self) -> Server:
        self._starts += 1
        anyio.run(self._copy, f"start_{self._starts}")
        return super()._start()

    async def _copy(self, name: str) -> None:
        """Make the database of the next start; nobody may be connected to the prepared one."""
        plain = self._prepared.replace("+asyncpg", "")
        connection = await asyncpg.connect(plain.replace("/postgres?", "/template1?"))
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE postgres")
        finally:
            await connection.close()
        self._url = self._prepared.replace("/postgres?", f"/{name}?")

    @override
    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "COLLOQUY_DATABASE_URL": self._url}


def run(
    names: list[str], chosen: list[str], rounds: int, quick: bool, postgres: OwnPostgres | None
) -> Results:
    """Measure every subject in every step; the rounds are interleaved, medians are returned."""
    own = [Colloquy(), *([OnPostgres(postgres)] if postgres else [])]
    for one in own:
        one.prepare()
    subjects = [*(one.subject() for one in own), *(peer(name) for name in names)]
    results: dict[str, dict[str, Figures]] = {}
    for step in chosen:
        taken: dict[str, list[Figures]] = {}
        for _ in range(rounds):
            for subject in subjects:
                if step in ALONE and subject.name != "colloquy":
                    continue
                if step != "quiet" and subject.name == OnPostgres.name:
                    continue
                figures = STEPS[step](subject, quick)
                figures["load"] = os.getloadavg()[0]
                taken.setdefault(subject.name, []).append(figures)
                print(f"{step:8} {subject.name:20} {shown(figures)}", flush=True)
        results[step] = {
            name: {key: statistics.median(f[key] for f in all_) for key in all_[0]}
            for name, all_ in taken.items()
        }
    for one in own:
        shutil.rmtree(one.template, ignore_errors=True)
    return results


def go_first(niceness: int) -> None:
    """Go before others who share the machine, as do the servers that we start (root only)."""
    os.setpriority(os.PRIO_PROCESS, 0, niceness)
    group = Path("/proc/self/autogroup")  # Linux shares the processor by login session first
    if group.exists():
        group.write_text(str(niceness))


def main() -> None:
    """Run, print, write JSON, and end with 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(servers.peers()), help="which peers")
    parser.add_argument("--steps", nargs="*", default=list(STEPS), choices=list(STEPS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", action="store_true", help="the quiet step on PostgreSQL too")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--nice", type=int, default=0, help="of the bench and all servers")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "bench-sync.json")
    options = parser.parse_args()
    servers.install()
    if options.nice:
        go_first(options.nice)
    os.sched_setaffinity(0, {servers.LOAD_CORE})
    rounds = 1 if options.quick else options.rounds
    with OwnPostgres() if options.postgres else contextlib.nullcontext() as postgres:
        results = run(options.only, options.steps, rounds, options.quick, postgres)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1))
    print(table(results))
    short = missed(results)
    for line in short:
        print("MISSED", line)
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
