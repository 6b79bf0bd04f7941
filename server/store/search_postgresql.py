"""The archive's index on PostgreSQL: a tsvector written as a literal (no parser, no locale) under GIN.

Classes are marked by a first sign that no word has: `=` a character, `~` a facet, `@` and `#` the
bucket of keys an item lies in. PostgreSQL keeps 256 positions of one lexeme: in a text that repeats
a word more often, a phrase may be missed after that.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from server.domain.query import Both, Either, Phrase, Query
from server.domain.tokens import tokens
from server.store.database import Work, rows
from server.store.search_terms import Classes, is_character, terms_of

INDEX = "search_index"

WALK = 1_000
"""Keys of the first stretch, which is walked without the index of the words: a common word fills a
page there."""

_LONGER = (("@", 1 << 15, 1 << 16), ("#", 1 << 18, 1 << 20))
"""The stretches after it: first sign of their lexemes, keys in one bucket, keys in the stretch."""


def create(connection: Connection, table: str = INDEX) -> None:
    """Create an empty index."""
    connection.exec_driver_sql(
        f"CREATE TABLE {table} (id bigint CONSTRAINT pk_{table} PRIMARY KEY,"
        " terms tsvector NOT NULL)"
    )
    connection.exec_driver_sql(f"CREATE INDEX ix_{table}_terms ON {table} USING gin (terms)")


async def next_keys(work: Work, count: int) -> Sequence[int]:
    """Return keys that no item had, in order."""
    return [row[0] for row in rows(await work.connection.execute(_KEYS, {"count": count}))]


_KEYS = text(
    "SELECT nextval(pg_get_serial_sequence('search_item', 'id')) FROM generate_series(1, :count)"
)


async def remember(work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX) -> None:
    """Add key, text and facet tokens of each."""
    work.learnt.pop(INDEX, None)
    statement = text(
        f"INSERT INTO {table}(id, terms)"  # noqa: S608  # our own names
        " SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(CAST(:terms AS text[]) AS tsvector[]))"
    )
    keys = [key for key, _, _ in found]
    terms = [_tsvector(*each) for each in found]
    await work.connection.execute(statement, {"keys": keys, "terms": terms})


async def forget(work: Work, key: int, _content: str, _facets: str, table: str = INDEX) -> None:
    """Take out a row."""
    statement = text(f"DELETE FROM {table} WHERE id = :key")  # noqa: S608
    await work.connection.execute(statement, {"key": key})


async def forget_many(
    work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX
) -> None:
    """Take out rows, each by its key."""
    statement = text(f"DELETE FROM {table} WHERE id = ANY(CAST(:keys AS bigint[]))")  # noqa: S608
    await work.connection.execute(statement, {"keys": [key for key, _, _ in found]})


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
    work: Work,
    query: Query | None,
    classes: Classes,
    before: int,
    limit: int,
    without: Sequence[str] = (),
) -> Sequence[int]:
    """Return the keys below `before` of what answers and has nothing of `without`, newest first.

    Looked for in stretches, the newest first and each longer than the one before; PostgreSQL
    reads a stretch only while the page is not full. See docs/decisions/0009-stretches.md.
    """
    newest = await _newest(work)
    match = _tsquery(query, classes, without)
    statement, values = _stretches(match, min(before, newest + 1))
    found = rows(await work.connection.execute(text(statement), {**values, "limit": limit}))
    return sorted((row[0] for row in found), reverse=True)


async def _newest(work: Work) -> int:
    """Return the greatest key, 0 without any; from then on this unit plans as a search must."""
    if INDEX not in work.learnt:
        newest: int | None = (await work.connection.execute(_PLANNED)).one()[0]
        work.learnt[INDEX] = newest or 0
    return work.learnt[INDEX]


_PLANNED = text(
    "SELECT (SELECT max(id) FROM search_index),"
    " set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_seqscan', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true),"
    " set_config('jit', 'off', true)"
)
"""For this transaction: a plan for the words asked, not for any. PostgreSQL would go over to a
general plan at the sixth question of a connection, which reads the whole table."""


def _stretches(match: str, before: int) -> tuple[str, dict[str, object]]:
    """Return the statement for keys below `before`, and its values but the limit."""
    values: dict[str, object] = {"match": match, "before": before, "walked": before - WALK}
    parts = [_WALKED]
    below = before - WALK
    for number, (letter, width, length) in enumerate(_LONGER):
        first = max(below - length, 0) // width * width
        if below <= 0 or first <= 0:
            break
        buckets = " | ".join(
            _quoted(f"{letter}{at}") for at in range(first // width, below // width + 1)
        )
        values |= {f"match_{number}": f"{match} & ({buckets})", f"below_{number}": below}
        parts.append(_INDEXED.format(number=number))
        below = first
    if below > 0:
        values |= {"match_rest": match, "below_rest": below}
        parts.append(_INDEXED.format(number="rest"))
    return f"{' UNION ALL '.join(f'({part})' for part in parts)} LIMIT :limit", values


_WALKED = (
    "SELECT id FROM search_index WHERE id < :before AND id >= :walked"
    " AND terms @@ CAST(:match AS tsquery) ORDER BY id DESC"
)
_INDEXED = (  # `id + 0`: the index of the words is to be used, never that of the keys
    "SELECT id FROM search_index WHERE terms @@ CAST(:match_{number} AS tsquery)"
    " AND id + 0 < :below_{number} ORDER BY id DESC"
)


def _tsvector(key: int, content: str, facets: str) -> str:
    found = tokens(content)
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(found.words, start=1):
        positions.setdefault(word, []).append(position)
    lexemes = [f"{_quoted(word)}:{','.join(map(str, at))}" for word, at in positions.items()]
    lexemes += [_quoted(f"={character}") for character in found.characters]
    lexemes += [_quoted(f"~{facet}") for facet in facets.split()]
    lexemes += [_quoted(f"{letter}{key // width}") for letter, width, _ in _LONGER]
    return " ".join(lexemes)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsquery(query: Query | None, classes: Classes, without: Sequence[str] = ()) -> str:
    limits = [" | ".join(_quoted(f"~{one}") for one in each) for each in classes]
    asked = [] if query is None else [_expression(query)]
    never = [f"!{_quoted(f'~{one}')}" for one in without]
    return " & ".join([*asked, *(f"({limit})" for limit in limits), *never])


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
