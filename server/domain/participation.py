"""Who spoke how much, and how much is nobody's: without that no figure on who took part can be read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.ids import PersonId, UnitId
from schemas.transcript import Line, LineSource

MOST_UNASSIGNED = 0.1
"""While more of the speech than this is nobody's, no screen calls a unit silent."""
SECONDS_A_SIGN = 0.12
_NO_SPEECH = (LineSource.TYPED, LineSource.GAP)


@dataclass(frozen=True, slots=True)
class Speech:
    """What of a line its weight depends on. text: needed only where start or end is None."""

    source: LineSource
    text: str
    start: float | None
    end: float | None
    person_id: PersonId | None
    unit_id: UnitId | None
    presumed: bool


@dataclass(frozen=True, slots=True)
class Share:
    """seconds: of all speech. unassigned, presumed: shares of it (0..1) whose speaker is not known,
    and is only presumed from the floor.
    """

    seconds: float
    unassigned: float
    presumed: float

    @property
    def may_call_silent(self) -> bool:
        """Whether enough is known for a unit to be called silent."""
        return self.seconds > 0 and self.unassigned <= MOST_UNASSIGNED


@dataclass(frozen=True, slots=True)
class Course:
    """Seconds of speech by unit (None: nobody's) and stretch of the session, counted from 0.

    width: seconds of session time that a stretch is long.
    """

    width: float
    stretches: int
    seconds: Mapping[tuple[UnitId | None, int], float]
    share: Share


WIDTHS = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
MOST_STRETCHES = 18
"""As many as stand side by side on a page."""


def course(lines: Iterable[Line]) -> Course:
    """Weigh the speech of a session by unit over its time, as `share` weighs it.

    A line counts in the stretch it begins in; a line without a unit is nobody's, whoever spoke.
    """
    spoken = [one for one in lines if one.source not in _NO_SPEECH]
    last = max((one.at for one in spoken), default=0.0)
    width = next((one for one in WIDTHS if last / one < MOST_STRETCHES), last / MOST_STRETCHES + 1)
    seconds: defaultdict[tuple[UnitId | None, int], float] = defaultdict(float)
    for one in spoken:
        seconds[one.unit_id, int(one.at // width)] += _took(one)
    return Course(width, int(last // width) + 1 if spoken else 0, dict(seconds), share(spoken))


def share(lines: Iterable[Line | Speech]) -> Share:
    """Weigh the speech of a session: what was heard by its length, what was written by its signs.

    What participants typed themselves is no speech, and a gap says nothing.
    """
    seconds = unassigned = presumed = 0.0
    for line in lines:
        if line.source in _NO_SPEECH:
            continue
        took = _took(line)
        seconds += took
        if line.person_id is None and line.unit_id is None:
            unassigned += took
        elif line.presumed:
            presumed += took
    if seconds == 0:
        return Share(0.0, 0.0, 0.0)
    return Share(seconds, unassigned / seconds, presumed / seconds)


def _took(line: Line | Speech) -> float:
    if line.start is not None and line.end is not None:
        return max(0.0, line.end - line.start)
    return len(line.text) * SECONDS_A_SIGN
