"""One session's document while people work in it: every message in, every change out.

A room belongs to one event loop. `receive` handles a message from beginning to end without an
await, so changes are applied, logged and sent in the order in which they came.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import anyio
import structlog

from realtime import protocol
from realtime.connection import Connection
from realtime.errors import Malformed, Refused
from realtime.fanout import Fanout
from realtime.gate import Gate
from realtime.loading import Loaded
from realtime.log import UpdateRow
from realtime.mirror import MirrorLog, MirrorOp
from realtime.packed import Packed
from realtime.peer import Member, Peer
from realtime.presence import Presence
from realtime.replica import EMPTY_UPDATE
from realtime.writer import Writer
from schemas import document, wire
from schemas.annotation import Annotation
from schemas.errors import ColloquyError, NotFound, Unavailable
from schemas.ids import AnnotationId, PersonId, SessionId, StudyId
from schemas.session import SessionState

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 10.0
MIRROR_BATCH = 200
"""Ops in one transaction: about 3 ms of the loop."""
CHANGES_AT_ONCE = 100
"""Annotations read from the document in one go: about 2 ms of the loop."""


@dataclass(frozen=True, slots=True)
class OpenWording:
    """A wording as it stands. sequence: the room's last update when it was read."""

    text: str
    authors: tuple[PersonId, ...]
    sequence: int


class Room:
    """A loaded document and everybody in it.

    on_annotations: called after each change of annotations; the caller debounces. on_empty: when
    the last browser has left. on_saved: after each commit. visits: how many ever joined. epoch:
    under which it is owned. told: the last bulletin of the study that was sent (`realtime.feed`).
    refusals: how many messages were refused, by code; on_refused: called with who sent one, and why.
    """

    def __init__(
        self,
        session: SessionId,
        study: StudyId,
        loaded: Loaded,
        writer: Writer,
        mirror: MirrorLog,
        clock: Callable[[], float] = time.monotonic,
        epoch: int = 0,
    ) -> None:
        self.session, self.study, self.epoch = session, study, epoch
        self.refusals: Counter[str] = Counter()
        self.on_annotations: Callable[[], None] = lambda: None
        self.on_empty: Callable[[], None] = lambda: None
        self.on_saved: Callable[[], None] = lambda: None
        self.on_refused: Callable[[PersonId, str], None] = lambda _person, _code: None
        self.visits = self.told = 0
        self.incarnation, self.generation = loaded.incarnation, loaded.generation
        self._replica, self._table = loaded.replica, loaded.table
        self._gate = Gate(loaded.table)
        self._set_gate()
        self._seq = self._durable = loaded.seq
        self._annotations = loaded.annotations
        self._dirty: dict[AnnotationId, None] = {}
        self._moved: dict[AnnotationId, None] = {}
        self._writer, self._mirror, self._clock = writer, mirror, clock
        self._presence = Presence()
        self._fanout = Fanout(loaded.table.clocks, loaded.replica.since, self._presence)
        self._health: dict[str, Any] = {
            "log": "failing" if writer.is_failing else "ok",
            "ear": "off",
            "lag": 0.0,
            "disk": "ok",
            "minutes": 0,
        }
        self._packed = Packed(lambda: self._replica.first_sync()[0])
        self._owed: deque[tuple[int, Connection]] = deque()
        self._mirroring = anyio.Lock()
        self._on_disk = anyio.Event()
        self._closed = False
        self._replica.attach()

    @property
    def sequence(self) -> int:
        """The number of the last update of this room."""
        return self._seq

    @property
    def durable(self) -> int:
        """The number of the last update that is on disk."""
        return self._durable

    @property
    def applied(self) -> int:
        """The number of the last mirror row in the document."""
        return int(self._replica.meta("applied") or 0)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here."""
        return not self._fanout.connections

    # Browsers.

    def join(self, peer: Peer, member: Member) -> Connection:
        """Take a browser in and send what it needs to begin; its client ids are claimed already."""
        if self._closed:
            raise Unavailable("room.closed")
        self.visits += 1
        connection = Connection(peer, member, self._clock)
        self._table.bind(dict.fromkeys(member.clients, member.person))
        self._fanout.join(connection)
        hello = {
            "incarnation": self.incarnation,
            "generation": self.generation,
            "client": self._replica.client,
        }
        connection.answer(protocol.json_message(wire.INCARNATION, hello))
        connection.answer(protocol.step1(self._replica.state_vector()))
        connection.answer(protocol.presence(self._presence.everybody(connection.member.role)))
        connection.answer(protocol.json_message(wire.HEALTH, self._health))
        return connection

    def leave(self, connection: Connection) -> None:
        """Forget a browser whose socket has ended."""
        connection.closed = True
        if not self._fanout.leave(connection):
            return
        self._presence.leave(connection.spoken)
        self._fanout.presence_changed()
        if self.is_empty:
            self.on_empty()

    def receive(self, connection: Connection, message: bytes) -> None:
        """Handle one message of a browser."""
        if connection.closed:
            return
        if len(message) > wire.MAX_SYNC_MESSAGE_BYTES:
            connection.close(wire.CLOSE_TOO_LARGE, "message too large")
        elif not connection.admits(len(message)):
            connection.close(wire.CLOSE_RATE, "too many messages")
        else:
            try:
                self._handle(connection, protocol.read(message))
            except Malformed as error:
                self._count(connection, error)
                if connection.strike():
                    connection.close(wire.CLOSE_PROTOCOL, "messages that cannot be read")

    def present(self) -> list[Member]:
        """Return who is connected now, each person once."""
        found = {c.member.person: c.member for c in self._fanout.connections}
        return list(found.values())

    def lagging(self) -> int:
        """Return how many browsers have fallen behind."""
        return sum(connection.lagging for connection in self._fanout.connections)

    # What the server writes and says.

    async def apply_mirror(self) -> None:
        """Write all mirror rows that the document does not have yet, in order.

        Lines that their units withdrew leave what annotations quote as well, and the history that
        new browsers get; the log keeps them, as the unit may think better of it.
        """
        async with self._mirroring:
            while not self._closed:
                ops = await self._mirror.after(self.session, self.applied)
                if not ops or self._closed:
                    return
                for n in range(0, len(ops), MIRROR_BATCH):
                    some = ops[n : n + MIRROR_BATCH]
                    withdrawn = [op.key for op in some if _is_withdrawn(op)]
                    if withdrawn:
                        self._unquote(withdrawn)  # before: what a crash cuts off is done again
                    self._write(some)
                    if withdrawn:
                        self._unquote(withdrawn)
                    await anyio.lowlevel.checkpoint()

    async def forget_lines(self, lines: Sequence[str]) -> None:
        """Take struck lines out of the document and out of what annotations quote; flushed after.

        Raises Unavailable (`room.not_saved`).
        """
        await self.apply_mirror()
        self._unquote(lines)
        await self.flushed()

    def send_interim(self, payload: Mapping[str, Any]) -> None:
        """Show what is being said; not kept, and not sent to who lags."""
        self._fanout.broadcast(protocol.json_message(wire.INTERIM, payload))

    def send_event(self, payload: Mapping[str, Any]) -> None:
        """Tell everybody that something of the study changed."""
        self._fanout.broadcast_event(protocol.json_message(wire.STUDY_EVENT, payload))

    def send_health(self, payload: Mapping[str, Any]) -> None:
        """Change what is said of the log and the ear (keys of message 125), and say it."""
        health = {**self._health, **payload}
        if health != self._health:
            self._health = health
            self._fanout.broadcast_event(protocol.json_message(wire.HEALTH, health))

    # What the server reads.

    async def flushed(self) -> int:
        """Wait until all received so far is on disk; returns the room sequence.

        Raises Unavailable: `room.not_saved` if the log does not take it in time, `room.closed` if
        the room is not ours any more.
        """
        seq = self._seq
        try:
            with anyio.fail_after(FLUSH_SECONDS):
                while self._durable < seq:
                    if self._closed:
                        raise Unavailable("room.closed")
                    await self._on_disk.wait()
        except TimeoutError as error:
            raise Unavailable("room.not_saved") from error
        return seq

    def wording(self, annotation: AnnotationId) -> OpenWording:
        """Return the text of an annotation's wording and who typed it. Raises NotFound."""
        found = self._replica.annotation(annotation)
        if found is None:
            raise NotFound("annotation.unknown", annotation=annotation)
        authors = tuple(PersonId(author) for author in self._table.authors(annotation))
        return OpenWording(found.text, authors, self._seq)

    def annotations(self) -> list[Annotation]:
        """Return all annotations as they stand, in the order in which they came."""
        self._read_dirty()
        return list(self._annotations.values())

    def changes(self) -> dict[AnnotationId, Annotation | None]:
        """Return some of what changed since it was returned last, None where it was deleted.

        For the one who follows the annotations: at most CHANGES_AT_ONCE, nothing once all is told.
        """
        told = list(islice(chain(self._moved, self._dirty), CHANGES_AT_ONCE))
        for annotation in told:
            self._moved.pop(annotation, None)
            if annotation in self._dirty:
                del self._dirty[annotation]
                self._read(annotation)
        return {each: self._annotations.get(each) for each in told}

    async def packed(self) -> bytes:
        """Return gzip of an update with nearly all there is; the socket brings what came since."""
        return await self._packed.body()

    def encode(self) -> bytes:
        """Return the whole document as one update."""
        return self._replica.encode()

    # The end.

    def close(self, code: int, reason: str) -> None:
        """Send what is pending, close every socket and let the document go."""
        if self._closed:
            return
        self._closed = True
        self._on_disk.set()
        self._fanout.flush()
        for connection in list(self._fanout.connections):
            connection.close(code, reason)
        self._fanout.stop()
        self._replica.close()

    # What is below handles one message.

    def _handle(self, connection: Connection, message: protocol.Message) -> None:
        match message:
            case protocol.Step1():
                self._answer_step1(connection, message.state_vector)
            case protocol.Edit():
                self._receive_edit(connection, message)
            case protocol.Presence():
                connection.spoken |= self._presence.receive(connection.member, message.payload)
                self._fanout.presence_changed()
            case protocol.QueryPresence():
                connection.answer(
                    protocol.presence(self._presence.everybody(connection.member.role))
                )
            case protocol.Other():
                self._refuse(connection, "message.unknown")

    def _answer_step1(self, connection: Connection, seen: Mapping[int, int]) -> None:
        # a state vector that claims more than there is can cost pycrdt a second
        seen = {
            client: min(clock, known)
            for client, clock in seen.items()
            if (known := self._table.known(client))
        }
        if seen:
            missing = self._replica.since(protocol.encode_state_vector(seen))
            connection.answer(protocol.step2(missing))
            return
        state, tail = self._replica.first_sync()
        if not tail:
            connection.answer(protocol.step2(state))
            return
        # step 2 comes last: with it a browser counts itself level
        for update in (state, *tail):
            connection.answer(protocol.update(update))
        connection.answer(protocol.step2(EMPTY_UPDATE))

    def _receive_edit(self, connection: Connection, edit: protocol.Edit) -> None:
        connection.received += 1
        counter = connection.received
        try:
            if self._writer.is_full:
                raise Unavailable("room.not_saved", detail="the log is full")
            self._take(connection, edit)
        except (Malformed, Refused, Unavailable) as error:
            self._count(connection, error)
            connection.refuse(counter, error.code, str(error.fields.get("detail", "")))
            if isinstance(error, Malformed) and connection.strike():
                connection.close(wire.CLOSE_PROTOCOL, "updates that cannot be read")
            return
        connection.promise(counter, self._seq)
        if self._seq > self._durable:
            self._owed.append((self._seq, connection))
        else:
            connection.keep_promises(self._durable)

    def _take(self, connection: Connection, edit: protocol.Edit) -> None:
        member = connection.member
        verdict = self._gate.check(member, edit.update, live=edit.live)
        try:
            changed = [part for part in verdict.parts if self._replica.apply(part)]
        except Malformed:
            verdict.undo.take_back()
            raise
        for part in changed:
            self._log(part, member.person, min(member.clients, default=0))
            self._fanout.add(part, connection)
        if not changed:
            return
        for annotation in verdict.unsure:
            self._table.settle(annotation, self._replica.state_of(annotation))
        if verdict.touched:
            self._dirty |= dict.fromkeys(verdict.touched)
            self.on_annotations()

    def _set_gate(self) -> None:
        """Let people write as the session's state has it; a document without one is nobody's yet."""
        self._gate.quiet = self._replica.meta("quiet") is not None
        self._gate.shut = self._replica.meta("state") not in (None, SessionState.LIVE.value)

    def _write(self, ops: Sequence[MirrorOp]) -> None:
        """Write mirror ops and how far they go, in one transaction."""
        marks = [MirrorOp(0, document.META, "applied", ops[-1].seq)]
        if self._replica.meta("version") is None:
            marks.append(MirrorOp(0, document.META, "version", document.VERSION))
            marks.append(MirrorOp(0, document.META, "session", self.session))
        update = self._replica.write([*ops, *marks])
        self._set_gate()
        self._table.record(update)
        self._log(update, "", self._replica.client)
        self._fanout.add(update, None)

    def _unquote(self, lines: Sequence[str]) -> None:
        """Blank what annotations quote of these lines, and give new browsers no history of them."""
        update, changed = self._replica.unquote(lines)
        self._packed.forget()
        if changed:
            self._table.record(update)
            self._log(update, "", self._replica.client)
            self._fanout.add(update, None)
            self._dirty |= dict.fromkeys(changed)
            self.on_annotations()

    def _read_dirty(self) -> None:
        for annotation in self._dirty:
            self._read(annotation)
        self._moved |= self._dirty
        self._dirty.clear()

    def _read(self, annotation: AnnotationId) -> None:
        found = self._replica.annotation(annotation)
        if found is None:
            self._annotations.pop(annotation, None)
        else:
            self._annotations[annotation] = found

    def _log(self, update: bytes, person: str, client: int) -> None:
        self._seq += 1
        row = UpdateRow(self.session, self._seq, self.epoch, person, client, time.time(), update)
        self._writer.submit(row, self._is_durable)

    def _is_durable(self, seq: int) -> None:
        self._durable = seq
        self._on_disk.set()
        if not self._closed:
            self._on_disk = anyio.Event()
        kept: dict[Connection, None] = {}
        while self._owed and self._owed[0][0] <= seq:
            kept[self._owed.popleft()[1]] = None
        for connection in kept:
            connection.keep_promises(seq)
        self.on_saved()

    def _count(self, connection: Connection, error: ColloquyError) -> None:
        self._refuse(connection, error.code)
        log.warning(
            "room.refused",
            session=self.session,
            person=connection.member.person,
            code=error.code,
            detail=error.fields.get("detail"),
        )

    def _refuse(self, connection: Connection, code: str) -> None:
        self.refusals[code] += 1
        self.on_refused(connection.member.person, code)


def _is_withdrawn(op: MirrorOp) -> bool:
    is_line = op.root == document.LINES and isinstance(op.value, Mapping)
    return is_line and op.value.get("source") == document.WITHDRAWN
