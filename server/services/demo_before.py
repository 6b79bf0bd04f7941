"""What the demo study shows of a walkthrough that is over: what was said, and what it left open.

Its gaps are planted: a deferred wording, one kept contested, a step never reached, experts who did
not come, units not heard. Its solutions are on the shelf for a focus group, its priorities marked.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.annotation import Kind
from schemas.document import META
from schemas.ids import (
    AnnotationId,
    EntryId,
    PersonId,
    ProposalId,
    SessionId,
    StageId,
    StepId,
    StudyId,
    ThemeId,
    UnitId,
    new_id,
)
from schemas.session import (
    Bilingual,
    Person,
    Role,
    Session,
    SessionKind,
    SessionState,
    Step,
)
from schemas.taxonomy import (
    EntryKind,
    LinkKind,
    Outcome,
    Position,
    Proposal,
    ProposalState,
    Stance,
    Wording,
)
from schemas.transcript import Line
from server.demo import content
from server.demo.content import DemoBefore, DemoSolution, DemoWording
from server.domain import codes
from server.domain.priorities import PriorityRound, PriorityRoundId, PrioritySheet
from server.domain.solutions import Assessment, Cost, Feasibility, Horizon, Solution
from server.services import board, clocks
from server.services.demo_agreed import entry_of, evidence_of
from server.services.sessions import prepare
from server.services.transcripts import write_typed
from server.store import entries, events, people, priorities, proposals, sessions, solutions
from server.store.database import Work
from server.store.entries import Link
from server.store.sessions import Sitting
from server.store.solutions import Assessed

DAY = 86_400.0
_BETWEEN = 95.0
"""Seconds from one line to the next."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the study holds already, by slug. at: UTC seconds when the demo was made."""

    study_id: StudyId
    stage_id: StageId
    themes: Mapping[str, ThemeId]
    units: Mapping[str, UnitId]
    problems: Mapping[str, EntryId]
    at: float


async def make_walkthrough(work: Work, known: Known) -> Sequence[Line]:
    """Store the closed session with all that came of it, in the caller's unit of work.

    Returns what was said in it.
    """
    told = content.before()
    began = known.at - told.days_ago * DAY
    session, agenda = _session(told, known, began)
    sitting = Sitting(session, known.stage_id, known.themes[told.theme], codes.new_code(), "")
    await prepare(work, sitting, agenda, at=began)
    here = await _people(work, told, known, session, began)
    said = await _lines(work, told, session, agenda, here, began)
    for wording in told.wordings:
        await _proposal(work, wording, known, session, here, began)
    for slug, units in told.concerned.items():
        concerned = {known.units[unit]: heard for unit, heard in units.items()}
        await entries.set_units(work, known.problems[slug], concerned)
    backing = [evidence_of(known.problems[slug], said[line - 1]) for slug, line in told.evidence]
    await entries.add_evidence(work, backing)
    for number, solution in enumerate(told.solutions):
        await _solution(work, solution, known, session, said, began, number)
    await _priorities(work, told, known, session, here, began)
    closed_at = began + (len(said) + 1) * _BETWEEN
    await sessions.set_state(
        work, session.id, SessionState.CLOSED, opened_at=began, closed_at=closed_at
    )
    await work.mirror(session.id, META, "state", SessionState.CLOSED.value)
    await board.show_all(work, session.id)
    return said


def _session(told: DemoBefore, known: Known, began: float) -> tuple[Session, Sequence[Step]]:
    agenda = [
        Step(StepId(new_id()), order, step.name, known.units[step.actor], step.detail(known.units))
        for order, step in enumerate(told.steps, 1)
    ]
    session = Session(
        id=SessionId(new_id()),
        study_id=known.study_id,
        kind=SessionKind.JOINT_DEVELOPMENT,
        title=told.title.name,
        language=told.language,
        state=SessionState.LIVE,  # closed once all is in it
        opened_at=began,
        step_id=agenda[0].id,
        floor=None,
    )
    return session, agenda


async def _people(
    work: Work, told: DemoBefore, known: Known, session: Session, began: float
) -> Mapping[str, Person]:
    here = {}
    for one in told.people:
        unit = known.units[one.unit] if one.unit else None
        role = Role(one.role)
        person = Person(PersonId(new_id()), session.id, one.name, role, unit, session.language)
        await people.add(work, person, notice_at=began if one.came else None, at=began)
        here[one.name] = person
    return here


async def _lines(
    work: Work,
    told: DemoBefore,
    session: Session,
    agenda: Sequence[Step],
    here: Mapping[str, Person],
    began: float,
) -> Sequence[Line]:
    said, during = [], session
    for number, one in enumerate(told.lines, 1):
        at = began + number * _BETWEEN
        if during.step_id != agenda[one.step - 1].id:
            await clocks.stop(work, during, at)
            during = replace(session, step_id=agenda[one.step - 1].id)
            await clocks.start(work, during, at)
        said.append(await write_typed(work, during, here[one.by], one.text, new_id(), at=at))
    await clocks.end(work, during, began + (len(said) + 1) * _BETWEEN)
    return said


async def _proposal(
    work: Work,
    told: DemoWording,
    known: Known,
    session: Session,
    here: Mapping[str, Person],
    began: float,
) -> None:
    chair = next(one for one in here.values() if one.role is Role.MODERATOR)
    of_unit = {one.unit_id: one for one in here.values()}
    made = Proposal(
        id=ProposalId(new_id()),
        study_id=known.study_id,
        session_id=session.id,
        kind=Kind.PROBLEM,
        state=ProposalState(told.state),
        draft=AnnotationId(new_id()),
        grounds=(),
        wordings=(),
        affected=tuple(known.units[one] for one in told.affected),
        positions=(),
        entry_id=None,
        at=began + 2 * _BETWEEN,
    )
    await proposals.add(work, made, by=chair.id)
    digest = hashlib.sha256(told.text.encode()).hexdigest()
    wording = Wording(1, told.text, digest, (chair.id,))
    await proposals.add_wording(
        work, made.id, wording, room_seq=0, by=chair.id, at=made.at + _BETWEEN
    )
    for unit, stance, reason in told.positions:
        person = of_unit[known.units[unit]]
        position = Position(
            known.units[unit], person.id, 1, Stance(stance), reason, None, person.id
        )
        await proposals.add_position(work, made.id, position, at=made.at + 2 * _BETWEEN)
    asked = known.units[told.asked] if told.asked else None
    await proposals.set_outcome(work, made.id, Outcome("", asked, told.question))


async def _solution(
    work: Work,
    told: DemoSolution,
    known: Known,
    session: Session,
    said: Sequence[Line],
    began: float,
    number: int,
) -> None:
    """Add an agreed solution with the line it was proposed in, and what was said of it."""
    entry = entry_of(
        known.study_id,
        EntryKind.SOLUTION,
        known.problems[told.solves[0]],
        Bilingual(told.en[0], told.zh[0]),
        Bilingual(told.en[1], told.zh[1]),
        len(known.problems) + number,
    )
    await entries.add(work, entry, slug=f"solutions/{told.slug}", stage_id=known.stage_id)
    await events.record(
        work, known.study_id, "entry.promoted", entry.id, session_id=session.id, at=began + DAY / 24
    )
    await entries.add_links(
        work, [Link(known.problems[one], entry.id, LinkKind.SOLVED_BY) for one in told.solves]
    )
    await entries.add_evidence(work, [evidence_of(entry.id, said[told.line - 1])])
    if (one := told.assessment) is None:
        return
    assessment = Assessment(
        lead=known.units[one.lead],
        supporting=tuple(known.units[unit] for unit in one.supporting),
        feasibility=Feasibility(one.feasibility),
        reason=one.reason,
        depends_on=one.depends_on,
        horizon=Horizon(one.horizon),
        cost=Cost(one.cost),
        regulation=one.regulation,
    )
    assessed = Assessed(Solution(entry_id=entry.id), 1, assessment, "Tian Yuan", began + DAY)
    await solutions.add(work, known.study_id, assessed)


async def _priorities(
    work: Work,
    told: DemoBefore,
    known: Known,
    session: Session,
    here: Mapping[str, Person],
    began: float,
) -> None:
    opened = began + 6 * _BETWEEN
    asked = await entries.of_study(work, known.study_id)
    step = PriorityRound(
        PriorityRoundId(new_id()), known.study_id, session.id,
        tuple(one.id for one in asked if one.kind is EntryKind.PROBLEM), told.priorities.most,
        opened, opened + _BETWEEN, "Tian Yuan",
    )  # fmt: skip
    await priorities.open_round(work, step)
    of_unit = {one.unit_id: one for one in here.values()}
    for unit, urgent, ours in told.priorities.sheets:
        unit_id = known.units[unit]
        sheet = PrioritySheet(
            unit_id, frozenset(known.problems[one] for one in urgent),
            frozenset(known.problems[one] for one in ours), 1, of_unit[unit_id].id, opened + 30,
        )  # fmt: skip
        await priorities.write(work, step.id, sheet)
