"""The minutes of a session: who was there, what was walked through, and what became of each wording.

They are read from the rows at the moment they are asked for, so they exist as soon as a session
is closed, and during it as what stands so far. Every statement carries the lines it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.annotation import Annotation
from schemas.ids import AnnotationId, LineId, UnitId
from schemas.session import Person, SessionState, Step, Unit
from schemas.taxonomy import Entry, Position, Proposal, ProposalState, Stance
from schemas.transcript import Line
from server.domain import negotiation
from server.domain.participation import Course, Share, course, share
from server.domain.permissions import Action, require
from server.domain.quoting import Print
from server.store import (
    annotations,
    entries,
    lines,
    proposals,
    reports,
    returns,
    sessions,
    studies,
)
from server.store.database import Database, Work
from server.store.reports import Attendance
from server.store.returns import Item
from server.store.sessions import Sitting
from server.store.studies import Study

GROUPS: Mapping[str, frozenset[ProposalState]] = {
    "agreed": frozenset({ProposalState.AGREED, ProposalState.PROMOTED, ProposalState.MERGED}),
    "kept_contested": frozenset({ProposalState.KEPT_CONTESTED}),
    "deferred": frozenset({ProposalState.DEFERRED}),
    "undecided": frozenset({ProposalState.OPEN, ProposalState.CONTESTED}),
    "dropped": frozenset({ProposalState.DROPPED}),
}
"""The sections of the minutes in their order; together they hold every state once."""


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line and its number in the session, counted from 1 in order of time."""

    number: int
    line: Line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one proposal.

    positions: standing ones in protocol order, None where the study shows counts only; tally:
    those counts. lines: what it rests on, in order. entry: what it became in the taxonomy.
    """

    proposal: Proposal
    positions: Sequence[Position] | None
    tally: Mapping[str, int]
    objections: Sequence[str]
    not_heard: Sequence[Unit]
    lines: Sequence[NumberedLine]
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class StepSpan:
    """A step of the agenda with the lines spoken in it; None where it was never reached."""

    step: Step
    first: NumberedLine | None
    last: NumberedLine | None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the minutes say. closed_at: UTC seconds; None while the session goes on.

    returned: what units corrected, withdrew and added afterwards, and that was taken.
    """

    study: Study
    sitting: Sitting
    closed_at: float | None
    attendance: Sequence[Attendance]
    units: Sequence[Unit]
    agenda: Sequence[StepSpan]
    line_count: int
    unassigned: int
    share: Share
    groups: Mapping[str, Sequence[Outcome]]
    returned: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class Turns:
    """Who spoke how much when in a session. units: in protocol order."""

    study: Study
    sitting: Sitting
    units: Sequence[Unit]
    course: Course


@dataclass(frozen=True, slots=True)
class _Said:
    """What the outcomes are looked up in."""

    notes: Mapping[AnnotationId, Annotation]
    lines: Mapping[LineId, NumberedLine]
    units: Mapping[UnitId, Unit]
    present: frozenset[UnitId]
    rule: negotiation.Rule
    closed: bool


class Minutes:
    """Reads the minutes of sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_session(self, reader: Person) -> Record:
        """Return the minutes of the reader's session. Raises Forbidden or NotFound."""
        async with self._database.read() as work:
            sitting = await sessions.sitting(work, reader.session_id)
            session = sitting.session
            require(reader.role, Action.READ, session.state)
            numbered = [
                NumberedLine(number, line)
                for number, line in enumerate(await lines.of_session(work, session.id), 1)
            ]
            limits = await returns.limits(work, session.study_id)
            changed = await returns.items(work, session.id)
            units = await studies.units(work, session.study_id)
            attendance = await reports.attendance(work, session.id)
            said = _Said(
                notes=await annotations.of_session(work, session.id),
                lines={
                    one.line.id: printed
                    for one in numbered
                    if (printed := _printed(one, limits.get(one.line.id, Print.WHOLE))) is not None
                },
                units={unit.id: unit for unit in units},
                present=frozenset(
                    one.person.unit_id for one in attendance if one.came and one.person.unit_id
                ),
                rule=(await proposals.setting(work, session.id)).rule,
                closed=session.state is SessionState.CLOSED,
            )
            return Record(
                study=await studies.get(work, session.study_id),
                sitting=sitting,
                closed_at=await reports.closed_at(work, session.id),
                attendance=attendance,
                units=units,
                agenda=[_span(step, numbered) for step in await sessions.steps(work, session.id)],
                line_count=len(numbered),
                unassigned=sum(one.line.unit_id is None for one in numbered),
                share=share(one.line for one in numbered),
                groups=await _groups(work, reader, said),
                returned=[one for one in changed if one.state == "taken"],
            )

    async def turns(self, reader: Person) -> Turns:
        """Return who spoke how much when. Raises Forbidden for who does not lead, or NotFound."""
        async with self._database.read() as work:
            sitting = await sessions.sitting(work, reader.session_id)
            session = sitting.session
            require(reader.role, Action.SEE_PARTICIPATION, session.state)
            spoken = await lines.of_session(work, session.id)
            study = await studies.get(work, session.study_id)
            units = await studies.units(work, session.study_id)
        return Turns(study, sitting, units, course(spoken))


def _printed(numbered: NumberedLine, allowed: Print) -> NumberedLine | None:
    """A line as its unit lets it be quoted."""
    if allowed is Print.NOTHING:
        return None
    if allowed is Print.WORDS:
        return replace(numbered, line=replace(numbered.line, speaker="", unit_id=None))
    return numbered


async def _groups(work: Work, reader: Person, said: _Said) -> Mapping[str, Sequence[Outcome]]:
    found = await proposals.of_session(work, reader.session_id)
    outcomes = [await _outcome(work, one, said) for one in found if one.wordings]
    return {
        name: [one for one in outcomes if one.proposal.state in states]
        for name, states in GROUPS.items()
    }


async def _outcome(work: Work, proposal: Proposal, said: _Said) -> Outcome:
    shown = negotiation.shown(proposal, said.present, said.rule, closed=said.closed)
    stands = negotiation.standing(proposal)
    silent = [unit for unit in proposal.affected if unit not in stands]
    return Outcome(
        proposal=proposal,
        positions=None if shown is None else _in_protocol(shown, said.units),
        tally=negotiation.tally(proposal, said.present, said.rule, closed=said.closed),
        objections=negotiation.objections(proposal, said.rule, closed=said.closed),
        not_heard=sorted((said.units[one] for one in silent), key=lambda unit: unit.order),
        lines=_grounds(proposal, said),
        entry=None if proposal.entry_id is None else await entries.get(work, proposal.entry_id),
    )


def _grounds(proposal: Proposal, said: _Said) -> Sequence[NumberedLine]:
    """The lines under the notes it rests on, and those its positions were spoken in."""
    cited = {
        anchor.line_id
        for ground in proposal.grounds
        if (note := said.notes.get(ground)) is not None and not note.withdrawn
        for anchor in note.anchors
    }
    cited |= {
        one.line_id
        for one in negotiation.standing(proposal).values()
        if one.line_id and one.stance is not Stance.ABSTAIN
    }
    found = [said.lines[one] for one in cited if one in said.lines]
    return sorted(found, key=lambda one: one.number)


def _in_protocol(positions: Sequence[Position], units: Mapping[UnitId, Unit]) -> Sequence[Position]:
    return sorted(positions, key=lambda one: units[one.unit_id].order)


def _span(step: Step, numbered: Sequence[NumberedLine]) -> StepSpan:
    inside = [one for one in numbered if one.line.step_id == step.id]
    return StepSpan(step, inside[0] if inside else None, inside[-1] if inside else None)
