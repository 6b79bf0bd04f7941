"""What documents are made of, where no other aggregate reads it: closing, presence, all evidence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from schemas.ids import EntryId, LineId, PassageId, SessionId, StudyId, UnitId
from schemas.session import Bilingual, Language, Person, Role, Unit
from schemas.taxonomy import LinkKind
from server.domain.quoting import Print
from server.store import passages, returns, tables
from server.store.database import Work, rows
from server.store.entries import EntryUnit, Link
from server.store.passages import PassagePlace
from server.store.searchable_facets import language_of


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody expected in a session; came: the notice was accepted."""

    person: Person
    came: bool


@dataclass(frozen=True, slots=True)
class Quoted:
    """A piece of evidence with where it was said. at: session time; None outside a session.

    passage_id: what it is of instead of a line; then session_title names the source or the
    questionnaire, and number its place there.
    """

    entry_id: EntryId
    session_id: SessionId | None
    session_title: Bilingual
    line_id: LineId | None
    at: float | None
    speaker: str
    unit: Bilingual
    language: Language
    quote: str
    passage_id: PassageId | None = None
    number: int | None = None


async def closed_at(work: Work, session_id: SessionId) -> float | None:
    """Return when the session was closed, UTC seconds, or None."""
    asked = select(tables.session.c.closed_at).where(tables.session.c.id == session_id)
    found: float | None = (await work.connection.execute(asked)).scalar_one()
    return found


async def attendance(work: Work, session_id: SessionId) -> Sequence[Attendance]:
    """Return the named people of a session in the order they were entered."""
    person = tables.person.c
    asked = (
        select(tables.person)
        .where(person.session_id == session_id, person.name != "")
        .order_by(person.created_at, person.id)
    )
    return [
        Attendance(
            Person(
                row.id, session_id, row.name, Role(row.role), row.unit_id, Language(row.language)
            ),
            row.notice_at is not None,
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def units_of_entries(work: Work, study_id: StudyId) -> Mapping[EntryId, Sequence[EntryUnit]]:
    """Return the units that each entry of a study concerns, in protocol order."""
    asked = (
        select(tables.entry_unit.c.entry_id, tables.entry_unit.c.heard, tables.unit)
        .join(tables.entry, tables.entry.c.id == tables.entry_unit.c.entry_id)
        .join(tables.unit, tables.unit.c.id == tables.entry_unit.c.unit_id)
        .where(tables.entry.c.study_id == study_id)
        .order_by(tables.unit.c.order, tables.unit.c.id)
    )
    found: defaultdict[EntryId, list[EntryUnit]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        name = Bilingual(row.name_en, row.name_zh)
        unit = Unit(row.id, name, row.kind, row.order)
        found[EntryId(row.entry_id)].append(EntryUnit(unit, row.heard))
    return found


async def links_of_study(work: Work, study_id: StudyId) -> Sequence[Link]:
    """Return all links between entries of a study."""
    link = tables.entry_link.c
    asked = (
        select(tables.entry_link)
        .join(tables.entry, tables.entry.c.id == link.from_id)
        .where(tables.entry.c.study_id == study_id)
        .order_by(link.kind, link.from_id, link.to_id)
    )
    return [
        Link(EntryId(row.from_id), EntryId(row.to_id), LinkKind(row.kind))
        for row in rows(await work.connection.execute(asked))
    ]


async def spoken(work: Work, study_id: StudyId) -> Mapping[tuple[SessionId, UnitId | None], int]:
    """Return how many lines each unit spoke in each session; None for those without a unit."""
    line = tables.line.c
    asked = (
        select(line.session_id, line.unit_id, func.count().label("lines"))
        .join(tables.session, tables.session.c.id == line.session_id)
        .where(tables.session.c.study_id == study_id)
        .group_by(line.session_id, line.unit_id)
    )
    return {
        (SessionId(row.session_id), row.unit_id): row.lines
        for row in rows(await work.connection.execute(asked))
    }


async def evidence_of_study(work: Work, study_id: StudyId) -> Sequence[Quoted]:
    """Return all evidence of a study's entries, by session and time within it.

    As documents may print it: what a unit withdrew or does not let be quoted is left out, and where
    it wants no name there is none.
    """
    evidence, line, session = tables.evidence.c, tables.line.c, tables.session.c
    places = await passages.places(work, tables.passage.c.study_id == study_id)
    asked = (
        select(
            evidence.entry_id,
            evidence.session_id,
            evidence.line_id,
            evidence.quote,
            evidence.passage_id,
            line.at,
            line.speaker,
            line.language,
            session.title_en,
            session.title_zh,
            tables.unit.c.name_en,
            tables.unit.c.name_zh,
        )
        .join(tables.entry, tables.entry.c.id == evidence.entry_id)
        .outerjoin(tables.line, line.id == evidence.line_id)
        .outerjoin(tables.session, session.id == evidence.session_id)
        .outerjoin(tables.unit, tables.unit.c.id == line.unit_id)
        .where(tables.entry.c.study_id == study_id)
        .order_by(session.created_at, evidence.session_id, line.at, evidence.id)
    )
    limits = await returns.limits(work, study_id)
    return [
        _printed(_quoted(row, places.get(row.passage_id)), allowed)
        for row in rows(await work.connection.execute(asked))
        if (allowed := limits.get(row.line_id, Print.WHOLE)) is not Print.NOTHING
    ]


def _printed(quoted: Quoted, allowed: Print) -> Quoted:
    return quoted if allowed is Print.WHOLE else replace(quoted, speaker="", unit=Bilingual())


def _quoted(row: Any, place: PassagePlace | None) -> Quoted:
    unit = None if place is None else place.unit
    return Quoted(
        entry_id=EntryId(row.entry_id),
        session_id=row.session_id,
        session_title=Bilingual(row.title_en or "", row.title_zh or "")
        if place is None
        else place.title,
        line_id=row.line_id,
        at=row.at,
        speaker=(row.speaker or "") if place is None else place.issuer,
        unit=unit or Bilingual(row.name_en or "", row.name_zh or ""),
        language=Language(row.language or language_of(row.quote)),
        quote=row.quote,
        passage_id=row.passage_id,
        number=None if place is None or place.is_answer else place.number,
    )
