"""The gate: which updates of which person may reach the document.

Every update is decoded and decided before anything applies it. The rules:

- only the sender's own client ids advance, without a gap; what is known is trimmed
- people write under `annotations` alone: a new annotation as a whole and under their own name,
  the keys of their own, text in their own wordings and in those opened to the group, replies in
  any thread and changes to their own replies; moderators also open wordings
- no border goes through a character: Yjs and yrs would each put something else in its place
- a deletion is a change of what it deletes; an annotation in which others have written stays

In the answer to step 1 (`live` is false) a browser offers all it has, so foreign structs and
deletions that it may not make are left out there instead of refused.

The checked update comes back in parts of at most MAX_LIVE_STRUCTS, each to be applied in a
transaction of its own: yrs takes memory with the square of the text items in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from realtime import rules
from realtime.decode import (
    ANY,
    DELETED,
    GC,
    STRING,
    TYPE,
    TYPE_MAP,
    TYPE_TEXT,
    Deletion,
    Struct,
    Update,
    cut,
    decode,
    encode,
)
from realtime.errors import Malformed, Refused
from realtime.items import Container, Fixed, Note, Span, Thread, Undo, Wording
from realtime.peer import Member
from realtime.table import Place, Table
from schemas import document
from schemas.ids import AnnotationId
from schemas.wire import MAX_LIVE_STRUCTS, MAX_LIVE_UPDATE_BYTES

MAX_STRUCTS = 8_000
"""In the answer to step 1, which may hold a long offline stretch."""
MAX_SPANS = 20_000
MAX_TOMBSTONES = 100_000
MAX_WORDING_HISTORY = 10 * document.MAX_WORDING_CHARACTERS
"""UTF-16 units ever typed into one wording: deleted text costs memory, too."""


@dataclass(slots=True)
class Verdict:
    """What may be applied, in order, and what changes with it.

    touched: annotations to read again. changed: those among them whose parts or length may now
    break a rule. unsure: those of which only the document knows how concurrent changes ended.
    """

    parts: Sequence[bytes] = ()
    touched: set[AnnotationId] = field(default_factory=set)
    changed: set[AnnotationId] = field(default_factory=set)
    unsure: set[AnnotationId] = field(default_factory=set)
    undo: Undo = field(default_factory=Undo)


class Gate:
    """Decides by the table of one document, and keeps the table level with what it lets through.

    The caller applies the parts of a verdict, then calls `Table.settle` for what is unsure; if
    applying fails, it takes `verdict.undo` back.

    quiet: nobody adds an annotation, for a silent minute runs; what is there may go on changing.
    shut: nobody changes anything, for the session is not open yet, or closed.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.quiet = self.shut = False

    def check(self, member: Member, update: bytes, *, live: bool) -> Verdict:
        """Return what of `update` may be applied.

        Raises Malformed or Refused; then nothing has changed.
        """
        if live and len(update) > MAX_LIVE_UPDATE_BYTES:
            raise Malformed("update too large", code="sync.too_large")
        decoded = decode(update, MAX_LIVE_STRUCTS if live else MAX_STRUCTS)
        verdict = Verdict()
        try:
            self._check(member, update, decoded, live, verdict)
        except (Malformed, Refused):
            verdict.undo.take_back()
            raise
        return verdict

    def _check(
        self, member: Member, data: bytes, update: Update, live: bool, verdict: Verdict
    ) -> None:
        fresh = self._fresh(member, update.structs, live)
        if fresh and not member.may_annotate:
            raise Refused("gate.read_only", "this person only reads")
        if fresh and self.shut:
            raise Refused("gate.not_live", "the session is not open")
        if sum(struct.length for struct in fresh if struct.kind in (GC, DELETED)) > MAX_TOMBSTONES:
            raise Malformed("too many deleted items", code="sync.too_large")
        ordered = self._enter(member, fresh, verdict)
        kept = self._deletable(member, update.deletions, live, verdict)
        for annotation in verdict.changed:
            self._check_whole(annotation)
        verdict.touched |= verdict.changed
        untouched = kept is update.deletions and len(ordered) <= MAX_LIVE_STRUCTS
        if untouched and ordered == update.structs:
            verdict.parts = [data] if ordered or kept else []
        else:
            verdict.parts = _parts(ordered, kept)

    def _enter(
        self, member: Member, structs: Sequence[Struct], verdict: Verdict
    ) -> Sequence[Struct]:
        """Enter each struct in the table if `member` may put it where it belongs."""
        table, person = self._table, member.person
        ordered: list[Struct] = []
        touched: Container | None = None
        for struct in table.in_order(structs):
            container, key = place = table.place(struct)
            if struct.origin is not None or struct.right is not None:
                self._check_borders(struct)
            self._admit(member, struct, place)
            table.register(struct, place, person, verdict.undo)
            ordered.append(struct)
            if container is Fixed.ANNOTATIONS:
                verdict.changed.add(AnnotationId(key or ""))
            elif struct.kind in (DELETED, STRING):
                _touch(container, verdict.changed)
            if container is not touched:
                touched = container
                _touch(container, verdict.touched)
            if key == "opened":
                _touch(container, verdict.unsure)
        return ordered

    def _fresh(self, member: Member, structs: Sequence[Struct], live: bool) -> list[Struct]:
        """Return what is neither known nor, in an answer to step 1, another's."""
        fresh = []
        client, known = -1, 0
        for struct in structs:
            if struct.client != client:
                client, known = struct.client, self._table.known(struct.client)
            if struct.clock + struct.length <= known:
                continue
            if struct.client not in member.clients:
                if live:
                    raise Refused("gate.client", "a client id of somebody else")
                continue
            fresh.append(cut(struct, known - struct.clock) if struct.clock < known else struct)
        return fresh

    def _check_borders(self, struct: Struct) -> None:
        """Refuse an item between the halves of a character: each replica would mend it its own way."""
        left, right = struct.origin, struct.right
        if (left and self._table.splits(left[0], left[1] + 1)) or (
            right and self._table.splits(*right)
        ):
            raise Refused("gate.character", "inside a character")

    def _admit(self, member: Member, struct: Struct, place: Place) -> None:
        """Raise Refused unless `member` may put `struct` there."""
        container, key = place
        match container:
            case Note():
                _admit_field(member, struct, container, key)
            case Wording():
                _admit_text(member, struct, container, key)
            case Fixed.ANNOTATIONS:
                self._admit_note(member, struct, rules.check_id(key))
            case Fixed.SERVER:
                raise Refused("gate.server", "only the server writes here")
            case Fixed.GONE:
                if struct.kind != GC:
                    raise Refused("gate.gone", "what this belongs to was deleted")
            case Thread():
                _admit_reply(member, struct, container, rules.check_id(key))

    def _admit_note(self, member: Member, struct: Struct, key: str) -> None:
        if struct.kind != DELETED and (struct.kind, struct.value) != (TYPE, TYPE_MAP):
            raise Refused("gate.value", "an annotation is a map")
        if self.quiet:
            raise Refused("gate.quiet", "a silent minute runs")
        before = self._table.note(AnnotationId(key))
        if before is not None and not (before.dead and before.author == member.person):
            raise Refused("gate.foreign", "this annotation exists already")
        if before is None and self._table.count() >= document.MAX_ANNOTATIONS:
            raise Refused("gate.full", "too many annotations in one session")

    def _check_whole(self, annotation: AnnotationId) -> None:
        note = self._table.note(annotation)
        if note is None or note.dead:
            return
        missing = [key for key in rules.REQUIRED if note.last.get(key) is None]
        if missing:
            raise Refused("gate.value", f"an annotation without {missing[0]}")
        if note.wording is not None and note.wording.size > document.MAX_WORDING_CHARACTERS:
            raise Refused("gate.full", "the wording is too long")

    def _deletable(
        self, member: Member, deletions: Sequence[Deletion], live: bool, verdict: Verdict
    ) -> Sequence[Deletion]:
        """Return what of `deletions` may be made; `deletions` itself where that is all."""
        spans: list[Span] = []
        reached = 0
        for deletion in deletions:
            client, clock, length = deletion
            if self._table.splits(client, clock) or self._table.splits(client, clock + length):
                raise Refused("gate.character", "half of a character deleted")
            for span in self._table.spans(deletion):
                spans.append(span)
                reached += span.length
                if len(spans) > MAX_SPANS:
                    raise Malformed("too many deletions", code="sync.too_large")
        unknown = reached != sum(deletion.length for deletion in deletions)
        if live and unknown:
            raise Refused("gate.gap", "deletes what is not known")
        spans.sort(key=lambda span: span.container is not Fixed.ANNOTATIONS)
        kept = []
        for span in spans:
            reason = self._reason_against(member, span)
            if reason is None:
                self._table.forget(span, verdict.undo)
                _touch(span.container, verdict.touched)
                _touch(span.container, verdict.unsure)
                kept.append(Deletion(span.client, span.clock, span.length))
            elif live:
                raise reason
        return deletions if len(kept) == len(spans) and not unknown else kept

    def _reason_against(self, member: Member, span: Span) -> Refused | None:
        container, key = span.container, span.key
        if not member.may_annotate:
            return Refused("gate.foreign", "this person only reads")
        if self.shut:
            return Refused("gate.not_live", "the session is not open")
        match container:
            case Fixed.SERVER:
                return Refused("gate.foreign", "only the server writes here")
            case Fixed.GONE:
                return None
            case Fixed.ANNOTATIONS:
                note = self._table.note_made_by((span.client, span.clock))
                if note is None or note.dead:
                    return None
                if note.author != member.person or note.foreign:
                    return Refused(
                        "gate.foreign", "an annotation of others, or with words of others"
                    )
            case Note():
                if container.dead:
                    return None
                if container.author != member.person and not (key == "opened" and member.may_open):
                    return Refused("gate.foreign", "another's annotation")
                kept = key not in ("opened", "withdrawn")
                if kept and container.last.get(key or "") == (span.client, span.clock):
                    return Refused("gate.foreign", "a part that an annotation must have")
            case Wording():
                if container.note.author != member.person and not container.note.opened:
                    return _not_open(container.note)
            case Thread():
                if container.replies.get(key or "") != member.person:
                    return Refused("gate.foreign", "another's reply")
        return None


def _admit_field(member: Member, struct: Struct, note: Note, key: str | None) -> None:
    if note.dead:
        raise Refused("gate.gone", "the annotation was deleted")
    if key not in document.ANNOTATION_KEYS:
        raise Refused("gate.value", "unknown key")
    if note.author != member.person and not (key == "opened" and member.may_open):
        raise Refused("gate.foreign", "another's annotation")
    if struct.kind == DELETED:
        return
    if key in ("wording", "thread"):
        wanted = TYPE_TEXT if key == "wording" else TYPE_MAP
        if (struct.kind, struct.value) != (TYPE, wanted):
            raise Refused("gate.value", f"value of {key}")
        if note.last.get(key) is not None:
            raise Refused("gate.foreign", f"the {key} exists already")
    elif struct.kind == ANY:
        rules.check_field(key, struct.value, member.person)
    else:
        raise Refused("gate.value", f"value of {key}")


def _admit_text(member: Member, struct: Struct, wording: Wording, key: str | None) -> None:
    if wording.note.dead:
        raise Refused("gate.gone", "the annotation was deleted")
    if wording.note.author != member.person and not wording.note.opened:
        raise _not_open(wording.note)
    if key is not None or struct.kind not in (STRING, DELETED):
        raise Refused("gate.value", "a wording is plain text")
    if wording.written + struct.length > MAX_WORDING_HISTORY:
        raise Refused("gate.full", "this wording was changed too often")


def _not_open(note: Note) -> Refused:
    if note.was_opened:  # closed while these words were on their way: nobody's fault
        return Refused("gate.closed", "this wording is no longer open to the group")
    return Refused("gate.foreign", "a wording that is not open to the group")


def _admit_reply(member: Member, struct: Struct, thread: Thread, key: str) -> None:
    if thread.note.dead:
        raise Refused("gate.gone", "the annotation was deleted")
    author = thread.replies.get(key)
    if author is not None and author != member.person:
        raise Refused("gate.foreign", "another's reply")
    if author is None and len(thread.replies) >= rules.MAX_REPLIES:
        raise Refused("gate.full", "too many replies")
    if struct.kind == ANY:
        rules.check_reply(struct.value, member.person)
    elif struct.kind != DELETED:
        raise Refused("gate.value", "reply")


def _touch(container: Container, annotations: set[AnnotationId]) -> None:
    match container:
        case Note():
            annotations.add(container.id)
        case Wording() | Thread():
            annotations.add(container.note.id)


def _parts(structs: Sequence[Struct], deletions: Sequence[Deletion]) -> list[bytes]:
    parts = [
        encode(structs[n : n + MAX_LIVE_STRUCTS], ())
        for n in range(0, len(structs), MAX_LIVE_STRUCTS)
    ]
    if deletions:
        parts.append(encode((), deletions))
    return parts
