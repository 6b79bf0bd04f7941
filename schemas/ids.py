"""Ids: opaque strings whose kinds the type checker keeps apart, and how they are made."""

import hashlib
import secrets
import time
from typing import NewType

StudyId = NewType("StudyId", str)
StageId = NewType("StageId", str)
ThemeId = NewType("ThemeId", str)
UnitId = NewType("UnitId", str)
SourceId = NewType("SourceId", str)
AccountId = NewType("AccountId", str)
SessionId = NewType("SessionId", str)
StepId = NewType("StepId", str)
PersonId = NewType("PersonId", str)
"""A participant of one session: the identity that authors annotations and owns client ids."""
TrackId = NewType("TrackId", str)
UtteranceId = NewType("UtteranceId", str)
LineId = NewType("LineId", str)
AnnotationId = NewType("AnnotationId", str)
DraftId = NewType("DraftId", str)
ProposalId = NewType("ProposalId", str)
EntryId = NewType("EntryId", str)
EvidenceId = NewType("EvidenceId", str)
PassageId = NewType("PassageId", str)
"""A paragraph of a source, or one released answer of a unit: what is coded beside lines."""
QuestionnaireId = NewType("QuestionnaireId", str)
QuestionId = NewType("QuestionId", str)
ResponseId = NewType("ResponseId", str)
"""What one unit answers to one questionnaire."""


def new_id() -> str:
    """Return a fresh id: 32 hexadecimal digits that sort by the time they were made.

    The layout is that of UUID version 7 (RFC 9562, section 5.7) without the dashes.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"


def line_id(track: TrackId, first_sample: int, last_sample: int) -> LineId:
    """Return the id of the line spoken on `track` over these samples; the same every time."""
    digest = hashlib.sha256(f"{track}:{first_sample}:{last_sample}".encode()).hexdigest()
    return LineId(digest[:32])
