"""`make bench BENCH=page`: the live page with 3,000 lines and 1,500 annotations.

    python -m tests.bench.page [--rounds 5] [--quick] [--out FILE]

A real server with login, gate and log, a real Chromium. Loads are repeated and interleaved with a
control, the sign-in page, which is nothing but a server's answer and a style sheet; the median counts.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import chromium
from tests.bench.page import measures
from tests.bench.page.bars import BARS, missed
from tests.bench.page.room import Room
from tests.journeys.running import Running, free_port

ROOT = Path(__file__).parents[3]


def run(rounds: int, lines: int, annotations: int) -> dict[str, float]:
    """Fill a session, measure, and return the medians."""
    path = chromium.find()
    if path is None:
        sys.exit("no Chromium: run `make test`, which finds or installs one")
    with tempfile.TemporaryDirectory(prefix="colloquy-page-") as folder:
        server = Running(Path(folder) / "data", free_port()).start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=path, args=["--no-sandbox", "--disable-gpu"]
                )
                room = Room(browser, server)
                began = time.monotonic()
                room.fill(lines, annotations)
                print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
                return _measure(room, rounds)
        finally:
            server.stop()


def _measure(room: Room, rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        load = os.getloadavg()[0]
        figures = {
            "control": measures.control(room),
            **measures.load(room),
            "interactive_slow": measures.load(room, slow=True)["interactive"],
            **measures.incoming(room),
        }
        shown = " ".join(f"{key}={value:.4g}" for key, value in figures.items())
        print(f"load {load:.1f} {shown}", flush=True)
        for key, value in figures.items():
            taken.setdefault(key, []).append(value)
    worst = {key: max(taken[key]) for key in ("drift", "stolen", "foreign", "blocked")}
    medians = {key: statistics.median(values) for key, values in taken.items()}
    return {**medians, **worst, "axe": measures.axe(room)}


def main() -> None:
    """Run, print, write JSON, and end with 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round of 300 x 150")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "bench-page.json")
    options = parser.parse_args()
    size = (300, 150) if options.quick else (3000, 1500)
    figures = run(1 if options.quick else options.rounds, *size)
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1))
    for bar in BARS:
        print(f"{bar.what:52} {figures[bar.key]:8.4g} {bar.unit:5} (at most {bar.most:g})")
    for key in sorted(figures.keys() - {bar.key for bar in BARS}):
        print(f"{key:52} {figures[key]:8.4g}")
    short = missed(figures)
    for line in short:
        print("MISSED", line)
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
