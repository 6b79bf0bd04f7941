"""The steps of the sync bench, the same for every server.

quiet      one room of 200, 20 writers, 2 edits/s each: latency, CPU per delivered edit and frame
merging    the same room at 1,280 edits/s: share of the core
join       a document of 5,000 annotations: CPU per join, 50 joins at once
stalled    one of 20 clients stops reading while edits go round: memory held for it
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tests.bench.sync.load import Client, Door, Load, Phase, Writer, now
from tests.bench.sync.servers import Server

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
        writer = subject.writer("cold", 0)
        first = load.join([(subject.door(server, "cold", 0, writer), writer)])[0]
        for number in range(annotations):
            load.update(first, writer.edit())
            load.pump(0.004 if number % 10 == 0 else 1e-9)
            if number % 500 == 0:
                load.pump(0.5)
        load.pump(3)
        tickets = _cpu(server, lambda: _doors(subject, server, "cold", 1, 8))
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
        doors = _doors(subject, server, "cold", 10, storm)
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


def stalled(subject: Subject) -> Figures:
    """One of 20 stops reading; the others go on; what does the server hold for it?"""
    with served(subject) as (server, load):
        clients = _fill(subject, server, load, "bench", 20, 2)
        figures = _measure(server, load, clients, 40, 2, 19)
        base = server.memory()
        load.deaf(clients[-1])
        stuck = _measure(server, load, clients, 80, 8, 19)
        again = server.memory()
        return {
            "others_delivered": stuck["delivered"] / max(1.0, stuck["edits"] * 18),
            "p95_ms": stuck["p95_ms"],
            "p95_before_ms": figures["p95_ms"],
            "memory_growth_mb": again - base,
        }


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
) -> Figures:
    frames, cpu, wall = sum(c.frames for c in clients), server.cpu(), time.monotonic()
    phase: Phase = load.write(clients, rate, seconds)
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
        "dead": float(sum(c.dead for c in clients)),
    }


def _at(ordered: list[int], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6 if ordered else 0.0
