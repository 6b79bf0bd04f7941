"""Differences: what another record says in the place of a line, until a person settles each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from schemas.errors import NotFound
from schemas.ids import LineId, PersonId, SessionId, UnitId
from schemas.session import Language
from server.store import tables
from server.store.database import Work, rows

Origin = Literal["heard", "typed", "brought"]
State = Literal["open", "taken", "left", "apart"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What another record says.

    line_id: the line it is laid on; None where no line says it, then `start` (and `end`) is when,
    in session time. others: lines of the session that say the same speech, one after the other.
    origin: heard by another model, typed beside it, or brought in a file; source: which one.
    """

    id: str
    session_id: SessionId
    line_id: LineId | None
    text: str
    speaker: str
    person_id: PersonId | None
    unit_id: UnitId | None
    start: float | None
    end: float | None
    language: Language
    others: tuple[LineId, ...]
    origin: Origin
    source: str
    state: State = "open"


async def put(
    work: Work,
    session_id: SessionId,
    origin: Origin,
    source: str,
    some: Sequence[Difference],
    *,
    at: float,
) -> None:
    """Store what a source says otherwise, all of it now: what was still open of it is replaced.

    some: of this session, origin and source, in order; none where the record says the same by now.
    """
    await forget(work, session_id, origin, source)
    values = [{**_values(one), "order": number, "at": at} for number, one in enumerate(some)]
    if values:
        await work.connection.execute(insert(tables.difference), values)


async def add(work: Work, one: Difference, *, order: int, at: float) -> None:
    """Store one more difference of a record that is still being compared."""
    await work.connection.execute(
        insert(tables.difference).values(**_values(one), order=order, at=at)
    )


async def forget(work: Work, session_id: SessionId, origin: Origin, source: str) -> None:
    """Remove what is still open of one source."""
    column = tables.difference.c
    await work.connection.execute(
        delete(tables.difference).where(
            column.session_id == session_id,
            column.origin == origin,
            column.source == source,
            column.state == "open",
        )
    )


async def get(work: Work, difference_id: str) -> Difference:
    """Return one; on PostgreSQL nobody else settles it meanwhile. Raises NotFound."""
    table = tables.difference
    asked = select(table).where(table.c.id == difference_id).with_for_update()
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("difference.unknown", difference=difference_id)
    return _difference(row)


async def session_of(work: Work, difference_id: str) -> SessionId:
    """Return the session of a difference. Raises NotFound `difference.unknown`."""
    column = tables.difference.c
    asked = select(column.session_id).where(column.id == difference_id)
    found = (await work.connection.execute(asked)).scalar_one_or_none()
    if found is None:
        raise NotFound("difference.unknown", difference=difference_id)
    return SessionId(found)


async def still_open(work: Work, session_id: SessionId) -> Sequence[Difference]:
    """Return what is not settled yet, in the order of the record."""
    table = tables.difference
    asked = (
        select(table)
        .where(table.c.session_id == session_id, table.c.state == "open")
        .order_by(table.c.origin, table.c.source, table.c.order, table.c.id)
    )
    return [_difference(row) for row in rows(await work.connection.execute(asked))]


async def settle(work: Work, difference_id: str, state: State, *, by: PersonId, at: float) -> None:
    """Note what was decided, and by whom. The text is kept no longer: the record says it."""
    await work.connection.execute(
        update(tables.difference)
        .where(tables.difference.c.id == difference_id)
        .values(state=state, text="", settled_by=by, settled_at=at)
    )


async def erase(work: Work, session_id: SessionId, line_id: LineId) -> None:
    """Remove what was offered for a struck line, or says the same as it."""
    table = tables.difference
    asked = select(table.c.id, table.c.line_id, table.c.others).where(
        table.c.session_id == session_id
    )
    gone = [
        row.id
        for row in rows(await work.connection.execute(asked))
        if row.line_id == line_id or line_id in row.others
    ]
    await work.connection.execute(delete(table).where(table.c.id.in_(gone)))


def _values(one: Difference) -> dict[str, object]:
    return {
        "id": one.id,
        "session_id": one.session_id,
        "line_id": one.line_id,
        "text": one.text,
        "speaker": one.speaker,
        "person_id": one.person_id,
        "unit_id": one.unit_id,
        "start": one.start,
        "end": one.end,
        "language": one.language.value,
        "others": list(one.others),
        "origin": one.origin,
        "source": one.source,
        "state": one.state,
    }


def _difference(row: Row[Any]) -> Difference:
    return Difference(
        row.id,
        SessionId(row.session_id),
        None if row.line_id is None else LineId(row.line_id),
        row.text,
        row.speaker,
        None if row.person_id is None else PersonId(row.person_id),
        None if row.unit_id is None else UnitId(row.unit_id),
        row.start,
        row.end,
        Language(row.language),
        tuple(LineId(one) for one in row.others),
        row.origin,
        row.source,
        row.state,
    )
