"""A real Colloquy in a process of its own, which tests may kill and start again."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

PATIENCE = 90.0
"""Seconds to wait for a start on a busy machine; only failures take as long."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways in that `colloquy serve --demo` prints, by order of the sessions."""

    moderator: str
    codes: tuple[str, ...]
    projectors: tuple[str, ...]


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Running:
    """One server over one data folder and one port, through kills and restarts."""

    data: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    printed: list[str] = field(default_factory=list)
    chair: Page | None = None  # a moderator's page that gives seats, made when first needed
    _listener: threading.Thread | None = None

    @property
    def base(self) -> str:
        """The address that people type."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Running":
        """Start the server and return once it is ready."""
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("COLLOQUY_")},
            "COLLOQUY_DATA": str(self.data),
            "COLLOQUY_PORT": str(self.port),
            "COLLOQUY_HOST": "127.0.0.1",
            **self.settings,
        }
        command = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--demo"]
        self.printed = []
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self._listener.start()
        self._wait_ready()
        return self

    def kill(self) -> None:
        """End the process as a power cut would: at once, nothing flushed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """Ask the process to end, and see that it does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._ended()

    def ways(self) -> Ways:
        """Return the ways in that were printed."""
        text = "\n".join(self.printed)
        return Ways(
            moderator=re.findall(r"https?://\S+/enter/\S+", text)[-1],
            codes=tuple(re.findall(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", text)),
            projectors=tuple(re.findall(r"https?://\S+/project/\S+", text)),
        )

    def _ended(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.wait(PATIENCE)
        if self._listener is not None:
            self._listener.join(PATIENCE)
        self.process.stdout.close()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.printed.append(line.rstrip("\n"))

    def _wait_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError("the server ended:\n" + "\n".join(self.printed[-40:]))
            try:
                with urllib.request.urlopen(f"{self.base}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                threading.Event().wait(0.1)
        raise AssertionError("the server was not ready:\n" + "\n".join(self.printed[-40:]))
