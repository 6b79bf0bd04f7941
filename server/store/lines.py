"""Lines with all their versions. Lists are in order of time, then of id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update

from schemas.errors import NotFound
from schemas.ids import LineId, PersonId, SessionId, StepId, TrackId, UnitId
from schemas.session import Language
from schemas.transcript import Edit, Kept, Line, LineSource
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_once


@dataclass(frozen=True, slots=True)
class Heard:
    """How an engine came to a line: its name, and why the text was kept."""

    model: str = ""
    reason: str = ""


async def add(work: Work, line: Line, *, by: PersonId | None, heard: Heard, at: float) -> bool:
    """Store a line and its first version; return False if it was there already.

    by: who typed it, None for an engine. at: UTC seconds.
    """
    values = {
        **_values(line),
        "model": heard.model,
        "reason": heard.reason,
        "created_at": at,
    }
    if not await insert_once(work, tables.line, **values):
        return False
    await work.connection.execute(
        insert(tables.line_version).values(
            line_id=line.id, revision=line.revision, text=line.text, by=by, at=at
        )
    )
    return True


async def add_all(
    work: Work, found: Sequence[Line], *, by: PersonId | None = None, at: float
) -> None:
    """Store lines that come from elsewhere, with their first versions; none may be there yet.

    by: who brought them, None for a program.
    """
    if not found:
        return
    values = [{**_values(one), "model": "", "reason": "", "created_at": at} for one in found]
    await work.connection.execute(insert(tables.line), values)
    versions = [
        {"line_id": one.id, "revision": one.revision, "text": one.text, "by": by, "at": at}
        for one in found
    ]
    await work.connection.execute(insert(tables.line_version), versions)


async def get(work: Work, line_id: LineId) -> Line:
    """Return one line. Raises NotFound `line.unknown`."""
    found = await _lines(work, tables.line.c.id == line_id)
    if not found:
        raise NotFound("line.unknown", line=line_id)
    return found[0]


async def among(work: Work, line_ids: Sequence[LineId]) -> Sequence[Line]:
    """Return those of these lines that exist."""
    return await _lines(work, tables.line.c.id.in_(line_ids))


async def of_session(work: Work, session_id: SessionId) -> Sequence[Line]:
    """Return all lines of a session; not those that were joined to another one."""
    return await _lines(
        work, and_(tables.line.c.session_id == session_id, tables.line.c.text != "")
    )


async def every_of_session(work: Work, session_id: SessionId) -> Sequence[Line]:
    """Return all lines of a session, also those that were joined to another one."""
    return await _lines(work, tables.line.c.session_id == session_id)


async def around(work: Work, line: Line, *, count: int) -> Sequence[Line]:
    """Return `line` with up to `count` lines before and as many after it."""
    earlier = await _lines(work, _other(line, before=True), limit=count, newest_first=True)
    later = await _lines(work, _other(line, before=False), limit=count)
    return [*reversed(earlier), line, *later]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a line's text. by: who made it, None for an engine."""

    revision: int
    text: str
    by: PersonId | None
    at: float


async def change(work: Work, line: Line, *, by: PersonId | None, at: float) -> None:
    """Store a line's next revision beside the earlier ones."""
    values = _values(line)
    values.pop("id")
    await work.connection.execute(
        update(tables.line).where(tables.line.c.id == line.id).values(values)
    )
    await work.connection.execute(
        insert(tables.line_version).values(
            line_id=line.id, revision=line.revision, text=line.text, by=by, at=at
        )
    )


async def versions(work: Work, line_id: LineId) -> Sequence[Version]:
    """Return all versions of a line, the first one first."""
    version = tables.line_version
    asked = select(version).where(version.c.line_id == line_id).order_by(version.c.revision)
    return [
        Version(row.revision, row.text, None if row.by is None else PersonId(row.by), row.at)
        for row in rows(await work.connection.execute(asked))
    ]


async def corrected(work: Work, session_id: SessionId) -> frozenset[LineId]:
    """Return the lines of a session whose text a person has touched."""
    version = tables.line_version.c
    asked = (
        select(version.line_id)
        .join(tables.line, tables.line.c.id == version.line_id)
        .where(tables.line.c.session_id == session_id, version.by.is_not(None))
    )
    return frozenset(LineId(row.line_id) for row in rows(await work.connection.execute(asked)))


async def relate(work: Work, line_id: LineId, other: LineId) -> None:
    """Remember that text went from one line to the other: they are one family from now on."""
    column = tables.line.c
    asked = select(func.coalesce(column.family, column.id)).where(column.id == line_id)
    family = (await work.connection.execute(asked)).scalar_one()
    joined = select(func.coalesce(column.family, column.id)).where(column.id == other)
    old = (await work.connection.execute(joined)).scalar_one()
    await work.connection.execute(
        update(tables.line)
        .where(or_(column.id.in_([line_id, other]), column.family == old))
        .values(family=family)
    )


async def family(work: Work, line_id: LineId) -> Sequence[LineId]:
    """Return the lines that text came from or went to, by splitting and joining; not `line_id`."""
    column = tables.line.c
    asked = select(column.family).where(column.id == line_id).scalar_subquery()
    found = await work.connection.execute(
        select(column.id).where(column.family == asked, column.id != line_id)
    )
    return [LineId(row.id) for row in rows(found)]


async def unconfirmed_after(work: Work, line: Line) -> Sequence[Line]:
    """Return the lines behind `line` on its track, up to the first whose speaker is confirmed."""
    track = tables.line.c.track_id
    same = track.is_(None) if line.track_id is None else track == line.track_id
    found: list[Line] = []
    for one in await _lines(work, and_(_other(line, before=False), same)):
        if one.person_id is not None and not one.presumed:
            break
        found.append(one)
    return found


async def set_speaker(work: Work, line: Line) -> None:
    """Store the line's speaker, person, unit and whether they are presumed."""
    await work.connection.execute(
        update(tables.line)
        .where(tables.line.c.id == line.id)
        .values(
            speaker=line.speaker,
            person_id=line.person_id,
            unit_id=line.unit_id,
            presumed=line.presumed,
        )
    )


def _other(line: Line, *, before: bool) -> ColumnElement[bool]:
    column = tables.line.c
    if before:
        side = or_(column.at < line.at, and_(column.at == line.at, column.id < line.id))
    else:
        side = or_(column.at > line.at, and_(column.at == line.at, column.id > line.id))
    return and_(column.session_id == line.session_id, column.text != "", side)


async def _lines(
    work: Work, which: ColumnElement[bool], *, limit: int | None = None, newest_first: bool = False
) -> list[Line]:
    column = tables.line.c
    order = (column.at.desc(), column.id.desc()) if newest_first else (column.at, column.id)
    asked = select(tables.line).where(which).order_by(*order).limit(limit)
    return [_line(row) for row in rows(await work.connection.execute(asked))]


def _values(line: Line) -> dict[str, object]:
    return {
        "id": line.id,
        "session_id": line.session_id,
        "at": line.at,
        "text": line.text,
        "language": line.language.value,
        "source": line.source.value,
        "speaker": line.speaker,
        "person_id": line.person_id,
        "unit_id": line.unit_id,
        "presumed": line.presumed,
        "track_id": line.track_id,
        "start": line.start,
        "end": line.end,
        "confidence": line.confidence,
        "revision": line.revision,
        "step_id": line.step_id,
        "edits": edits_json(line.edits),
    }


def edits_json(edits: Sequence[Edit]) -> list[list[list[object]]]:
    """Return edits as JSON: schemas.document.LINE_KEYS says how."""
    return [
        [[one.first, one.last, one.to, one.line_id, one.revision] for one in edit] for edit in edits
    ]


def _line(row: Row[Any]) -> Line:
    return Line(
        LineId(row.id),
        SessionId(row.session_id),
        row.at,
        row.text,
        Language(row.language),
        LineSource(row.source),
        row.speaker,
        None if row.person_id is None else PersonId(row.person_id),
        None if row.unit_id is None else UnitId(row.unit_id),
        row.presumed,
        None if row.track_id is None else TrackId(row.track_id),
        row.start,
        row.end,
        row.confidence,
        row.revision,
        None if row.step_id is None else StepId(row.step_id),
        tuple(tuple(Kept(*one) for one in edit) for edit in row.edits),
    )
