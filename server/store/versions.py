"""Every state that an entry ever had, and names for moments of the whole taxonomy.

A version counts from the study's event that follows it in the same unit of work, so that the
taxonomy at any event is each entry's newest version up to it.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from schemas.errors import Conflict, NotFound
from schemas.ids import EntryId, StageId, StudyId, new_id
from schemas.session import Bilingual
from schemas.taxonomy import Entry, EntryKind, EntryState, Scope
from server.domain.history import Snapshot
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A moment of the taxonomy with a name; stage_id: the stage whose result it is."""

    id: str
    name: str
    seq: int
    stage_id: StageId | None
    by: str
    at: float


async def write(work: Work, entry: Entry) -> None:
    """Keep the entry as it now stands, with its outward links.

    The study's row is locked first, so that the number of the event that follows is known.
    """
    links = select(tables.entry_link).where(tables.entry_link.c.from_id == entry.id)
    links = links.order_by(tables.entry_link.c.kind, tables.entry_link.c.to_id)
    found = [[row.kind, row.to_id] for row in rows(await work.connection.execute(links))]
    await work.connection.execute(
        insert(tables.entry_version).values(
            entry_id=entry.id,
            version=entry.version,
            study_id=entry.study_id,
            seq=await newest_seq(work, entry.study_id, lock=True) + 1,
            body={
                "kind": entry.kind.value,
                "parent_id": entry.parent_id,
                "label_en": entry.label.en,
                "label_zh": entry.label.zh,
                "definition_en": entry.definition.en,
                "definition_zh": entry.definition.zh,
                "scope": entry.scope.value,
                "scope_reason": entry.scope_reason,
                "state": entry.state.value,
                "order": entry.order,
                "merged_into": entry.merged_into,
                "links": found,
            },
            at=time.time(),
        )
    )


async def with_links(work: Work, entry_ids: Collection[EntryId]) -> None:
    """Let the first versions of new entries hold the links that these came with.

    In the unit of work that made them: later a link is a change, with a version of its own.
    """
    found: dict[str, list[list[str]]] = {}
    link, table = tables.entry_link, tables.entry_version
    asked = select(link).where(link.c.from_id.in_(entry_ids))
    asked = asked.order_by(link.c.kind, link.c.to_id)
    for row in rows(await work.connection.execute(asked)):
        found.setdefault(row.from_id, []).append([row.kind, row.to_id])
    first = select(table).where(table.c.entry_id.in_(list(found)), table.c.version == 1)
    for row in rows(await work.connection.execute(first)):
        changed = update(table).where(table.c.entry_id == row.entry_id, table.c.version == 1)
        body = {**row.body, "links": found[row.entry_id]}
        await work.connection.execute(changed.values(body=body))


async def newest_seq(work: Work, study_id: StudyId, *, lock: bool = False) -> int:
    """Return the number of the study's last event. Raises NotFound `study.unknown`."""
    asked = select(tables.study.c.event_seq).where(tables.study.c.id == study_id)
    if lock:
        asked = asked.with_for_update()
    found: int | None = (await work.connection.execute(asked)).scalar_one_or_none()
    if found is None:
        raise NotFound("study.unknown", study=study_id)
    return found


async def at(work: Work, study_id: StudyId, seq: int) -> Mapping[EntryId, Snapshot]:
    """Return the taxonomy as it stood after the event `seq`, entries in their order."""
    table = tables.entry_version
    newest = (
        select(table.c.entry_id, func.max(table.c.version).label("version"))
        .where(table.c.study_id == study_id, table.c.seq <= seq)
        .group_by(table.c.entry_id)
        .subquery()
    )
    asked = select(table).join(
        newest, (newest.c.entry_id == table.c.entry_id) & (newest.c.version == table.c.version)
    )
    found = [_snapshot(row) for row in rows(await work.connection.execute(asked))]
    found.sort(key=lambda one: (one.entry.order, one.entry.id))
    return {one.entry.id: one for one in found}


async def of_entry(work: Work, entry_id: EntryId) -> Sequence[Snapshot]:
    """Return every version of one entry, oldest first."""
    table = tables.entry_version
    asked = select(table).where(table.c.entry_id == entry_id).order_by(table.c.version)
    return [_snapshot(row) for row in rows(await work.connection.execute(asked))]


async def add_name(
    work: Work, study_id: StudyId, name: str, *, stage_id: StageId | None, by: str
) -> NamedVersion:
    """Give the taxonomy as it stands now a name. Raises Conflict `version.taken`."""
    table = tables.taxonomy_version
    taken = select(table.c.id).where(table.c.study_id == study_id, table.c.name == name)
    seq = await newest_seq(work, study_id, lock=True)
    if (await work.connection.execute(taken)).first() is not None:
        raise Conflict("version.taken", name=name)
    made = NamedVersion(new_id(), name, seq, stage_id, by, time.time())
    await work.connection.execute(
        insert(table).values(
            id=made.id, study_id=study_id, name=name, seq=seq, stage_id=stage_id, by=by, at=made.at
        )
    )
    return made


async def named(work: Work, study_id: StudyId) -> Sequence[NamedVersion]:
    """Return the study's named versions, oldest first."""
    table = tables.taxonomy_version
    asked = select(table).where(table.c.study_id == study_id).order_by(table.c.seq, table.c.at)
    return [
        NamedVersion(row.id, row.name, row.seq, row.stage_id, row.by, row.at)
        for row in rows(await work.connection.execute(asked))
    ]


def _snapshot(row: Any) -> Snapshot:
    body = row.body
    entry = Entry(
        id=row.entry_id,
        study_id=row.study_id,
        kind=EntryKind(body["kind"]),
        parent_id=body["parent_id"],
        label=Bilingual(body["label_en"], body["label_zh"]),
        definition=Bilingual(body["definition_en"], body["definition_zh"]),
        scope=Scope(body["scope"]),
        state=EntryState(body["state"]),
        version=row.version,
        order=body["order"],
        scope_reason=body["scope_reason"],
        merged_into=body["merged_into"],
    )
    links = tuple((kind, EntryId(to)) for kind, to in body["links"])
    return Snapshot(entry, links, row.seq, row.at)
