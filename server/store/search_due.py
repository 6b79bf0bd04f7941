"""What the archive's index has not taken in yet: lines and notes that were written or changed.

Who writes one says so here, which is one small row in the same unit of work; the follower
(services/indexing.py) indexes what is due in batches, a quarter of a second later at most. So no
room waits for the index, and a page of it is written once for many lines.

One lock keeps the index true to the rows it is made of on PostgreSQL, where units of work overlap:
who reads rows to index them holds it alone, who puts or removes a single item shares it. Otherwise
a line could be read, struck and then indexed. On SQLite there is one writer at a time.
"""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, text

from server.store import tables
from server.store.database import Work, rows
from server.store.search_terms import Of


async def add(work: Work, of: Of, refs: Sequence[str]) -> None:
    """Have these indexed as they are after this unit of work, or removed if they are no more."""
    if refs:
        values = [{"of": of, "ref": ref} for ref in refs]
        await work.connection.execute(insert(tables.search_due), values)


async def is_any(work: Work) -> bool:
    """Return whether anything is due."""
    asked = select(tables.search_due.c.id).limit(1)
    return (await work.connection.execute(asked)).first() is not None


async def take(work: Work, most: int) -> Sequence[tuple[Of, str]]:
    """Return what has been due longest, each once, and strike it off; the caller indexes alone."""
    due = tables.search_due.c
    oldest = select(due.id).order_by(due.id).limit(most)
    taken = delete(tables.search_due).where(due.id.in_(oldest.scalar_subquery()))
    found = rows(await work.connection.execute(taken.returning(due.id, due.of, due.ref)))
    return list(dict.fromkeys((row.of, row.ref) for row in sorted(found, key=lambda row: row.id)))


async def alone(work: Work) -> None:
    """Wait until nobody else indexes, and index alone until this unit of work ends. Who waits is
    served in turn, so a rebuilding that takes session after session lets a follower in between.
    """
    if work.dialect == "postgresql":
        await work.connection.execute(_ALONE)


async def alone_and_fast(work: Work) -> None:
    """Do the same, with a commit that does not wait for the disk; for the follower.

    What is taken off the queue and what is indexed are one commit: a crash that loses it leaves
    the queue as it was.
    """
    if work.dialect == "postgresql":
        await work.connection.execute(_ALONE_AND_FAST)


async def beside(work: Work) -> None:
    """Change the index until this unit of work ends, beside others, while nobody indexes alone."""
    if work.dialect == "postgresql":
        await work.connection.execute(_BESIDE)


_LOCK = "hashtext('search_index')"
_ALONE = text(f"SELECT pg_advisory_xact_lock({_LOCK})")
_ALONE_AND_FAST = text(
    f"SELECT pg_advisory_xact_lock({_LOCK}), set_config('synchronous_commit', 'off', true)"
)
_BESIDE = text(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")
