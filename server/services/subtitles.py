"""A session's lines as files: WebVTT and SRT with times and speakers, and plain text."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.session import Person, Session
from schemas.transcript import Line, LineSource
from server.domain.cues import Cue, named
from server.domain.permissions import Action, require
from server.store import lines, returns, sessions
from server.store.database import Database

SECONDS_A_SIGN = 0.12
"""How long a line without sound is shown, for each of its characters."""
LEAST_SECONDS, MOST_SECONDS = 1.5, 12.0


@dataclass(frozen=True, slots=True)
class Script:
    """A session with its lines in order of time."""

    session: Session
    lines: Sequence[Line]


class Subtitles:
    """Reads the record of a session as whoever asks may read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def script(self, by: Person) -> Script:
        """Return the lines of the person's session, without those withdrawn. Raises Forbidden."""
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.READ, session.state)
            withdrawn = await returns.withdrawn_of(work, session.id)
            said = await lines.of_session(work, session.id)
            return Script(session, [one for one in said if one.id not in withdrawn])


def cues_of(some: Sequence[Line]) -> Sequence[Cue]:
    """Return lines as cues in session time; what was off the record is not among them.

    A line without sound is shown as long as it takes to read, at most until the next one.
    """
    spoken = [line for line in some if line.source is not LineSource.GAP]
    cues = []
    for number, line in enumerate(spoken):
        following = spoken[number + 1].at if number + 1 < len(spoken) else None
        cues.append(Cue(line.at, line.at + _length(line, following), line.speaker, line.text))
    return cues


def plain_text(some: Sequence[Line]) -> str:
    """Return lines as text, one to a row, with the speaker where it changes."""
    rows: list[str] = []
    before: str | None = None
    for line in some:
        goes_on = line.speaker == before and line.source is not LineSource.GAP
        rows.append(line.text if goes_on else named(line.speaker, line.text))
        before = line.speaker
    return "\n".join(rows) + "\n"


def _length(line: Line, following: float | None) -> float:
    if line.start is not None and line.end is not None:
        return line.end - line.start
    wanted = min(MOST_SECONDS, max(LEAST_SECONDS, SECONDS_A_SIGN * len(line.text)))
    return wanted if following is None else max(0.1, min(wanted, following - line.at))
