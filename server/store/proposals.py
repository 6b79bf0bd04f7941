"""Proposals with their frozen wordings and positions; a list takes three queries, however long."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select, update

from schemas.annotation import Kind
from schemas.errors import NotFound
from schemas.ids import (
    AnnotationId,
    EntryId,
    PersonId,
    ProposalId,
    SessionId,
    StageId,
    StudyId,
    UnitId,
    new_id,
)
from schemas.session import Language, SessionState
from schemas.taxonomy import Claim, Outcome, Position, Proposal, ProposalState, Stance, Wording
from server.domain.negotiation import Rule, rule_of
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a command takes place: the session with what the rules ask of it.

    on_table: the proposal that the room is on.
    """

    session_id: SessionId
    study_id: StudyId
    stage_id: StageId
    state: SessionState
    language: Language
    opened_at: float | None
    units: frozenset[UnitId]
    rule: Rule = field(default_factory=Rule)
    on_table: ProposalId | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Who put a wording, and when, UTC seconds."""

    number: int
    by: str
    at: float


async def setting(work: Work, session_id: SessionId, *, lock: bool = False) -> Setting:
    """Return the session's state and the units of its study.

    lock: nobody can close the session before the unit of work ends.

    Raises NotFound `session.unknown`.
    """
    asked = select(tables.session).where(tables.session.c.id == session_id)
    if lock:
        asked = asked.with_for_update()
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("session.unknown", session=session_id)
    units = select(tables.unit.c.id).where(tables.unit.c.study_id == row.study_id)
    rule = select(tables.study.c.rule).where(tables.study.c.id == row.study_id)
    return Setting(
        session_id=row.id,
        study_id=row.study_id,
        stage_id=row.stage_id,
        state=SessionState(row.state),
        language=Language(row.language),
        opened_at=row.opened_at,
        units=frozenset(UnitId(one.id) for one in rows(await work.connection.execute(units))),
        rule=rule_of((await work.connection.execute(rule)).scalar_one()),
        on_table=row.on_table,
    )


async def add(work: Work, proposal: Proposal, *, by: PersonId) -> None:
    """Insert a new proposal, which has neither wordings nor positions yet."""
    await work.connection.execute(
        insert(tables.proposal).values(
            id=proposal.id,
            study_id=proposal.study_id,
            session_id=proposal.session_id,
            kind=proposal.kind.value,
            state=proposal.state.value,
            draft_id=proposal.draft,
            grounds=list(proposal.grounds),
            affected=list(proposal.affected),
            entry_id=proposal.entry_id,
            outcome={},
            revealed=proposal.revealed,
            split_from=proposal.split_from,
            carried_from=proposal.carried_from,
            created_by=by,
            created_at=proposal.at,
        )
    )


async def get(work: Work, proposal_id: ProposalId, *, lock: bool = False) -> Proposal:
    """Return one proposal; `lock` holds others off until the unit of work ends.

    Raises NotFound `proposal.unknown`.
    """
    found = await _load(work, tables.proposal.c.id == proposal_id, lock=lock)
    if not found:
        raise NotFound("proposal.unknown", proposal=proposal_id)
    return found[0]


async def by_draft(work: Work, session_id: SessionId, draft: AnnotationId) -> Proposal | None:
    """Return the proposal whose wording is typed in `draft`, if there is one."""
    chosen = (tables.proposal.c.session_id == session_id) & (tables.proposal.c.draft_id == draft)
    found = await _load(work, chosen)
    return found[0] if found else None


async def of_session(work: Work, session_id: SessionId) -> Sequence[Proposal]:
    """Return a session's proposals, oldest first."""
    return await _load(work, tables.proposal.c.session_id == session_id)


async def ids(work: Work, session_id: SessionId) -> Sequence[ProposalId]:
    """Return the ids of a session's proposals, oldest first."""
    table = tables.proposal.c
    asked = select(table.id).where(table.session_id == session_id)
    found = rows(await work.connection.execute(asked.order_by(table.created_at, table.id)))
    return [ProposalId(row.id) for row in found]


async def unsettled(work: Work, study_id: StudyId) -> Sequence[Proposal]:
    """Return the proposals of a study's closed sessions that became no entry, oldest first.

    Not those that were dropped, nor those that another session has taken up.
    """
    table, later = tables.proposal, tables.proposal.alias()
    closed = select(tables.session.c.id).where(tables.session.c.state == SessionState.CLOSED.value)
    settled = (ProposalState.PROMOTED, ProposalState.MERGED, ProposalState.DROPPED)
    return await _load(
        work,
        (table.c.study_id == study_id)
        & table.c.session_id.in_(closed)
        & table.c.state.not_in([one.value for one in settled])
        & ~exists().where(later.c.carried_from == table.c.id),
    )


async def behind(work: Work, entry_id: EntryId) -> Sequence[Proposal]:
    """Return the proposals that became this entry or back it, oldest first."""
    return await _load(work, tables.proposal.c.entry_id == entry_id)


async def session_of(work: Work, proposal_id: ProposalId) -> SessionId:
    """Return the session that a proposal belongs to. Raises NotFound `proposal.unknown`."""
    asked = select(tables.proposal.c.session_id).where(tables.proposal.c.id == proposal_id)
    found: str | None = (await work.connection.execute(asked)).scalar_one_or_none()
    if found is None:
        raise NotFound("proposal.unknown", proposal=proposal_id)
    return SessionId(found)


async def set_state(
    work: Work, proposal_id: ProposalId, state: ProposalState, *, entry_id: EntryId | None = None
) -> None:
    """Write the state, and the entry that the proposal became."""
    await work.connection.execute(
        update(tables.proposal)
        .where(tables.proposal.c.id == proposal_id)
        .values(state=state.value, entry_id=entry_id)
    )


async def set_outcome(work: Work, proposal_id: ProposalId, outcome: Outcome) -> None:
    """Write why a proposal was set aside or taken up again."""
    found = {"reason": outcome.reason, "unit": outcome.unit_id, "question": outcome.question}
    await work.connection.execute(
        update(tables.proposal).where(tables.proposal.c.id == proposal_id).values(outcome=found)
    )


async def set_claim(work: Work, proposal_id: ProposalId, claim: Claim | None) -> None:
    """Say who works on a proposal; None: nobody."""
    value = None
    if claim is not None:
        value = {"person": claim.person_id, "name": claim.name, "until": claim.until}
    changed = update(tables.proposal).where(tables.proposal.c.id == proposal_id)
    await work.connection.execute(changed.values(claim=value))


async def reveal(work: Work, proposal_id: ProposalId, number: int) -> None:
    """Let the room see the positions on wording `number`."""
    await work.connection.execute(
        update(tables.proposal).where(tables.proposal.c.id == proposal_id).values(revealed=number)
    )


async def put_on_table(work: Work, session_id: SessionId, proposal_id: ProposalId | None) -> None:
    """Say which proposal the room is on."""
    await work.connection.execute(
        update(tables.session).where(tables.session.c.id == session_id).values(on_table=proposal_id)
    )


async def name_speaker(
    work: Work, session_id: SessionId, unit_id: UnitId, person_id: PersonId | None
) -> None:
    """Say whose position counts for a unit in a session; None: its newest."""
    table = tables.unit_speaker
    await work.connection.execute(
        delete(table).where(table.c.session_id == session_id, table.c.unit_id == unit_id)
    )
    if person_id is not None:
        await work.connection.execute(
            insert(table).values(session_id=session_id, unit_id=unit_id, person_id=person_id)
        )


async def speakers(work: Work, session_id: SessionId) -> Mapping[UnitId, PersonId]:
    """Return whose position counts, for the units that named somebody."""
    asked = select(tables.unit_speaker).where(tables.unit_speaker.c.session_id == session_id)
    found = rows(await work.connection.execute(asked))
    return {UnitId(row.unit_id): PersonId(row.person_id) for row in found}


async def puts(work: Work, proposal_id: ProposalId) -> Sequence[Put]:
    """Return who put which wording when, oldest first."""
    asked = (
        select(tables.wording.c.number, tables.wording.c.put_at, tables.person.c.name)
        .outerjoin(tables.person, tables.person.c.id == tables.wording.c.put_by)
        .where(tables.wording.c.proposal_id == proposal_id)
        .order_by(tables.wording.c.number)
    )
    found = rows(await work.connection.execute(asked))
    return [Put(row.number, row.name or "", row.put_at) for row in found]


async def set_affected(work: Work, proposal_id: ProposalId, affected: Iterable[UnitId]) -> None:
    """Replace the units that the consent rule asks."""
    await work.connection.execute(
        update(tables.proposal)
        .where(tables.proposal.c.id == proposal_id)
        .values(affected=list(affected))
    )


async def add_wording(
    work: Work,
    proposal_id: ProposalId,
    wording: Wording,
    *,
    room_seq: int,
    by: PersonId,
    at: float | None = None,
) -> None:
    """Freeze a wording as it stood in the room's document at `room_seq`. at: None for now."""
    await work.connection.execute(
        insert(tables.wording).values(
            proposal_id=proposal_id,
            number=wording.number,
            text=wording.text,
            sha256=wording.sha256,
            authors=list(wording.authors),
            room_seq=room_seq,
            put_by=by,
            put_at=time.time() if at is None else at,
        )
    )


async def add_position(
    work: Work, proposal_id: ProposalId, position: Position, *, at: float | None = None
) -> None:
    """Append a position; earlier ones of the unit stay as they were. at: None for now."""
    await work.connection.execute(
        insert(tables.position).values(
            proposal_id=proposal_id,
            number=position.number,
            unit_id=position.unit_id,
            person_id=position.person_id,
            stance=position.stance.value,
            reason=position.reason,
            line_id=position.line_id,
            recorded_by=position.recorded_by,
            at=time.time() if at is None else at,
        )
    )


async def carry(work: Work, proposal: Proposal, into: SessionId, *, by: str, at: float) -> Proposal:
    """Copy a proposal with its wordings and positions into another session and return the copy.

    Its draft is one that no document holds yet: whoever takes it up again opens a new one.
    """
    made = replace(
        proposal,
        id=ProposalId(new_id()),
        session_id=into,
        draft=AnnotationId(new_id()),
        entry_id=None,
        split_from=None,
        carried_from=proposal.id,
        speakers={},
        claim=None,
        at=at,
    )
    await add(work, made, by=PersonId(by))
    await set_outcome(work, made.id, made.outcome)
    for table, order in ((tables.wording, "number"), (tables.position, "seq")):
        own = select(table).where(table.c.proposal_id == proposal.id).order_by(table.c[order])
        for row in rows(await work.connection.execute(own)):
            values = {name: value for name, value in row._mapping.items() if name != "seq"}
            await work.connection.execute(insert(table).values(**values | {"proposal_id": made.id}))
    return made


async def set_draft(work: Work, proposal_id: ProposalId, draft: AnnotationId) -> None:
    """Say in which annotation of the session's document the wording is typed from now on."""
    changed = update(tables.proposal).where(tables.proposal.c.id == proposal_id)
    await work.connection.execute(changed.values(draft_id=draft))


async def lineage(work: Work, proposal: Proposal) -> Sequence[ProposalId]:
    """Return the proposals of earlier sessions that this one takes up, the nearest first."""
    found: list[ProposalId] = []
    before = proposal.carried_from
    while before is not None and before not in found:
        found.append(before)
        asked = select(tables.proposal.c.carried_from).where(tables.proposal.c.id == before)
        before = (await work.connection.execute(asked)).scalar_one_or_none()
    return found


async def _load(
    work: Work, chosen: ColumnElement[bool], *, lock: bool = False
) -> Sequence[Proposal]:
    asked = select(tables.proposal).where(chosen)
    asked = asked.order_by(tables.proposal.c.created_at, tables.proposal.c.id)
    if lock:  # SQLite needs none: its writing units of work run one after another
        asked = asked.with_for_update()
    found = rows(await work.connection.execute(asked))
    ids = [row.id for row in found]
    wordings = await _wordings(work, ids)
    positions = await _positions(work, ids)
    named = {one: await speakers(work, one) for one in {row.session_id for row in found}}
    return [
        _proposal(row, wordings[row.id], positions[row.id], named[row.session_id]) for row in found
    ]


async def _wordings(work: Work, ids: Sequence[str]) -> defaultdict[str, list[Wording]]:
    asked = select(tables.wording).where(tables.wording.c.proposal_id.in_(ids))
    found = defaultdict(list)
    for row in rows(await work.connection.execute(asked.order_by(tables.wording.c.number))):
        authors = tuple(PersonId(author) for author in row.authors)
        found[row.proposal_id].append(Wording(row.number, row.text, row.sha256, authors))
    return found


async def _positions(work: Work, ids: Sequence[str]) -> defaultdict[str, list[Position]]:
    asked = select(tables.position).where(tables.position.c.proposal_id.in_(ids))
    found = defaultdict(list)
    for row in rows(await work.connection.execute(asked.order_by(tables.position.c.seq))):
        found[row.proposal_id].append(
            Position(
                unit_id=row.unit_id,
                person_id=row.person_id,
                number=row.number,
                stance=Stance(row.stance),
                reason=row.reason,
                line_id=row.line_id,
                recorded_by=row.recorded_by,
            )
        )
    return found


def _proposal(
    row: Any,
    wordings: Sequence[Wording],
    positions: Sequence[Position],
    named: Mapping[UnitId, PersonId],
) -> Proposal:
    outcome = row.outcome
    return Proposal(
        id=row.id,
        study_id=row.study_id,
        session_id=row.session_id,
        kind=Kind(row.kind),
        state=ProposalState(row.state),
        draft=row.draft_id,
        grounds=tuple(AnnotationId(ground) for ground in row.grounds),
        wordings=tuple(wordings),
        affected=tuple(UnitId(unit) for unit in row.affected),
        positions=tuple(positions),
        entry_id=row.entry_id,
        at=row.created_at,
        outcome=Outcome(
            outcome.get("reason", ""), outcome.get("unit"), outcome.get("question", "")
        ),
        revealed=row.revealed,
        speakers=named,
        split_from=row.split_from,
        carried_from=row.carried_from,
        claim=None
        if row.claim is None
        else Claim(PersonId(row.claim["person"]), row.claim["name"], row.claim["until"]),
    )
