"""The study that the demo study follows: one closed session, a handful of entries, and their fates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.document import META
from schemas.ids import (
    EntryId,
    PersonId,
    SessionId,
    StageId,
    StepId,
    StudyId,
    ThemeId,
    UnitId,
    new_id,
)
from schemas.session import (
    Language,
    Person,
    Role,
    Session,
    SessionKind,
    SessionState,
    Step,
    Unit,
)
from schemas.taxonomy import Entry, EntryKind
from schemas.transcript import Line
from server.demo import content
from server.demo.content import DemoEarlier, DemoFate
from server.domain import codes
from server.domain.inheriting import Fate, Mark, Reference
from server.services import clocks
from server.services.demo_agreed import entry_of, evidence_of
from server.services.following import take_over
from server.services.sessions import prepare
from server.services.transcripts import write_typed
from server.store import entries, events, inheriting, people, sessions, studies
from server.store.database import Work
from server.store.inheriting import Before
from server.store.sessions import Sitting
from server.store.studies import Stage, Study, Theme

YEAR = 365 * 86_400.0
DAY = 86_400.0
_BETWEEN = 60.0
"""Seconds from one line to the next."""


@dataclass(frozen=True, slots=True)
class _Made:
    """The earlier study as it was prepared: ids by slug. stage_id: of its workshop."""

    study_id: StudyId
    stage_id: StageId
    theme_id: ThemeId
    units: Mapping[str, UnitId]
    began: float


async def make_study(work: Work, later: StudyId, said: Sequence[Line], *, at: float) -> None:
    """Store the earlier study, let `later` follow it, and say what became of its entries.

    said: the lines of the later study's walkthrough, which show it. In the caller's unit of work.
    """
    told = content.earlier()
    made = await _study(work, told, at - told.years_ago * YEAR)
    heard = await _session(work, told, made)
    known = await _taxonomy(work, told, made, heard)
    before = Before(made.study_id, told.title.name, told.by, at - 10 * DAY)
    await inheriting.follow(work, later, before)
    count = await take_over(work, later, made.study_id, told.by, at=before.at)
    body: dict[str, object] = {"before": made.study_id, "entries": count, "by": told.by}
    await events.record(
        work, later, "study.followed", later, role="moderator", body=body, at=before.at
    )
    heirs = {old: new for new, old in (await inheriting.origins(work, later)).items()}
    for one in told.entries:
        for fate in (one, *([one.cause] if one.cause else [])):
            await _say(work, later, fate, heirs[known[fate.slug]], said, by=told.by, at=at - DAY)


async def _study(work: Work, told: DemoEarlier, began: float) -> _Made:
    city = content.study().city.name
    study = Study(StudyId(new_id()), told.slug, told.title.name, city, {})
    await studies.add(work, study, at=began)
    for number, stage in enumerate(told.stages, 1):
        last = Stage(StageId(new_id()), number, stage.name)
        await studies.add_stage(work, study.id, last)
    theme = Theme(ThemeId(new_id()), 1, told.theme.slug, told.theme.name)
    await studies.add_theme(work, study.id, theme)
    units = {}
    for number, one in enumerate(told.theme.units, 1):
        unit = Unit(UnitId(new_id()), one.name, one.kind, number, one.aliases)
        await studies.add_unit(work, study.id, theme.id, one.slug, unit)
        units[one.slug] = unit.id
    await events.record(work, study.id, "study.prepared", study.id, at=began)
    return _Made(study.id, last.id, theme.id, units, began)


async def _session(work: Work, told: DemoEarlier, made: _Made) -> Sequence[Line]:
    """Store the session with what was said in it, and close it."""
    held = told.session
    step = Step(StepId(new_id()), 1, held.step.name, made.units[held.step.actor])
    session = Session(
        id=SessionId(new_id()),
        study_id=made.study_id,
        kind=SessionKind.JOINT_DEVELOPMENT,
        title=held.title.name,
        language=Language.ZH,
        state=SessionState.LIVE,  # closed once all is in it
        opened_at=made.began,
        step_id=step.id,
        floor=None,
    )
    sitting = Sitting(session, made.stage_id, made.theme_id, codes.new_code(), "")
    await prepare(work, sitting, [step], at=made.began)
    here = {}
    for one in held.people:
        unit = made.units[one.unit] if one.unit else None
        person = Person(
            PersonId(new_id()), session.id, one.name, Role(one.role), unit, session.language
        )
        await people.add(work, person, notice_at=made.began, at=made.began)
        here[one.name] = person
    said = []
    for number, line in enumerate(held.lines, 1):
        at = made.began + number * _BETWEEN
        said.append(await write_typed(work, session, here[line.by], line.text, new_id(), at=at))
    over = made.began + (len(said) + 1) * _BETWEEN
    await clocks.end(work, session, over)
    await sessions.set_state(
        work, session.id, SessionState.CLOSED, opened_at=made.began, closed_at=over
    )
    await work.mirror(session.id, META, "state", SessionState.CLOSED.value)
    return said


async def _taxonomy(
    work: Work, told: DemoEarlier, made: _Made, said: Sequence[Line]
) -> Mapping[str, EntryId]:
    """Store what was agreed there, each problem backed by the line that named it."""
    category = told.category
    top = entry_of(made.study_id, EntryKind.CATEGORY, None, category.label, category.definition, 0)
    await _add(work, made, top, category.slug)
    found = {category.slug: top.id}
    for one in told.entries:
        problem = entry_of(
            made.study_id, EntryKind.PROBLEM, top.id, one.label, one.definition, len(found)
        )
        await _add(work, made, problem, one.slug)
        found[one.slug] = problem.id
        await entries.set_units(work, problem.id, {made.units[unit]: True for unit in one.units})
        await entries.add_evidence(work, [evidence_of(problem.id, said[one.line - 1])])
        if one.cause is not None:
            label, definition = one.cause.label, one.cause.definition
            cause = entry_of(
                made.study_id, EntryKind.CAUSE, problem.id, label, definition, len(found)
            )
            await _add(work, made, cause, one.cause.slug)
            found[one.cause.slug] = cause.id
    return found


async def _add(work: Work, made: _Made, entry: Entry, slug: str) -> None:
    await entries.add(work, entry, slug=slug, stage_id=made.stage_id)
    await events.record(work, made.study_id, "entry.imported", entry.id, at=made.began + DAY)


async def _say(
    work: Work,
    study_id: StudyId,
    told: DemoFate,
    entry_id: EntryId,
    said: Sequence[Line],
    *,
    by: str,
    at: float,
) -> None:
    if told.fate is Fate.OPEN:
        return
    shown = tuple(Reference(line_id=said[number - 1].id) for number in told.proofs)
    mark = Mark(entry_id, 1, told.fate, told.reason, shown, by, at)
    await inheriting.write(work, mark)
    body: dict[str, object] = {"fate": told.fate.value, "version": 1, "by": by}
    await events.record(
        work, study_id, "entry.fate_said", entry_id, role="moderator", body=body, at=at
    )
