"""A session and who is in it: the words for roles, states, kinds and languages."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.conduct import Progress
from schemas.ids import PersonId, SessionId, StepId, StudyId, TrackId, UnitId


class Role(StrEnum):
    """What a person is in a session; decides together with the state what they may do."""

    MODERATOR = "moderator"
    EXPERT = "expert"
    STENOGRAPHER = "stenographer"
    ANALYST = "analyst"
    OBSERVER = "observer"


class SessionKind(StrEnum):
    """Which part of the method a session is."""

    JOINT_DEVELOPMENT = "joint_development"
    FOCUS_GROUP = "focus_group"


class SessionState(StrEnum):
    """Where a session is in its life: prepared, then live, then closed for good."""

    PREPARED = "prepared"
    LIVE = "live"
    CLOSED = "closed"


class Language(StrEnum):
    """A language that people read and speak here."""

    EN = "en"
    ZH = "zh"


class Script(StrEnum):
    """How a session writes Chinese: simplified or traditional characters."""

    HANS = "hans"
    HANT = "hant"


class TrackKind(StrEnum):
    """Where a track's audio comes from."""

    MICROPHONE = "microphone"
    RECORDING = "recording"
    UPLOAD = "upload"


class AudioMode(StrEnum):
    """What becomes of a session's sound: kept, deleted once the transcript is proofed, or none."""

    KEPT = "kept"
    DELETED = "deleted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages; an empty one falls back to the other."""

    en: str = ""
    zh: str = ""

    def in_(self, language: Language) -> str:
        """Return the text in `language`, else in the other."""
        return (self.zh or self.en) if language is Language.ZH else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation that takes part in a study, in the study's protocol order."""

    id: UnitId
    name: Bilingual
    kind: str
    order: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepDetail:
    """What is prepared for a step: of a process its system, data and hand-over, of a question its probes.

    hand_over: the unit that goes on from here. minutes: planned for it, 0 for no clock.
    """

    system: str = ""
    data_in: str = ""
    data_out: str = ""
    hand_over: UnitId | None = None
    probes: tuple[str, ...] = ()
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a session's agenda; `actor` is the unit that acts in it, or is asked.

    progress: what the room has made of it, kept apart from what was prepared.
    """

    id: StepId
    order: int
    title: Bilingual
    actor: UnitId | None = None
    detail: StepDetail = field(default_factory=StepDetail)
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of a study. `opened_at` is UTC seconds since 1970, the zero of session time."""

    id: SessionId
    study_id: StudyId
    kind: SessionKind
    title: Bilingual
    language: Language
    state: SessionState
    opened_at: float | None
    step_id: StepId | None
    floor: PersonId | None


@dataclass(frozen=True, slots=True)
class Person:
    """A participant of one session, for a unit (a moderator may be for none)."""

    id: PersonId
    session_id: SessionId
    name: str
    role: Role
    unit_id: UnitId | None
    language: Language


@dataclass(frozen=True, slots=True)
class Track:
    """One microphone's (or recording's) stream: 16 kHz mono PCM16.

    offset: seconds of session time at the track's sample 0. `person_id` is the speaker where
    one microphone belongs to one person; None for a room microphone, where the floor decides.
    is_either: Chinese and English may both be spoken on it; else `language` alone.
    """

    id: TrackId
    session_id: SessionId
    kind: TrackKind
    label: str
    language: Language
    person_id: PersonId | None
    offset: float
    is_either: bool = False
