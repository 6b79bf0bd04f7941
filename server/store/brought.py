"""Rows that an import writes in bulk, and takes back: evidence with its coders, documents, sessions.

What hangs on what was brought in and came later is looked for here, so that nothing of anybody else
goes with it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from schemas.ids import EntryId, EvidenceId, PersonId, SessionId, StudyId
from schemas.taxonomy import Evidence
from server.store import coders, search, tables
from server.store.database import Work, rows
from server.store.search_terms import Of

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Backed:
    """What pieces of evidence stand between: entries, and lines and passages, by id."""

    entries: frozenset[EntryId]
    lines: Sequence[str]
    passages: Sequence[str]


async def add_evidence(
    work: Work, found: Sequence[Evidence], by: Mapping[EvidenceId, Sequence[str]]
) -> None:
    """Append evidence on what is new, and who coded it; nothing is looked for first."""
    values = [
        {
            "id": one.id,
            "entry_id": one.entry_id,
            "session_id": one.session_id,
            "line_id": one.line_id,
            "annotation_id": one.annotation_id,
            "passage_id": one.passage_id,
            "track_id": one.track_id,
            "start": one.start,
            "end": one.end,
            "quote": one.quote,
            "created_at": time.time(),
        }
        for one in found
    ]
    if values:
        await work.connection.execute(insert(tables.evidence), values)
    await coders.add(work, by)


async def add_update(
    work: Work, session_id: SessionId, seq: int, client: int, person: PersonId, payload: bytes
) -> None:
    """Write a person's update into the log of a session that nobody has opened yet."""
    await work.connection.execute(
        insert(tables.doc_client).values(doc=session_id, client=client, person=person)
    )
    await work.connection.execute(
        insert(tables.doc_update).values(
            doc=session_id, seq=seq, epoch=0, person=person, client=client, at=time.time(),
            payload=payload,
        )
    )  # fmt: skip


async def close(work: Work, session_id: SessionId, at: float) -> None:
    """Say when a session that took place elsewhere ended."""
    changed = update(tables.session).where(tables.session.c.id == session_id)
    await work.connection.execute(changed.values(closed_at=at))


async def used_sessions(work: Work, session_ids: Sequence[str]) -> Sequence[str]:
    """Return those of these sessions on which something rests that came later."""
    found: set[str] = set()
    for table in (tables.review_round, tables.return_round, tables.proposal, tables.challenge):
        asked = select(table.c.session_id).where(table.c.session_id.in_(session_ids))
        found |= {row.session_id for row in rows(await work.connection.execute(asked))}
    return sorted(found)


async def used_sources(
    work: Work, source_ids: Sequence[str], evidence: Sequence[str], notes: Sequence[str]
) -> Sequence[str]:
    """Return those of these sources that have other evidence, or other notes, than these."""
    passage = tables.passage.c
    found: set[str] = set()
    for table, known in ((tables.evidence, evidence), (tables.passage_note, notes)):
        asked = (
            select(passage.source_id, table.c.id)
            .join(tables.passage, passage.id == table.c.passage_id)
            .where(passage.source_id.in_(source_ids))
        )
        own = set(known)
        found |= {
            row.source_id for row in rows(await work.connection.execute(asked)) if row.id not in own
        }
    return sorted(found)


async def foreign_evidence(
    work: Work, session_ids: Sequence[str], evidence: Sequence[str]
) -> Sequence[str]:
    """Return those of these sessions whose lines back an entry by other evidence than this."""
    one = tables.evidence.c
    asked = select(one.session_id, one.id).where(one.session_id.in_(session_ids))
    own = set(evidence)
    found = {
        row.session_id for row in rows(await work.connection.execute(asked)) if row.id not in own
    }
    return sorted(found)


async def titles(work: Work, ids: Sequence[str]) -> Sequence[str]:
    """Return how these sessions and sources are called."""
    session, source = tables.session.c, tables.source.c
    sat = select(session.title_en, session.title_zh).where(session.id.in_(ids))
    named = select(source.title).where(source.id.in_(ids))
    found = [row.title_en or row.title_zh for row in rows(await work.connection.execute(sat))]
    return sorted(found + [row.title for row in rows(await work.connection.execute(named))])


async def backed_by(work: Work, evidence_ids: Sequence[str]) -> Backed:
    """Return what these pieces of evidence stand between."""
    one = tables.evidence.c
    found: list[Any] = []
    for part in _chunks(evidence_ids):
        asked = select(one.entry_id, one.line_id, one.passage_id).where(one.id.in_(part))
        found += rows(await work.connection.execute(asked))
    return Backed(
        frozenset(EntryId(row.entry_id) for row in found),
        sorted({row.line_id for row in found if row.line_id}),
        sorted({row.passage_id for row in found if row.passage_id}),
    )


async def is_taxonomy_frozen(work: Work, study_id: StudyId, since: float) -> bool:
    """Return whether a version, a review or a requirement has held the taxonomy fast since then."""
    for table, at in (
        (tables.taxonomy_version, tables.taxonomy_version.c.at),
        (tables.review_round, tables.review_round.c.created_at),
    ):
        asked = select(at).where(table.c.study_id == study_id, at >= since).limit(1)
        if (await work.connection.execute(asked)).first() is not None:
            return True
    wanted = (
        select(tables.requirement_version.c.at)
        .join(
            tables.requirement,
            tables.requirement.c.id == tables.requirement_version.c.requirement_id,
        )
        .where(tables.requirement.c.study_id == study_id, tables.requirement_version.c.at >= since)
    )
    return (await work.connection.execute(wanted.limit(1))).first() is not None


async def unused_entries(work: Work, entry_ids: Sequence[str]) -> Sequence[EntryId]:
    """Return those of these entries that nobody has changed, backed, linked or built on."""
    entry, link = tables.entry.c, tables.entry_link.c
    asked = select(entry.id, entry.version, entry.state).where(entry.id.in_(entry_ids))
    own = set(entry_ids)
    kept = {
        row.id
        for row in rows(await work.connection.execute(asked))
        if row.version > 1 or row.state != "active"
    }
    backed = select(tables.evidence.c.entry_id).where(tables.evidence.c.entry_id.in_(entry_ids))
    kept |= {row.entry_id for row in rows(await work.connection.execute(backed))}
    for table in (
        tables.proposal,
        tables.challenge,
        tables.solution_assessment,
        tables.entry_unit,
        tables.question,
    ):
        on = select(table.c.entry_id).where(table.c.entry_id.in_(entry_ids))
        kept |= {row.entry_id for row in rows(await work.connection.execute(on))}
    linked = select(link.from_id, link.to_id).where(
        or_(link.from_id.in_(entry_ids), link.to_id.in_(entry_ids))
    )
    for row in rows(await work.connection.execute(linked)):
        if not {row.from_id, row.to_id} <= own:
            kept |= {row.from_id, row.to_id} & own
    into = select(entry.merged_into).where(entry.merged_into.in_(entry_ids))
    kept |= {row.merged_into for row in rows(await work.connection.execute(into))}
    below = select(entry.id, entry.parent_id).where(entry.parent_id.in_(entry_ids))
    children = [(row.id, row.parent_id) for row in rows(await work.connection.execute(below))]
    is_growing = True
    while is_growing:  # what stands above something that stays, stays
        above = {parent for child, parent in children if child in kept or child not in own}
        is_growing = not above <= kept
        kept |= above
    return [EntryId(one) for one in entry_ids if one not in kept]


async def remove_evidence(work: Work, evidence_ids: Sequence[str]) -> None:
    """Remove pieces of evidence."""
    for part in _chunks(evidence_ids):
        await work.connection.execute(delete(tables.evidence).where(tables.evidence.c.id.in_(part)))


async def remove_entries(work: Work, entry_ids: Sequence[EntryId]) -> None:
    """Remove entries with their versions, and from the archive."""
    await search.remove(work, "entry", entry_ids)
    for part in _chunks(entry_ids):
        version, entry = tables.entry_version.c, tables.entry.c
        await work.connection.execute(
            delete(tables.entry_version).where(version.entry_id.in_(part))
        )
        await work.connection.execute(delete(tables.entry).where(entry.id.in_(part)))


async def remove_sources(work: Work, source_ids: Sequence[str]) -> None:
    """Remove sources with their passages and notes, and from the archive."""
    passage = tables.passage.c
    asked = select(passage.id).where(passage.source_id.in_(source_ids))
    found = [row.id for row in rows(await work.connection.execute(asked))]
    await search.remove(work, "passage", found)
    await search.remove(work, "source", source_ids)
    for part in _chunks(source_ids):
        await work.connection.execute(delete(tables.source).where(tables.source.c.id.in_(part)))


async def remove_sessions(work: Work, session_ids: Sequence[str]) -> None:
    """Remove sessions with all that is theirs: lines, notes, documents; and from the archive."""
    of: Of
    for of, table in (("line", tables.line), ("annotation", tables.annotation)):
        asked = select(table.c.id).where(table.c.session_id.in_(session_ids))
        found = [row.id for row in rows(await work.connection.execute(asked))]
        await search.remove(work, of, found)
    for name in ("doc_update", "doc_client", "doc_snapshot", "doc_generation"):
        table = tables.metadata.tables[name]
        await work.connection.execute(delete(table).where(table.c.doc.in_(session_ids)))
    await work.connection.execute(
        delete(tables.session).where(tables.session.c.id.in_(session_ids))
    )


def _chunks(ids: Sequence[str]) -> Sequence[Sequence[str]]:
    return [ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK)]
