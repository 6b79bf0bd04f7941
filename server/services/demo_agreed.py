"""Entries as the demo's studies hold them from the start, and the lines that back them."""

from schemas.ids import EntryId, EvidenceId, StudyId, new_id
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Evidence, Scope
from schemas.transcript import Line


def entry_of(
    study_id: StudyId,
    kind: EntryKind,
    parent_id: EntryId | None,
    label: Bilingual,
    definition: Bilingual,
    order: int,
) -> Entry:
    """Return a new entry in force, its scope unknown."""
    return Entry(
        id=EntryId(new_id()),
        study_id=study_id,
        kind=kind,
        parent_id=parent_id,
        label=label,
        definition=definition,
        scope=Scope.UNKNOWN,
        state=EntryState.ACTIVE,
        version=1,
        order=order,
    )


def evidence_of(entry_id: EntryId, line: Line) -> Evidence:
    """Return a typed line as evidence; nothing of it was recorded."""
    return Evidence(
        id=EvidenceId(new_id()),
        entry_id=entry_id,
        session_id=line.session_id,
        line_id=line.id,
        annotation_id=None,
        track_id=None,
        start=None,
        end=None,
        quote=line.text,
    )
