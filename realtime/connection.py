"""One browser in a room: what it may still send, what it was promised, and whether it keeps up."""

from collections import deque
from collections.abc import Callable

from realtime import protocol
from realtime.peer import HIGH_WATER, Frame, Member, Peer
from schemas import wire

MAX_LAG_SECONDS = 20.0
MAX_LAG_BYTES = 1024 * 1024
MAX_STRIKES = 3
MAX_MISSED_EVENTS = 64

MESSAGES_PER_SECOND, MESSAGE_BURST = 50.0, 1_000.0
"""A journal of an hour offline comes as one burst; nobody types fifty changes a second."""
BYTES_PER_SECOND, BYTE_BURST = 256.0 * 1024, 4.0 * 1024 * 1024


class Bucket:
    """A token bucket: `rate` a second, at most `burst` at once."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, now

    def take(self, tokens: float, now: float) -> bool:
        """Take `tokens` if they are there."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if tokens > self._tokens:
            return False
        self._tokens -= tokens
        return True


class Connection:
    """One browser. Above HIGH_WATER nothing is queued for it: it lags until it has drained.

    Then it gets one difference to `level_from`, what it had seen when it began to lag. Study
    events it missed are kept (the last MAX_MISSED_EVENTS), for they cannot be derived.
    """

    __slots__ = (
        "_bytes", "_clock", "_grace", "_lagging_since", "_messages", "_promised", "_strikes",
        "buffered", "closed", "level_from", "member", "missed", "peer", "received", "send", "spoken",
    )  # fmt: skip

    def __init__(self, peer: Peer, member: Member, clock: Callable[[], float]) -> None:
        self.peer, self.send, self.buffered = peer, peer.send, peer.buffered
        self.member = member
        self.closed = False
        self.received = 0
        self.spoken: set[int] = set()
        self.level_from: bytes | None = None
        self.missed: deque[Frame] = deque(maxlen=MAX_MISSED_EVENTS)
        self._clock = clock
        self._messages = Bucket(MESSAGES_PER_SECOND, MESSAGE_BURST, clock())
        self._bytes = Bucket(BYTES_PER_SECOND, BYTE_BURST, clock())
        self._promised: deque[tuple[int, int]] = deque()
        self._lagging_since = 0.0
        self._grace = 0
        self._strikes = 0

    @property
    def lagging(self) -> bool:
        """Whether it has fallen behind and gets nothing until it has drained."""
        return self.level_from is not None

    def admits(self, size: int) -> bool:
        """Count one message of `size` bytes; False if it sends too much."""
        now = self._clock()
        return self._messages.take(1, now) and self._bytes.take(size, now)

    def strike(self) -> bool:
        """Count bytes that could not be read; True if that was once too often."""
        self._strikes += 1
        return self._strikes >= MAX_STRIKES

    def answer(self, message: bytes) -> None:
        """Write what this browser asked for or must know, also while it lags."""
        self._grace += len(message) if len(message) > HIGH_WATER else 0
        self._write(Frame.of(message))

    def lags(self, state_vector: bytes) -> None:
        """Write nothing more until it has drained; it has seen `state_vector`."""
        self.level_from = state_vector
        self._lagging_since = self._clock()

    def offer_event(self, frame: Frame) -> None:
        """Write a study event, or keep it until the browser has drained."""
        if self.lagging:
            self.missed.append(frame)
        else:
            self._write(frame)

    def is_lost(self) -> bool:
        """Whether a lagging browser has to be given up: it comes back by itself."""
        allowed = MAX_LAG_SECONDS + self._grace / (32 * 1024)
        waited = self._clock() - self._lagging_since
        return waited > allowed or self.buffered() > MAX_LAG_BYTES + self._grace

    def is_level(self) -> None:
        """Note that it is sent all that it had missed."""
        self.level_from = None
        self._grace = 0

    def answer_missed(self) -> None:
        """Send the events it had missed."""
        while self.missed:
            self._write(self.missed.popleft())

    def promise(self, counter: int, seq: int) -> None:
        """Owe `saved(counter)` once the room's update `seq` is on disk."""
        self._promised.append((counter, seq))

    def keep_promises(self, durable: int) -> None:
        """Say how far its messages are saved."""
        counter = 0
        while self._promised and self._promised[0][1] <= durable:
            counter = self._promised.popleft()[0]
        if counter:
            self._write(Frame.of(protocol.saved(counter)))

    def refuse(self, counter: int, code: str, detail: str) -> None:
        """Say that message `counter` was not taken."""
        self.answer(protocol.refused(counter, code, detail))

    def close(self, code: int, reason: str) -> None:
        """Close the socket; the room forgets the connection when the socket ends."""
        if not self.closed:
            self.closed = True
            self.peer.close(code, reason)

    def try_later(self, reason: str) -> None:
        """Close it so that it comes back by itself."""
        self.close(wire.CLOSE_TRY_LATER, reason)

    def _write(self, frame: Frame) -> None:
        if not self.closed:
            self.send(frame)
