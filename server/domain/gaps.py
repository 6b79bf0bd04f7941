"""Detail gaps: what a study does not know yet, whom to ask, and with which question.

A gap is one thing that is missing about one subject, asked of one unit. It weighs its reason times
its breadth, the number of units that its subject concerns; a unit weighs what its gaps weigh
together. The rank proposes which units to hear in a focus group, people decide.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from schemas.ids import EntryId, ProposalId, StepId, UnitId
from schemas.session import Bilingual
from server.domain.concrete import signs
from server.domain.gap_questions import question_for


class Reason(StrEnum):
    """Why something is a gap."""

    DEFERRED = "deferred"
    CONTESTED = "contested"
    NOT_HEARD = "not_heard"
    STEP_NOT_REACHED = "step_not_reached"
    EXPERT_ABSENT = "expert_absent"
    NO_CAUSE = "no_cause"
    NO_CONSEQUENCE = "no_consequence"
    NO_EXAMPLE = "no_example"
    ONE_VOICE = "one_voice"
    NO_LINE = "no_line"


WEIGHTS: dict[Reason, int] = {
    Reason.DEFERRED: 5,  # the room itself decided to ask
    Reason.CONTESTED: 4,
    Reason.NOT_HEARD: 3,
    Reason.STEP_NOT_REACHED: 3,
    Reason.EXPERT_ABSENT: 3,
    Reason.NO_CAUSE: 2,
    Reason.NO_CONSEQUENCE: 2,
    Reason.NO_EXAMPLE: 2,
    Reason.ONE_VOICE: 1,
    Reason.NO_LINE: 1,
}
"""How much each reason counts before its breadth."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a gap is about. session: the title of where it comes from, where that says something."""

    of: Literal["entry", "proposal", "step", "person"]
    id: str
    text: Bilingual
    session: Bilingual = field(default_factory=Bilingual)


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry in force, as far as gaps depend on it.

    concerned: units that it concerns; unheard: those of them that were absent. voices: units whose
    statements or marks back it, a speaker's name where the unit is not known. texts: what backs it,
    word for word. line_count: how many lines of sessions that is.
    """

    id: EntryId
    label: Bilingual
    has_cause: bool
    has_consequence: bool
    concerned: tuple[UnitId, ...] = ()
    unheard: frozenset[UnitId] = frozenset()
    voices: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    line_count: int = 0


@dataclass(frozen=True, slots=True)
class Aside:
    """A proposal of a closed session that is not settled. asked: who is to answer the question."""

    id: ProposalId
    text: Bilingual
    session: Bilingual
    affected: tuple[UnitId, ...]
    is_deferred: bool
    asked: UnitId | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """A challenge of an entry that nobody has answered yet."""

    entry_id: EntryId
    label: Bilingual
    unit_id: UnitId | None
    concerned: tuple[UnitId, ...]


@dataclass(frozen=True, slots=True)
class Unreached:
    """A step of a closed session in which nothing was said."""

    id: StepId
    title: Bilingual
    session: Bilingual
    actor: UnitId | None
    hand_over: UnitId | None


@dataclass(frozen=True, slots=True)
class Absent:
    """An expert who was expected in a closed session, for a unit of which nobody came."""

    id: str
    name: str
    unit_id: UnitId
    session: Bilingual


@dataclass(frozen=True, slots=True)
class Known:
    """What a study knows. units: in protocol order. systems: names that make an example concrete."""

    units: Sequence[UnitId]
    problems: Sequence[Problem] = ()
    asides: Sequence[Aside] = ()
    objections: Sequence[Objection] = ()
    unreached: Sequence[Unreached] = ()
    absent: Sequence[Absent] = ()
    systems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing. unit_id: whom to ask, None where nobody is known to know."""

    reason: Reason
    unit_id: UnitId | None
    subject: Subject
    breadth: int
    question: Bilingual

    @property
    def weight(self) -> int:
        """What it counts in the rank."""
        return WEIGHTS[self.reason] * self.breadth

    @property
    def id(self) -> str:
        """What it is called from one look to the next."""
        return f"{self.reason}.{self.subject.id}.{self.unit_id or ''}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A unit with what it is to be asked, the weightiest first."""

    unit_id: UnitId
    gaps: tuple[Gap, ...]

    @property
    def weight(self) -> int:
        """What all its gaps weigh together."""
        return sum(gap.weight for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Ranking:
    """units: the weightiest first, equals in protocol order. open: gaps that name nobody to ask."""

    units: tuple[Asked, ...]
    open: tuple[Gap, ...]


def rank(known: Known) -> Ranking:
    """Return the units worth hearing, each with its gaps, and the gaps that name no unit."""
    found = list(dict.fromkeys(_gaps(known)))
    order = {unit: number for number, unit in enumerate(known.units)}
    by_unit: dict[UnitId, list[Gap]] = {}
    for gap in found:
        if gap.unit_id is not None and gap.unit_id in order:
            by_unit.setdefault(gap.unit_id, []).append(gap)
    asked = [Asked(unit, _sorted(gaps)) for unit, gaps in by_unit.items()]
    asked.sort(key=lambda one: (-one.weight, order[one.unit_id]))
    return Ranking(tuple(asked), _sorted(gap for gap in found if gap.unit_id is None))


def _gaps(known: Known) -> Iterable[Gap]:
    for aside in known.asides:
        yield from _of_aside(aside)
    for objection in known.objections:
        subject = Subject("entry", objection.entry_id, objection.label)
        parties = (objection.unit_id,) if objection.unit_id else ()
        units = tuple(dict.fromkeys((*parties, *objection.concerned)))
        yield from _each(Reason.CONTESTED, units, subject, len(units))
    for problem in known.problems:
        yield from _of_problem(problem, known.systems)
    for step in known.unreached:
        subject = Subject("step", step.id, step.title, step.session)
        units = tuple(dict.fromkeys(one for one in (step.actor, step.hand_over) if one))
        yield from _each(Reason.STEP_NOT_REACHED, units[:1], subject, len(units))
    for one in known.absent:
        subject = Subject("person", one.id, Bilingual(one.name, one.name), one.session)
        yield from _each(Reason.EXPERT_ABSENT, (one.unit_id,), subject, 1)


def _of_aside(aside: Aside) -> Iterable[Gap]:
    subject = Subject("proposal", aside.id, aside.text, aside.session)
    reason = Reason.DEFERRED if aside.is_deferred else Reason.CONTESTED
    units = (aside.asked,) if aside.asked else aside.affected
    yield from _each(reason, units, subject, len({*aside.affected, *units}), aside.question)


def _of_problem(problem: Problem, systems: Collection[str]) -> Iterable[Gap]:
    subject = Subject("entry", problem.id, problem.label)
    breadth, units = len(problem.concerned), problem.concerned
    if not problem.has_cause:
        yield from _each(Reason.NO_CAUSE, units, subject, breadth)
    if not problem.has_consequence:
        yield from _each(Reason.NO_CONSEQUENCE, units, subject, breadth)
    if not any(signs(text, systems) for text in problem.texts):
        yield from _each(Reason.NO_EXAMPLE, units, subject, breadth)
    if problem.unheard:
        silent = tuple(unit for unit in units if unit in problem.unheard)
        yield from _each(Reason.NOT_HEARD, silent, subject, breadth)
    if len(problem.voices) == 1:
        others = tuple(unit for unit in units if unit not in problem.voices)
        yield from _each(Reason.ONE_VOICE, others, subject, breadth)
    if problem.line_count == 0:
        yield from _each(Reason.NO_LINE, units, subject, breadth)


def _each(
    reason: Reason, units: Sequence[UnitId], subject: Subject, breadth: int, asked: str = ""
) -> Iterable[Gap]:
    """The same gap for each unit, or once for nobody."""
    question = question_for(reason.value, subject.text, subject.session, asked)
    for unit in units or (None,):
        yield Gap(reason, unit, subject, max(1, breadth), question)


def _sorted(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=lambda gap: (-gap.weight, gap.subject.of, gap.id)))
