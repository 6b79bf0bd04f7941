"""How notes and entries move: which moves a state admits, and where they lead.

With `server/domain/negotiation.py`, which has the proposal's table and the consent rule, these are
the three state machines of PRODUCT.md. Who may make a move is said elsewhere: in a session by
`server/domain/permissions.py`, on entries by who runs the study, on a note by its author alone.
"""

from collections.abc import Mapping
from enum import StrEnum

from schemas.annotation import Annotation
from schemas.errors import Conflict
from schemas.taxonomy import Entry, EntryState


class NoteState(StrEnum):
    """Where an annotation stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"


class NoteMove(StrEnum):
    """What becomes of an annotation: it grounds a proposal, or its author withdraws it."""

    PROPOSE = "propose"
    WITHDRAW = "withdraw"


class EntryMove(StrEnum):
    """What may be done with an entry."""

    AMEND = "amend"
    MERGE = "merge"
    TAKE_IN = "take_in"
    SPLIT = "split"
    RETRACT = "retract"
    RESTORE = "restore"
    LINK = "link"
    CHALLENGE = "challenge"
    BACK = "back"
    MARK = "mark"
    HEAR = "hear"


_IN_USE = frozenset({NoteState.OPEN, NoteState.PROPOSED})
_NOTES: Mapping[NoteMove, tuple[frozenset[NoteState], NoteState]] = {
    NoteMove.PROPOSE: (
        _IN_USE,
        NoteState.PROPOSED,
    ),  # one note may ground several, as after a split
    NoteMove.WITHDRAW: (_IN_USE, NoteState.WITHDRAWN),
}

_IN_FORCE = frozenset({EntryState.ACTIVE})
_ENTRIES: Mapping[EntryMove, tuple[frozenset[EntryState], EntryState]] = {
    EntryMove.AMEND: (_IN_FORCE, EntryState.ACTIVE),
    EntryMove.MERGE: (_IN_FORCE, EntryState.MERGED),
    EntryMove.TAKE_IN: (_IN_FORCE, EntryState.ACTIVE),
    EntryMove.SPLIT: (_IN_FORCE, EntryState.ACTIVE),
    EntryMove.RETRACT: (_IN_FORCE, EntryState.RETRACTED),
    EntryMove.RESTORE: (frozenset({EntryState.MERGED, EntryState.RETRACTED}), EntryState.ACTIVE),
    EntryMove.LINK: (_IN_FORCE, EntryState.ACTIVE),
    EntryMove.CHALLENGE: (_IN_FORCE, EntryState.ACTIVE),  # it stays, marked, until answered
    EntryMove.BACK: (_IN_FORCE, EntryState.ACTIVE),
    EntryMove.MARK: (_IN_FORCE, EntryState.ACTIVE),
    EntryMove.HEAR: (_IN_FORCE, EntryState.ACTIVE),
}


def note_state(note: Annotation, *, proposed: bool) -> NoteState:
    """Return where a note stands; proposed: some proposal rests on it."""
    if note.withdrawn:
        return NoteState.WITHDRAWN
    return NoteState.PROPOSED if proposed else NoteState.OPEN


def may_note(state: NoteState, move: NoteMove) -> bool:
    """Return whether a note in this state admits the move."""
    return state in _NOTES[move][0]


def note_after(move: NoteMove) -> NoteState:
    """Return the state that the move leads to."""
    return _NOTES[move][1]


def may_change(state: EntryState, move: EntryMove) -> bool:
    """Return whether an entry in this state admits the move."""
    return state in _ENTRIES[move][0]


def require_change(entry: Entry, move: EntryMove) -> None:
    """Raise Conflict `entry.state` with state and move unless the entry admits the move."""
    if not may_change(entry.state, move):
        raise Conflict("entry.state", state=entry.state.value, move=move.value)


def entry_after(move: EntryMove) -> EntryState:
    """Return the state that the move leads to."""
    return _ENTRIES[move][1]
