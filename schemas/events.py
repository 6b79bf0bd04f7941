"""Live events of a study: small, what happened and to which id; each viewer fetches the rest."""

from dataclasses import dataclass
from typing import Literal

from schemas.ids import EntryId, PersonId, ProposalId, SessionId, StudyId


@dataclass(frozen=True, slots=True)
class TaxonomyChanged:
    """An entry was added or changed, or gained evidence, by `session_id`."""

    study_id: StudyId
    session_id: SessionId | None
    entry_id: EntryId
    change: Literal["promoted", "evidence", "amended", "merged", "retracted", "marked"]
    kind: Literal["taxonomy"] = "taxonomy"


@dataclass(frozen=True, slots=True)
class ProposalChanged:
    """A proposal of one session moved; its board mirror says how."""

    study_id: StudyId
    session_id: SessionId
    proposal_id: ProposalId
    kind: Literal["proposal"] = "proposal"


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session was opened or closed, or its floor, step or presence list moved."""

    study_id: StudyId
    session_id: SessionId
    kind: Literal["session"] = "session"


@dataclass(frozen=True, slots=True)
class PersonSeated:
    """Somebody who watched was given a seat: their page has other rights from now on."""

    study_id: StudyId
    session_id: SessionId
    person_id: PersonId
    kind: Literal["seated"] = "seated"


@dataclass(frozen=True, slots=True)
class SolutionsChanged:
    """A solution was assessed, or what units hold urgent became known."""

    study_id: StudyId
    kind: Literal["solutions"] = "solutions"


@dataclass(frozen=True, slots=True)
class PrioritiesChanged:
    """A silent step of priorities was opened or closed; never that somebody has marked."""

    study_id: StudyId
    session_id: SessionId
    kind: Literal["priorities"] = "priorities"


StudyEvent = (
    TaxonomyChanged
    | ProposalChanged
    | SessionChanged
    | PersonSeated
    | SolutionsChanged
    | PrioritiesChanged
)
