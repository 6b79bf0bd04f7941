"""A session to be read afterwards: its lines with what was noted on them, and what happened when."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.annotation import Annotation
from schemas.ids import LineId, SessionId, UnitId
from schemas.session import Bilingual, Session, SessionState, Step
from schemas.taxonomy import Proposal
from schemas.transcript import Line
from server.domain.negotiation import Rule, shown
from server.store import (
    annotations,
    discretion,
    entries,
    events,
    lines,
    proposals,
    returns,
    sessions,
    studies,
)
from server.store.database import Database, Work
from server.store.events import Event


@dataclass(frozen=True, slots=True)
class Cited:
    """An earlier version of a line, as a citation of it has it."""

    line_id: LineId
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything the reader of one session shows. happened: its events, oldest first.

    by_unit: proposals whose positions may be told by unit. labels: of the entries that events are about. notes: by the first line each is on. withdrawn:
    lines that their units took back; their texts are not among `lines`. proofed_at: UTC seconds at which its sound was deleted.
    """

    session: Session
    study: Bilingual
    steps: Sequence[Step]
    lines: Sequence[Line]
    notes: Mapping[LineId, Sequence[Annotation]]
    happened: Sequence[Event]
    proposals: Mapping[str, Proposal]
    labels: Mapping[str, Bilingual]
    units: Mapping[UnitId, Bilingual]
    withdrawn: Collection[LineId] = ()
    proofed_at: float | None = None
    by_unit: Collection[str] = ()
    cited: Cited | None = None


class Reading:
    """Reads sessions. Whoever asks has been let into the session by the route."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def transcript(
        self, session_id: SessionId, *, cited: tuple[LineId, int] | None = None
    ) -> Transcript:
        """Return the session. cited: a line's version, kept where it reads otherwise now.

        Raises NotFound `session.unknown`.
        """
        async with self._database.read() as work:
            session = await sessions.get(work, session_id)
            withdrawn = await returns.withdrawn_of(work, session_id)
            said = kept(await lines.of_session(work, session_id), withdrawn)
            noted = (await annotations.of_session(work, session_id)).values()
            put = await proposals.of_session(work, session_id)
            known = await entries.of_study(work, session.study_id)
            happened = await events.of_session(work, session.study_id, session_id)
            told = {one.entry_id for one in put} | {one.subject for one in happened}
            units = {line.unit_id for line in said} | {one.voice.unit_id for one in noted}
            units |= {one.unit_id for proposal in put for one in proposal.positions}
            rule = (await proposals.setting(work, session_id)).rule
            return Transcript(
                session,
                (await studies.get(work, session.study_id)).title,
                await sessions.steps(work, session_id),
                said,
                _by_line(noted),
                happened,
                {one.id: one for one in put},
                {one.id: one.label for one in known if one.id in told},
                await studies.unit_names(work, {unit for unit in units if unit is not None}),
                withdrawn,
                (await discretion.get(work, session_id)).proofed_at,
                frozenset(one.id for one in put if _is_by_unit(session, one, rule)),
                None if cited is None else await _cited(work, said, *cited),
            )


async def _cited(work: Work, said: Sequence[Line], line_id: LineId, version: int) -> Cited | None:
    """The version, where the line has its words and others now; withdrawn ones have none here."""
    now = next((one.text for one in said if one.id == line_id), "")
    if not now:
        return None
    found = {one.revision: one.text for one in await lines.versions(work, line_id)}
    text = found.get(version, now)
    return None if text == now else Cited(line_id, version, text)


def _is_by_unit(session: Session, proposal: Proposal, rule: Rule) -> bool:
    """Whether a reader may know who stands where; who is here now nobody asks, so not while it is live."""
    is_closed = session.state is SessionState.CLOSED
    return is_closed and shown(proposal, (), rule, closed=True) is not None


def kept(said: Sequence[Line], withdrawn: Collection[LineId]) -> Sequence[Line]:
    """Return the lines with no text, voice or sound where it was withdrawn."""
    return [replace(one, text="", track_id=None) if one.id in withdrawn else one for one in said]


def _by_line(noted: Iterable[Annotation]) -> Mapping[LineId, Sequence[Annotation]]:
    found: defaultdict[LineId, list[Annotation]] = defaultdict(list)
    for one in noted:
        if not one.withdrawn and one.text.strip():
            found[one.anchors[0].line_id].append(one)
    return found
