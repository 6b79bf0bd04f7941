"""The archive's index on PostgreSQL: a tsvector written as a literal (no parser, no locale) under GIN.

The table is cut into parts by key, each with a GIN of its own: a search begins at the newest part and
goes on while its page is not full, and what is written goes into one small index. See
docs/decisions/0009-stretches.md.

Classes are marked by a first sign that no word has: `=` a character, `~` a facet. PostgreSQL keeps
256 positions of one lexeme: in a text that repeats a word more often, a phrase may be missed after
that.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, repeat

from sqlalchemy import Connection, text

from server.domain.query import Both, Either, Phrase, Query
from server.domain.tokens import tokens
from server.store.database import Work, rows
from server.store.search_terms import Classes, is_character, terms_of

INDEX = "search_index"

WALK = 2_000
"""Keys that are walked before any part's index is asked: a common word fills a page there."""

PART = 1 << 17
"""Keys of one part. The smaller, the less a word of middling frequency costs; the larger, the fewer
indexes a rare word is looked up in."""

_ASKED = (2, 14, 48)
"""Parts of each statement of a search, the last number again and again: to plan a part costs too."""


def create(connection: Connection, table: str = INDEX) -> None:
    """Create an empty index."""
    create_bare(connection, table)
    connection.exec_driver_sql(f"CREATE INDEX ON {table} USING gin (terms)")


def create_bare(connection: Connection, table: str) -> None:
    """Create an empty table of terms, to be filled first and indexed after (`index_part`)."""
    connection.exec_driver_sql(
        f"CREATE TABLE {table} (id bigint PRIMARY KEY, terms tsvector NOT NULL)"
        " PARTITION BY RANGE (id)"
    )


def ready(found: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Return what `add` writes of rows of `search_item`: their columns and their terms."""
    values: dict[str, object] = {name: [one[name] for one in found] for name in _COLUMNS}
    values["terms"] = [_tsvector(str(one["text"]), str(one["facets"])) for one in found]
    return values


async def add(work: Work, values: Mapping[str, object]) -> Sequence[int]:
    """Add what was made `ready`, in this order, in one statement; return the places of what was
    there already, which stays as it is.

    Keys are given in the statement. Where their part is missing, it writes nothing, and is sent
    again when the part was made.
    """
    work.learnt.pop(INDEX, None)
    while True:
        written = (await work.connection.execute(_ADD, values)).one()
        if not written.lacking:
            return [place - 1 for place in written.known]
        await _make_parts(work, INDEX, [part * PART for part in written.lacking])


_COLUMNS = ("of", "ref", "study_id", "session_id", "text", "speaker", "facets", "version")
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_ARRAYS = ", ".join(
    f"CAST(:{name} AS {'integer' if name == 'version' else 'text'}[])" for name in _COLUMNS
)
_ADD = text(
    f"""
    WITH given AS MATERIALIZED (
      SELECT nextval((SELECT pg_get_serial_sequence('search_item', 'id'))) AS id, one.*
      FROM unnest({_ARRAYS}, CAST(CAST(:terms AS text[]) AS tsvector[]))
        WITH ORDINALITY AS one({_NAMES}, terms, place)
    ), lacking AS MATERIALIZED (
      SELECT part FROM (SELECT DISTINCT id / {PART} AS part FROM given) AS every
      WHERE to_regclass('{INDEX}_' || part) IS NULL
    ), item AS (
      INSERT INTO search_item(id, {_NAMES})
      SELECT id, {_NAMES} FROM given WHERE NOT EXISTS (SELECT FROM lacking) ORDER BY place
      ON CONFLICT ("of", ref) DO NOTHING RETURNING id
    ), indexed AS (
      INSERT INTO {INDEX}(id, terms) SELECT id, terms FROM given JOIN item USING (id) ORDER BY id
    )
    SELECT ARRAY(SELECT part FROM lacking) AS lacking,
      ARRAY(SELECT place FROM given WHERE id NOT IN (SELECT id FROM item)) AS known
    """  # noqa: S608  # our own names
)


async def prepare(work: Work) -> None:
    """Make the part that keys will soon lie in, so that nobody who writes has to wait for it."""
    last: int | None = (await work.connection.execute(_LAST)).scalar_one()
    await _make_parts(work, INDEX, [(last or 0) + 1, (last or 0) + PART // 2])


_LAST = text("SELECT pg_sequence_last_value(pg_get_serial_sequence('search_item', 'id'))")


async def flush(work: Work) -> None:
    """Bring what was written lately from GIN's list of it into the index: every search reads that
    list, and whoever writes when it is full would have to do this.
    """
    for part in sorted(await _parts(work, INDEX), reverse=True)[:_LATELY]:
        name = f"{INDEX}_{part}"
        await work.connection.execute(_FLUSH, {"part": name})


_LATELY = 2
"""Parts that are written to; only a correction goes into older ones."""
_FLUSH = text(
    "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index AS i"
    " JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam"
    " WHERE i.indrelid = to_regclass(:part) AND a.amname = 'gin'"
)


_GIVEN = "SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(CAST(:terms AS text[]) AS tsvector[]))"


async def remember(work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX) -> None:
    """Add key, text and facet tokens of each."""
    await keep(work, terms(found), table)


def terms(found: Sequence[tuple[int, str, str]]) -> Mapping[str, Sequence[object]]:
    """Return what `keep` writes of key, text and facet tokens of each."""
    keys = [key for key, _, _ in found]
    return {"keys": keys, "terms": [_tsvector(content, facets) for _, content, facets in found]}


async def keep(work: Work, made: Mapping[str, Sequence[object]], table: str) -> None:
    """Add what `terms` made."""
    if table != INDEX:
        await _make_parts(work, table, [int(str(key)) for key in made["keys"]])
    statement = text(f"INSERT INTO {table}(id, terms) {_GIVEN}")
    await work.connection.execute(statement, made)


async def forget(work: Work, found: Sequence[tuple[int, str, str]], table: str = INDEX) -> None:
    """Take out rows, each by its key."""
    statement = text(f"DELETE FROM {table} WHERE id = ANY(CAST(:keys AS bigint[]))")  # noqa: S608
    await work.connection.execute(statement, {"keys": [key for key, _, _ in found]})


async def change(
    work: Work, _: Sequence[tuple[int, str, str]], after: Sequence[tuple[int, str, str]]
) -> None:
    """Let rows be what they are now, under the same keys."""
    await work.connection.execute(_CHANGE, terms(after))


_CHANGE = text(
    f"INSERT INTO {INDEX}(id, terms) {_GIVEN} ON CONFLICT (id) DO UPDATE SET terms = excluded.terms"
)


async def forget_all(work: Work) -> None:
    """Empty the index."""
    await work.connection.execute(text(f"DELETE FROM {INDEX}"))  # noqa: S608


async def parts(work: Work, table: str) -> Sequence[str]:
    """Return the tables that `table` consists of, the oldest first."""
    return [f"{table}_{part}" for part in sorted(await _parts(work, table))]


async def index_part(work: Work, part: str) -> None:
    """Build the GIN of a part that has none yet: a half to a minute for a full one."""
    await work.connection.execute(text("SET LOCAL statement_timeout = 0"))
    await work.connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    await work.connection.execute(text(f"CREATE INDEX ON {part} USING gin (terms)"))


async def replace_by(work: Work, table: str) -> None:
    """Make `table` the index and drop the old one; the GIN of its parts become that of the whole."""
    await work.connection.execute(text(f"CREATE INDEX ON {table} USING gin (terms)"))
    await work.connection.execute(text(f"DROP TABLE {INDEX}"))
    await work.connection.execute(text(f"ALTER TABLE {table} RENAME TO {INDEX}"))
    for part in await _parts(work, INDEX):
        await work.connection.execute(text(f"ALTER TABLE {table}_{part} RENAME TO {INDEX}_{part}"))
    await prepare(work)


async def discard(_: Work) -> bool:
    """Return that nothing of an old index is left: a table is dropped at once here."""
    return False


async def keys(
    work: Work,
    query: Query | None,
    classes: Classes,
    before: int,
    limit: int,
    without: Sequence[str] = (),
) -> Sequence[int]:
    """Return the keys below `before` of what answers and has nothing of `without`, newest first."""
    parts, newest = await _planned(work)
    match, beside = _tsqueries(query, classes, without)
    walked = min(before, newest + 1)
    below = walked - WALK
    waiting = [part for part in parts if part * PART < below]
    found: list[int] = []
    statement = [_WALKED.format(beside=_BESIDE if beside else "")]
    values: dict[str, object] = {"before": walked, "match": match, "below": below}
    values |= {"beside": beside} if beside else {}
    for asked in chain(_ASKED, repeat(_ASKED[-1])):
        some, waiting = waiting[:asked], waiting[asked:]
        indexed = (_INDEXED.format(part=part, beside=_BESIDE if beside else "") for part in some)
        statement += indexed
        if statement:
            whole = " UNION ALL ".join(f"({part})" for part in statement)
            limited = {**values, "limit": limit - len(found)}
            answer = await work.connection.execute(text(f"{whole} LIMIT :limit"), limited)
            found += [row[0] for row in rows(answer)]
        if len(found) >= limit or not waiting:
            return sorted(found, reverse=True)
        statement = []
        values.pop("before", None)
    raise AssertionError("there is always another number of parts")


_WALKED = (
    "SELECT id FROM search_index WHERE id < :before AND id >= :below"
    " AND terms @@ CAST(:match AS tsquery){beside} ORDER BY id DESC"
)
_INDEXED = (  # `id + 0`: the index of the words is to be used, never that of the keys, whose order
    # PostgreSQL 18 took for some rare words: it read the whole part for them, in 300 ms
    "SELECT id FROM search_index_{part} WHERE terms @@ CAST(:match AS tsquery)"
    "{beside} AND id + 0 < :below ORDER BY id + 0 DESC"
)
_BESIDE = " AND ts_match_vq(terms, CAST(:beside AS tsquery))"
"""As a function and not as an operator, the index is not asked it."""


async def _planned(work: Work) -> tuple[Sequence[int], int]:
    """Return the parts, the newest first, and the last key that was given away; from then on this
    transaction plans as a search must: for the words asked, not for any. PostgreSQL would go over
    to a general plan at the sixth question of a connection, which reads the whole table.
    """
    if INDEX not in work.learnt:
        row = (await work.connection.execute(_PLANNED)).one()
        work.learnt[INDEX] = (row[1] or 0, *sorted(map(_number, row[0]), reverse=True))
    newest, *parts = work.learnt[INDEX]
    return parts, newest


_PARTS = (
    "ARRAY(SELECT CAST(relname AS text) FROM pg_inherits JOIN pg_class ON oid = inhrelid"
    " WHERE inhparent = to_regclass('{table}'))"
)
_PLANNED = text(
    f"SELECT {_PARTS.format(table=INDEX)},"
    " pg_sequence_last_value(pg_get_serial_sequence('search_item', 'id')),"
    " set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_seqscan', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true),"
    " set_config('jit', 'off', true)"
)


async def _parts(work: Work, table: str) -> Sequence[int]:
    asked = text(f"SELECT {_PARTS.format(table=table)}")
    return [_number(name) for name in (await work.connection.execute(asked)).scalar_one()]


def _number(name: str) -> int:
    return int(name.rpartition("_")[2])


async def _make_parts(work: Work, table: str, keys: Sequence[int]) -> None:
    """Make what parts these keys lack. Attached, not created in place: nobody waits but who makes
    the same part at the same time.
    """
    wanted = sorted({key // PART for key in keys})
    if not wanted:
        return
    asked = {"names": [f"{table}_{part}" for part in wanted]}
    lacking = rows(await work.connection.execute(_LACKING, asked))
    if not lacking:
        return  # nearly always: they are made beforehand (`prepare`)
    await work.connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": table}
    )
    for row in rows(await work.connection.execute(_LACKING, asked)):
        part = _number(row[0])
        await work.connection.execute(
            text(f"CREATE TABLE {row[0]} (LIKE {table} INCLUDING DEFAULTS)")
        )
        await work.connection.execute(
            text(
                f"ALTER TABLE {table} ATTACH PARTITION {row[0]}"
                f" FOR VALUES FROM ({part * PART}) TO ({(part + 1) * PART})"
            )
        )


_LACKING = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NULL"
)


def _tsvector(content: str, facets: str) -> str:
    found = tokens(content)
    positions: dict[str, str] = {}
    for position, word in enumerate(found.words, start=1):
        at = positions.get(word)
        positions[word] = str(position) if at is None else f"{at},{position}"
    lexemes = [f"'{word}':{at}" for word, at in positions.items()]
    lexemes += [f"'={character}'" for character in found.characters]
    lexemes += [f"'~{facet}'" for facet in facets.split()]
    return " ".join(lexemes)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsqueries(query: Query | None, classes: Classes, without: Sequence[str]) -> tuple[str, str]:
    """Return what the index is asked, and what its answers are held to beside it.

    A phrase of several terms is rare and its rows are read in any case: to compare there what
    else must stand there costs less than to follow the long lists of facets. What only excludes
    is compared alike; the second may be empty.
    """
    limits = [f"({' | '.join(_quoted(f'~{one}') for one in each)})" for each in classes]
    never = [f"!{_quoted(f'~{one}')}" for one in without]
    if query is None:
        return " & ".join(limits), " & ".join(never)
    words = _expression(query)
    if _has_phrase(query):
        return words, " & ".join([*limits, *never])
    return " & ".join([words, *limits]), " & ".join(never)


def _has_phrase(query: Query) -> bool:
    """Whether a phrase of several terms must stand in every answer."""
    match query:
        case Phrase():
            return not is_character(query) and len(terms_of(query)[0]) > 1
        case Both(wanted, _):
            return any(map(_has_phrase, wanted))
        case Either(options):
            return all(map(_has_phrase, options))


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
