"""The servers under test: each alone, in a process of its own on core 0, and what it cost.

Peers are installed once, from npm and PyPI, into a folder of the data directory.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PEERS = ROOT / "data" / "bench-peers"
SERVER_CORE, LOAD_CORE = 0, 1
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Peer:
    """How to start one peer; `{port}` and `{folder}` are filled in."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    names_document: bool = False
    """Hocuspocus: every message begins with the document's name, and a token comes first."""


def _node(script: str) -> tuple[str, ...]:
    return (str(ROOT / ".venv/bin/node"), str(PEERS / script))


def peers() -> dict[str, Peer]:
    """The peers by name."""
    y_server = "node_modules/@y/websocket-server/src/server.js"
    sqlite = {"PORT": "{port}", "STORE": "sqlite", "DB": "{folder}/bench.sqlite"}
    python = (str(PEERS / "venv/bin/python"), str(PEERS / "pycrdt_server.py"), "{port}")
    return {
        "hocuspocus": Peer(_node("hocuspocus.mjs"), {"PORT": "{port}"}, True),
        "hocuspocus-noflush": Peer(
            _node("hocuspocus.mjs"), {"PORT": "{port}", "FLUSH": "false"}, True
        ),
        "hocuspocus-sqlite": Peer(_node("hocuspocus.mjs"), sqlite, True),
        "y-websocket-server": Peer(_node(y_server), {"PORT": "{port}", "HOST": "127.0.0.1"}),
        "pycrdt-websocket": Peer(python),
    }


def install() -> None:
    """Put the peers into their folder, once."""
    stamp = PEERS / ".complete"
    if stamp.exists():
        return
    print("Installing the peers (once) ...", flush=True)
    shutil.rmtree(PEERS, ignore_errors=True)
    shutil.copytree(HERE / "peers", PEERS)
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    npm = [str(ROOT / ".venv/bin/npm"), "install", "--legacy-peer-deps", "--no-fund", "--no-audit"]
    subprocess.run(npm, cwd=PEERS, env=environment, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(PEERS / "venv")], check=True)
    pip = [str(ROOT / ".venv/bin/uv"), "pip", "install", "--python", str(PEERS / "venv/bin/python")]
    subprocess.run([*pip, "-r", str(PEERS / "requirements.txt")], check=True)
    stamp.touch()


@dataclass(slots=True)
class Server:
    """One running server."""

    name: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """CPU seconds of the process and all its children so far, every thread."""
        total = 0
        for pid in self._pids():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(task.read_text().split()[0])
        return total / 1e9

    def memory(self) -> float:
        """Resident memory of the process and its children, MB."""
        kilobytes = 0
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024

    def stop(self) -> None:
        """End the process, and what it started: `node` of the wheel is a child of a wrapper."""
        children = self._pids() - {self.process.pid}
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pids(self) -> set[int]:
        found, waiting = set(), [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.add(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in children.read_text().split()]
        return found


def launch(
    name: str,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    folder: Path | None = None,
    port: int | None = None,
) -> Server:
    """Start a server pinned to its core and return once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = port or int(probe.getsockname()[1])
    folder = folder or Path(tempfile.mkdtemp(prefix="colloquy-bench-"))

    def fill(text: str) -> str:
        return text.replace("{port}", str(port)).replace("{folder}", str(folder))

    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *map(fill, command)],
        env={
            **os.environ,
            "NODE_ENV": "production",
            **{k: fill(v) for k, v in environment.items()},
        },
        stdout=log,
        stderr=log,
        cwd=ROOT,
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return Server(name, port, folder, process)
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{name} did not start: {(folder / 'log').read_text()[-800:]}")
