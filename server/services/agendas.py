"""Preparing sessions: a new one from a template or another session, its details, its agenda.

Everything is done by accounts that run the study, before the session and while it is live: what
the room sees of it is mirrored in the same unit of work.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.conduct import Progress
from schemas.document import AGENDA
from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import SessionChanged
from schemas.ids import SessionId, StageId, StepId, StudyId, ThemeId, UnitId, new_id
from schemas.session import (
    Bilingual,
    Language,
    Session,
    SessionKind,
    SessionState,
    Step,
    StepDetail,
    Unit,
)
from server.domain import agenda as templates
from server.domain import codes
from server.domain.agenda import Template
from server.services import citing, clocks
from server.services.sessions import mirror_titles, prepare
from server.services.steps import agenda_value
from server.store import agenda_templates, events, memberships, sessions, speech, studies
from server.store.accounts import Account
from server.store.agenda_templates import KeptAgenda
from server.store.database import Database, Work
from server.store.sessions import Sitting
from server.store.speech import Speech
from server.store.studies import Stage, Study, Theme

MAX_TEXT = 500
MAX_STEPS = 60
MAX_MINUTES = 600
_STARTS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Details:
    """What the form of a session asks. theme_id: None for all themes."""

    title: Bilingual
    kind: SessionKind
    language: Language
    stage_id: StageId
    theme_id: ThemeId | None = None
    place: str = ""
    starts: str = ""
    speech: Speech = field(default_factory=Speech)


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of an agenda as it was sent; an empty id is a new step, an empty title none."""

    id: str
    title: Bilingual
    actor: UnitId | None
    detail: StepDetail


@dataclass(frozen=True, slots=True)
class Preparation:
    """A session as those who prepare it see it. others: the study's other sessions."""

    study: Study
    sitting: Sitting
    speech: Speech
    agenda: Sequence[Step]
    stages: Sequence[Stage]
    themes: Sequence[Theme]
    units: Sequence[Unit]
    others: Sequence[Sitting]


class Agendas:
    """Makes sessions and changes what is prepared for them."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def create(
        self,
        account: Account,
        study_id: StudyId,
        details: Details,
        *,
        template: Template = Template.NONE,
        like: SessionId | None = None,
        kept: str | None = None,
    ) -> SessionId:
        """Prepare a session with the agenda of a template, of another session, or one kept.

        Raises NotFound (`study.unknown`, `session.unknown`, `agenda.unknown`) or Invalid
        (`session.details`).
        """
        now = self._now()
        async with self._database.write() as work:
            await require_runs(work, account, study_id)
            await _check(work, study_id, details)
            if kept is None:
                steps = await _first_agenda(work, study_id, template, details, like)
            else:
                steps = await _kept_agenda(work, account, study_id, kept)
            is_asking = kept is None and like is None and template is Template.QUESTIONS
            session = Session(
                id=SessionId(new_id()),
                study_id=study_id,
                kind=SessionKind.FOCUS_GROUP if is_asking else details.kind,
                title=details.title,
                language=details.language,
                state=SessionState.PREPARED,
                opened_at=None,
                step_id=steps[0].id if steps else None,
                floor=None,
            )
            sitting = Sitting(
                session,
                details.stage_id,
                details.theme_id,
                codes.new_code(),
                "",
                details.place,
                details.starts,
            )
            await prepare(work, sitting, steps, at=now)
            await speech.declare(work, session.id, details.speech)
            await events.record(work, study_id, "session.prepared", session.id, at=now)
        return session.id

    async def preparation(self, account: Account, session_id: SessionId) -> Preparation:
        """Return everything that is prepared for a session. Raises NotFound `session.unknown`."""
        async with self._database.read() as work:
            sitting = await sitting_of(work, account, session_id)
            study_id = sitting.session.study_id
            others = await sessions.of_study(work, study_id)
            return Preparation(
                await studies.get(work, study_id),
                sitting,
                await speech.get(work, session_id),
                await sessions.steps(work, session_id),
                await studies.stages(work, study_id),
                await studies.themes(work, study_id),
                await studies.units(work, study_id),
                [each for each in others if each.session.id != session_id],
            )

    async def change(self, account: Account, session_id: SessionId, details: Details) -> None:
        """Change a session that is not closed.

        Raises NotFound, Conflict (`session.closed`) or Invalid (`session.details`).
        """
        async with self._database.write() as work:
            sitting = await _open_sitting(work, account, session_id)
            await _check(work, sitting.session.study_id, details)
            session = replace(
                sitting.session,
                kind=details.kind,
                title=details.title,
                language=details.language,
            )
            changed = replace(
                sitting,
                session=session,
                stage_id=details.stage_id,
                theme_id=details.theme_id,
                place=details.place,
                starts=details.starts,
            )
            await sessions.change(work, changed)
            await speech.declare(work, session.id, details.speech)
            await mirror_titles(work, session)
            was = citing.was_called(sitting.session.title, session.title)
            await self._tell(work, session, citing.SESSION_CHANGED, was)

    async def set_agenda(
        self, account: Account, session_id: SessionId, rows: Sequence[Planned]
    ) -> None:
        """Make these the steps of a session, in this order; steps keep their ids.

        Raises NotFound, Conflict (`session.closed`, `agenda.running` where the running step of a
        live session would go), or Invalid (`agenda.row`, `agenda.steps`).
        """
        async with self._database.write() as work:
            sitting = await _open_sitting(work, account, session_id)
            session = sitting.session
            units = {unit.id for unit in await studies.units(work, session.study_id)}
            known = {str(step.id) for step in await sessions.steps(work, session_id)}
            steps = _steps(rows, known, units)
            kept = {step.id for step in steps}
            before = await sessions.steps(work, session_id)
            waits = session.state is SessionState.PREPARED  # then it begins with what stands first
            began = waits and bool(before) and session.step_id == before[0].id
            if session.state is SessionState.LIVE and session.step_id not in {None, *kept}:
                raise Conflict("agenda.running")
            await sessions.set_steps(work, session_id, steps)
            for gone in sorted(known - kept):
                await work.mirror(session_id, AGENDA, gone, None)
            for step in await sessions.steps(work, session_id):  # with what the room made of them
                await work.mirror(session_id, AGENDA, step.id, agenda_value(step))
            if began or session.step_id not in kept:
                await _begin_with(work, session, steps, self._now())
            await self._tell(work, session, "session.agenda")

    async def keep(self, account: Account, session_id: SessionId, title: str) -> None:
        """Keep a session's agenda under a title, to begin others with.

        Raises NotFound `session.unknown`, Invalid `agenda.title`.
        """
        named = " ".join(title.split())
        if not 0 < len(named) <= MAX_TEXT:
            raise Invalid("agenda.title", most=MAX_TEXT)
        async with self._database.write() as work:
            session = (await sitting_of(work, account, session_id)).session
            steps = await sessions.steps(work, session_id)
            await agenda_templates.keep(work, session.study_id, named, steps, at=self._now())
            await self._tell(work, session, "agenda.kept")

    async def kept(self, account: Account) -> Sequence[KeptAgenda]:
        """Return the agendas kept in the studies that an account runs."""
        async with self._database.read() as work:
            return await agenda_templates.of_account(work, account.id)

    async def _tell(
        self, work: Work, session: Session, action: str, body: Mapping[str, object] | None = None
    ) -> None:
        await events.record(
            work,
            session.study_id,
            action,
            session.id,
            session_id=session.id,
            role="moderator",
            body=body,
            at=self._now(),
        )
        work.publish(SessionChanged(session.study_id, session.id))


async def require_runs(work: Work, account: Account, study_id: StudyId) -> None:
    """Pass for an account that runs the study. Raises NotFound `study.unknown`."""
    if await memberships.share_of(work, study_id, account.id) is None:
        raise NotFound("study.unknown", study=study_id)


async def sitting_of(work: Work, account: Account, session_id: SessionId) -> Sitting:
    """Return a session of a study that the account runs. Raises NotFound `session.unknown`."""
    if not await memberships.runs(work, account.id, session_id):
        raise NotFound("session.unknown", session=session_id)
    return await sessions.sitting(work, session_id)


async def _open_sitting(work: Work, account: Account, session_id: SessionId) -> Sitting:
    sitting = await sitting_of(work, account, session_id)
    session = await sessions.locked(work, session_id)
    if session.state is SessionState.CLOSED:
        raise Conflict("session.closed")
    return replace(sitting, session=session)


async def _begin_with(work: Work, session: Session, steps: Sequence[Step], at: float) -> None:
    first = steps[0].id if steps else None
    await sessions.set_step(work, session.id, first)
    await work.mirror(session.id, "meta", "step", first)
    await clocks.start(work, session, at)


async def _kept_agenda(work: Work, account: Account, study_id: StudyId, kept: str) -> list[Step]:
    units = frozenset(unit.id for unit in await studies.units(work, study_id))
    steps = await agenda_templates.steps_of(work, kept, account.id, units)
    if steps is None:
        raise NotFound("agenda.unknown", agenda=kept)
    return list(steps)


async def _first_agenda(
    work: Work, study_id: StudyId, template: Template, details: Details, like: SessionId | None
) -> list[Step]:
    if like is None:
        rows = templates.rows(template, details.kind, details.language)
        return [
            Step(StepId(new_id()), order, title, None, detail)
            for order, (title, detail) in enumerate(rows, 1)
        ]
    if (await sessions.get(work, like)).study_id != study_id:
        raise NotFound("session.unknown", session=like)
    return [
        replace(step, id=StepId(new_id()), progress=Progress())
        for step in await sessions.steps(work, like)
    ]


async def _check(work: Work, study_id: StudyId, details: Details) -> None:
    wrong: dict[str, str] = {}
    longest = max(len(details.title.en), len(details.title.zh))
    if not 1 <= longest <= MAX_TEXT:
        wrong["title"] = "session.title"
    if details.stage_id not in {stage.id for stage in await studies.stages(work, study_id)}:
        wrong["stage"] = "session.stage"
    themes = {theme.id for theme in await studies.themes(work, study_id)}
    if details.theme_id is not None and details.theme_id not in themes:
        wrong["theme"] = "session.theme"
    if len(details.place) > MAX_TEXT:
        wrong["place"] = "session.place"
    if not _STARTS.fullmatch(details.starts):
        wrong["starts"] = "session.starts"
    if wrong:
        raise Invalid("session.details", **wrong)


def _steps(rows: Sequence[Planned], known: set[str], units: set[UnitId]) -> list[Step]:
    steps: list[Step] = []
    for number, row in enumerate(rows, 1):
        if not (row.title.en or row.title.zh):
            if row.id or row.actor or row.detail != StepDetail():
                raise Invalid("agenda.row", row=number)
            continue
        detail = row.detail
        texts = (row.title.en, row.title.zh, detail.system, detail.data_in, detail.data_out)
        if (
            max(len(text) for text in (*texts, *detail.probes)) > MAX_TEXT
            or not 0 <= detail.minutes <= MAX_MINUTES
            or not {row.actor, detail.hand_over} <= {None, *units}
        ):
            raise Invalid("agenda.row", row=number)
        step_id = StepId(row.id if row.id in known else new_id())
        steps.append(Step(step_id, len(steps) + 1, row.title, row.actor, detail))
    if len(steps) > MAX_STEPS:
        raise Invalid("agenda.steps", most=MAX_STEPS)
    return steps
