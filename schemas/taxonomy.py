"""From a proposal to an entry: wordings, positions, entries and their evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from schemas.annotation import Kind
from schemas.ids import (
    AnnotationId,
    EntryId,
    EvidenceId,
    LineId,
    PassageId,
    PersonId,
    ProposalId,
    SessionId,
    StudyId,
    TrackId,
    UnitId,
)
from schemas.session import Bilingual


class Stance(StrEnum):
    """One unit's answer to one wording."""

    AGREE = "agree"
    LIVE_WITH = "live_with"
    OBJECT = "object"
    ABSTAIN = "abstain"


class ProposalState(StrEnum):
    """Where a proposal stands; PRODUCT.md, From a note to the shared taxonomy."""

    OPEN = "open"
    CONTESTED = "contested"
    AGREED = "agreed"
    PROMOTED = "promoted"
    MERGED = "merged"
    DEFERRED = "deferred"
    KEPT_CONTESTED = "kept_contested"
    DROPPED = "dropped"


class EntryKind(StrEnum):
    """What an entry of the taxonomy names."""

    CATEGORY = "category"
    PROBLEM = "problem"
    CAUSE = "cause"
    CONSEQUENCE = "consequence"
    SOLUTION = "solution"


class EntryState(StrEnum):
    """Whether an entry is in force."""

    ACTIVE = "active"
    MERGED = "merged"
    RETRACTED = "retracted"


class LinkKind(StrEnum):
    """How one entry relates to another, read from the first to the second."""

    CAUSES = "causes"
    LEADS_TO = "leads_to"
    RELATED = "related"
    SOLVED_BY = "solved_by"


class Scope(StrEnum):
    """How far beyond this city an entry holds."""

    GENERIC = "generic"
    NATIONAL = "national"
    LOCAL = "local"
    RURAL_URBAN = "rural_urban"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wording:
    """A frozen text of a proposal, numbered from 1. `sha256` is that of the UTF-8 text."""

    number: int
    text: str
    sha256: str
    authors: tuple[PersonId, ...]


IN_WRITING = PersonId("return")
"""Who records what a unit answers by its link: nobody of the session."""


@dataclass(frozen=True, slots=True)
class Position:
    """One unit's answer to wording `number`; stale once a newer wording is put.

    line_id is the spoken line it was recorded from; `recorded_by` then differs from `person_id`.
    What came by the unit's link, outside of the session, is recorded by `IN_WRITING`.
    """

    unit_id: UnitId
    person_id: PersonId | None
    number: int
    stance: Stance
    reason: str
    line_id: LineId | None
    recorded_by: PersonId

    @property
    def was_written(self) -> bool:
        """Whether the unit sent it by its link."""
        return self.recorded_by == IN_WRITING

    @property
    def was_spoken(self) -> bool:
        """Whether somebody else recorded what the unit said."""
        return self.recorded_by not in (self.person_id, IN_WRITING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a proposal was deferred, kept contested, dropped or opened again.

    unit_id, question: of a deferral, who is to be asked what.
    """

    reason: str = ""
    unit_id: UnitId | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A moderator works on a proposal, until then (UTC seconds) at the latest."""

    person_id: PersonId
    name: str
    until: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is put to the room.

    draft: the annotation whose opened wording is being typed together. grounds: the annotations
    that it rests on. wordings: oldest first; empty until one was put. affected: units that the
    consent rule asks. positions: all that were ever taken, oldest first. entry_id: what it
    became. at: UTC seconds when it was proposed. revealed: the wording whose positions were shown,
    where the study hides them until then. speakers: whose position counts for a unit; where a unit
    named nobody, its newest. split_from: the proposal whose wording this one divides. carried_from:
    the deferred proposal of an earlier session that this one takes up, with its wordings. claim: who
    works on it.
    """

    id: ProposalId
    study_id: StudyId
    session_id: SessionId
    kind: Kind
    state: ProposalState
    draft: AnnotationId
    grounds: tuple[AnnotationId, ...]
    wordings: tuple[Wording, ...]
    affected: tuple[UnitId, ...]
    positions: tuple[Position, ...]
    entry_id: EntryId | None
    at: float = 0.0
    outcome: Outcome = field(default_factory=Outcome)
    revealed: int = 0
    speakers: Mapping[UnitId, PersonId] = field(default_factory=dict)
    split_from: ProposalId | None = None
    carried_from: ProposalId | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What backs an entry: a line and the seconds of audio it was spoken in, or a passage."""

    id: EvidenceId
    entry_id: EntryId
    session_id: SessionId | None
    line_id: LineId | None
    annotation_id: AnnotationId | None
    track_id: TrackId | None
    start: float | None
    end: float | None
    quote: str
    passage_id: PassageId | None = None

    @classmethod
    def of_passage(
        cls, id_: EvidenceId, entry_id: EntryId, passage_id: PassageId, text: str
    ) -> Self:
        """Return what was written, not said, as evidence: no session, line or second of audio."""
        return cls(id_, entry_id, None, None, None, None, None, None, text, passage_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """An agreed label of the study's taxonomy. `version` counts its changes from 1.

    scope_reason: what the scope rests on. merged_into: where a merged entry leads, for ever.
    """

    id: EntryId
    study_id: StudyId
    kind: EntryKind
    parent_id: EntryId | None
    label: Bilingual
    definition: Bilingual
    scope: Scope
    state: EntryState
    version: int
    order: int
    scope_reason: str = ""
    merged_into: EntryId | None = None
