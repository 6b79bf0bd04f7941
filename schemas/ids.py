"""Ids: opaque strings whose kinds the type checker keeps apart, and how they are made."""

import hashlib
import secrets
import time
from threading import Lock
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


class _Ticks:
    """Counts 4096ths of a millisecond, each number once in this process, however fast it is asked."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() * 4_096 // 1_000_000)
            return self._last


_ticks = _Ticks()


def new_id() -> str:
    """Return a fresh id: 32 hexadecimal digits that sort in the order in which they were made.

    The layout is that of UUID version 7 (RFC 9562, section 5.7) without the dashes, with parts of a
    millisecond in `rand_a` (section 6.2, method 3).
    """
    ticks = _ticks.next()
    value = (ticks >> 12 & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64
    value |= 0x2 << 62 | secrets.randbits(62)
    return f"{value:032x}"


def line_id(track: TrackId, first_sample: int, last_sample: int) -> LineId:
    """Return the id of the line spoken on `track` over these samples; the same every time."""
    digest = hashlib.sha256(f"{track}:{first_sample}:{last_sample}".encode()).hexdigest()
    return LineId(digest[:32])
