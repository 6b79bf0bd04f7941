"""Two real nodes on one PostgreSQL and one Redis, and what stands before them in production."""

import os
import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.crashing import Nursery
from tests.redis_server import RedisServer


@dataclass(slots=True)
class Cluster:
    """Node a, which owns what was opened first, node b, and the Redis between them."""

    a: Nursery
    b: Nursery
    redis: RedisServer

    def stop(self, node: Nursery) -> None:
        """Put a node to sleep in the middle of whatever it does."""
        os.kill(node.server, signal.SIGSTOP)

    def wake(self, node: Nursery) -> None:
        """Let it go on."""
        os.kill(node.server, signal.SIGCONT)


@contextmanager
def cluster(folder: Path, database_url: str, **settings: str) -> Iterator[Cluster]:
    """Start both nodes; whatever is left of them is killed at the end."""
    with RedisServer(folder) as redis:
        shared = {"COLLOQUY_DATABASE_URL": database_url, "COLLOQUY_REDIS": redis.url, **settings}
        nodes = []
        try:
            for name in ("a", "b"):
                (folder / name).mkdir()
                nodes.append(Nursery(folder / name / "data", shared))
                nodes[-1].start()
            yield Cluster(*nodes, redis)
        finally:
            for node in nodes:
                if node.server and Path(f"/proc/{node.server}").exists():
                    node.kill()
                node.close()


class Door:
    """A load balancer's bare bones: passes connections on to one port, and to another when told."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._links: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def turn(self, to: int) -> None:
        """Send everybody there from now on, and cut those who are elsewhere."""
        self._to = to
        links, self._links = self._links, []
        for ends in links:
            for end in ends:
                _cut(end)

    def close(self) -> None:
        """Let nobody in any more."""
        self._listening.close()
        self.turn(self._to)

    def _accept(self) -> None:
        while True:
            try:
                outer, _ = self._listening.accept()
            except OSError:
                return  # closed
            try:
                inner = socket.create_connection(("127.0.0.1", self._to), 5)
            except OSError:
                outer.close()  # nobody there: the page tries again
                continue
            self._links.append((outer, inner))
            threading.Thread(target=_pass_on, args=(outer, inner), daemon=True).start()


def _pass_on(outer: socket.socket, inner: socket.socket) -> None:
    other = {outer: inner, inner: outer}
    with selectors.DefaultSelector() as waiting, outer, inner:
        for end in other:
            end.settimeout(None)
            waiting.register(end, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in waiting.select():
                    end = key.fileobj
                    assert isinstance(end, socket.socket)
                    passed = end.recv(65_536)
                    if not passed:
                        return
                    other[end].sendall(passed)
        except OSError:
            return  # one end is gone: so is the other


def _cut(end: socket.socket) -> None:
    with suppress(OSError):  # it may have ended by itself
        end.shutdown(socket.SHUT_RDWR)
