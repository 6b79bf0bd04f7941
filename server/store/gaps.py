"""What detail gaps are found in: the parts of a study that no other aggregate reads together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, exists, func, select

from schemas.ids import EntryId, ProposalId, StepId, StudyId, UnitId
from schemas.session import Bilingual, Language
from server.domain.gaps import Absent, Aside, Objection, Unreached
from server.store import tables
from server.store.database import Work, rows

_UNSETTLED = ("deferred", "kept_contested", "contested")


async def backing(
    work: Work, study_id: StudyId
) -> Mapping[EntryId, Sequence[tuple[str, str, bool]]]:
    """Return what backs each entry, as (voice, text, is a line of a session).

    A voice is the unit of the annotation, else of the line, else the speaker's name, else "".
    """
    evidence, line, note = tables.evidence.c, tables.line.c, tables.annotation.c
    asked = (
        select(
            evidence.entry_id,
            evidence.line_id,
            evidence.quote,
            line.text.label("said"),
            note.text.label("noted"),
            func.coalesce(note.unit_id, line.unit_id, line.speaker, "").label("voice"),
        )
        .join(tables.entry, tables.entry.c.id == evidence.entry_id)
        .outerjoin(tables.line, line.id == evidence.line_id)
        .outerjoin(tables.annotation, note.id == evidence.annotation_id)
        .where(tables.entry.c.study_id == study_id)
        .order_by(evidence.created_at, evidence.id)
    )
    found: defaultdict[EntryId, list[tuple[str, str, bool]]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        text = "\n".join(part for part in (row.quote, row.said, row.noted) if part)
        found[EntryId(row.entry_id)].append((row.voice, text, row.line_id is not None))
    for row in rows(await work.connection.execute(_marks(study_id))):
        found[EntryId(row.ref)].append((row.unit_id, row.example, False))
    return found


def _marks(study_id: StudyId) -> Select[Any]:
    mark = tables.mark.c
    asked = select(mark.ref, mark.unit_id, mark.example).where(mark.study_id == study_id)
    return asked.where(mark.of == "entry", mark.shared.is_(True)).order_by(mark.at, mark.id)


async def asides(work: Work, study_id: StudyId) -> Sequence[Aside]:
    """Return the proposals of closed sessions that are not settled and not taken up elsewhere."""
    proposal, session, wording = tables.proposal.c, tables.session.c, tables.wording.c
    later = tables.proposal.alias()
    fresh = proposal.carried_from.is_(None)  # what a session is to take up is planned already
    newest = (
        select(wording.text)
        .where(wording.proposal_id == proposal.id)
        .order_by(wording.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(
            proposal.id,
            proposal.state,
            proposal.affected,
            proposal.outcome,
            newest.label("text"),
            session.title_en,
            session.title_zh,
            session.language,
        )
        .join(tables.session, session.id == proposal.session_id)
        .where(proposal.study_id == study_id, proposal.state.in_(_UNSETTLED))
        .where((session.state == "closed") | (proposal.state == "deferred") & fresh)
        .where(~exists().where(later.c.carried_from == proposal.id, later.c.state != "dropped"))
        .where(newest.is_not(None))
        .order_by(proposal.created_at, proposal.id)
    )
    return [_aside(row) for row in rows(await work.connection.execute(asked))]


def _aside(row: Any) -> Aside:
    is_zh = row.language == Language.ZH.value
    unit = row.outcome.get("unit")
    return Aside(
        ProposalId(row.id),
        Bilingual("", row.text) if is_zh else Bilingual(row.text),
        Bilingual(row.title_en, row.title_zh),
        tuple(UnitId(one) for one in row.affected),
        row.state == "deferred",
        None if unit is None else UnitId(unit),
        row.outcome.get("question", ""),
    )


async def objections(work: Work, study_id: StudyId) -> Sequence[Objection]:
    """Return the challenges that wait for their answer."""
    challenge, entry, concerned = tables.challenge.c, tables.entry.c, tables.entry_unit.c
    asked = (
        select(challenge.entry_id, challenge.unit_id, entry.label_en, entry.label_zh)
        .join(tables.entry, entry.id == challenge.entry_id)
        .where(challenge.study_id == study_id, challenge.answer == "", entry.state == "active")
        .order_by(challenge.at, challenge.id)
    )
    found = rows(await work.connection.execute(asked))
    units: defaultdict[str, list[UnitId]] = defaultdict(list)
    named = select(tables.entry_unit).where(concerned.entry_id.in_([row.entry_id for row in found]))
    for row in rows(await work.connection.execute(named.order_by(concerned.unit_id))):
        units[row.entry_id].append(UnitId(row.unit_id))
    return [
        Objection(
            EntryId(row.entry_id),
            Bilingual(row.label_en, row.label_zh),
            None if row.unit_id is None else UnitId(row.unit_id),
            tuple(units[row.entry_id]),
        )
        for row in found
    ]


async def unreached(work: Work, study_id: StudyId) -> Sequence[Unreached]:
    """Return the steps of closed walkthroughs in which no line was said."""
    step, session, line = tables.step.c, tables.session.c, tables.line.c
    asked = (
        select(tables.step, session.title_en.label("in_en"), session.title_zh.label("in_zh"))
        .join(tables.session, session.id == step.session_id)
        .where(session.study_id == study_id, session.state == "closed")
        .where(session.kind == "joint_development")
        .where(~exists().where(line.step_id == step.id))
        .order_by(session.created_at, session.id, step.order)
    )
    return [
        Unreached(
            StepId(row.id),
            Bilingual(row.title_en, row.title_zh),
            Bilingual(row.in_en, row.in_zh),
            None if row.actor_unit_id is None else UnitId(row.actor_unit_id),
            row.detail.get("hand_over"),
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def absent(work: Work, study_id: StudyId) -> Sequence[Absent]:
    """Return the experts who were expected in closed sessions, where nobody of their unit came."""
    person, session = tables.person.c, tables.session.c
    other = tables.person.alias()
    came = exists().where(
        other.c.session_id == person.session_id,
        other.c.unit_id == person.unit_id,
        other.c.notice_at.is_not(None),
    )
    asked = (
        select(person.id, person.name, person.unit_id, session.title_en, session.title_zh)
        .join(tables.session, session.id == person.session_id)
        .where(session.study_id == study_id, session.state == "closed")
        .where(person.role == "expert", person.unit_id.is_not(None), ~came)
        .order_by(session.created_at, session.id, person.created_at, person.id)
    )
    return [
        Absent(row.id, row.name, UnitId(row.unit_id), Bilingual(row.title_en, row.title_zh))
        for row in rows(await work.connection.execute(asked))
    ]


async def systems(work: Work, study_id: StudyId) -> Sequence[str]:
    """Return the systems that agendas of the study name."""
    step, session = tables.step.c, tables.session.c
    asked = (
        select(step.detail)
        .join(tables.session, session.id == step.session_id)
        .where(session.study_id == study_id)
    )
    told = (row.detail.get("system", "") for row in rows(await work.connection.execute(asked)))
    return sorted({name.strip() for name in told if name and len(name.strip()) > 1})


async def experts(work: Work, study_id: StudyId) -> Mapping[UnitId, Sequence[str]]:
    """Return the names under which units sent experts to the study's sessions, or were to."""
    person, session = tables.person.c, tables.session.c
    asked = (
        select(person.unit_id, person.name)
        .join(tables.session, session.id == person.session_id)
        .where(session.study_id == study_id, person.role == "expert", person.name != "")
        .where(person.unit_id.is_not(None))
        .order_by(session.created_at, person.created_at, person.id)
    )
    found: defaultdict[UnitId, list[str]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        if row.name not in found[UnitId(row.unit_id)]:
            found[UnitId(row.unit_id)].append(row.name)
    return found
