"""The demo study and its two playable sessions: made once, found again at every start."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.ids import (
    AccountId,
    EntryId,
    PersonId,
    SessionId,
    SourceId,
    StageId,
    StepId,
    StudyId,
    ThemeId,
    UnitId,
    new_id,
)
from schemas.session import (
    Bilingual,
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
from server.demo import content
from server.demo.content import DemoProblem, DemoSession
from server.domain import codes
from server.services import clocks, demo_before, demo_earlier, demo_stages
from server.services.accounts import Accounts
from server.services.demo_agreed import entry_of
from server.services.joining import Joining
from server.services.sessions import prepare
from server.store import (
    colleagues,
    entries,
    events,
    inheriting,
    lines,
    memberships,
    people,
    sessions,
    studies,
    versions,
)
from server.store.colleagues import Colleague
from server.store.database import Database, Work
from server.store.entries import Link
from server.store.memberships import Share
from server.store.sessions import Sitting
from server.store.studies import Source, Stage, Study, Theme

MODERATOR_LOGIN = "moderator"
ANALYSIS_STAGE = 3
"""The stage whose result the starting taxonomy is."""
GROUPS_STAGE = 4
DAYS_SINCE = 40
"""Days since the study was prepared and its starting taxonomy brought in."""


@dataclass(frozen=True, slots=True)
class SeatWay:
    """A seat link: who sits there, and its path."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class SessionWay:
    """The ways into one session: join code, projector link, seats."""

    session_id: SessionId
    title: Bilingual
    language: Language
    code: str
    projector: str
    seats: tuple[SeatWay, ...]


@dataclass(frozen=True, slots=True)
class DemoWays:
    """The ways into the demo study, as paths. moderator: lets in once, fresh at every start."""

    study_id: StudyId
    moderator: str
    sessions: tuple[SessionWay, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """What the parts of the study are called by: ids by slug, stages by number.

    began: when the study was prepared; at: now. Both UTC seconds.
    """

    study_id: StudyId
    stages: Mapping[int, StageId]
    themes: Mapping[str, ThemeId]
    units: Mapping[str, UnitId]
    began: float
    at: float


async def ensure_demo(database: Database, accounts: Accounts, joining: Joining) -> DemoWays:
    """Make the demo study unless it is there, and return the ways in.

    The study, its taxonomy and both sessions are one unit of work: all there or nothing. The
    sessions are live from the start, so that their recordings can be played at once.
    """
    async with database.write() as work:
        known = await studies.by_slug(work, content.study().slug)
        study_id = known.id if known else await _make(work, time.time())
        before = await inheriting.before_of(work, study_id)
    account_id = await _moderator(accounts)
    async with database.write() as work:
        here = {one.id for one in await studies.every(work)}
        for one in (study_id, *([before.study_id] if before else [])):
            if one in here:  # a study that came in a box came without the one it follows
                await memberships.add(work, one, account_id, Share.OWNER)
        await _begin_anew(work, study_id, time.time())
    async with database.read() as work:
        sittings = await sessions.of_study(work, study_id)
        guests = {
            one.session.id: await people.invited(work, one.session.id)
            for one in sittings
            if one.recording
        }
    playable = [one for one in sittings if one.recording]
    playable.sort(key=lambda one: one.session.language.value)
    return DemoWays(
        study_id=study_id,
        moderator=f"{await accounts.one_time_link(account_id)}?study={study_id}",
        sessions=tuple([await _ways(joining, one, guests[one.session.id]) for one in playable]),
    )


async def _begin_anew(work: Work, study_id: StudyId, at: float) -> None:
    """Let the clock start where nobody has said anything yet: it would count from the first day."""
    for one in await sessions.of_study(work, study_id):
        if one.recording and not await lines.of_session(work, one.session.id):
            await clocks.start(work, one.session, at)


async def _moderator(accounts: Accounts) -> AccountId:
    account = await accounts.find(MODERATOR_LOGIN)
    if account is None:
        account = await accounts.create(MODERATOR_LOGIN, "Moderator", None)
    return account.id


async def _ways(joining: Joining, sitting: Sitting, guests: Sequence[Person]) -> SessionWay:
    session = sitting.session
    return SessionWay(
        session_id=session.id,
        title=session.title,
        language=session.language,
        code=sitting.code,
        projector=await joining.projector_url(session.id),
        seats=tuple([SeatWay(one.name, await joining.seat_url(one.id)) for one in guests]),
    )


async def _make(work: Work, at: float) -> StudyId:
    told = content.study()
    made = await _make_study(work, at)
    sources = await _make_sources(work, made)
    problems = await _make_taxonomy(work, made)
    await versions.add_name(
        work,
        made.study_id,
        told.stages[ANALYSIS_STAGE - 1].en,
        stage_id=made.stages[ANALYSIS_STAGE],
        by="",
    )
    await demo_stages.make_units(work, made.study_id, made.units, made.themes)
    await demo_stages.make_passages(work, made.study_id, sources, problems, at=made.at)
    said = await demo_before.make_walkthrough(
        work,
        demo_before.Known(
            made.study_id, made.stages[GROUPS_STAGE], made.themes, made.units, problems, made.at
        ),
    )
    await demo_earlier.make_study(work, made.study_id, said, at=made.at)
    every = await entries.of_study(work, made.study_id)
    await versions.with_links(work, [one.id for one in every])
    for one in content.sessions():
        await _make_session(work, made, one)
    await _make_people(work, made)
    return made.study_id


async def _make_study(work: Work, at: float) -> _Made:
    told = content.study()
    study = Study(StudyId(new_id()), told.slug, told.title.name, told.city.name, {})
    began = at - DAYS_SINCE * 86_400
    await studies.add(work, study, at=began)
    stages: dict[int, StageId] = {}
    for number, stage in enumerate(told.stages, 1):
        stages[number] = StageId(new_id())
        await studies.add_stage(work, study.id, Stage(stages[number], number, stage.name))
    themes: dict[str, ThemeId] = {}
    units: dict[str, UnitId] = {}
    for number, theme in enumerate(told.themes, 1):
        themes[theme.slug] = ThemeId(new_id())
        made = Theme(themes[theme.slug], number, theme.slug, theme.name)
        await studies.add_theme(work, study.id, made)
        for one in theme.units:
            unit = Unit(UnitId(new_id()), one.name, one.kind, len(units) + 1, one.aliases)
            await studies.add_unit(work, study.id, made.id, one.slug, unit)
            units[one.slug] = unit.id
    for one in told.beside:
        unit = Unit(UnitId(new_id()), one.name, one.kind, len(units) + 1, one.aliases)
        await studies.add_unit(work, study.id, None, one.slug, unit)
        units[one.slug] = unit.id
    await events.record(work, study.id, "study.prepared", study.id, at=began)
    return _Made(study.id, stages, themes, units, began, at)


async def _make_sources(work: Work, made: _Made) -> Mapping[str, SourceId]:
    found = [
        Source(
            id=SourceId(new_id()),
            stage_id=made.stages[1],
            slug=one.slug,
            title=one.title,
            issuer=one.issuer,
            level=one.level,
            year=one.year,
            topic=one.topic,
            targets=one.targets,
            url=one.url,
        )
        for one in content.sources()
    ]
    await studies.add_sources(work, made.study_id, found)
    return {one.slug: one.id for one in found}


async def _make_taxonomy(work: Work, made: _Made) -> Mapping[str, EntryId]:
    told = content.taxonomy()
    ids: dict[str, EntryId] = {}
    for one in told.categories:
        category = entry_of(
            made.study_id, EntryKind.CATEGORY, None, one.label, one.definition, len(ids)
        )
        await _add_entry(work, made, category, one.slug)
        ids[one.slug] = category.id
        for problem in one.problems:
            await _make_problem(work, made, category, problem, ids)
    await entries.add_links(
        work, [Link(ids[first], ids[second], kind) for first, kind, second in told.links]
    )
    return ids


async def _make_problem(
    work: Work, made: _Made, category: Entry, told: DemoProblem, ids: dict[str, EntryId]
) -> None:
    """Add a problem with its causes and consequences below it; `ids` grows by all of them."""
    problem = replace(
        entry_of(
            made.study_id, EntryKind.PROBLEM, category.id, told.label, told.definition, len(ids)
        ),
        scope=told.scope,
    )
    await _add_entry(work, made, problem, told.slug)
    ids[told.slug] = problem.id
    heard = {made.units[unit]: True for unit in told.units}
    await entries.set_units(work, problem.id, heard)
    for kind, texts in (
        (EntryKind.CAUSE, told.causes),
        (EntryKind.CONSEQUENCE, told.consequences),
    ):
        for number, (en, zh) in enumerate(texts, 1):
            slug = f"{told.slug}/{kind.value}-{number}"
            below = entry_of(
                made.study_id, kind, problem.id, Bilingual(en, zh), Bilingual(), len(ids)
            )
            await _add_entry(work, made, below, slug)
            ids[slug] = below.id


async def _add_entry(work: Work, made: _Made, entry: Entry, slug: str) -> None:
    await entries.add(work, entry, slug=slug, stage_id=made.stages[ANALYSIS_STAGE])
    await events.record(work, made.study_id, "entry.imported", entry.id, at=made.began)


async def _make_people(work: Work, made: _Made) -> None:
    """List everybody who sits in the sessions, so that they can be invited again."""
    known: dict[str, Colleague] = {}
    for session in content.sessions():
        for one in session.people:
            unit = made.units[one.unit] if one.unit else None
            known[one.name] = Colleague(
                new_id(), one.name, unit, "", "", Role(one.role), session.language
            )
    told = content.before()
    for guest in told.people:
        unit = made.units[guest.unit] if guest.unit else None
        known[guest.name] = Colleague(
            new_id(), guest.name, unit, "", "", Role(guest.role), told.language
        )
    await colleagues.add(work, made.study_id, list(known.values()), at=made.began)


async def _make_session(work: Work, made: _Made, told: DemoSession) -> None:
    agenda = [
        Step(StepId(new_id()), order, step.name, made.units[step.actor], step.detail(made.units))
        for order, step in enumerate(told.steps, 1)
    ]
    session = Session(
        id=SessionId(new_id()),
        study_id=made.study_id,
        kind=SessionKind.JOINT_DEVELOPMENT,
        title=told.title.name,
        language=told.language,
        state=SessionState.LIVE,
        opened_at=made.at,
        step_id=agenda[0].id,
        floor=None,
    )
    sitting = Sitting(
        session,
        made.stages[GROUPS_STAGE],
        made.themes[told.theme],
        codes.new_code(),
        told.recording,
    )
    await prepare(work, sitting, agenda, at=made.at)
    for one in told.people:
        unit = made.units[one.unit] if one.unit else None
        person = Person(
            PersonId(new_id()), session.id, one.name, Role(one.role), unit, told.language
        )
        await people.add(work, person, notice_at=None, at=made.at)
