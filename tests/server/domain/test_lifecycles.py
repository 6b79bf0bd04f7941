"""Notes and entries: every move from every state, written out a second time."""

import pytest

from schemas.annotation import Annotation, Kind, Voice
from schemas.errors import Conflict
from schemas.ids import AnnotationId, EntryId, PersonId, StudyId
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.domain import lifecycles
from server.domain.lifecycles import EntryMove, NoteMove, NoteState

ACTIVE, MERGED, RETRACTED = EntryState
OPEN, PROPOSED, WITHDRAWN = NoteState

ENTRIES: dict[EntryMove, tuple[set[EntryState], EntryState]] = {
    EntryMove.AMEND: ({ACTIVE}, ACTIVE),
    EntryMove.MERGE: ({ACTIVE}, MERGED),
    EntryMove.TAKE_IN: ({ACTIVE}, ACTIVE),
    EntryMove.SPLIT: ({ACTIVE}, ACTIVE),
    EntryMove.RETRACT: ({ACTIVE}, RETRACTED),
    EntryMove.RESTORE: ({MERGED, RETRACTED}, ACTIVE),
    EntryMove.LINK: ({ACTIVE}, ACTIVE),
    EntryMove.CHALLENGE: ({ACTIVE}, ACTIVE),
    EntryMove.BACK: ({ACTIVE}, ACTIVE),
    EntryMove.MARK: ({ACTIVE}, ACTIVE),
    EntryMove.HEAR: ({ACTIVE}, ACTIVE),
}
NOTES: dict[NoteMove, tuple[set[NoteState], NoteState]] = {
    NoteMove.PROPOSE: ({OPEN, PROPOSED}, PROPOSED),
    NoteMove.WITHDRAW: ({OPEN, PROPOSED}, WITHDRAWN),
}


@pytest.mark.parametrize("move", EntryMove)
@pytest.mark.parametrize("state", EntryState)
def test_an_entry_admits_its_moves_and_no_others(state: EntryState, move: EntryMove) -> None:
    admitted, leads = ENTRIES[move]
    text = Bilingual("x", "")
    entry = Entry(
        EntryId("e"), StudyId("s"), EntryKind.PROBLEM, None, text, text, Scope.UNKNOWN, state, 1, 0
    )

    assert lifecycles.may_change(state, move) is (state in admitted)
    assert lifecycles.entry_after(move) is leads
    if state in admitted:
        lifecycles.require_change(entry, move)
        return
    with pytest.raises(Conflict) as refused:
        lifecycles.require_change(entry, move)
    assert refused.value.fields == {"state": state.value, "move": move.value}


@pytest.mark.parametrize("move", NoteMove)
@pytest.mark.parametrize("state", NoteState)
def test_a_note_admits_its_moves_and_no_others(state: NoteState, move: NoteMove) -> None:
    admitted, leads = NOTES[move]

    assert lifecycles.may_note(state, move) is (state in admitted)
    assert lifecycles.note_after(move) is leads


@pytest.mark.parametrize(
    ("withdrawn", "proposed", "state"),
    [
        (False, False, OPEN),
        (False, True, PROPOSED),
        (True, False, WITHDRAWN),
        (True, True, WITHDRAWN),
    ],
)
def test_a_note_stands_where_it_was_brought(
    withdrawn: bool, proposed: bool, state: NoteState
) -> None:
    voice = Voice("wang", PersonId("wang"), None)
    note = Annotation(
        AnnotationId("a"), PersonId("wang"), voice, Kind.PROBLEM, (), "x", 1.0, False, withdrawn
    )

    assert lifecycles.note_state(note, proposed=proposed) is state
