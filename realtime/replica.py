"""One Y.Doc, held so that nothing a browser sends can hurt it, and read without blocking the loop.

pycrdt counts text in UTF-8 bytes; nothing here indexes into text. A Rust panic surfaces as a
BaseException; it is caught here and nowhere else, and the document is made anew from the last
state known to be good.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pycrdt import Doc, Map, Subscription, TransactionEvent

from realtime.errors import Malformed
from realtime.mirror import MirrorOp
from realtime.table import State
from schemas import document
from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, LineId, PersonId, UnitId

EMPTY_UPDATE = b"\x00\x00"
MAX_TAIL_UPDATES = 64
MAX_TAIL_BYTES = 64 * 1024
_T = TypeVar("_T")
_INTERRUPTS = (KeyboardInterrupt, SystemExit, GeneratorExit)


class Replica:
    """A document, the encoded state of some moment, and the updates since then (the tail).

    Made in any thread; `attach` binds it to the thread that uses it from then on, because events
    of pycrdt may not change threads. `close` must be called there.
    """

    def __init__(self, client: int) -> None:
        self.client = client
        self._doc = Doc[Any](client_id=client)
        self._annotations = _maps(self._doc)
        self._state = self._doc.get_update()
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._events: list[bytes | None] = []
        self._keeping = False
        self._observed: Subscription | None = None

    @classmethod
    def replay(cls, client: int, snapshot: bytes | None, updates: Iterable[bytes]) -> "Replica":
        """Return the document of a snapshot and the updates after it.

        One transaction for each update: yrs takes memory with the square of the text items
        integrated in one. Raises Malformed.
        """
        made = cls(client)
        if snapshot is not None:
            _apply(made._doc, snapshot)
        for update in updates:
            _apply(made._doc, update)
        made._freshen()
        return made

    def attach(self) -> None:
        """Begin to notice changes, from the calling thread on."""
        self._observed = self._doc.observe(self._on_change)

    def close(self) -> None:
        """Let the document go. Unobserving alone keeps it alive until the next transaction."""
        if self._observed is not None:
            self._doc.unobserve(self._observed)
            self._observed = None
            with self._doc.transaction():
                pass

    def apply(self, update: bytes) -> bool:
        """Apply a checked update; False if it changed nothing.

        Raises Malformed if pycrdt cannot; then the document is as it was.
        """
        self._events.clear()
        try:
            _apply(self._doc, update)
        except Malformed:
            self._restore()
            raise
        if not self._events:
            return False
        self._remember(update)
        return True

    def write(self, ops: Sequence[MirrorOp]) -> bytes:
        """Set or remove keys of the server's roots, all in one transaction; returns the update."""
        self._events.clear()
        self._keeping = True
        try:
            with self._doc.transaction():
                for op in ops:
                    self._write_one(op)
        finally:
            self._keeping = False
        update = b"".join(event or b"" for event in self._events)
        if update:
            self._remember(update)
        return update

    def unquote(self, lines: Container[str]) -> tuple[bytes, list[AnnotationId]]:
        """Blank what annotations quote of these lines, and forget what the lines were.

        Returns the update and the annotations it changed. New browsers get a state without the
        lines from now on, not a history of them.
        """
        changed: list[AnnotationId] = []
        self._events.clear()
        self._keeping = True
        try:
            with self._doc.transaction():
                for annotation, note in self._annotations.items():
                    targets = note.get("targets") or []
                    blank = [{**t, "quote": ""} if t.get("line") in lines else t for t in targets]
                    if blank != targets:
                        note["targets"] = blank
                        changed.append(AnnotationId(annotation))
        finally:
            self._keeping = False
        update = b"".join(event or b"" for event in self._events)
        self._state = self._doc.get_update()
        self._tail.clear()
        self._tail_bytes = 0
        return update, changed

    def state_vector(self) -> bytes:
        """Return what this document has seen."""
        return self._doc.get_state()

    def encode(self) -> bytes:
        """Return the whole state as one update."""
        self._freshen()
        return self._state

    def content(self) -> Mapping[str, Any]:
        """Return everything as plain values. Slow: never on the loop."""
        roots = (*document.SERVER_ROOTS, *document.PEOPLE_ROOTS)
        return {root: self._doc.get(root, type=Map).to_py() for root in roots}

    def since(self, state_vector: bytes) -> bytes:
        """Return what a browser with `state_vector` lacks."""
        return self._doc.get_update(state_vector)

    def first_sync(self) -> tuple[bytes, Sequence[bytes]]:
        """Return an encoded state and the updates after it, for a browser that has nothing."""
        if len(self._tail) > MAX_TAIL_UPDATES or self._tail_bytes > MAX_TAIL_BYTES:
            self._freshen()
        return self._state, tuple(self._tail)

    def meta(self, key: str) -> Any:
        """Return a value of the root `meta`, None where there is none."""
        return self._doc.get(document.META, type=Map).get(key)

    def state_of(self, annotation: AnnotationId) -> State | None:
        """Return what the gate must know of an annotation after concurrent changes."""
        note = self._annotations.get(annotation)
        if not isinstance(note, Map):
            return None
        wording = note.get("wording")
        return State(note.get("opened") is True, 0 if wording is None else len(str(wording)))

    def annotation(self, annotation: AnnotationId) -> Annotation | None:
        """Return an annotation as it stands; None if it is deleted."""
        note = self._annotations.get(annotation)
        if not isinstance(note, Map):
            return None
        return _annotation(annotation, json.loads(str(note)))  # a third of what `to_py` costs

    def _write_one(self, op: MirrorOp) -> None:
        root = self._doc.get(op.root, type=Map)
        if op.value is not None:
            root[op.key] = op.value
        elif op.key in root:
            del root[op.key]

    def _on_change(self, event: TransactionEvent) -> None:
        # the bytes must be read here: an event may not leave its transaction
        self._events.append(event.update if self._keeping else None)

    def _remember(self, update: bytes) -> None:
        self._tail.append(update)
        self._tail_bytes += len(update)
        if self._tail_bytes > max(16 * MAX_TAIL_BYTES, len(self._state) // 4):
            self._freshen()

    def _freshen(self) -> None:
        if self._tail or self._observed is None:
            self._state = self._doc.get_update()
            self._tail.clear()
            self._tail_bytes = 0

    def _restore(self) -> None:
        """Make the document anew from the last good state: part of a bad update may be in it."""
        observed = self._observed is not None
        self.close()
        self._doc = Doc[Any](client_id=self.client)
        for update in (self._state, *self._tail):
            _apply(self._doc, update)
        self._annotations = _maps(self._doc)
        if observed:
            self.attach()


def _apply(doc: Doc[Any], update: bytes) -> None:
    try:
        doc.apply_update(update)
    except _INTERRUPTS:
        raise
    except BaseException as error:  # a Rust panic is not an Exception
        raise Malformed("not applied") from error


def _maps(doc: Doc[Any]) -> Map[Any]:
    """Give every root its type before anybody writes; returns `annotations`."""
    for root in document.SERVER_ROOTS:
        doc.get(root, type=Map)
    annotations: Map[Any] = doc.get(document.ANNOTATIONS, type=Map)
    return annotations


def _annotation(annotation: AnnotationId, found: Mapping[str, Any]) -> Annotation:
    voice = found["voice"]
    return Annotation(
        id=annotation,
        author=PersonId(found["author"]),
        voice=Voice(
            voice["name"], _or_none(PersonId, voice["person"]), _or_none(UnitId, voice["unit"])
        ),
        kind=Kind(found["kind"]),
        anchors=tuple(_anchor(target) for target in found["targets"]),
        text=found["wording"],
        at=float(found["at"]) / 1000,
        opened=found.get("opened") is True,
        withdrawn=found.get("withdrawn") is True,
    )


def _anchor(target: Mapping[str, Any]) -> Anchor:
    end = target["end"]
    return Anchor(
        line_id=LineId(target["line"]),
        revision=int(target["revision"]),
        start=int(target["start"]),
        end=None if end is None else int(end),
        quote=target["quote"],
    )


def _or_none(make: Callable[[str], _T], value: str | None) -> _T | None:
    return None if value is None else make(value)
