"""Sessions with their agenda: who has the floor, which step runs, and whether they are live."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from schemas.errors import NotFound
from schemas.ids import PersonId, SessionId, StageId, StepId, StudyId, ThemeId, UnitId
from schemas.session import (
    Bilingual,
    Language,
    Person,
    Role,
    Session,
    SessionKind,
    SessionState,
    Step,
    StepDetail,
)
from server.domain import codes
from server.store import conduct, tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session with what only its preparation and its moderators need.

    code: the join code as shown. recording: name of the bundled recording, "" for none.
    starts: local date and time as `YYYY-MM-DDTHH:MM`, "" while nobody has set it.
    """

    session: Session
    stage_id: StageId
    theme_id: ThemeId | None
    code: str
    recording: str
    place: str = ""
    starts: str = ""


async def add(work: Work, sitting: Sitting, *, at: float) -> None:
    """Store a prepared session, without its agenda."""
    session = sitting.session
    await work.connection.execute(
        insert(tables.session).values(
            id=session.id,
            study_id=session.study_id,
            stage_id=sitting.stage_id,
            theme_id=sitting.theme_id,
            kind=session.kind.value,
            title_en=session.title.en,
            title_zh=session.title.zh,
            language=session.language.value,
            state=session.state.value,
            code=sitting.code,
            code_sha256=codes.code_sha256(sitting.code),
            recording=sitting.recording,
            place=sitting.place,
            starts=sitting.starts,
            opened_at=session.opened_at,
            step_id=session.step_id,
            floor=session.floor,
            created_at=at,
        )
    )


async def add_step(work: Work, session_id: SessionId, step: Step) -> None:
    """Store one step of a session's agenda."""
    await work.connection.execute(
        insert(tables.step).values(id=step.id, session_id=session_id, **_step_values(step))
    )


async def change(work: Work, sitting: Sitting) -> None:
    """Give a session another theme, stage, kind, title, language, place and time."""
    session = sitting.session
    await _set(
        work,
        session.id,
        stage_id=sitting.stage_id,
        theme_id=sitting.theme_id,
        kind=session.kind.value,
        title_en=session.title.en,
        title_zh=session.title.zh,
        language=session.language.value,
        place=sitting.place,
        starts=sitting.starts,
    )


async def set_steps(work: Work, session_id: SessionId, agenda: Sequence[Step]) -> None:
    """Make `agenda` the steps of a session: new ones are added, missing ones removed."""
    known = {step.id for step in await steps(work, session_id)}
    column = tables.step.c
    gone = sorted(known - {step.id for step in agenda})
    await work.connection.execute(delete(tables.step).where(column.id.in_(gone)))
    # An order is taken once in a session: out of the way first, then each to its place.
    aside = update(tables.step).where(column.session_id == session_id)
    await work.connection.execute(aside.values(order=-column.order - 1))
    for step in agenda:
        if step.id in known:
            changed = update(tables.step).where(column.id == step.id)
            await work.connection.execute(changed.values(_step_values(step)))
        else:
            await add_step(work, session_id, step)


async def get(work: Work, session_id: SessionId) -> Session:
    """Return one session. Raises NotFound `session.unknown`."""
    return (await sitting(work, session_id)).session


async def locked(work: Work, session_id: SessionId) -> Session:
    """Return one session; nobody else changes it until this unit of work ends.

    Raises NotFound `session.unknown`.
    """
    asked = select(tables.session).where(tables.session.c.id == session_id).with_for_update()
    row = (await work.connection.execute(asked)).first()
    if row is None:
        raise NotFound("session.unknown", session=session_id)
    return _session(row)


async def sitting(work: Work, session_id: SessionId) -> Sitting:
    """Return one session with its code and recording. Raises NotFound `session.unknown`."""
    found = await _sittings(work, tables.session.c.id == session_id)
    if not found:
        raise NotFound("session.unknown", session=session_id)
    return found[0]


async def of_study(work: Work, study_id: StudyId) -> Sequence[Sitting]:
    """Return a study's sessions, newest first."""
    return await _sittings(work, tables.session.c.study_id == study_id)


async def among(work: Work, session_ids: Sequence[SessionId]) -> Sequence[Sitting]:
    """Return those of these sessions that exist, newest first."""
    return await _sittings(work, tables.session.c.id.in_(session_ids))


async def every(work: Work) -> Sequence[Sitting]:
    """Return all sessions of all studies, newest first."""
    return await _sittings(work)


async def steps(work: Work, session_id: SessionId) -> Sequence[Step]:
    """Return a session's agenda in order."""
    step = tables.step.c
    asked = select(tables.step).where(step.session_id == session_id).order_by(step.order)
    return [_step(row) for row in rows(await work.connection.execute(asked))]


async def participants(work: Work, session_id: SessionId) -> Sequence[Person]:
    """Return everybody of a session in the order they came, observers without a name left out."""
    person = tables.person.c
    asked = select(tables.person).where(person.session_id == session_id, person.name != "")
    return [
        Person(
            PersonId(row.id),
            session_id,
            row.name,
            Role(row.role),
            None if row.unit_id is None else UnitId(row.unit_id),
            Language(row.language),
        )
        for row in rows(await work.connection.execute(asked.order_by(person.created_at, person.id)))
    ]


async def set_state(
    work: Work,
    session_id: SessionId,
    state: SessionState,
    *,
    opened_at: float | None,
    closed_at: float | None,
) -> None:
    """Make the session live or closed, with the UTC seconds at which it opened and closed."""
    await _set(work, session_id, state=state.value, opened_at=opened_at, closed_at=closed_at)


async def set_floor(work: Work, session_id: SessionId, person_id: PersonId | None) -> None:
    """Give the floor to one person, or to nobody."""
    await _set(work, session_id, floor=person_id)


async def set_step(work: Work, session_id: SessionId, step_id: StepId | None) -> None:
    """Make this step the running one."""
    await _set(work, session_id, step_id=step_id)


async def _set(work: Work, session_id: SessionId, **values: object) -> None:
    changed = update(tables.session).where(tables.session.c.id == session_id)
    await work.connection.execute(changed.values(values))


async def _sittings(work: Work, *which: ColumnElement[bool]) -> Sequence[Sitting]:
    session = tables.session.c
    asked = select(tables.session).where(*which)
    asked = asked.order_by(session.created_at.desc(), session.id)
    return [_sitting(row) for row in rows(await work.connection.execute(asked))]


def _sitting(row: Row[Any]) -> Sitting:
    return Sitting(
        _session(row),
        StageId(row.stage_id),
        None if row.theme_id is None else ThemeId(row.theme_id),
        row.code,
        row.recording,
        row.place,
        row.starts,
    )


def _session(row: Row[Any]) -> Session:
    return Session(
        SessionId(row.id),
        StudyId(row.study_id),
        SessionKind(row.kind),
        Bilingual(row.title_en, row.title_zh),
        Language(row.language),
        SessionState(row.state),
        row.opened_at,
        None if row.step_id is None else StepId(row.step_id),
        None if row.floor is None else PersonId(row.floor),
    )


def _step(row: Row[Any]) -> Step:
    actor = None if row.actor_unit_id is None else UnitId(row.actor_unit_id)
    told = dict(row.detail)
    if told:
        told["probes"] = tuple(told["probes"])
    title = Bilingual(row.title_en, row.title_zh)
    progress = conduct.progress_of(row.spent, row.extra, row.walk, row.asked)
    return Step(StepId(row.id), row.order, title, actor, StepDetail(**told), progress)


def _step_values(step: Step) -> dict[str, object]:
    """What is prepared of a step; what the room made of it is `conduct.set_progress`'s."""
    return {
        "order": step.order,
        "title_en": step.title.en,
        "title_zh": step.title.zh,
        "actor_unit_id": step.actor,
        "detail": asdict(step.detail),
    }
