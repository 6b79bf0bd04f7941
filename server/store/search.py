"""The archive's index: one order of arrival over everything that can be found, on both engines.

Both engines store the same tokens (domain/tokens.py) and are asked with what is built from the
parsed tree, never with what somebody typed. Next to the words lie two classes of their own:
single characters, and facets (domain/facets.py). The study and the session of an item are facets
too, so that permission is part of the match and not a filter after it.

`search_item` keeps what an item's tokens were made of, by which version of the tokeniser. The
engine's own table beside it (search_sqlite.py, search_postgresql.py) holds the tokens alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from sqlalchemy import Connection, delete, select, update

from schemas.ids import SessionId, StudyId
from server.domain import facets as facet_tokens
from server.domain.facets import Facet
from server.domain.query import Query
from server.domain.tokens import TOKENISER_VERSION
from server.store import search_due, search_postgresql, search_sqlite, tables
from server.store.database import Work, rows
from server.store.once import insert_once
from server.store.search_terms import Classes, Of

_AT_ONCE = 500

REBUILDING = "rebuilding"
"""Name of the number in `search_state` that is not 0 while the index is rebuilt, but the number of
that rebuilding. Otherwise nothing is kept of what was changed or removed: it may have been struck."""

_MEMBERS = "q"
"""First letter of the token that lets everybody in a study find an item, whatever their session."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may find.

    studies: all of these. sessions: these single ones. members: of these studies what everybody
    in them may read: entries and sources.
    """

    studies: frozenset[StudyId] = frozenset()
    sessions: frozenset[SessionId] = frozenset()
    members: frozenset[StudyId] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing this person may find."""
        return not (self.studies or self.sessions or self.members)

    def holds(self, study_id: StudyId, session_id: SessionId | None) -> bool:
        """Whether this person may read and hear what was said in a session of a study."""
        return study_id in self.studies or session_id in self.sessions

    def tokens(self) -> Sequence[str]:
        """Return the tokens of which an item must have one."""
        return sorted(
            [facet_tokens.token(Facet.STUDY, one) for one in self.studies]
            + [facet_tokens.token(Facet.SESSION, one) for one in self.sessions]
            + [_MEMBERS + facet_tokens.plain(one) for one in self.members]
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One thing found; `key` is its place in the order of arrival."""

    key: int
    of: Of
    ref: str
    study_id: StudyId
    session_id: SessionId | None
    text: str
    speaker: str
    facets: str


@dataclass(frozen=True, slots=True)
class Found:
    """Items newest first; `next`: the key to ask the following page with, None at the end."""

    items: Sequence[Item]
    next: int | None


@dataclass(frozen=True, slots=True)
class Searchable:
    """What the index is given. session_id: None for what everybody in the study may read.

    facets: tokens, without those of study, session and `of`. team_only: only who runs the study
    may find it, for what belongs to no session and is not yet everybody's (an answer before its
    release).
    """

    of: Of
    ref: str
    study_id: StudyId
    session_id: SessionId | None
    text: str
    speaker: str = ""
    facets: Sequence[str] = field(default=())
    team_only: bool = False

    def tokens(self) -> str:
        """Return all facet tokens, as `search_item.facets` keeps them."""
        own = {
            facet_tokens.token(Facet.OF, self.of),
            facet_tokens.token(Facet.STUDY, self.study_id),
        }
        if self.session_id is None and not self.team_only:
            own.add(_MEMBERS + facet_tokens.plain(self.study_id))
        elif self.session_id is not None:
            own.add(facet_tokens.token(Facet.SESSION, self.session_id))
        return " ".join(sorted(own.union(self.facets)))


def create_index(connection: Connection) -> None:
    """Create the engine's own table beside `search_item`; for migrations and tests."""
    create: Callable[[Connection], None] = _engine(connection.dialect.name).create
    create(connection)


async def put(work: Work, found: Searchable) -> None:
    """Make this what is found of it; it keeps its first place.

    Tokens of another version cannot be taken back on SQLite: such an item gets a new place, and
    what is left of the old one finds nothing.
    """
    await search_due.beside(work)
    known = await _known(work, found.of, found.ref)
    if known is None:
        await add(work, [found])
    elif known.version != TOKENISER_VERSION:
        await _drop(work, known)
        await add(work, [found])
    elif (known.text, known.facets, known.speaker) != (found.text, found.tokens(), found.speaker):
        await _change(work, known, found)


async def add(work: Work, found: Sequence[Searchable]) -> None:
    """Let these be found from now on, in this order. None was in the index; where another unit of
    work was quicker to add one, it is brought to this.
    """
    for start in range(0, len(found), _AT_ONCE):
        batch = found[start : start + _AT_ONCE]
        known = await _engine(work.dialect).add(work, [_values(one) for one in batch])
        for place in known:
            await put(work, batch[place])


async def remove(work: Work, of: Of, ref: str) -> None:
    """Let this be found no more; nothing happens if it was not."""
    await search_due.beside(work)
    known = await _known(work, of, ref)
    if known is None:
        return
    if known.version == TOKENISER_VERSION:
        await _note_change(work, known)
        await _engine(work.dialect).forget(work, [known.indexed])
    await _drop(work, known)


async def remove_all(work: Work, of: Of, refs: Sequence[str]) -> None:
    """Let these be found no more: what `remove` does, for many."""
    item = tables.search_item.c
    if refs:
        await search_due.beside(work)
    for at in range(0, len(refs), _AT_ONCE):
        asked = select(item.id, item.text, item.facets, item.speaker, item.version)
        some = item.ref.in_(refs[at : at + _AT_ONCE])
        found = [
            _Known(*row) for row in await work.connection.execute(asked.where(item.of == of, some))
        ]
        current = [known for known in found if known.version == TOKENISER_VERSION]
        if await _is_rebuilding(work):
            for known in current:
                await _note_change(work, known)
        if current:
            await _engine(work.dialect).forget(work, [known.indexed for known in current])
        gone = item.id.in_([known.key for known in found])
        await work.connection.execute(delete(tables.search_item).where(gone))


async def tend(work: Work) -> None:
    """Do for PostgreSQL's index what would otherwise hold up who writes next; SQLite needs nothing.

    Every two seconds or so, in a unit of work of its own.
    """
    if work.dialect == "postgresql":
        await search_postgresql.prepare(work)
        await search_postgresql.flush(work)


async def clear(work: Work) -> None:
    """Forget everything."""
    await _engine(work.dialect).forget_all(work)
    await work.connection.execute(delete(tables.search_item))


async def find(
    work: Work,
    query: Query | None,
    *,
    scope: Scope,
    narrowed: Classes = (),
    after: int | None = None,
    limit: int = 30,
) -> Found:
    """Return what answers `query` within `scope`, newest first, at most `limit`.

    query: None for everything. narrowed: facet tokens, one of each row must stand there. after:
    the key of the last item of the page before.
    """
    found = await _keys(work, query, scope, narrowed, after, limit + 1)
    shown = found[:limit]
    return Found(await items(work, shown), shown[-1] if len(found) > limit else None)


async def keys(
    work: Work, query: Query | None, *, scope: Scope, without: Sequence[str] = (), most: int
) -> Sequence[int]:
    """Return the newest keys that answer within `scope`, at most `most`.

    without: facet tokens of which none may stand there.
    """
    return await _keys(work, query, scope, (), None, most, without)


async def count(
    work: Work, query: Query | None, *, scope: Scope, without: Sequence[str] = (), most: int
) -> int:
    """Return how many answer, counted up to `most`."""
    return len(await keys(work, query, scope=scope, without=without, most=most))


@dataclass(frozen=True, slots=True)
class Facts:
    """Facet tokens and speaker of the newest answers; has_more: there are others beyond them."""

    rows: Sequence[tuple[str, str]]
    has_more: bool


async def facts(
    work: Work, query: Query | None, *, scope: Scope, narrowed: Classes = (), most: int
) -> Facts:
    """Return what can be counted of the newest `most` answers."""
    newest = await _keys(work, query, scope, narrowed, None, most + 1)
    item = tables.search_item.c
    found: list[tuple[str, str]] = []
    for start in range(0, len(newest[:most]), _MOST_AT_ONCE):
        asked = select(item.facets, item.speaker)
        asked = asked.where(item.id.in_(newest[start : min(most, start + _MOST_AT_ONCE)]))
        found += [(row.facets, row.speaker) for row in rows(await work.connection.execute(asked))]
    return Facts(found, len(newest) > most)


async def items(work: Work, wanted: Sequence[int]) -> Sequence[Item]:
    """Return these items, newest first; what was removed meanwhile is left out."""
    item = tables.search_item.c
    columns = (item.id, item.of, item.ref, item.study_id, item.session_id, item.text)
    found: list[Item] = []
    for start in range(0, len(wanted), _MOST_AT_ONCE):
        asked = select(*columns, item.speaker, item.facets)
        asked = asked.where(item.id.in_(wanted[start : start + _MOST_AT_ONCE]))
        found += [Item(*row) for row in rows(await work.connection.execute(asked))]
    return sorted(found, key=lambda one: -one.key)


async def by_refs(work: Work, found: Sequence[tuple[str, str]], *, scope: Scope) -> Sequence[Item]:
    """Return these items within `scope` by `of` and `ref`, newest first."""
    item, wanted, allowed = tables.search_item.c, set(found), set(scope.tokens())
    asked = select(item.id, item.of, item.ref, item.facets)
    refs = sorted({ref for _, ref in wanted})
    asked = asked.where(item.of.in_({of for of, _ in wanted}), item.ref.in_(refs))
    answering = [
        row.id
        for row in rows(await work.connection.execute(asked))
        if (row.of, row.ref) in wanted and allowed.intersection(row.facets.split())
    ]
    return await items(work, answering)


_MOST_AT_ONCE = 5_000
"""Keys in one statement; engines limit the values of one."""


async def _keys(
    work: Work,
    query: Query | None,
    scope: Scope,
    narrowed: Classes,
    after: int | None,
    limit: int,
    without: Sequence[str] = (),
) -> Sequence[int]:
    if scope.is_empty or not all(narrowed):
        return ()
    before = 2**62 if after is None else after
    engine = _engine(work.dialect)
    found: Sequence[int] = await engine.keys(
        work, query, [scope.tokens(), *narrowed], before, limit, without
    )
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A row of `search_item`, as far as forgetting needs it."""

    key: int
    text: str
    facets: str
    speaker: str
    version: int

    @property
    def indexed(self) -> tuple[int, str, str]:
        """Key, text and facets: what an engine forgets."""
        return self.key, self.text, self.facets


async def _known(work: Work, of: Of, ref: str) -> _Known | None:
    item = tables.search_item.c
    asked = select(item.id, item.text, item.facets, item.speaker, item.version)
    row = (await work.connection.execute(asked.where(item.of == of, item.ref == ref))).first()
    return None if row is None else _Known(*row)


async def _change(work: Work, known: _Known, found: Searchable) -> None:
    await _note_change(work, known)
    again = (known.key, found.text, found.tokens())
    await _engine(work.dialect).change(work, known.indexed, again)
    await work.connection.execute(
        update(tables.search_item)
        .where(tables.search_item.c.id == known.key)
        .values(text=found.text, facets=found.tokens(), speaker=found.speaker)
    )


async def _drop(work: Work, known: _Known) -> None:
    await work.connection.execute(
        delete(tables.search_item).where(tables.search_item.c.id == known.key)
    )


async def _is_rebuilding(work: Work) -> bool:
    state = tables.search_state.c
    asked = select(state.value).where(state.name == REBUILDING, state.value != 0)
    return (await work.connection.execute(asked)).first() is not None


async def _note_change(work: Work, known: _Known) -> None:
    """Keep how the item was while a rebuilding may have copied it (search_rebuild.py)."""
    if await _is_rebuilding(work):
        await insert_once(
            work, tables.search_changed, item_id=known.key, text=known.text, facets=known.facets
        )


def _values(found: Searchable) -> dict[str, object]:
    return {
        "of": found.of,
        "ref": found.ref,
        "study_id": found.study_id,
        "session_id": found.session_id,
        "text": found.text,
        "speaker": found.speaker,
        "facets": found.tokens(),
        "version": TOKENISER_VERSION,
    }


def _engine(dialect: str) -> ModuleType:
    return search_sqlite if dialect == "sqlite" else search_postgresql
