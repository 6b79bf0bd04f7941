"""Struck lines: out of every row at once, then out of every file of the database.

What people wrote in their own words stays; what a note, a draft or a piece of evidence quotes of
the line goes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, inspect, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.document import LINES
from schemas.errors import Unavailable
from schemas.ids import LineId, SessionId
from server.store import differences, lines, search, tables
from server.store.database import Database, Work, rows

MERGE_PAGES = 500
"""Of the archive's index in one step, so that nobody waits long for the writer."""
_REBUILT = "search_index_new"
_VACUUMED = (
    "line", "line_version", "difference", "mirror", "draft", "annotation", "evidence", "search_item",
    "search_index", "search_changed", "doc_update", "doc_snapshot",
)  # fmt: skip


async def erase(work: Work, session_id: SessionId, line_id: LineId) -> None:
    """Remove a line, its versions, its place in the archive and what was quoted of it."""
    await search.remove(work, "line", [line_id])
    await differences.erase(work, session_id, line_id)
    await _forget_family(work, session_id, line_id)
    await work.connection.execute(delete(tables.line).where(tables.line.c.id == line_id))
    mirror = tables.mirror.c
    await work.connection.execute(
        update(tables.mirror)
        .where(mirror.session_id == session_id, mirror.root == LINES, mirror.key == line_id)
        .values(value=null())
    )
    await work.connection.execute(
        update(tables.evidence).where(tables.evidence.c.line_id == line_id).values(quote="")
    )
    await work.connection.execute(
        update(tables.utterance).where(tables.utterance.c.id == line_id).values(state="struck")
    )
    await _unquote_drafts(work, session_id, line_id)
    await _unquote_annotations(work, session_id, line_id)


def unquoted(value: object, lines: Sequence[str]) -> object:
    """Return JSON `value` with the quotes of these lines blanked, however deep they lie."""
    if isinstance(value, Mapping):
        inner = {key: unquoted(one, lines) for key, one in value.items()}
        return {**inner, "quote": ""} if inner.get("line") in lines and "quote" in inner else inner
    if isinstance(value, list):
        return [unquoted(one, lines) for one in value]
    return value


async def scrub(database: Database) -> None:
    """Have the database forget the bytes of rows that are gone, not only the rows.

    SQLite overwrites what is deleted (`secure_delete`); its search index and its log still hold
    old pages. PostgreSQL keeps dead rows until it is vacuumed. Backups are somebody else's.

    Raises Unavailable while a reader holds on to old pages, or the index is being rebuilt.
    """
    async with database.write() as work:
        await _forget_changes(work)
    if database.writer.dialect.name == "sqlite":
        await _merge_index(database)
        await _empty_log(database.writer)
    else:
        engine = database.writer.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"VACUUM {', '.join(_VACUUMED)}"))


async def _forget_family(work: Work, session_id: SessionId, line_id: LineId) -> None:
    """Words went from line to line when lines were split and joined: earlier versions go as well."""
    for one in await lines.family(work, line_id):
        kept = select(tables.line.c.revision).where(tables.line.c.id == one).scalar_subquery()
        version, mirror = tables.line_version.c, tables.mirror.c
        await work.connection.execute(
            delete(tables.line_version).where(version.line_id == one, version.revision < kept)
        )
        shown = (mirror.session_id == session_id, mirror.root == LINES, mirror.key == one)
        newest = select(func.max(mirror.seq)).where(*shown).scalar_subquery()
        await work.connection.execute(
            update(tables.mirror).where(*shown, mirror.seq < newest).values(value=null())
        )
        await _unquote_drafts(work, session_id, one)
        await _unquote_annotations(work, session_id, one)


async def _forget_changes(work: Work) -> None:
    """Drop how items were before they changed, which only a rebuilding of the index needs."""
    if await work.connection.run_sync(lambda one: inspect(one).has_table(_REBUILT)):
        raise Unavailable("database.unavailable")  # it is being rebuilt: again after that
    await work.connection.execute(delete(tables.search_changed))


async def _merge_index(database: Database) -> None:
    step = text("INSERT INTO search_index(search_index, rank) VALUES ('merge', :pages)")
    changes = text("SELECT total_changes()")
    pages = -MERGE_PAGES  # the first step begins to merge everything into one
    while True:
        async with database.write() as work:
            before = (await work.connection.execute(changes)).scalar_one()
            await work.connection.execute(step, {"pages": pages})
            after = (await work.connection.execute(changes)).scalar_one()
        if after - before < 2:  # so SQLite says that there was nothing left to do
            return
        pages = MERGE_PAGES


async def _empty_log(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection  # no transaction
        cursor = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (is_busy, _, _) = await cursor.fetchone()
        await cursor.close()
    if is_busy:
        raise Unavailable("database.unavailable")


async def _unquote_drafts(work: Work, session_id: SessionId, line_id: LineId) -> None:
    draft = tables.draft
    asked = select(draft.c.id, draft.c.body).where(draft.c.session_id == session_id)
    for row in rows(await work.connection.execute(asked)):
        body = unquoted(row.body, [line_id])
        if body != row.body:
            await work.connection.execute(
                update(draft).where(draft.c.id == row.id).values(body=body)
            )


async def _unquote_annotations(work: Work, session_id: SessionId, line_id: LineId) -> None:
    note = tables.annotation
    asked = select(note.c.id, note.c.targets).where(note.c.session_id == session_id)
    for row in rows(await work.connection.execute(asked)):
        targets = unquoted(row.targets, [line_id])
        if targets != row.targets:
            await work.connection.execute(
                update(note).where(note.c.id == row.id).values(targets=targets)
            )
