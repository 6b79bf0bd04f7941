"""What a study took over from the one that it follows, and every mark of what became of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.sql import Select

from schemas.errors import Conflict, NotFound
from schemas.ids import EntryId, LineId, PassageId, SessionId, StudyId, new_id
from schemas.session import Bilingual
from server.domain.inheriting import Fate, Mark, Reference
from server.domain.quoting import Print
from server.store import passages, returns, tables
from server.store.database import Work, rows
from server.store.passages import PassagePlace


@dataclass(frozen=True, slots=True)
class Before:
    """The study that another follows, by its title when it was chosen."""

    study_id: StudyId
    title: Bilingual
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence as it can be shown: its words, whose, and where they stand.

    text: "" where its unit lets nobody quote it. at: session time of a line.
    """

    reference: Reference
    text: str
    speaker: str
    unit: Bilingual
    session_id: SessionId | None = None
    session: Bilingual | None = None
    at: float = 0.0
    place: PassagePlace | None = None


async def before_of(work: Work, study_id: StudyId) -> Before | None:
    """Return which study this one follows, None where it follows none."""
    table = tables.study_before
    asked = select(table).where(table.c.study_id == study_id)
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        return None
    return Before(StudyId(row.before_id), Bilingual(row.title_en, row.title_zh), row.by, row.at)


async def follow(work: Work, study_id: StudyId, before: Before) -> None:
    """Let a study follow another; the caller holds its lock and knows that it follows none."""
    await work.connection.execute(
        insert(tables.study_before).values(
            study_id=study_id,
            before_id=before.study_id,
            title_en=before.title.en,
            title_zh=before.title.zh,
            by=before.by,
            at=before.at,
        )
    )


async def add(work: Work, entry_id: EntryId, from_id: EntryId, *, at: float) -> None:
    """Say that an entry was taken over from another study's."""
    await work.connection.execute(
        insert(tables.inherited).values(entry_id=entry_id, from_id=from_id, version=0, at=at)
    )


async def origins(work: Work, study_id: StudyId) -> Mapping[EntryId, EntryId]:
    """Return what a study took over: its entry -> the entry of the study before."""
    found = rows(await work.connection.execute(_of_study(study_id)))
    return {EntryId(row.entry_id): EntryId(row.from_id) for row in found}


async def heirs(work: Work, entry_id: EntryId) -> Sequence[EntryId]:
    """Return the entries that are copies of one, in the order in which they were taken over."""
    one, entry = tables.inherited.c, tables.entry.c
    asked = select(one.entry_id).join(tables.entry, entry.id == one.entry_id)
    asked = asked.where(one.from_id == entry_id).order_by(one.at, one.entry_id)
    return [EntryId(row.entry_id) for row in rows(await work.connection.execute(asked))]


async def marks(work: Work, study_id: StudyId) -> Mapping[EntryId, Mark]:
    """Return what became of each entry that a study took over, as it stands."""
    one, mark = tables.inherited.c, tables.inherited_mark.c
    asked = _of_study(study_id).add_columns(mark.fate, mark.reason, mark.by, mark.at.label("on"))
    asked = asked.outerjoin(
        tables.inherited_mark, (mark.entry_id == one.entry_id) & (mark.version == one.version)
    )
    found = rows(await work.connection.execute(asked))
    named = await _references(work, study_id)
    return {EntryId(row.entry_id): _mark(row, row.on, named) for row in found}


async def versions(work: Work, entry_id: EntryId) -> Sequence[Mark]:
    """Return every mark of one entry, oldest first."""
    table, entry = tables.inherited_mark, tables.entry.c
    study = select(entry.study_id).where(entry.id == entry_id)
    study_id = (await work.connection.execute(study)).scalar_one_or_none()
    if study_id is None:
        raise NotFound("inherited.unknown", entry=entry_id)
    asked = select(table).where(table.c.entry_id == entry_id).order_by(table.c.version)
    named = await _references(work, StudyId(study_id))
    return [_mark(row, row.at, named) for row in rows(await work.connection.execute(asked))]


async def write(work: Work, mark: Mark) -> None:
    """Store a mark as the entry's next version. Raises Conflict `inherited.stale`."""
    table = tables.inherited
    moved = update(table).where(table.c.entry_id == mark.entry_id)
    moved = moved.where(table.c.version == mark.version - 1).values(version=mark.version)
    if (await work.connection.execute(moved)).rowcount != 1:
        raise Conflict("inherited.stale", version=mark.version)
    await work.connection.execute(
        insert(tables.inherited_mark).values(
            entry_id=mark.entry_id,
            version=mark.version,
            fate=mark.fate.value,
            reason=mark.reason,
            by=mark.by,
            at=mark.at,
        )
    )
    for order, one in enumerate(mark.references):
        await work.connection.execute(
            insert(tables.inherited_evidence).values(
                id=new_id(),
                entry_id=mark.entry_id,
                version=mark.version,
                order=order,
                line_id=one.line_id,
                passage_id=one.passage_id,
            )
        )


async def shown(
    work: Work, study_id: StudyId, wanted: Sequence[Reference]
) -> Mapping[Reference, Shown]:
    """Return those of these lines and passages that belong to a study, as they can be shown."""
    line, session, unit = tables.line.c, tables.session.c, tables.unit.c
    asked = (
        select(
            line.id, line.text, line.at, line.speaker, line.session_id, session.title_en,
            session.title_zh, unit.name_en, unit.name_zh,
        )
        .join(tables.session, session.id == line.session_id)
        .outerjoin(tables.unit, unit.id == line.unit_id)
        .where(session.study_id == study_id)
        .where(line.id.in_([one.line_id for one in wanted if one.line_id is not None]))
    )  # fmt: skip
    limits = await returns.limits(work, study_id)
    found = {}
    for row in rows(await work.connection.execute(asked)):
        one, allowed = Reference(line_id=LineId(row.id)), limits.get(LineId(row.id), Print.WHOLE)
        is_named = allowed is Print.WHOLE
        found[one] = Shown(
            one,
            "" if allowed is Print.NOTHING else row.text,
            row.speaker if is_named else "",
            Bilingual(row.name_en or "", row.name_zh or "") if is_named else Bilingual(),
            SessionId(row.session_id),
            Bilingual(row.title_en, row.title_zh),
            row.at,
        )
    ids = [one.passage_id for one in wanted if one.passage_id is not None]
    passage = tables.passage.c
    places = await passages.places(work, (passage.study_id == study_id) & passage.id.in_(ids))
    texts = {one.id: one.text for one in await passages.among(work, list(places))}
    for key, place in places.items():
        one = Reference(passage_id=key)
        found[one] = Shown(one, texts[key], "", place.unit or Bilingual(), place=place)
    return found


def _of_study(study_id: StudyId) -> Select[Any]:
    one, entry = tables.inherited.c, tables.entry.c
    return (
        select(one.entry_id, one.from_id, one.version)
        .select_from(tables.inherited)
        .join(tables.entry, entry.id == one.entry_id)
        .where(entry.study_id == study_id)
        .order_by(entry.order, entry.id)
    )


_Named = Mapping[tuple[str, int], Sequence[Reference]]


async def _references(work: Work, study_id: StudyId) -> _Named:
    table, entry = tables.inherited_evidence, tables.entry.c
    asked = (
        select(table)
        .join(tables.entry, entry.id == table.c.entry_id)
        .where(entry.study_id == study_id)
        .order_by(table.c.version, table.c.order)
    )
    found: defaultdict[tuple[str, int], list[Reference]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        line = None if row.line_id is None else LineId(row.line_id)
        passage = None if row.passage_id is None else PassageId(row.passage_id)
        found[row.entry_id, row.version].append(Reference(line, passage))
    return found


def _mark(row: Any, at: float | None, named: _Named) -> Mark:
    entry_id = EntryId(row.entry_id)
    if at is None:
        return Mark(entry_id)
    told = tuple(named.get((row.entry_id, row.version), ()))
    return Mark(entry_id, row.version, Fate(row.fate), row.reason, told, row.by, at)
