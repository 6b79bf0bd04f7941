"""The archive's index on PostgreSQL: a tsvector written as a literal (no parser, no locale) under GIN.

Classes are marked by a first sign that no word has: `=` a character, `~` a facet. PostgreSQL keeps
256 positions of one lexeme: in a text that repeats a word more often, a phrase may be missed after
that.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from server.domain.query import Both, Either, Phrase, Query
from server.domain.tokens import tokens
from server.store.database import Work, rows
from server.store.search_terms import Classes, is_character, terms_of

INDEX = "search_index"

CAP = 3_000
"""Fewer matches are sorted, more are met by walking back from the newest item. Measured: without
it a rare word costs 1.1 s among a million lines, with it 0.4 ms."""


def create(connection: Connection, table: str = INDEX) -> None:
    """Create an empty index."""
    connection.exec_driver_sql(
        f"CREATE TABLE {table} (id bigint CONSTRAINT pk_{table} PRIMARY KEY,"
        " terms tsvector NOT NULL)"
    )
    connection.exec_driver_sql(f"CREATE INDEX ix_{table}_terms ON {table} USING gin (terms)")


async def remember(work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX) -> None:
    """Add key, text and facet tokens of each."""
    statement = text(
        f"INSERT INTO {table}(id, terms)"  # noqa: S608  # our own names
        " SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(CAST(:terms AS text[]) AS tsvector[]))"
    )
    keys = [key for key, _, _ in found]
    terms = [_tsvector(content, facets) for _, content, facets in found]
    await work.connection.execute(statement, {"keys": keys, "terms": terms})


async def forget(work: Work, key: int, _content: str, _facets: str, table: str = INDEX) -> None:
    """Take out a row."""
    statement = text(f"DELETE FROM {table} WHERE id = :key")  # noqa: S608
    await work.connection.execute(statement, {"key": key})


async def forget_all(work: Work) -> None:
    """Empty the index."""
    await work.connection.execute(text(f"DELETE FROM {INDEX}"))  # noqa: S608


async def replace_by(work: Work, table: str) -> None:
    """Make `table` the index and drop the old one."""
    for statement in (
        f"DROP TABLE {INDEX}",
        f"ALTER TABLE {table} RENAME TO {INDEX}",
        f"ALTER TABLE {INDEX} RENAME CONSTRAINT pk_{table} TO pk_{INDEX}",
        f"ALTER INDEX ix_{table}_terms RENAME TO ix_{INDEX}_terms",
    ):
        await work.connection.execute(text(statement))


async def keys(
    work: Work, query: Query | None, classes: Classes, before: int, limit: int
) -> Sequence[int]:
    """Return the keys below `before` of what answers, newest first."""
    values = {"match": _tsquery(query, classes), "before": before, "limit": CAP + 1}
    some = [row[0] for row in rows(await work.connection.execute(_SOME, values))]
    if len(some) <= CAP:
        return sorted(some, reverse=True)[:limit]
    values["limit"] = limit
    return [row[0] for row in rows(await work.connection.execute(_NEWEST, values))]


_SOME = text(
    "SELECT id FROM search_index WHERE terms @@ CAST(:match AS tsquery) AND id < :before"
    " LIMIT :limit"
)
_NEWEST = text(
    "SELECT id FROM search_index WHERE terms @@ CAST(:match AS tsquery) AND id < :before"
    " ORDER BY id DESC LIMIT :limit"
)


def _tsvector(content: str, facets: str) -> str:
    found = tokens(content)
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(found.words, start=1):
        positions.setdefault(word, []).append(position)
    lexemes = [f"{_quoted(word)}:{','.join(map(str, at))}" for word, at in positions.items()]
    lexemes += [_quoted(f"={character}") for character in found.characters]
    lexemes += [_quoted(f"~{facet}") for facet in facets.split()]
    return " ".join(lexemes)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsquery(query: Query | None, classes: Classes) -> str:
    limits = [" | ".join(_quoted(f"~{one}") for one in each) for each in classes]
    asked = [] if query is None else [_expression(query)]
    return " & ".join([*asked, *(f"({limit})" for limit in limits)])


def _expression(query: Query) -> str:
    match query:
        case Phrase():
            terms, is_open = terms_of(query)
            if is_character(query):
                return _quoted(f"={terms[0]}")
            phrase = " <-> ".join(map(_quoted, terms))
            return f"({phrase}{':*' if is_open else ''})"
        case Both(wanted, unwanted):
            every = [_expression(each) for each in wanted]
            every += [f"!{_expression(each)}" for each in unwanted]
            return f"({' & '.join(every)})"
        case Either(options):
            return f"({' | '.join(map(_expression, options))})"
