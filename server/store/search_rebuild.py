"""Building the archive's index anew beside the one in use, while everybody goes on working.

First the rows of `search_item` are brought to what can be found (keys stay, so pages and links do
too); then the tokens of all of them are written to a second table from one snapshot, in batches;
then, in one short unit of work, what changed meanwhile is made good and the tables change places.
PostgreSQL's GIN is built after its part of the table is filled, which is several times as quick as
to keep it level with each batch.
"""

import time
from collections.abc import Sequence
from types import ModuleType

from sqlalchemy import delete, func, literal, select, text, update

from schemas.errors import Conflict
from schemas.ids import SessionId, StudyId
from server.domain.tokens import TOKENISER_VERSION
from server.store import search, search_postgresql, search_sqlite, tables
from server.store.database import Work, rows
from server.store.once import insert_once
from server.store.search_terms import Of

_NEW = "search_index_new"
_VERSION = "version"
_SHARED = 900
"""Refs in one statement."""


async def is_outdated(work: Work) -> bool:
    """Return whether the index as a whole was written by another version of the tokeniser."""
    return await state(work, _VERSION) != TOKENISER_VERSION


async def state(work: Work, name: str) -> int | None:
    """Return a number kept about the index."""
    asked = select(tables.search_state.c.value).where(tables.search_state.c.name == name)
    found: int | None = (await work.connection.execute(asked)).scalar_one_or_none()
    return found


async def set_state(work: Work, name: str, value: int) -> None:
    """Keep a number about the index."""
    if not await insert_once(work, tables.search_state, name=name, value=value):
        await work.connection.execute(
            update(tables.search_state)
            .where(tables.search_state.c.name == name)
            .values(value=value)
        )


async def studies_behind(work: Work) -> Sequence[StudyId]:
    """Return the studies whose log goes on beyond what the index followed (`study <id>`)."""
    study, kept = tables.study.c, tables.search_state.c
    asked = (
        select(study.id)
        .outerjoin(tables.search_state, kept.name == literal("study ").concat(study.id))
        .where(study.event_seq > func.coalesce(kept.value, 0))
    )
    return [StudyId(row.id) for row in rows(await work.connection.execute(asked))]


async def count(work: Work) -> int:
    """Return how many items there are."""
    asked = select(func.count()).select_from(tables.search_item)
    found: int = (await work.connection.execute(asked)).scalar_one()
    return found


async def settle(work: Work) -> None:
    """Say that the whole index was written by this version of the tokeniser, and that nothing is
    left of a rebuilding.
    """
    await work.connection.execute(text(f"DROP TABLE IF EXISTS {_NEW}"))
    await work.connection.execute(delete(tables.search_changed))
    await set_state(work, search.REBUILDING, 0)
    await set_state(work, _VERSION, TOKENISER_VERSION)


async def known(
    work: Work, study_id: StudyId, session_id: SessionId | None
) -> Sequence[tuple[Of, str]]:
    """Return what the index has of a study, or of a session."""
    item = tables.search_item.c
    place = item.session_id.is_(None) if session_id is None else item.session_id == session_id
    asked = select(item.of, item.ref).where(item.study_id == study_id, place)
    return [(row.of, row.ref) for row in rows(await work.connection.execute(asked))]


async def was_cut_off(work: Work) -> bool:
    """Return whether a rebuilding began and did not end; or it goes on in another process."""
    return bool(await state(work, search.REBUILDING))


async def begin(work: Work) -> int:
    """Make the empty second table and return the number of this rebuilding; what is left of one
    that was cut off goes, and one that still goes on elsewhere ends with Conflict.
    """
    run = time.time_ns()
    await set_state(work, search.REBUILDING, run)
    await work.connection.execute(text(f"DROP TABLE IF EXISTS {_NEW}"))
    create = _engine(work).create_bare
    await work.connection.run_sync(lambda connection: create(connection, _NEW))
    await work.connection.execute(delete(tables.search_changed))
    return run


async def freeze(work: Work) -> None:
    """Let this reading unit see the database as it is now until its end."""
    if work.dialect == "postgresql":
        await work.connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    await work.connection.execute(select(func.max(tables.search_item.c.id)))


async def batch(work: Work, after: int, limit: int) -> Sequence[tuple[int, str, str]]:
    """Return key, text and facets of the next items above a key."""
    item = tables.search_item.c
    asked = select(item.id, item.text, item.facets).where(item.id > after)
    found = rows(await work.connection.execute(asked.order_by(item.id).limit(limit)))
    return [(row.id, row.text, row.facets) for row in found]


def terms(work: Work, found: Sequence[tuple[int, str, str]]) -> object:
    """Return what `write` is given of a batch: cut beforehand, so that nobody waits for it."""
    return _engine(work).terms(found)


async def write(work: Work, run: int, made: object) -> None:
    """Write the terms of a batch to the second table. Raises Conflict `archive.rebuilding` where
    another rebuilding began meanwhile.
    """
    await _hold(work, run)
    await _engine(work).keep(work, made, _NEW)


async def parts(work: Work) -> Sequence[str]:
    """Return what of the second table is to be indexed after it was filled (PostgreSQL)."""
    found: Sequence[str] = await _engine(work).parts(work, _NEW)
    return found


async def index_part(work: Work, run: int, part: str) -> None:
    """Index one of `parts`. Raises as `write` does."""
    await _hold(work, run)
    await _engine(work).index_part(work, part)


async def has_others(work: Work) -> bool:
    """Return whether the rows say of some tokens that another version wrote them."""
    item = tables.search_item.c
    asked = select(item.id).where(item.version != TOKENISER_VERSION).limit(1)
    return (await work.connection.execute(asked)).first() is not None


async def discard(work: Work) -> bool:
    """Take away a piece of an index that was replaced; return whether more is left."""
    left: bool = await _engine(work).discard(work)
    return left


async def finish(work: Work, run: int, last: int, *, has_others: bool) -> None:
    """Make good what changed since `freeze`, and let the tables change places; `discard` the old
    one after.

    last: the greatest key that was written. has_others: what that says. Raises as `write` does.
    """
    await _hold(work, run)
    if work.dialect == "postgresql":  # nobody adds between our last look and the change of places
        await work.connection.execute(text("LOCK TABLE search_item IN SHARE ROW EXCLUSIVE MODE"))
    engine = _engine(work)
    changed = rows(
        await work.connection.execute(
            select(tables.search_changed).where(tables.search_changed.c.item_id <= last)
        )
    )
    for row in changed:
        await engine.forget(work, [(row.item_id, row.text, row.facets)], _NEW)
    item = tables.search_item.c
    asked = select(item.id, item.text, item.facets).where(
        item.id.in_([row.item_id for row in changed])
    )
    again = [(row.id, row.text, row.facets) for row in rows(await work.connection.execute(asked))]
    if again:
        await engine.remember(work, again, _NEW)
    while added := await batch(work, last, _SHARED):
        await engine.remember(work, added, _NEW)
        last = added[-1][0]
    await engine.replace_by(work, _NEW)
    if has_others:
        await work.connection.execute(
            update(tables.search_item)
            .where(item.version != TOKENISER_VERSION)
            .values(version=TOKENISER_VERSION)
        )
    await settle(work)


async def _hold(work: Work, run: int) -> None:
    """Keep others from beginning to rebuild until this unit of work ends, if none has begun."""
    kept = tables.search_state.c
    asked = select(kept.value).where(kept.name == search.REBUILDING, kept.value == run)
    if (await work.connection.execute(asked.with_for_update())).first() is None:
        raise Conflict("archive.rebuilding")


def _engine(work: Work) -> ModuleType:
    return search_sqlite if work.dialect == "sqlite" else search_postgresql
