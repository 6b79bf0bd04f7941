"""The steps of the sync bench, the same for every server.

quiet      one room of 200, 20 writers, 2 edits/s each: latency, CPU per delivered edit and frame
merging    the same room at 1,280 edits/s: share of the core
join       a document of 5,000 annotations: CPU per join, 50 joins at once
stalled    100 of 120 clients stop reading while edits go round: memory held for each
presence   the room of `quiet`, in which everybody says once a second where they are
growth     CPU per edit of a room of 20 as its document grows
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tests.bench.sync.load import Client, Door, Load, Phase, Writer, now
from tests.bench.sync.servers import Server

AUTHORS = 20
"""Who write a document before it is measured."""
Figures = dict[str, float]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to measure. door: the way in to `room` for guest `number` with its writer."""

    name: str
    start: Callable[[], Server]
    door: Callable[[Server, str, int, Writer | None], Door]
    writer: Callable[[str, int], Writer]


@contextmanager
def served(subject: Subject) -> Iterator[tuple[Server, Load]]:
    """A fresh server and a generator, ended in the end."""
    server, load = subject.start(), Load()
    try:
        yield server, load
    finally:
        load.close()
        server.stop()


def quiet(subject: Subject, *, people: int = 200, seconds: float = 8) -> Figures:
    """Edits of 20 writers twice a second, in a room of 200."""
    with served(subject) as (server, load):
        clients = _fill(subject, server, load, "bench", people, people // 10)
        _measure(server, load, clients, 4, 1, people - 1)
        return _measure(server, load, clients, 2, seconds, people - 1)


def merging(subject: Subject, *, people: int = 200, rate: float = 1280) -> Figures:
    """A burst: 20 writers, 1,280 edits a second together."""
    with served(subject) as (server, load):
        writers = people // 10
        clients = _fill(subject, server, load, "bench", people, writers)
        _measure(server, load, clients, 4, 1, people - 1)
        return _measure(server, load, clients, rate / writers, 2, people - 1, drain=6)


def join(subject: Subject, *, annotations: int = 5000, storm: int = 50) -> Figures:
    """One at a time, then many at once, into a document that has grown."""
    with served(subject) as (server, load):
        _grow(load, _fill(subject, server, load, "cold", AUTHORS, AUTHORS), annotations)
        tickets = _cpu(server, lambda: _doors(subject, server, "cold", AUTHORS, 8))
        doors = tickets[1]
        waits: list[float] = []

        def enter() -> None:
            for door in doors:
                client = load.open(door)
                load.pump(30, lambda client=client: bool(client.synced) or client.dead)
                waits.append((client.synced - client.opened) / 1e6)
                load.drop(client)
                load.pump(0.05)

        alone = _cpu(server, enter)[0]
        doors = _doors(subject, server, "cold", AUTHORS + 8, storm)
        started = now()
        many = [load.open(door) for door in doors]
        load.pump(60, lambda: all(client.synced or client.dead for client in many))
        last = max((client.synced - started) / 1e6 for client in many if client.synced)
        return {
            "join_cpu_ms": alone * 1000 / 8,
            "join_with_ticket_cpu_ms": (alone + tickets[0]) * 1000 / 8,
            "join_p50_ms": statistics.median(waits),
            "storm_last_ms": last,
            "storm_in": float(sum(bool(client.synced) for client in many)),
            "memory_mb": server.memory(),
        }


def stalled(subject: Subject, *, deaf: int = 100) -> Figures:
    """Some stop reading, the others go on; what does the server hold for each of them?

    The same edits go round before, with all reading: what the document grows by is taken off. The
    deaf have a small window, so that the server has to hold what they do not take, not a kernel.
    """
    with served(subject) as (server, load):
        clients = _fill(subject, server, load, "bench", 20, 2)
        for number in range(20, 20 + deaf):
            load.open(subject.door(server, "bench", number, None), window=4096)
            load.pump(0.05)
        load.pump(1)
        everybody = list(load.clients.values())
        _measure(server, load, clients, 40, 4, 19 + deaf)
        before = server.memory()
        heard = _measure(server, load, clients, 40, 8, 19 + deaf)
        between = server.memory()
        for client in everybody[20:]:
            load.deaf(client)
        stuck = _measure(server, load, clients, 40, 8, 19)
        growth = (server.memory() - between) - (between - before)
        return {
            "others_delivered": stuck["delivered"] / max(1.0, stuck["edits"] * 19),
            "p95_ms": stuck["p95_ms"],
            "p95_before_ms": heard["p95_ms"],
            "held_kb": growth * 1024 / deaf,
            "in_kernel_kb": load.unread(everybody[20:]) / 1024 / deaf,
        }


def presence(subject: Subject, *, people: int = 200, seconds: float = 8) -> Figures:
    """Everybody says once a second where they are, while 20 write."""
    with served(subject) as (server, load):
        clients = _fill(subject, server, load, "bench", people, people // 10)
        _measure(server, load, clients, 4, 1, people - 1, moves=1)
        return _measure(server, load, clients, 2, seconds, people - 1, moves=1)


def growth(subject: Subject, *, sizes: Sequence[int]) -> Figures:
    """What an edit costs at each size of the document, and what growing to it cost on average."""
    with served(subject) as (server, load):
        clients = _fill(subject, server, load, "bench", AUTHORS, AUTHORS)
        figures: Figures = {}
        written = 0
        for size in sizes:
            cpu = server.cpu()
            _write(load, clients, size - written)
            grown = (server.cpu() - cpu) * 1e6 / (size - written)
            taken = _measure(server, load, clients, 2, 8, AUTHORS - 1)
            figures[f"edit_us_{size}"] = taken["cpu_ms_per_1000"] * (AUTHORS - 1)
            figures[f"growing_us_{size}"] = grown
            figures[f"lost_{size}"] = taken["lost"]
            written = size + int(taken["edits"])
        return figures


def _fill(
    subject: Subject, server: Server, load: Load, room: str, people: int, writers: int
) -> list[Client]:
    doors: list[tuple[Door, Writer | None]] = []
    clients: list[Client] = []
    for number in range(people):  # tickets live for 30 seconds, so people come in groups
        writer = subject.writer(room, number) if number < writers else None
        doors.append((subject.door(server, room, number, writer), writer))
        if len(doors) == 25 or number == people - 1:
            clients += load.join(doors)
            doors = []
    return clients


def _grow(load: Load, clients: list[Client], annotations: int) -> None:
    """Let the writers of a room fill it, then leave."""
    _write(load, clients, annotations)
    for client in clients[1:]:  # one stays: some servers forget what nobody looks at
        load.drop(client)
    load.pump(0.5)


def _write(load: Load, clients: list[Client], annotations: int) -> None:
    for number in range(annotations):
        client = clients[number % len(clients)]
        assert client.writer is not None
        load.update(client, client.writer.edit())
        load.pump(0.025 if number % 20 == 0 else 1e-9)
    load.pump(3)


def _doors(subject: Subject, server: Server, room: str, first: int, count: int) -> list[Door]:
    return [subject.door(server, room, first + k, None) for k in range(count)]


def _cpu(server: Server, what: Callable[[], Result]) -> tuple[float, Result]:
    before = server.cpu()
    result = what()
    return server.cpu() - before, result


def _measure(
    server: Server,
    load: Load,
    clients: list[Client],
    rate: float,
    seconds: float,
    others: int,
    drain: float = 2,
    moves: float = 0,
) -> Figures:
    frames, cpu, wall = sum(c.frames for c in clients), server.cpu(), time.monotonic()
    phase: Phase = load.write(clients, rate, seconds, moves)
    expected = phase.edits * others
    load.pump(drain, lambda: len(load.latencies) >= expected)
    load.recording = False
    wall = time.monotonic() - wall
    cpu, frames = server.cpu() - cpu, sum(c.frames for c in clients) - frames
    load.pump(0.5)
    saved = sorted(each for client in clients for each in client.saved_after)
    latencies = sorted(load.latencies)
    return {
        "edits": float(phase.edits),
        "delivered": float(len(latencies)),
        "lost": float(expected - len(latencies)),
        "p50_ms": _at(latencies, 0.5),
        "p95_ms": _at(latencies, 0.95),
        "p99_ms": _at(latencies, 0.99),
        "cpu_ms_per_1000": cpu * 1e6 / max(1, len(latencies)),
        "cpu_us_per_frame": cpu * 1e6 / max(1, frames),
        "frames": float(frames),
        "share": cpu / wall,
        "delivered_per_s": len(latencies) / wall,
        "generator_busy": phase.busy,
        "saved_p50_ms": _at(saved, 0.5),
        "saved_p95_ms": _at(saved, 0.95),
        "saved": float(len(saved)),
        "refused": float(sum(c.refused for c in clients)),
        "dead": float(sum(c.dead for c in clients)),
    }


def _at(ordered: list[int], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6 if ordered else 0.0
