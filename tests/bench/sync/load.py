"""The generator: one process, one epoll loop, raw sockets.

At 200 clients the client side takes in more than 100,000 frames a second on one core; a client
library would measure itself. Received bytes are split into frames and searched for markers.
"""

import contextlib
import heapq
import json
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.bench.sync.frames import client_frame, frame_at, handshake, read_var_uint, var_uint
from tests.bench.sync.writers import MARK

now = time.monotonic_ns
REFUSED, SAVED = 120, 121


class Writer(Protocol):
    """Somebody who edits: `number` is in the marker, `client` is the Yjs client id."""

    number: int
    client: int

    def edit(self) -> bytes:
        """Make one annotation and return its update."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """How to come in once: path, headers and what goes before every message.

    client: the Yjs client id that its awareness names. seen: state vector of what it has already.
    """

    host: str
    port: int
    path: str
    headers: tuple[str, ...] = ()
    prefix: bytes = b""
    first: bytes = b""
    client: int = 0
    seen: bytes = b"\x00"


@dataclass(slots=True, eq=False)
class Client:
    """One socket."""

    socket: socket.socket
    door: Door
    writer: Writer | None
    opened: int
    tail: bytes = b""
    out: bytes = b""
    upgraded: bool = False
    synced: int = 0
    dead: bool = False
    frames: int = 0
    taken: int = 0
    sent: list[int] = field(default_factory=list)
    saved: int = 0
    refused: int = 0
    spoken: int = 0
    saved_after: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Phase:
    """What one write phase produced."""

    edits: int
    started: int
    written: int
    busy: float


class Load:
    """All sockets of one run."""

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}
        self.latencies: list[int] = []
        self.recording = False
        self.refusal = b""
        self._epoll = select.epoll()
        self._idle = 0

    def open(self, door: Door, writer: Writer | None = None, *, window: int = 0) -> Client:
        """Open a socket and send its handshake. window: bytes that its kernel takes unread."""
        opened = now()
        connection = socket.socket()
        if window:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        connection.connect((door.host, door.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(handshake(f"{door.host}:{door.port}", door.path, door.headers))
        connection.setblocking(False)
        client = Client(connection, door, writer, opened)
        self.clients[connection.fileno()] = client
        self._epoll.register(connection.fileno(), select.EPOLLIN)
        return client

    def send(self, client: Client, payload: bytes) -> None:
        """Send one message, or keep what the network does not take yet."""
        if client.dead:
            return
        data = client.out + client_frame(client.door.prefix + payload)
        try:
            taken = client.socket.send(data)
        except BlockingIOError:
            taken = 0
        except OSError:
            self.drop(client)
            return
        client.out = data[taken:]
        if client.out:
            self._epoll.modify(client.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def update(self, client: Client, update: bytes) -> None:
        """Send an edit and remember when, for the *saved* that answers it."""
        client.sent.append(now())
        self.send(client, b"\x00\x02" + var_uint(len(update)) + update)

    def drop(self, client: Client) -> None:
        """Close one socket."""
        if client.dead:
            return
        client.dead = True
        number = client.socket.fileno()
        with contextlib.suppress(OSError):
            self._epoll.unregister(number)
        self.clients.pop(number, None)
        client.socket.close()

    def deaf(self, client: Client) -> None:
        """Stop reading from one client for good, as a phone in a tunnel does."""
        self._epoll.unregister(client.socket.fileno())

    def unread(self, clients: Sequence[Client]) -> int:
        """Return how many bytes the server's kernel holds for these clients."""
        ports = {f"{client.socket.getsockname()[1]:04X}" for client in clients}
        held = 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[2].rpartition(":")[2] in ports:
                held += int(fields[4].partition(":")[0], 16)
        return held

    def close(self) -> None:
        """Close all sockets."""
        for client in list(self.clients.values()):
            self.drop(client)

    def pump(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Serve the sockets for `seconds`, or until `until` says so."""
        end = now() + int(seconds * 1e9)
        while not until():
            at = now()
            if at >= end:
                return
            events = self._epoll.poll(min((end - at) / 1e9, 0.05))
            self._idle += now() - at
            for number, event in events:
                client = self.clients.get(number)
                if client is None:
                    continue
                if event & select.EPOLLOUT and client.out:
                    self._push(client)
                if event & ~select.EPOLLOUT:
                    self._take(client)

    def join(
        self, doors: Sequence[tuple[Door, Writer | None]], seconds: float = 60
    ) -> list[Client]:
        """Let everybody in, one after another; the first of a room goes in alone."""
        clients: list[Client] = []
        for door, writer in doors:
            client = self.open(door, writer)
            clients.append(client)
            first = len(clients) == 1
            self.pump(seconds if first else 0.002, lambda: bool(client.synced) and first)  # noqa: B023
        self.pump(seconds, lambda: all(client.synced or client.dead for client in clients))
        missing = sum(1 for client in clients if not client.synced or client.dead)
        if missing:
            raise RuntimeError(f"{missing} of {len(clients)} clients did not sync")
        self.pump(0.3)
        return clients

    def aware(self, client: Client, line: int) -> None:
        """Say that somebody looks at a line and types."""
        client.spoken += 1
        state = json.dumps({"user": {"name": "Bench"}, "line": f"{line:032x}", "composing": True})
        said = var_uint(1) + var_uint(client.door.client) + var_uint(client.spoken)
        said += var_uint(len(state)) + state.encode()
        self.send(client, b"\x01" + var_uint(len(said)) + said)

    def write(
        self, clients: Sequence[Client], rate: float, seconds: float, moves: float = 0
    ) -> Phase:
        """Let every writer edit `rate` times a second, evenly staggered.

        moves: how often a second everybody, writers too, says where they are.
        """
        writers = [client for client in clients if client.writer]
        self.latencies, self._idle, self.recording = [], 0, True
        for client in writers:
            client.sent, client.saved_after = [0] * client.saved, []
        started = now()
        end, period = started + int(seconds * 1e9), int(1e9 / rate)
        queue = [(started + period * k // len(writers), k, True) for k in range(len(writers))]
        step = int(1e9 / moves) if moves else 0
        movers = range(len(clients)) if moves else ()
        queue += [(started + step * k // len(clients), k, False) for k in movers]
        heapq.heapify(queue)
        edits = turns = 0
        while queue[0][0] < end:
            due, k, edits_now = queue[0]
            if now() < due:
                self.pump((due - now()) / 1e9)
                continue
            heapq.heapreplace(queue, (due + (period if edits_now else step), k, edits_now))
            turns += 1
            if edits_now:
                writer = writers[k].writer
                assert writer is not None
                self.update(writers[k], writer.edit())
                edits += 1
            else:
                self.aware(clients[k], turns % 400)
            if turns % 8 == 0:
                self.pump(1e-9)
        written = now()
        return Phase(edits, started, written, 1 - self._idle / (written - started))

    def _push(self, client: Client) -> None:
        try:
            taken = client.socket.send(client.out)
        except BlockingIOError:
            return
        except OSError:
            self.drop(client)
            return
        client.out = client.out[taken:]
        if not client.out:
            self._epoll.modify(client.socket.fileno(), select.EPOLLIN)

    def _take(self, client: Client) -> None:
        try:
            data = client.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(client)
            return
        at_time = now()
        client.taken += len(data)
        data = client.tail + data
        at = 0
        if not client.upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                client.tail = data
                return
            if b" 101 " not in data[:20]:
                raise RuntimeError(f"refused: {data[:200]!r}")
            at, client.upgraded = end + 4, True
            if client.door.first:
                self.send(client, client.door.first)
            self.send(client, b"\x00\x00" + var_uint(len(client.door.seen)) + client.door.seen)
        begin = at
        while (frame := frame_at(data, at)) is not None:
            opcode, start, at = frame
            self._frame(
                client,
                opcode,
                data[start:at] if at - start < 64 else data[start : start + 64],
                at - start,
                at_time,
            )
            if client.dead:
                return
        client.tail = data[at:]
        if self.recording:
            own = b"%03x" % client.writer.number if client.writer else b"-"
            for number, sent in MARK.findall(data, begin, at):
                if number != own:
                    self.latencies.append(at_time - int(sent, 16))

    def _frame(self, client: Client, opcode: int, head: bytes, size: int, at: int) -> None:
        if opcode == 8:
            self.drop(client)
        elif opcode == 9:
            client.socket.send(client_frame(head[:size], 10))
        elif opcode == 2:
            client.frames += 1
            self._message(client, head[len(client.door.prefix) :], at)

    def _message(self, client: Client, head: bytes, at: int) -> None:
        if head[0] in (0, 4) and head[1] == 0:
            self.send(client, b"\x00\x01\x02\x00\x00")  # nothing to give
            if client.saved == 0 and not client.sent:
                client.sent.append(at)  # this answer is counted too
        elif head[0] in (0, 4) and head[1] == 1 and not client.synced:
            client.synced = at
        elif head[0] == REFUSED and not client.door.prefix:
            client.refused += 1
            self.refusal = head
        elif head[0] == SAVED and not client.door.prefix:
            counter, _ = read_var_uint(head, 1)
            for k in range(client.saved, min(counter, len(client.sent))):
                if client.sent[k]:
                    client.saved_after.append(at - client.sent[k])
            client.saved = counter
