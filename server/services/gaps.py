"""Detail gaps of a study, ranked; and a focus group made of chosen ones in one action."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import Conflict, Invalid
from schemas.ids import EntryId, PersonId, ProposalId, SessionId, StepId, StudyId, UnitId, new_id
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
    Unit,
)
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind
from server.domain import codes
from server.domain import gaps as rules
from server.domain.gaps import Gap, Known, Problem, Ranking, Reason
from server.domain.inheriting import SETTLED
from server.services import board
from server.services.agendas import MAX_STEPS, require_runs
from server.services.sessions import prepare
from server.store import entries, events, inheriting, people, proposals, reports, studies
from server.store import gaps as store
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.entries import EntryUnit
from server.store.sessions import Sitting
from server.store.studies import Study

PROBE = Bilingual(
    "Which system, which place, when, how many?", "哪个系统、什么地点、什么时间、多少？"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A study's gaps with the units they speak of."""

    study: Study
    units: Mapping[UnitId, Unit]
    ranking: Ranking


class Gaps:
    """Finds gaps for the accounts that run a study."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def found(self, account: Account, study_id: StudyId) -> Found:
        """Return what the study does not know, whom to ask first. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            await require_runs(work, account, study_id)
            study = await studies.get(work, study_id)
            units = await studies.units(work, study_id)
            ranking = rules.rank(await _known(work, study_id, units))
        return Found(study, {unit.id: unit for unit in units}, ranking)

    async def convene(
        self, account: Account, study_id: StudyId, chosen: Collection[str]
    ) -> SessionId:
        """Prepare a focus group that asks what closes these gaps, and return it.

        Each gap becomes a question to its unit; what was deferred comes along with its wordings and
        positions; the experts whom those units sent before are on the invitation list.

        Raises NotFound, Invalid `gaps.none` or `gaps.too_many`, Conflict `gaps.changed` where one
        of them is a gap no more.
        """
        if not chosen:
            raise Invalid("gaps.none")
        if len(chosen) > MAX_STEPS:
            raise Invalid("gaps.too_many", most=MAX_STEPS)
        now = self._now()
        async with self._database.write() as work:
            await require_runs(work, account, study_id)
            units = await studies.units(work, study_id)
            ranking = rules.rank(await _known(work, study_id, units))
            ranked = [gap for asked in ranking.units for gap in asked.gaps]
            gaps = [gap for gap in (*ranked, *ranking.open) if gap.id in chosen]
            if len(gaps) < len(set(chosen)):
                raise Conflict("gaps.changed", gone=len(set(chosen)) - len(gaps))
            sitting = await _sitting(work, account, study_id, gaps, units)
            steps = _questions(gaps)
            await prepare(work, sitting, steps, at=now)
            await _invite(work, study_id, sitting.session, gaps, at=now)
            await _carry(work, account, sitting.session, gaps, at=now)
            told: dict[str, object] = {"gaps": [gap.id for gap in gaps], "by": account.name}
            session_id = sitting.session.id
            await events.record(
                work, study_id, "session.prepared", session_id, role="moderator", body=told, at=now
            )
        return session_id


async def _known(work: Work, study_id: StudyId, units: Sequence[Unit]) -> Known:
    return Known(
        units=[unit.id for unit in units],
        problems=await _problems(work, study_id),
        asides=await store.asides(work, study_id),
        objections=await store.objections(work, study_id),
        unreached=await store.unreached(work, study_id),
        absent=await store.absent(work, study_id),
        systems=await store.systems(work, study_id),
    )


async def _problems(work: Work, study_id: StudyId) -> Sequence[Problem]:
    found = await entries.of_study(work, study_id)
    marks = await inheriting.marks(work, study_id)
    settled = {one for one, mark in marks.items() if mark.fate in SETTLED}
    known = {one.id: one for one in found if one.state is EntryState.ACTIVE}
    caused, leading = await _explained(work, study_id, known)
    concerned = await reports.units_of_entries(work, study_id)
    backing = await store.backing(work, study_id)
    problems = []
    for entry in known.values():
        if entry.kind is not EntryKind.PROBLEM or entry.id in settled:
            continue
        backed: Sequence[tuple[str, str, bool]] = backing.get(entry.id, ())
        units: Sequence[EntryUnit] = concerned.get(entry.id, ())
        problems.append(
            Problem(
                id=entry.id,
                label=entry.label,
                has_cause=entry.id in caused,
                has_consequence=entry.id in leading,
                concerned=tuple(one.unit.id for one in units),
                unheard=frozenset(one.unit.id for one in units if not one.heard),
                voices=frozenset(voice for voice, _, _ in backed if voice),
                texts=tuple(text for _, text, _ in backed),
                line_count=sum(is_line for _, _, is_line in backed),
            )
        )
    return problems


async def _explained(
    work: Work, study_id: StudyId, known: Mapping[EntryId, Entry]
) -> tuple[set[EntryId], set[EntryId]]:
    """The entries that have a cause, and those that have a consequence: below them or linked."""
    caused, leading = set[EntryId](), set[EntryId]()
    for one in known.values():
        if one.parent_id is not None and one.kind is EntryKind.CAUSE:
            caused.add(one.parent_id)
        if one.parent_id is not None and one.kind is EntryKind.CONSEQUENCE:
            leading.add(one.parent_id)
    for link in await reports.links_of_study(work, study_id):
        if link.from_id not in known or link.to_id not in known:
            continue
        if link.kind in (LinkKind.CAUSES, LinkKind.LEADS_TO):
            leading.add(link.from_id)
            caused.add(link.to_id)
    return caused, leading


async def _sitting(
    work: Work, account: Account, study_id: StudyId, gaps: Sequence[Gap], units: Sequence[Unit]
) -> Sitting:
    """A focus group in the study's last stage, called after the units that it asks."""
    asked = {gap.unit_id for gap in gaps}
    named = [unit.name for unit in units if unit.id in asked]
    stages = await studies.stages(work, study_id)
    if not stages:
        raise Invalid("session.details", stage="session.stage")
    title = Bilingual("Focus group", "焦点小组")
    if named:
        en = ", ".join(name.en or name.zh for name in named[:4])
        zh = "、".join(name.zh or name.en for name in named[:4])
        more = len(named) > 4
        title = Bilingual(
            f"{title.en}: {en}{' and others' if more else ''}",
            f"{title.zh}：{zh}{'等' if more else ''}",
        )
    language = (await studies.get(work, study_id)).languages
    session = Session(
        id=SessionId(new_id()),
        study_id=study_id,
        kind=SessionKind.FOCUS_GROUP,
        title=title,
        language=account.language if language == "both" else Language(language),
        state=SessionState.PREPARED,
        opened_at=None,
        step_id=None,
        floor=None,
    )
    return Sitting(session, stages[-1].id, None, codes.new_code(), "")


def _questions(gaps: Sequence[Gap]) -> list[Step]:
    steps = []
    for number, gap in enumerate(gaps, 1):
        probes = (PROBE.zh,) if not gap.question.en else (PROBE.en,)
        detail = StepDetail(
            probes=probes if gap.reason is not Reason.NO_EXAMPLE else (), minutes=10
        )
        steps.append(Step(StepId(new_id()), number, gap.question, gap.unit_id, detail))
    return steps


async def _invite(
    work: Work, study_id: StudyId, session: Session, gaps: Sequence[Gap], *, at: float
) -> None:
    known = await store.experts(work, study_id)
    for unit_id in dict.fromkeys(gap.unit_id for gap in gaps if gap.unit_id is not None):
        for name in known.get(unit_id, ()):
            person_id = PersonId(new_id())
            person = Person(person_id, session.id, name, Role.EXPERT, unit_id, session.language)
            await people.add(work, person, notice_at=None, at=at)


async def _carry(
    work: Work, account: Account, session: Session, gaps: Sequence[Gap], *, at: float
) -> None:
    """Bring deferred and unresolved wordings along: they stand on the new board, set aside."""
    setting = await proposals.setting(work, session.id)
    ids = (gap.subject.id for gap in gaps if gap.subject.of == "proposal")
    for number, proposal_id in enumerate(dict.fromkeys(ids)):
        earlier = await proposals.get(work, ProposalId(proposal_id))
        made = await proposals.carry(
            work, earlier, session.id, by=account.id, at=at + number / 1000
        )
        await board.show(work, setting, made, frozenset())
        body: dict[str, object] = {"proposal": made.id, "from": earlier.id, "by": account.name}
        await events.record(
            work,
            session.study_id,
            "proposal.carried",
            made.id,
            session_id=session.id,
            role="moderator",
            body=body,
            at=at,
        )
