"""The table of one document: what every item is part of, and what each annotation consists of.

The gate decides by it. It never reads the document except where concurrent changes were settled
by the document alone (`settle`).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from realtime.decode import ANY, DELETED, GC, STRING, TYPE, Deletion, Id, Struct, decode
from realtime.errors import Refused
from realtime.items import Container, Fixed, Items, Note, Span, Thread, Undo, Wording
from schemas import document
from schemas.ids import AnnotationId

_NO_LIMIT = 1 << 40
_GAP = "changes before this one are missing"
Place = tuple[Container, str | None]


@dataclass(frozen=True, slots=True)
class State:
    """What the document itself says of one annotation. size: code points of its wording."""

    opened: bool
    size: int


class Table:
    """The items and annotations of one document, kept level with it by whoever changes it."""

    def __init__(self) -> None:
        self._items = Items()
        self._types: dict[Id, Note | Wording | Thread] = {}
        self._notes: dict[AnnotationId, Note] = {}
        self._persons: dict[int, str] = {}
        self._inner: dict[Id, None] = {}  # second halves of characters of two UTF-16 units

    def bind(self, clients: Mapping[int, str]) -> None:
        """Note whose client ids these are ("" for the server's)."""
        self._persons.update(clients)

    def load(self, state: bytes) -> None:
        """Take in a whole document that was checked when it was written.

        Raises Malformed where that cannot be.
        """
        update = decode(state, max_structs=1 << 40)
        nowhere = Undo()
        for struct in self.in_order(update.structs):
            person = self._persons.get(struct.client, "")
            self.register(struct, self.place(struct), person, nowhere, loading=True)
        for deletion in update.deletions:
            for span in self._items.spans(deletion):
                self.forget(span, nowhere)

    def record(self, update: bytes) -> None:
        """Take in an update that the server has written itself."""
        for struct in self.in_order(decode(update, _NO_LIMIT).structs):
            self.register(struct, self.place(struct), "", Undo())

    def clocks(self) -> Mapping[int, int]:
        """Return the document's state vector, client to next clock."""
        return self._items.clocks()

    def known(self, client: int) -> int:
        """Return the next clock of `client`."""
        return self._items.known(client)

    def notes(self) -> Iterable[AnnotationId]:
        """Return the ids of all annotations that were not deleted."""
        return [note.id for note in self._notes.values() if not note.dead]

    def authors(self, annotation: AnnotationId) -> tuple[str, ...]:
        """Return the persons who typed in a wording, in order of their first letter."""
        note = self._notes.get(annotation)
        return tuple(note.wording.authors) if note and note.wording else ()

    def note(self, annotation: AnnotationId) -> Note | None:
        """Return an annotation, also a deleted one."""
        return self._notes.get(annotation)

    def count(self) -> int:
        """Return how many annotations there ever were."""
        return len(self._notes)

    def note_made_by(self, item: Id) -> Note | None:
        """Return the annotation whose Map `item` is."""
        found = self._types.get(item)
        return found if isinstance(found, Note) else None

    def spans(self, deletion: Deletion) -> Iterator[Span]:
        """Yield what a delete range touches; what is unknown is left out."""
        return self._items.spans(deletion)

    def settle(self, annotation: AnnotationId, state: State | None) -> None:
        """Take over one annotation's state; None where the document has it no more."""
        note = self._notes.get(annotation)
        if note is None or note.dead or state is None:
            return
        note.opened = state.opened
        note.was_opened |= state.opened
        if note.wording is not None:
            note.wording.size = state.size

    def in_order(self, structs: Iterable[Struct]) -> Iterable[Struct]:
        """Yield structs so that each comes after what it names; the caller registers each.

        Raises Refused (`gate.gap`) if something that is named never comes.
        """
        structs = list(structs)
        if structs and structs[0].client == structs[-1].client:  # each client stands together
            yield from self._in_row(structs)
            return
        queues: dict[int, deque[Struct]] = {}
        for struct in structs:
            queues.setdefault(struct.client, deque()).append(struct)
        ready = deque(queues)
        waiting: dict[int, list[int]] = {}
        while ready:
            client = ready.popleft()
            queue = queues[client]
            before = len(queue)
            while queue:
                missing = self._missing(queue[0])
                if missing is not None:
                    waiting.setdefault(missing, []).append(client)
                    break
                yield queue.popleft()
            if len(queue) < before:
                ready.extend(waiting.pop(client, ()))
        if any(queues.values()):
            raise Refused("gate.gap", _GAP)

    def _in_row(self, structs: Sequence[Struct]) -> Iterator[Struct]:
        known = self._items.known
        client, clock = structs[0].client, known(structs[0].client)
        for struct in structs:
            if struct.clock != clock:
                raise Refused("gate.gap", _GAP)
            for item in (struct.origin, struct.right, struct.parent):
                if item.__class__ is tuple:
                    of, at = item
                    if at >= (clock if of == client else known(of)):
                        raise Refused("gate.gap", _GAP)
            yield struct
            clock += struct.length

    def _missing(self, struct: Struct) -> int | None:
        """Return the client whose items must come first; its own where a gap is open."""
        if struct.clock != self._items.known(struct.client):
            return struct.client
        for item in (struct.origin, struct.right, struct.parent):
            if isinstance(item, tuple) and item[1] >= self._items.known(item[0]):
                return item[0]
        return None

    def place(self, struct: Struct) -> Place:
        """Return where `struct` belongs, from what it names. Raises Refused."""
        if struct.kind == GC:
            return Fixed.GONE, None
        if isinstance(struct.parent, str):
            return _root(struct.parent), struct.key
        if struct.parent is not None:
            shared = self._types.get(struct.parent)
            if shared is not None:
                return shared, struct.key
            place = self._items.place(struct.parent)
            if place is not None and place[0] in (Fixed.GONE, Fixed.SERVER):
                return place[0], None
            raise Refused("gate.parent", "inside something that holds nothing")
        left = self._items.place(struct.origin) if struct.origin else None
        right = self._items.place(struct.right) if struct.right else None
        if left is not None and right is not None and left != right:
            # Yjs would follow the right neighbour, yrs the left one
            raise Refused("gate.parent", "between two places")
        place = left or right
        assert place is not None, "an item without a parent has a neighbour"
        return place

    def register(
        self, struct: Struct, place: Place, person: str, undo: Undo, *, loading: bool = False
    ) -> Note | None:
        """Enter `struct` in the table; returns the annotation that begins with it."""
        container, key = place
        if container is Fixed.SERVER:
            key = None  # one run for all of them: nobody asks which
        self._items.append(struct.client, struct.length, container, key, undo)
        item = (struct.client, struct.clock)
        match container:
            case Note():
                self._register_field(struct, container, key or "", item, undo, loading)
            case Fixed.ANNOTATIONS:
                assert key is not None
                note = Note(AnnotationId(key), person, item, dead=struct.kind == DELETED)
                if loading and note.dead and note.id in self._notes:
                    return None
                undo.put(self._notes, note.id, note)
                if note.dead:
                    return None
                undo.put(self._types, item, note)
                return note
            case Wording():
                undo.set(container, "written", container.written + struct.length)
                if struct.kind == STRING:
                    undo.set(container, "size", container.size + len(struct.value))
                    self._note_inner(struct, undo)
                if person not in container.authors:
                    undo.put(container.authors, person, None)
                if person != container.note.author:
                    undo.set(container.note, "foreign", True)
            case Thread():
                undo.put(container.replies, key, person)
                if person != container.note.author:
                    undo.set(container.note, "foreign", True)
        return None

    def _note_inner(self, struct: Struct, undo: Undo) -> None:
        if struct.length == len(struct.value):
            return
        clock = struct.clock
        for character in struct.value:
            if character > "\uffff":
                undo.put(self._inner, (struct.client, clock + 1), None)
                clock += 1
            clock += 1

    def _register_field(
        self, struct: Struct, note: Note, key: str, item: Id, undo: Undo, loading: bool
    ) -> None:
        if struct.kind != DELETED:
            undo.put(note.last, key, item)
        elif not loading or key not in note.last:
            undo.put(note.last, key, None)
        if struct.kind != TYPE:
            if key == "opened" and struct.kind == ANY:
                undo.set(note, "opened", True)
                undo.set(note, "was_opened", True)
            return
        shared = Wording(note) if key == "wording" else Thread(note)
        undo.put(self._types, item, shared)
        undo.set(note, key, shared)

    def splits(self, client: int, clock: int) -> bool:
        """Whether a border before this clock would go through the middle of a character."""
        return (client, clock) in self._inner

    def forget(self, span: Span, undo: Undo) -> None:
        """Note that the items of `span` are deleted."""
        item = (span.client, span.clock)
        match span.container:
            case Fixed.ANNOTATIONS:
                note = self._types.get(item)
                if isinstance(note, Note):
                    undo.set(note, "dead", True)
            case Note():
                if span.container.last.get(span.key or "") == item:
                    undo.put(span.container.last, span.key, None)
            case Wording():
                size = max(0, span.container.size - span.length)
                undo.set(span.container, "size", size)


def _root(name: str) -> Container:
    if name in document.PEOPLE_ROOTS:
        return Fixed.ANNOTATIONS
    if name in document.SERVER_ROOTS:
        return Fixed.SERVER
    raise Refused("gate.root", "unknown root")
