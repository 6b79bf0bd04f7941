"""How a room and a browser talk: past ASGI where the server lets us, through it where not.

`uvicorn.run(ws=TransportProtocol, ws_per_message_deflate=False)` puts the protocol into the
websocket's scope. A frame is then written to the transport as it is, encoded once for all
browsers of a room: 2.2 to 2.9 times what `await send()` per browser delivers. Each write is one
whole frame, so it may stand between uvicorn's own; none is written after a close.
"""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect
from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from realtime.peer import HIGH_WATER, LOW_WATER, Frame, Peer
from schemas import wire

EXTENSION = "colloquy.protocol"
MESSAGES_A_TURN = 16
"""Messages of one browser handled before others get their turn: about 3 ms of the loop."""
KERNEL_BYTES = 32 * 1024
"""Unsent bytes in the kernel for one browser; more waits in the process, where the room sees it."""


def _nothing() -> None:
    """Nobody watches this socket yet."""


class TransportProtocol(WebSocketsSansIOProtocol):
    """uvicorn's websocket protocol, which shows itself to the application."""

    on_slow: Callable[[], None] = staticmethod(_nothing)
    on_drained: Callable[[], None] = staticmethod(_nothing)
    on_message: Callable[[bytes], None] | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._inbox: deque[bytes] = deque()
        self._turn: asyncio.Handle | None = None

    def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Hand binary messages over as they come, past the application; what waits goes first."""
        while not self.queue.empty():
            event = self.queue.get_nowait()
            message = event.get("bytes") if event["type"] == "websocket.receive" else None
            if message is None:  # the application's: a text, or the end
                self.queue.put_nowait(event)
                break
            self._inbox.append(message)
        self.on_message = on_message
        self._read_some()

    @override
    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            # the application's task begins with the next turn of the loop
            extensions = self.scope.get("extensions")
            assert extensions is not None, "uvicorn gives every websocket scope its extensions"
            extensions[EXTENSION] = {"protocol": self}

    @override
    def send_receive_event_to_app(self) -> None:
        if self.on_message is None or self.curr_msg_data_type != "bytes":
            super().send_receive_event_to_app()
            return
        if not self.close_sent:
            self._inbox.append(b"".join(self.frames))
            if self._turn is None:
                self._read_some()
        self.frames = []

    @override
    def handle_close(self, event: Any) -> None:
        self._read_some(len(self._inbox))
        super().handle_close(event)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._read_some(len(self._inbox))
        super().connection_lost(exc)

    def _read_some(self, most: int = MESSAGES_A_TURN) -> None:
        """Hand over what waits; the rest in the next turn of the loop, and no reading till then."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        while self._inbox and most and self.on_message is not None:
            self.on_message(self._inbox.popleft())
            most -= 1
        if self._inbox:
            self._turn = self.loop.call_soon(self._read_some)
        if bool(self._inbox) != self.read_paused and not self.transport.is_closing():
            self.read_paused = bool(self._inbox)
            (self.transport.pause_reading if self._inbox else self.transport.resume_reading)()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self.on_slow()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self.on_drained()


@asynccontextmanager
async def peer_of(websocket: WebSocket) -> AsyncIterator[Peer]:
    """Give the transport of an accepted websocket to a room."""
    protocol = websocket.scope.get("extensions", {}).get(EXTENSION, {}).get("protocol")
    if isinstance(protocol, TransportProtocol):
        _bound_kernel(protocol)
        yield DirectPeer(protocol)
        return
    peer = QueuedPeer(websocket)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(peer.run)
        yield peer
        tasks.cancel_scope.cancel()


def _bound_kernel(protocol: TransportProtocol) -> None:
    """Let the kernel hold little that is not on the network: else megabytes hide a slow browser."""
    connection = protocol.transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, KERNEL_BYTES)


class DirectPeer:
    """Writes finished frames to the transport."""

    __slots__ = ("_protocol", "_write", "buffered")

    def __init__(self, protocol: TransportProtocol) -> None:
        # bound once: these two run for every frame to every browser
        self._protocol = protocol
        self.buffered: Callable[[], int] = protocol.transport.get_write_buffer_size
        self._write = protocol.transport.write
        protocol.transport.set_write_buffer_limits(high=HIGH_WATER, low=LOW_WATER)

    def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Give each message to `on_message`; the application hears of the socket's end alone."""
        self._protocol.listen(on_message)

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """See realtime.peer.Peer."""
        self._protocol.on_slow, self._protocol.on_drained = on_slow, on_drained

    def send(self, frame: Frame) -> None:
        """See realtime.peer.Peer."""
        protocol = self._protocol
        if not (protocol.close_sent or protocol.disconnected):
            self._write(frame.encoded)

    def close(self, code: int, reason: str) -> None:
        """See realtime.peer.Peer. The application hears of it as of a browser that left."""
        if not self._is_open():
            return
        protocol = self._protocol
        protocol.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        protocol.conn.send_close(code, reason)
        protocol.transport.write(b"".join(protocol.conn.data_to_send()))
        protocol.close_sent = True
        if protocol.read_paused:  # to hear the browser's own close
            protocol.read_paused = False
            protocol.transport.resume_reading()
        # a browser that does not read would never take what is buffered
        protocol.close_timer = protocol.loop.call_later(
            protocol.close_timeout, protocol.transport.abort
        )

    def _is_open(self) -> bool:
        protocol = self._protocol
        return not (protocol.close_sent or protocol.disconnected or protocol.transport.is_closing())


class QueuedPeer:
    """Writes through ASGI, for servers that do not show their transport.

    What waits here is bounded by the room: it writes little to who has more than
    `realtime.peer.HIGH_WATER` waiting, and then closes.
    """

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._closing: tuple[int, str] | None = None
        self._changed = anyio.Event()
        self._slow = False
        self._on_slow = self._on_drained = _nothing

    def buffered(self) -> int:
        """See realtime.peer.Peer."""
        return self._bytes

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """See realtime.peer.Peer."""
        self._on_slow, self._on_drained = on_slow, on_drained

    def send(self, frame: Frame) -> None:
        """See realtime.peer.Peer."""
        if self._closing is None:
            self._waiting.append(frame.message)
            self._bytes += len(frame.message)
            self._changed.set()
            if self._bytes > HIGH_WATER and not self._slow:
                self._slow = True
                self._on_slow()

    def close(self, code: int, reason: str) -> None:
        """See realtime.peer.Peer."""
        if self._closing is None:
            self._closing = (code, reason)
            self._changed.set()

    async def run(self) -> None:
        """Send until the socket ends."""
        try:
            while True:
                await self._changed.wait()
                self._changed = anyio.Event()
                while self._waiting:
                    message = self._waiting.popleft()
                    await self._websocket.send_bytes(message)
                    self._bytes -= len(message)
                    if self._slow and self._bytes < LOW_WATER:
                        self._slow = False
                        self._on_drained()
                if self._closing is not None:
                    await self._websocket.close(*self._closing)
                    return
        except WebSocketDisconnect:
            self._closing = (wire.CLOSE_GOING_AWAY, "gone")
