"""The archive's index on SQLite: a contentless FTS5 table with three columns.

The `ascii` tokeniser leaves everything beyond ASCII as it is, so it splits at our spaces only.
Before SQLite 3.43 such a table forgets a row only when told its old tokens, which are made again
from what the row was made of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, insert, text

from server.domain.query import Both, Either, Phrase, Query
from server.domain.tokens import tokens
from server.store import tables
from server.store.database import Work, rows
from server.store.search_terms import Classes, is_character, terms_of

INDEX = "search_index"


def create(connection: Connection, table: str = INDEX) -> None:
    """Create an empty index."""
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE {table} USING fts5("
        "words, characters, scope, content='', tokenize='ascii')"
    )


@dataclass(frozen=True, slots=True)
class Ready:
    """Rows of `search_item`, and of the index beside them, that lack their keys."""

    items: Sequence[Mapping[str, object]]
    columns: Sequence[Mapping[str, object]]


def ready(found: Sequence[Mapping[str, object]]) -> Ready:
    """Return what `add` writes of rows of `search_item`."""
    return Ready(found, [_columns(str(one["text"]), str(one["facets"])) for one in found])


async def add(work: Work, made: Ready) -> Sequence[int]:
    """Add what was made `ready`, in this order. None was there already, so the answer is empty:
    this unit of work is the only one that writes.

    Keys are given beforehand: SQLite does not say in which order it gave its own.
    """
    last: int | None = (await work.connection.execute(_LAST)).scalar_one_or_none()
    first = 1 + (last or 0)
    items = [{**one, "id": key} for key, one in enumerate(made.items, first)]
    await work.connection.execute(insert(tables.search_item), items)
    columns = [{**one, "key": key} for key, one in enumerate(made.columns, first)]
    await work.connection.execute(_remembering(INDEX), columns)
    return ()


_LAST = text("SELECT seq FROM sqlite_sequence WHERE name = 'search_item'")


async def remember(work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX) -> None:
    """Add key, text and facet tokens of each."""
    await keep(work, terms(found), table)


def terms(found: Sequence[tuple[int, str, str]]) -> Sequence[Mapping[str, object]]:
    """Return what `keep` writes of key, text and facet tokens of each."""
    return [_keyed(*each) for each in found]


async def keep(work: Work, made: Sequence[Mapping[str, object]], table: str) -> None:
    """Add what `terms` made."""
    if made:
        await work.connection.execute(_remembering(table), made)


def _remembering(table: str) -> TextClause:
    return text(
        f"INSERT INTO {table}(rowid, words, characters, scope)"  # noqa: S608  # our own names
        " VALUES (:key, :words, :characters, :scope)"
    )


async def forget(work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX) -> None:
    """Take out rows, each by its key, text and facet tokens."""
    statement = text(
        f"INSERT INTO {table}({table}, rowid, words, characters, scope)"  # noqa: S608
        " VALUES ('delete', :key, :words, :characters, :scope)"
    )
    await work.connection.execute(statement, [_keyed(*each) for each in found])


async def change(
    work: Work, before: Sequence[tuple[int, str, str]], after: Sequence[tuple[int, str, str]]
) -> None:
    """Take out rows and add them as they are now, under the same keys."""
    await forget(work, before)
    await remember(work, after)


async def forget_all(work: Work) -> None:
    """Empty the index."""
    await work.connection.execute(
        text(f"INSERT INTO {INDEX}({INDEX}) VALUES ('delete-all')")  # noqa: S608
    )


def create_bare(connection: Connection, table: str) -> None:
    """Create an empty index; SQLite fills it as it goes."""
    create(connection, table)


async def parts(_: Work, __: str) -> Sequence[str]:
    """Return no parts: there is nothing to be indexed after."""
    return ()


async def index_part(_: Work, part: str) -> None:
    """Never called: there are no parts."""
    raise LookupError(part)


async def replace_by(work: Work, table: str) -> None:
    """Make `table` the index, and put the old one aside for `discard`."""
    await work.connection.execute(text(f"ALTER TABLE {INDEX} RENAME TO {_OLD}"))
    await work.connection.execute(text(f"ALTER TABLE {table} RENAME TO {INDEX}"))


async def discard(work: Work) -> bool:
    """Take away a piece of the index that was put aside; return whether more of it is left.

    To drop it at once overwrites half a gigabyte for a million lines, while nobody else can write.
    """
    there = text(f"SELECT 1 FROM sqlite_master WHERE name = '{_OLD}'")  # noqa: S608
    if (await work.connection.execute(there)).first() is None:
        return False
    taken = await work.connection.execute(_PIECE)
    if taken.rowcount == 0:
        await work.connection.execute(text(f"DROP TABLE {_OLD}"))
    return taken.rowcount > 0


_OLD = f"{INDEX}_old"
_PIECE = text(  # rows 1 and 10 say what there is: without them a table cannot even be dropped
    f"DELETE FROM {_OLD}_data WHERE id IN"  # noqa: S608
    f" (SELECT id FROM {_OLD}_data WHERE id > 10 LIMIT 1000)"
)


async def keys(
    work: Work,
    query: Query | None,
    classes: Classes,
    before: int,
    limit: int,
    without: Sequence[str] = (),
) -> Sequence[int]:
    """Return the keys below `before` of what answers and has nothing of `without`, newest first."""
    values = {"match": _match(query, classes, without), "before": before, "limit": limit}
    return [row[0] for row in rows(await work.connection.execute(_FIND, values))]


_FIND = text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :match AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :limit"
)


def _keyed(key: int, content: str, facets: str) -> Mapping[str, object]:
    return {"key": key, **_columns(content, facets)}


def _columns(content: str, facets: str) -> Mapping[str, object]:
    found = tokens(content)
    return {
        "words": " ".join(found.words),
        "characters": " ".join(found.characters),
        "scope": facets,
    }


def _match(query: Query | None, classes: Classes, without: Sequence[str]) -> str:
    limits = [" OR ".join(f'"{one}"' for one in each) for each in classes]
    asked = [] if query is None else [_expression(query)]
    never = "".join(f' NOT scope : "{one}"' for one in without)
    return f"({' AND '.join([*asked, *(f'scope : ({limit})' for limit in limits)])}){never}"


def _expression(query: Query) -> str:
    match query:
        case Phrase():
            terms, is_open = terms_of(query)
            if is_character(query):
                return f'characters : "{terms[0]}"'
            return f'words : "{" ".join(terms)}"' + (" *" if is_open else "")
        case Both(wanted, unwanted):
            without = "".join(f" NOT {_expression(each)}" for each in unwanted)
            return f"(({' AND '.join(map(_expression, wanted))}){without})"
        case Either(options):
            return f"({' OR '.join(map(_expression, options))})"
