"""`make bench BENCH=ear`, or `python -m tests.bench.ear [--seconds 60] [--hours 0.5] [--sizes tiny,base]`.

Delay and words of both demo recordings, cost by model size, tracks per core (computed, and replayed side by
side), a table of faults, memory.
Prints tables and JSON; exits 1 where a bar of QUALITY is missed. The full memory run is `--hours 4`.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio

from tests.bench.ear import cost, faults, live, memory, replayed
from transcription import model_settings
from transcription.bundled import MODEL, recordings

MOST_P50, MOST_P95, MOST_POINTS = 1.1, 1.8, 1.0
MIN_FINALS, MIN_INTERIM = 5.0, 2.0
MOST_GROWTH = 5.0
REPLAYED, REPLAYED_SECONDS = (1, 2, 4, 8), 40.0


def main() -> None:
    """Measure, print, compare with the bars."""
    asked = argparse.ArgumentParser(prog="tests.bench.ear")
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--hours", type=float, default=0.5)
    asked.add_argument("--sizes", default="tiny,base")
    asked.add_argument("--rounds", type=int, default=5)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = _measured(Path(name), options)
    window = model_settings.read(MODEL).window
    print(f"window of the demo model: finals 30 s, interim short (colloquy.json: {window})")
    print(json.dumps(found))
    missed = list(_missed(found))
    print("missed: " + (", ".join(missed) or "none"))
    sys.exit(bool(missed))


def _measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"load": [round(os.getloadavg()[0], 1)]}
    costs = list(cost.costs(folder / "models", options.sizes.split(","), options.rounds))
    found["cost"] = _table("cost, CPU seconds", costs)
    found["tracks"] = _table(
        "tracks per core", [one for each in costs for one in cost.carried(each)]
    )
    found["faults"] = _table("faults", anyio.run(faults.faults, folder / "faults"))
    replays = [
        anyio.run(replayed.replayed, MODEL, "micro-whisper", tracks, REPLAYED_SECONDS)
        for tracks in REPLAYED
    ]
    found["replayed"] = _table("replayed side by side", replays)
    results = [anyio.run(live.measure, one, options.seconds) for one in recordings().values()]
    found["live"] = _table("live", results)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        growth = fresh.submit(anyio.run, memory.growth, folder / "memory", options.hours).result()
    found["memory"] = _table("memory", [growth])
    found["load"].append(round(os.getloadavg()[0], 1))
    return found


def _table(title: str, rows: list[Any]) -> list[dict[str, Any]]:
    print(f"\n{title}")
    values = [
        {
            name: round(one, 3) if isinstance(one, float) else one
            for name, one in asdict(row).items()
        }
        for row in rows
    ]
    for row in values:
        print("  " + "  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return values


def _missed(found: dict[str, Any]) -> list[str]:
    missed = [
        f"live {one['recording']}"
        for one in found["live"]
        if one["delay_p50"] > MOST_P50
        or one["delay_p95"] > MOST_P95
        or one["error_live"] - one["error_offline"] > MOST_POINTS
    ]
    missed += [
        f"tracks {one['model']}, window {one['window']}"
        for one in found["tracks"]
        if one["model"] == "tiny"
        and (one["finals"] < MIN_FINALS or one["with_interim"] < MIN_INTERIM)
    ]
    missed += [
        one["name"] for one in found["faults"] if one["lost"] or one["missing"] or one["doubled"]
    ]
    missed += ["memory" for one in found["memory"] if one["percent"] >= MOST_GROWTH]
    return missed


if __name__ == "__main__":
    main()
