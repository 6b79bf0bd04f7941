"""Who coded a piece of evidence: who is named with it, else who wrote the note that it comes from."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, insert, select

from schemas.ids import EntryId, EvidenceId, StudyId
from server.store import tables
from server.store.database import Work, rows

MOST_CHARACTERS = 200


async def add(work: Work, coders: Mapping[EvidenceId, Sequence[str]]) -> None:
    """Name who coded evidence that is new."""
    named = [
        {"evidence_id": key, "name": name}
        for key, names in coders.items()
        for name in dict.fromkeys(one[:MOST_CHARACTERS] for one in names if one)
    ]
    if named:
        await work.connection.execute(insert(tables.evidence_coder), named)


async def of_entry(work: Work, entry_id: EntryId) -> Mapping[EvidenceId, Sequence[str]]:
    """Return who coded which evidence of an entry; where nobody is known, it is absent."""
    return await _coders(work, tables.evidence.c.entry_id == entry_id)


async def of_study(work: Work, study_id: StudyId) -> Mapping[EvidenceId, Sequence[str]]:
    """Return who coded which evidence of a study; where nobody is known, it is absent."""
    of = select(tables.entry.c.id).where(tables.entry.c.study_id == study_id)
    return await _coders(work, tables.evidence.c.entry_id.in_(of))


async def _coders(work: Work, which: ColumnElement[bool]) -> Mapping[EvidenceId, Sequence[str]]:
    evidence, coder = tables.evidence.c, tables.evidence_coder.c
    named = (
        select(evidence.id, coder.name)
        .join(tables.evidence_coder, coder.evidence_id == evidence.id)
        .where(which)
        .order_by(evidence.id, coder.name)
    )
    noted = (
        select(evidence.id, tables.person.c.name)
        .join(tables.annotation, tables.annotation.c.id == evidence.annotation_id)
        .join(tables.person, tables.person.c.id == tables.annotation.c.author)
        .where(which)
    )
    found: dict[EvidenceId, list[str]] = {}
    for row in rows(await work.connection.execute(named)):
        found.setdefault(EvidenceId(row.id), []).append(row.name)
    for row in rows(await work.connection.execute(noted)):
        found.setdefault(EvidenceId(row.id), [row.name] if row.name else [])
    return {key: names for key, names in found.items() if names}
