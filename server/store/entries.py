"""Entries of the taxonomy with units, links and evidence; lists take a fixed number of queries."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from schemas.errors import NotFound
from schemas.ids import (
    AnnotationId,
    EntryId,
    EvidenceId,
    LineId,
    PassageId,
    ProposalId,
    StageId,
    StudyId,
    TrackId,
    UnitId,
)
from schemas.session import Bilingual, Unit
from schemas.taxonomy import Entry, EntryKind, EntryState, Evidence, LinkKind, Scope
from server.store import coders, passages, tables, versions
from server.store.database import Work, rows
from server.store.passages import PassagePlace
from server.store.searchable_facets import language_of


@dataclass(frozen=True, slots=True)
class Link:
    """One entry related to another, read from the first to the second."""

    from_id: EntryId
    to_id: EntryId
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class EntryUnit:
    """A unit that an entry concerns; not heard yet, where it was absent."""

    unit: Unit
    heard: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """Evidence with the line it was said in: who, for which unit, in which session.

    at: session time. has_audio: the track was recorded; proofed_at: UTC seconds at which its sound
    was deleted. place: of a passage, its number and what it is of; then speaker is who issued the
    source. stage: number and title. day: UTC seconds at which the session was opened.
    coders: who coded it, where anybody is known.
    """

    evidence: Evidence
    speaker: str
    unit: Bilingual | None
    session_title: Bilingual
    language: str
    at: float | None
    has_audio: bool
    place: PassagePlace | None = None
    proofed_at: float | None = None
    stage: tuple[int, Bilingual] | None = None
    day: float | None = None
    coders: tuple[str, ...] = ()


async def add(
    work: Work,
    entry: Entry,
    *,
    slug: str,
    stage_id: StageId,
    proposal_id: ProposalId | None = None,
) -> None:
    """Insert an entry; `stage_id` is the stage that first produced it."""
    await work.connection.execute(
        insert(tables.entry).values(
            id=entry.id,
            study_id=entry.study_id,
            parent_id=entry.parent_id,
            slug=slug,
            kind=entry.kind.value,
            label_en=entry.label.en,
            label_zh=entry.label.zh,
            definition_en=entry.definition.en,
            definition_zh=entry.definition.zh,
            scope=entry.scope.value,
            scope_reason=entry.scope_reason,
            state=entry.state.value,
            version=entry.version,
            order=entry.order,
            stage_id=stage_id,
            proposal_id=proposal_id,
            merged_into=entry.merged_into,
            created_at=time.time(),
        )
    )
    await versions.write(work, entry)


async def change(work: Work, entry: Entry) -> Entry:
    """Write the entry's new state as its next version and return it. The caller holds its lock."""
    changed = replace(entry, version=entry.version + 1)
    await work.connection.execute(
        update(tables.entry)
        .where(tables.entry.c.id == entry.id)
        .values(
            parent_id=changed.parent_id,
            kind=changed.kind.value,
            label_en=changed.label.en,
            label_zh=changed.label.zh,
            definition_en=changed.definition.en,
            definition_zh=changed.definition.zh,
            scope=changed.scope.value,
            scope_reason=changed.scope_reason,
            state=changed.state.value,
            version=changed.version,
            order=changed.order,
            merged_into=changed.merged_into,
        )
    )
    await versions.write(work, changed)
    return changed


async def forget_proposal(work: Work, entry_id: EntryId) -> None:
    """Free the proposal that an entry came from, so that it can be promoted again."""
    await work.connection.execute(
        update(tables.entry).where(tables.entry.c.id == entry_id).values(proposal_id=None)
    )


async def remove_evidence(
    work: Work, entry_id: EntryId, annotations: Sequence[AnnotationId]
) -> None:
    """Take away what an entry rests on by these annotations."""
    table = tables.evidence
    await work.connection.execute(
        delete(table).where(table.c.entry_id == entry_id, table.c.annotation_id.in_(annotations))
    )


async def take_evidence(
    work: Work, entry_id: EntryId, chosen: Sequence[EvidenceId]
) -> Sequence[tuple[LineId | None, AnnotationId | None, PassageId | None]]:
    """Take away these pieces of an entry's evidence; return what they were of."""
    table = tables.evidence
    taken = (
        delete(table)
        .where(table.c.entry_id == entry_id, table.c.id.in_(chosen))
        .returning(table.c.line_id, table.c.annotation_id, table.c.passage_id)
    )
    return [tuple(row) for row in rows(await work.connection.execute(taken))]


async def give_evidence(
    work: Work, from_id: EntryId, to_id: EntryId, chosen: Sequence[EvidenceId] | None = None
) -> int:
    """Let evidence back another entry: the chosen pieces, or all; return how many.

    What the other has already, by annotation and line or by passage, stays where it is.
    """
    table, other = tables.evidence, tables.evidence.alias()
    same = (other.c.annotation_id == table.c.annotation_id) & (other.c.line_id == table.c.line_id)
    same |= other.c.passage_id == table.c.passage_id
    known = select(other.c.id).where(other.c.entry_id == to_id, same)
    moved = update(table).where(table.c.entry_id == from_id, ~known.exists()).values(entry_id=to_id)
    if chosen is not None:
        moved = moved.where(table.c.id.in_(chosen))
    return (await work.connection.execute(moved)).rowcount


async def get(work: Work, entry_id: EntryId, *, lock: bool = False) -> Entry:
    """Return one entry; `lock` holds others off until the unit of work ends.

    Raises NotFound `entry.unknown`.
    """
    asked = select(tables.entry).where(tables.entry.c.id == entry_id)
    if lock:
        asked = asked.with_for_update()
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("entry.unknown", entry=entry_id)
    return _entry(row)


async def of_study(work: Work, study_id: StudyId) -> Sequence[Entry]:
    """Return all entries of a study, parents' order first, then their own."""
    asked = (
        select(tables.entry)
        .where(tables.entry.c.study_id == study_id)
        .order_by(tables.entry.c.order, tables.entry.c.id)
    )
    return [_entry(row) for row in rows(await work.connection.execute(asked))]


async def by_slug(work: Work, study_id: StudyId) -> Mapping[str, EntryId]:
    """Return the study's entries by the names that seeds give them."""
    entry = tables.entry.c
    asked = select(entry.slug, entry.id).where(entry.study_id == study_id)
    return {row.slug: EntryId(row.id) for row in rows(await work.connection.execute(asked))}


async def next_order(work: Work, study_id: StudyId) -> int:
    """Return the place after the study's last entry."""
    asked = select(func.max(tables.entry.c.order)).where(tables.entry.c.study_id == study_id)
    last: int | None = (await work.connection.execute(asked)).scalar_one()
    return 0 if last is None else last + 1


async def evidence_counts(work: Work, study_id: StudyId) -> Mapping[EntryId, int]:
    """Return how many pieces of evidence each entry has; entries without are absent."""
    asked = (
        select(tables.evidence.c.entry_id, func.count())
        .join(tables.entry, tables.entry.c.id == tables.evidence.c.entry_id)
        .where(tables.entry.c.study_id == study_id)
        .group_by(tables.evidence.c.entry_id)
    )
    return {EntryId(entry): count for entry, count in rows(await work.connection.execute(asked))}


async def promoted_since(work: Work, study_id: StudyId, at: float) -> frozenset[EntryId]:
    """Return the entries that rooms promoted since `at`, UTC seconds."""
    asked = select(tables.entry.c.id).where(
        tables.entry.c.study_id == study_id,
        tables.entry.c.proposal_id.is_not(None),
        tables.entry.c.created_at >= at,
    )
    return frozenset(EntryId(row.id) for row in rows(await work.connection.execute(asked)))


async def add_evidence(
    work: Work, found: Iterable[Evidence], *, by: str = ""
) -> Sequence[EvidenceId]:
    """Append what the entry does not have yet, by annotation, line and passage; return what was new.

    by: the name of who coded it, where it is nobody's note. The caller holds the lock of the proposal or entry, so looking first is enough.
    """
    added: list[EvidenceId] = []
    for one in found:
        known = select(tables.evidence.c.id).where(
            tables.evidence.c.entry_id == one.entry_id,
            tables.evidence.c.annotation_id == one.annotation_id,
            tables.evidence.c.line_id == one.line_id,
            tables.evidence.c.passage_id == one.passage_id,
        )
        if (await work.connection.execute(known)).first() is not None:
            continue
        await work.connection.execute(
            insert(tables.evidence).values(
                id=one.id,
                entry_id=one.entry_id,
                session_id=one.session_id,
                line_id=one.line_id,
                annotation_id=one.annotation_id,
                passage_id=one.passage_id,
                track_id=one.track_id,
                start=one.start,
                end=one.end,
                quote=one.quote,
                created_at=time.time(),
            )
        )
        added.append(one.id)
    if by:
        await coders.add(work, {one: [by] for one in added})
    return added


async def evidence(work: Work, entry_id: EntryId) -> Sequence[Spoken]:
    """Return an entry's evidence with where it was said: by stage, then in the order in which it was added."""
    backing = select(tables.evidence.c.passage_id).where(tables.evidence.c.entry_id == entry_id)
    places = await passages.places(work, tables.passage.c.id.in_(backing))
    asked = (
        select(
            tables.evidence,
            tables.line.c.speaker,
            tables.line.c.language,
            tables.line.c.at,
            tables.unit.c.name_en,
            tables.unit.c.name_zh,
            tables.session.c.title_en,
            tables.session.c.title_zh,
            tables.discretion.c.proofed_at,
            tables.session.c.opened_at,
            tables.stage.c.number.label("stage_number"),
            tables.stage.c.title_en.label("stage_en"),
            tables.stage.c.title_zh.label("stage_zh"),
        )
        .outerjoin(tables.line, tables.line.c.id == tables.evidence.c.line_id)
        .outerjoin(tables.unit, tables.unit.c.id == tables.line.c.unit_id)
        .outerjoin(tables.session, tables.session.c.id == tables.evidence.c.session_id)
        .outerjoin(tables.discretion, tables.discretion.c.session_id == tables.session.c.id)
        .outerjoin(tables.stage, tables.stage.c.id == tables.session.c.stage_id)
        .where(tables.evidence.c.entry_id == entry_id)
        .order_by(tables.evidence.c.created_at, tables.evidence.c.id)
    )
    found = [_spoken(row) for row in rows(await work.connection.execute(asked))]
    by = await coders.of_entry(work, entry_id)
    placed = [
        replace(_placed(one, places), coders=tuple(by.get(one.evidence.id, ()))) for one in found
    ]
    return sorted(placed, key=lambda one: 0 if one.stage is None else one.stage[0])


async def evidence_of_study(work: Work, study_id: StudyId) -> Mapping[EntryId, Sequence[Evidence]]:
    """Return the evidence of every entry of a study, in the order in which it was added."""
    table = tables.evidence
    asked = (
        select(table)
        .join(tables.entry, tables.entry.c.id == table.c.entry_id)
        .where(tables.entry.c.study_id == study_id)
        .order_by(table.c.created_at, table.c.id)
    )
    found: dict[EntryId, list[Evidence]] = {}
    for row in rows(await work.connection.execute(asked)):
        found.setdefault(EntryId(row.entry_id), []).append(_evidence(row))
    return found


async def set_units(work: Work, entry_id: EntryId, units: Mapping[UnitId, bool]) -> None:
    """Say which units the entry concerns and whether they were heard; once heard stays heard."""
    asked = select(tables.entry_unit).where(tables.entry_unit.c.entry_id == entry_id)
    known = {row.unit_id: row.heard for row in rows(await work.connection.execute(asked))}
    for unit_id, heard in units.items():
        if unit_id not in known:
            await work.connection.execute(
                insert(tables.entry_unit).values(entry_id=entry_id, unit_id=unit_id, heard=heard)
            )
        elif heard and not known[unit_id]:
            await work.connection.execute(
                tables.entry_unit.update()
                .where(tables.entry_unit.c.entry_id == entry_id)
                .where(tables.entry_unit.c.unit_id == unit_id)
                .values(heard=True)
            )


async def units(work: Work, entry_id: EntryId) -> Sequence[EntryUnit]:
    """Return the units that an entry concerns, in protocol order."""
    asked = (
        select(tables.unit, tables.entry_unit.c.heard)
        .join(tables.entry_unit, tables.entry_unit.c.unit_id == tables.unit.c.id)
        .where(tables.entry_unit.c.entry_id == entry_id)
        .order_by(tables.unit.c.order)
    )
    return [
        EntryUnit(Unit(row.id, Bilingual(row.name_en, row.name_zh), row.kind, row.order), row.heard)
        for row in rows(await work.connection.execute(asked))
    ]


async def add_links(work: Work, links: Iterable[Link]) -> None:
    """Insert new links."""
    found = [{"from_id": one.from_id, "to_id": one.to_id, "kind": one.kind.value} for one in links]
    if found:
        await work.connection.execute(insert(tables.entry_link), found)


async def remove_link(work: Work, link: Link) -> None:
    """Take a link away."""
    table = tables.entry_link
    await work.connection.execute(
        delete(table).where(
            table.c.from_id == link.from_id,
            table.c.to_id == link.to_id,
            table.c.kind == link.kind.value,
        )
    )


async def links_of_study(work: Work, study_id: StudyId) -> Sequence[Link]:
    """Return every link between entries of a study."""
    table = tables.entry_link
    asked = (
        select(table)
        .join(tables.entry, tables.entry.c.id == table.c.from_id)
        .where(tables.entry.c.study_id == study_id)
        .order_by(table.c.kind, table.c.from_id, table.c.to_id)
    )
    return [
        Link(row.from_id, row.to_id, LinkKind(row.kind))
        for row in rows(await work.connection.execute(asked))
    ]


async def stage_of(work: Work, entry_id: EntryId) -> StageId:
    """Return the stage that first produced an entry. Raises NotFound `entry.unknown`."""
    asked = select(tables.entry.c.stage_id).where(tables.entry.c.id == entry_id)
    found: str | None = (await work.connection.execute(asked)).scalar_one_or_none()
    if found is None:
        raise NotFound("entry.unknown", entry=entry_id)
    return StageId(found)


async def stages_of_study(work: Work, study_id: StudyId) -> Mapping[EntryId, StageId]:
    """Return the stage that first produced each entry of a study."""
    entry = tables.entry.c
    asked = select(entry.id, entry.stage_id).where(entry.study_id == study_id)
    found = rows(await work.connection.execute(asked))
    return {EntryId(row.id): StageId(row.stage_id) for row in found}


async def links(work: Work, entry_id: EntryId) -> Sequence[Link]:
    """Return the links from and to an entry."""
    asked = (
        select(tables.entry_link)
        .where((tables.entry_link.c.from_id == entry_id) | (tables.entry_link.c.to_id == entry_id))
        .order_by(tables.entry_link.c.kind, tables.entry_link.c.from_id, tables.entry_link.c.to_id)
    )
    return [
        Link(row.from_id, row.to_id, LinkKind(row.kind))
        for row in rows(await work.connection.execute(asked))
    ]


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        study_id=row.study_id,
        kind=EntryKind(row.kind),
        parent_id=row.parent_id,
        label=Bilingual(row.label_en, row.label_zh),
        definition=Bilingual(row.definition_en, row.definition_zh),
        scope=Scope(row.scope),
        state=EntryState(row.state),
        version=row.version,
        order=row.order,
        scope_reason=row.scope_reason,
        merged_into=row.merged_into,
    )


def _evidence(row: Any) -> Evidence:
    return Evidence(
        id=row.id,
        entry_id=row.entry_id,
        session_id=row.session_id,
        line_id=row.line_id,
        annotation_id=row.annotation_id,
        track_id=row.track_id,
        start=row.start,
        end=row.end,
        quote=row.quote,
        passage_id=row.passage_id,
    )


def _spoken(row: Any) -> Spoken:
    track: TrackId | None = row.track_id
    return Spoken(
        evidence=_evidence(row),
        speaker=row.speaker or "",
        unit=None if row.name_en is None else Bilingual(row.name_en, row.name_zh),
        session_title=Bilingual(row.title_en or "", row.title_zh or ""),
        language=row.language or "",
        at=row.at,
        has_audio=track is not None,
        proofed_at=None if track is None else row.proofed_at,
        stage=None
        if row.stage_number is None
        else (row.stage_number, Bilingual(row.stage_en, row.stage_zh)),
        day=row.opened_at,
    )


def _placed(one: Spoken, places: Mapping[PassageId, PassagePlace]) -> Spoken:
    place = places.get(one.evidence.passage_id) if one.evidence.passage_id else None
    if place is None:
        return one
    tongue = language_of(one.evidence.quote)
    return replace(
        one,
        speaker=place.issuer,
        unit=place.unit,
        language=tongue,
        place=place,
        stage=place.stage,
    )
