"""How much of the speech is nobody's: without it no figure on who took part can be read."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.transcript import Line, LineSource

MOST_UNASSIGNED = 0.1
"""While more of the speech than this is nobody's, no screen calls a unit silent."""
SECONDS_A_SIGN = 0.12


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


def share(lines: Iterable[Line]) -> Share:
    """Weigh the speech of a session: what was heard by its length, what was written by its signs.

    What participants typed themselves is no speech, and a gap says nothing.
    """
    seconds = unassigned = presumed = 0.0
    for line in lines:
        if line.source in (LineSource.TYPED, LineSource.GAP):
            continue
        took = len(line.text) * SECONDS_A_SIGN
        if line.start is not None and line.end is not None:
            took = max(0.0, line.end - line.start)
        seconds += took
        if line.person_id is None and line.unit_id is None:
            unassigned += took
        elif line.presumed:
            presumed += took
    if seconds == 0:
        return Share(0.0, 0.0, 0.0)
    return Share(seconds, unassigned / seconds, presumed / seconds)
