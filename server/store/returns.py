"""Returns of a session to its units: the round, each unit's answer, and what it changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update

from schemas.ids import LineId, SessionId, StudyId, TrackId, UnitId
from server.domain.quoting import Print, Quoting, printable
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once

Change = Literal["correct", "withdraw", "add"]
Fate = Literal["open", "taken", "left"]


@dataclass(frozen=True, slots=True)
class Round:
    """How long a session's record is with its units; UTC seconds."""

    session_id: SessionId
    opened_at: float
    until: float
    by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one unit did with its link; seen_at, replied_at: None until it did."""

    session_id: SessionId
    unit_id: UnitId
    quoting: Quoting
    seen_at: float | None = None
    replied_at: float | None = None
    replied_by: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One change. line_id: None for an addition. before: the line as the unit saw it."""

    id: str
    session_id: SessionId
    unit_id: UnitId
    kind: Change
    line_id: LineId | None
    before: str
    text: str
    state: Fate
    at: float


async def open_round(work: Work, one: Round) -> None:
    """Begin a session's round, or let the one that there is run longer."""
    values = {"opened_at": one.opened_at, "until": one.until, "by": one.by}
    if not await insert_once(work, tables.return_round, session_id=one.session_id, **values):
        table = tables.return_round
        again = update(table).where(table.c.session_id == one.session_id)
        await work.connection.execute(again.values(until=one.until, by=one.by))


async def round_of(work: Work, session_id: SessionId) -> Round | None:
    """Return the session's round, None before it was opened."""
    table = tables.return_round
    asked = select(table).where(table.c.session_id == session_id)
    row = (await work.connection.execute(asked)).one_or_none()
    return None if row is None else Round(row.session_id, row.opened_at, row.until, row.by)


async def expect(work: Work, session_id: SessionId, unit_id: UnitId, token_sha256: str) -> None:
    """Let a unit answer by the link of this token."""
    key = {"session_id": session_id, "unit_id": unit_id, "token_sha256": token_sha256}
    await insert_once(work, tables.unit_return, **key, replied_by="", quoting=Quoting.NAME.value)


async def answer_of(work: Work, token_sha256: str) -> Answer | None:
    """Return whose link this is, or None."""
    table = tables.unit_return
    asked = select(table).where(table.c.token_sha256 == token_sha256)
    row = (await work.connection.execute(asked)).one_or_none()
    return None if row is None else _answer(row)


async def answers(work: Work, session_id: SessionId) -> Mapping[UnitId, Answer]:
    """Return every unit's answer."""
    table = tables.unit_return
    found = rows(
        await work.connection.execute(select(table).where(table.c.session_id == session_id))
    )
    return {UnitId(row.unit_id): _answer(row) for row in found}


async def seen(work: Work, answer: Answer, at: float) -> None:
    """Note that the link was opened; the first time counts."""
    table = tables.unit_return
    first = _mine(update(table), answer).where(table.c.seen_at.is_(None))
    await work.connection.execute(first.values(seen_at=at))


async def replied(work: Work, answer: Answer) -> None:
    """Write what the unit answered."""
    await work.connection.execute(
        _mine(update(tables.unit_return), answer).values(
            replied_at=answer.replied_at,
            replied_by=answer.replied_by,
            quoting=answer.quoting.value,
        )
    )


async def replace_items(work: Work, answer: Answer, items: Sequence[Item]) -> None:
    """Put these in the place of the unit's earlier ones; what was decided on already stays."""
    table = tables.return_item
    undecided = (table.c.state == "open") | (table.c.kind == "withdraw")
    old = delete(table).where(table.c.session_id == answer.session_id)
    await work.connection.execute(old.where(table.c.unit_id == answer.unit_id, undecided))
    for one in items:
        await work.connection.execute(
            insert(table).values(
                id=one.id,
                session_id=one.session_id,
                unit_id=one.unit_id,
                kind=one.kind,
                line_id=one.line_id,
                before=one.before,
                text=one.text,
                state=one.state,
                at=one.at,
            )
        )


async def items(work: Work, session_id: SessionId) -> Sequence[Item]:
    """Return what the units of a session change, oldest first."""
    table = tables.return_item
    asked = select(table).where(table.c.session_id == session_id).order_by(table.c.at, table.c.id)
    return [_item(row) for row in rows(await work.connection.execute(asked))]


async def decide(work: Work, item_id: str, state: Fate) -> bool:
    """Say what became of a change; return False where that was decided before."""
    table = tables.return_item
    changed = update(table).where(table.c.id == item_id, table.c.state == "open")
    return (await work.connection.execute(changed.values(state=state))).rowcount == 1


async def limits(work: Work, study_id: StudyId) -> Mapping[LineId, Print]:
    """Return what of its lines a study's documents may print, for those not to be printed whole."""
    line, session = tables.line.c, tables.session.c
    choice, item = tables.unit_return.c, tables.return_item.c
    chosen = (
        select(line.id, choice.quoting)
        .join(tables.session, session.id == line.session_id)
        .join(
            tables.unit_return,
            (choice.session_id == line.session_id) & (choice.unit_id == line.unit_id),
        )
        .where(session.study_id == study_id, choice.quoting != Quoting.NAME.value)
    )
    gone = (
        select(item.line_id)
        .join(tables.session, session.id == item.session_id)
        .where(session.study_id == study_id, item.kind == "withdraw")
    )
    found = {
        LineId(row.id): printable(Quoting(row.quoting), withdrawn=False)
        for row in rows(await work.connection.execute(chosen))
    }
    withdrawn = (LineId(row.line_id) for row in rows(await work.connection.execute(gone)))
    return found | dict.fromkeys(withdrawn, Print.NOTHING)


async def withdrawn_of(
    work: Work, session_id: SessionId, unit_id: UnitId | None = None
) -> Collection[LineId]:
    """Return the lines of a session that their units withdrew, or one unit did: nobody reads them
    again but the unit, which may think better of it.
    """
    item = tables.return_item.c
    asked = select(item.line_id).where(item.kind == "withdraw", item.session_id == session_id)
    if unit_id is not None:
        asked = asked.where(item.unit_id == unit_id)
    return frozenset(LineId(row.line_id) for row in rows(await work.connection.execute(asked)))


async def withdrawn_spans(work: Work, track_id: TrackId) -> Sequence[tuple[float, float]]:
    """Return the seconds of a track in which something was said that a unit withdrew."""
    item, line = tables.return_item.c, tables.line.c
    asked = (
        select(line.start, line.end)
        .join(tables.return_item, item.line_id == line.id)
        .where(item.kind == "withdraw", line.track_id == track_id, line.start.is_not(None))
        .distinct()
        .order_by(line.start)
    )
    found = rows(await work.connection.execute(asked))
    return [(row.start, row.start if row.end is None else row.end) for row in found]


async def quoted(work: Work, session_id: SessionId) -> Collection[LineId]:
    """Return the lines of a session that an entry rests on."""
    evidence = tables.evidence.c
    asked = select(evidence.line_id).where(evidence.session_id == session_id).distinct()
    return frozenset(
        LineId(row.line_id) for row in rows(await work.connection.execute(asked)) if row.line_id
    )


def _mine(statement: Any, answer: Answer) -> Any:
    column = tables.unit_return.c
    return statement.where(column.session_id == answer.session_id, column.unit_id == answer.unit_id)


def _answer(row: Any) -> Answer:
    return Answer(
        SessionId(row.session_id),
        UnitId(row.unit_id),
        Quoting(row.quoting),
        row.seen_at,
        row.replied_at,
        row.replied_by,
    )


def _item(row: Any) -> Item:
    line_id = None if row.line_id is None else LineId(row.line_id)
    return Item(
        row.id,
        row.session_id,
        row.unit_id,
        row.kind,
        line_id,
        row.before,
        row.text,
        row.state,
        row.at,
    )
