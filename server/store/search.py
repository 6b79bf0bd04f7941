"""The archive's index: one order of arrival over lines and annotations, on both engines.

Both engines store the same tokens (domain/tokens.py) and are asked with what is built here from
the parsed tree, never with what somebody typed. Next to the words lie two classes of their own:
single characters, and the study and session an item belongs to, so that permission is part of
the match and not a filter after it.

SQLite: a contentless FTS5 table with three columns; the `ascii` tokeniser leaves everything
beyond ASCII as it is, so it splits at our spaces only. Before SQLite 3.43 such a table forgets a
row only when told its old tokens, which `search_item.text` and `.version` serve to make again.
PostgreSQL: a tsvector written as a literal (no parser, no locale) under GIN; classes are marked by
a first sign that no word has. PostgreSQL keeps 256 positions of one lexeme: in a text that repeats
a word more often, a phrase may be missed after that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from schemas.errors import Unavailable
from schemas.ids import AnnotationId, LineId, SessionId, StudyId
from server.domain.query import Both, Either, Phrase, Query
from server.domain.tokens import TOKENISER_VERSION, tokens, words
from server.store import tables
from server.store.database import Work, rows

Of = Literal["line", "annotation"]

_CAP = 3_000
"""PostgreSQL: fewer matches are sorted, more are met by walking back from the newest item.
Measured: without it a rare word costs 1.1 s among a million lines, with it 0.4 ms."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may find: all of these studies, and these single sessions."""

    studies: frozenset[StudyId] = frozenset()
    sessions: frozenset[SessionId] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing this person may find."""
        return not self.studies and not self.sessions


@dataclass(frozen=True, slots=True)
class Item:
    """One thing found; `key` is its place in the order of arrival."""

    key: int
    of: Of
    ref: str
    study_id: StudyId
    session_id: SessionId
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index is given of a line or annotation."""

    of: Of
    ref: LineId | AnnotationId
    study_id: StudyId
    session_id: SessionId
    text: str


def create_index(connection: Connection) -> None:
    """Create the engine's own table beside `search_item`; for migrations and tests."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "words, characters, scope, content='', tokenize='ascii')"
        )
    else:
        connection.exec_driver_sql(
            "CREATE TABLE search_index (id bigint CONSTRAINT pk_search_index PRIMARY KEY,"
            " terms tsvector NOT NULL)"
        )
        connection.exec_driver_sql(
            "CREATE INDEX ix_search_index_terms ON search_index USING gin (terms)"
        )


async def put(work: Work, entry: Entry) -> None:
    """Make this text what is found of the line or annotation; it keeps its first place."""
    known = await _known(work, entry.of, entry.ref)
    if known is None:
        await add(work, [entry])
    elif known.text != entry.text or known.version != TOKENISER_VERSION:
        await _forget(work, known)
        await work.connection.execute(
            update(tables.search_item)
            .where(tables.search_item.c.id == known.key)
            .values(text=entry.text, version=TOKENISER_VERSION)
        )
        await _remember(work, [(known.key, entry)])


async def add(work: Work, entries: Sequence[Entry]) -> None:
    """Let these be found from now on, in this order; none may be in the index yet."""
    if not entries:
        return
    item = tables.search_item
    added = insert(item).returning(item.c.id, sort_by_parameter_order=True)
    values = [{**asdict(entry), "version": TOKENISER_VERSION} for entry in entries]
    keys = (await work.connection.execute(added, values)).scalars().all()
    await _remember(work, list(zip(keys, entries, strict=True)))


async def remove(work: Work, of: Of, ref: LineId | AnnotationId) -> None:
    """Let this line or annotation be found no more; nothing happens if it was not."""
    known = await _known(work, of, ref)
    if known is not None:
        await _forget(work, known)
        await work.connection.execute(
            delete(tables.search_item).where(tables.search_item.c.id == known.key)
        )


async def clear(work: Work) -> None:
    """Forget everything; `put` then fills the index anew, in the order it is called."""
    if work.dialect == "sqlite":
        forget = "INSERT INTO search_index(search_index) VALUES ('delete-all')"
    else:
        forget = "DELETE FROM search_index"
    await work.connection.execute(text(forget))
    await work.connection.execute(delete(tables.search_item))


async def is_outdated(work: Work) -> bool:
    """Return whether anything was indexed by another version of the tokeniser."""
    asked = select(tables.search_item.c.id).where(tables.search_item.c.version != TOKENISER_VERSION)
    return (await work.connection.execute(asked.limit(1))).first() is not None


async def find(
    work: Work,
    query: Query,
    *,
    scope: Scope,
    study_id: StudyId | None = None,
    session_id: SessionId | None = None,
    after: int | None = None,
    limit: int = 30,
) -> Sequence[Item]:
    """Return what answers `query` within `scope`, newest first, at most `limit`.

    study_id, session_id narrow it further. after: the key of the last item of the page before.
    """
    if scope.is_empty:
        return ()
    classes = [sorted([*map(_study, scope.studies), *map(_session, scope.sessions)])]
    classes += [[_study(study_id)]] if study_id is not None else []
    classes += [[_session(session_id)]] if session_id is not None else []
    before = 2**62 if after is None else after
    if work.dialect == "sqlite":
        keys = await _keys_sqlite(work, _fts5(query, classes), before, limit)
    else:
        keys = await _keys_postgresql(work, _tsquery(query, classes), before, limit)
    return await _items(work, keys)


# What both engines share.


def _study(study_id: StudyId) -> str:
    return f"t{study_id}"


def _session(session_id: SessionId) -> str:
    return f"s{session_id}"


@dataclass(frozen=True, slots=True)
class _Known:
    """A row of `search_item`, as far as forgetting needs it."""

    key: int
    text: str
    version: int
    study_id: StudyId
    session_id: SessionId


async def _known(work: Work, of: Of, ref: str) -> _Known | None:
    item = tables.search_item.c
    asked = select(item.id, item.text, item.version, item.study_id, item.session_id)
    row = (await work.connection.execute(asked.where(item.of == of, item.ref == ref))).first()
    return None if row is None else _Known(*row)


async def _items(work: Work, keys: Sequence[int]) -> Sequence[Item]:
    item = tables.search_item.c
    asked = select(item.id, item.of, item.ref, item.study_id, item.session_id, item.text)
    asked = asked.where(item.id.in_(keys)).order_by(item.id.desc())
    return [Item(*row) for row in rows(await work.connection.execute(asked))]


async def _remember(work: Work, entries: Sequence[tuple[int, Entry]]) -> None:
    if work.dialect == "sqlite":
        statement = (
            "INSERT INTO search_index(rowid, words, characters, scope)"
            " VALUES (:key, :words, :characters, :scope)"
        )
        values = [_columns(key, each) for key, each in entries]
    else:
        statement = "INSERT INTO search_index(id, terms) VALUES (:key, CAST(:terms AS tsvector))"
        values = [{"key": key, "terms": _tsvector(each)} for key, each in entries]
    await work.connection.execute(text(statement), values)


async def _forget(work: Work, known: _Known) -> None:
    """Take an item's tokens out of the index; its row in `search_item` stays.

    Raises Unavailable `archive.reindex` where the tokens of another version would be needed.
    """
    if work.dialect == "postgresql":
        await work.connection.execute(
            text("DELETE FROM search_index WHERE id = :key"), {"key": known.key}
        )
        return
    if known.version != TOKENISER_VERSION:
        raise Unavailable("archive.reindex", version=known.version, needed=TOKENISER_VERSION)
    await work.connection.execute(
        text(
            "INSERT INTO search_index(search_index, rowid, words, characters, scope)"
            " VALUES ('delete', :key, :words, :characters, :scope)"
        ),
        _columns(known.key, known),
    )


# SQLite.


def _columns(key: int, of: Entry | _Known) -> Mapping[str, object]:
    found = tokens(of.text)
    return {
        "key": key,
        "words": " ".join(found.words),
        "characters": " ".join(found.characters),
        "scope": f"{_study(of.study_id)} {_session(of.session_id)}",
    }


def _fts5(query: Query, classes: Sequence[Sequence[str]]) -> str:
    limits = (" OR ".join(f'"{value}"' for value in values) for values in classes)
    return " AND ".join([_fts5_of(query), *(f"scope : ({limit})" for limit in limits)])


def _fts5_of(query: Query) -> str:
    match query:
        case Phrase():
            terms, is_open = _terms(query)
            if len(terms) == 1 and query.atoms[0].is_cjk and is_open:
                return f'characters : "{terms[0]}"'
            return f'words : "{" ".join(terms)}"' + (" *" if is_open else "")
        case Both(wanted, unwanted):
            without = "".join(f" NOT {_fts5_of(each)}" for each in unwanted)
            return f"(({' AND '.join(map(_fts5_of, wanted))}){without})"
        case Either(options):
            return f"({' OR '.join(map(_fts5_of, options))})"


def _terms(phrase: Phrase) -> tuple[list[str], bool]:
    """Return a phrase's positional tokens, and whether the last is the beginning of one.

    The last character of a run needs no token where a bigram before it holds it already; where
    it stands alone it may begin a longer run in the text.
    """
    found = list(words(phrase.atoms))
    if not phrase.atoms[-1].is_cjk:
        return found, phrase.prefix
    if len(found) > 1 and phrase.atoms[-2].joins:
        return found[:-1], False
    return found, True


_FIND_SQLITE = text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :match AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :limit"
)


async def _keys_sqlite(work: Work, match: str, before: int, limit: int) -> Sequence[int]:
    values = {"match": match, "before": before, "limit": limit}
    return [row[0] for row in rows(await work.connection.execute(_FIND_SQLITE, values))]


# PostgreSQL.


def _tsvector(entry: Entry) -> str:
    found = tokens(entry.text)
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(found.words, start=1):
        positions.setdefault(word, []).append(position)
    lexemes = [f"{_quoted(word)}:{','.join(map(str, at))}" for word, at in positions.items()]
    lexemes += [_quoted(f"={character}") for character in found.characters]
    lexemes += [_quoted(f"~{_study(entry.study_id)}"), _quoted(f"~{_session(entry.session_id)}")]
    return " ".join(lexemes)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsquery(query: Query, classes: Sequence[Sequence[str]]) -> str:
    limits = (" | ".join(_quoted(f"~{value}") for value in values) for values in classes)
    return " & ".join([_tsquery_of(query), *(f"({limit})" for limit in limits)])


def _tsquery_of(query: Query) -> str:
    match query:
        case Phrase():
            terms, is_open = _terms(query)
            if len(terms) == 1 and query.atoms[0].is_cjk and is_open:
                return _quoted(f"={terms[0]}")
            phrase = " <-> ".join(map(_quoted, terms))
            return f"({phrase}{':*' if is_open else ''})"
        case Both(wanted, unwanted):
            every = [_tsquery_of(each) for each in wanted]
            every += [f"!{_tsquery_of(each)}" for each in unwanted]
            return f"({' & '.join(every)})"
        case Either(options):
            return f"({' | '.join(map(_tsquery_of, options))})"


_SOME_POSTGRESQL = text(
    "SELECT id FROM search_index WHERE terms @@ CAST(:match AS tsquery) AND id < :before LIMIT :cap"
).bindparams(bindparam("cap", _CAP + 1))
_FIND_POSTGRESQL = text(
    "SELECT id FROM search_index WHERE terms @@ CAST(:match AS tsquery) AND id < :before"
    " ORDER BY id DESC LIMIT :limit"
)


async def _keys_postgresql(work: Work, match: str, before: int, limit: int) -> Sequence[int]:
    values = {"match": match, "before": before}
    some = [row[0] for row in rows(await work.connection.execute(_SOME_POSTGRESQL, values))]
    if len(some) <= _CAP:
        return sorted(some, reverse=True)[:limit]
    values["limit"] = limit
    return [row[0] for row in rows(await work.connection.execute(_FIND_POSTGRESQL, values))]
