"""Taking a project back: what it made goes, what others built on stays or forbids it.

Texts that somebody has reviewed, quoted or noted since are named and nothing is removed. Entries go
if nobody changed, backed, linked or built on them, and no version, review or requirement has held
the taxonomy fast since; the others stay, and are counted.
"""

from schemas.errors import Conflict
from schemas.events import TaxonomyChanged
from schemas.ids import EntryId, LineId, PassageId
from schemas.taxonomy import LinkKind
from server.store import brought, entries, events, search, searchables, searchables_passages
from server.store.database import Work
from server.store.entries import Link
from server.store.projects import Import


async def remove(work: Work, one: Import) -> int:
    """Remove what an import made; return how many entries stay. Raises Conflict `project.used`."""
    made = one.made
    used = [
        *await brought.used_sessions(work, made["sessions"]),
        *await brought.foreign_evidence(work, made["sessions"], made["evidence"]),
        *await brought.used_sources(work, made["sources"], made["evidence"], made["notes"]),
    ]
    if used:
        titles = await brought.titles(work, sorted(set(used)))
        raise Conflict("project.used", titles=", ".join(titles))
    backed = await brought.backed_by(work, made["evidence"])
    await brought.remove_evidence(work, made["evidence"])
    for told in made["links"]:
        first, second, kind = told.split(" ")
        link = Link(EntryId(first), EntryId(second), LinkKind(kind))
        await entries.remove_link(work, link)
    await brought.remove_sessions(work, made["sessions"])
    await brought.remove_sources(work, made["sources"])
    frozen = await brought.is_taxonomy_frozen(work, one.study_id, one.ended_at or one.at)
    gone = [] if frozen else await brought.unused_entries(work, made["entries"])
    await brought.remove_entries(work, gone)
    await _tell_archive(work, backed)
    for entry_id in sorted({*backed.entries} - {*gone}):
        await events.record(
            work, one.study_id, "entry.evidence_removed", entry_id, body={"of": one.id}
        )
        work.publish(TaxonomyChanged(one.study_id, None, entry_id, "evidence"))
    for entry_id in gone:
        work.publish(TaxonomyChanged(one.study_id, None, entry_id, "retracted"))
    return len(made["entries"]) - len(gone)


async def _tell_archive(work: Work, backed: brought.Backed) -> None:
    """What stays is no longer found under what it backed."""
    said = await searchables.of_lines(work, [LineId(one) for one in backed.lines])
    read = await searchables_passages.of_passages(work, [PassageId(one) for one in backed.passages])
    await search.put(work, (*said, *read))
