"""The archive's index: one order of arrival over everything that can be found, on both engines.

Both engines store the same tokens (domain/tokens.py) and are asked with what is built from the
parsed tree, never with what somebody typed. Next to the words lie two classes of their own:
single characters, and facets (domain/facets.py). The study and the session of an item are facets
too, so that permission is part of the match and not a filter after it.

`search_item` keeps what an item's tokens were made of, by which version of the tokeniser. The
engine's own table beside it (search_sqlite.py, search_postgresql.py) holds the tokens alone.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import ModuleType

from anyio import to_thread
from sqlalchemy import Connection, bindparam, delete, select, update

from schemas.ids import SessionId, StudyId
from server.domain import facets as facet_tokens
from server.domain.facets import Facet
from server.domain.query import Query
from server.domain.tokens import TOKENISER_VERSION
from server.store import search_due, search_postgresql, search_sqlite, tables
from server.store.database import Work, rows
from server.store.many import among
from server.store.once import insert_all_once
from server.store.search_terms import Classes, Of

_AT_ONCE = 500
_FEW = 100
"""So many are cut into tokens in 5 ms at most, which the loop may take."""

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


async def put(work: Work, found: Sequence[Searchable]) -> None:
    """Make this what is found of them, whose `of` and `ref` differ; each keeps its first place.

    Tokens of another version cannot be taken back on SQLite: such an item gets a new place, and
    what is left of the old one finds nothing.
    """
    if found:
        await search_due.beside(work)
    for start in range(0, len(found), _AT_ONCE):
        batch = found[start : start + _AT_ONCE]
        known = await _known(work, [(one.of, one.ref) for one in batch])
        await _drop(work, [one for one in known.values() if not one.is_current])
        there = {key: one for key, one in known.items() if one.is_current}
        pairs = [(there[one.of, one.ref], one) for one in batch if (one.of, one.ref) in there]
        await _change(work, [(was, one) for was, one in pairs if not was.is_as(one)])
        await add(work, [one for one in batch if (one.of, one.ref) not in there])


async def add(work: Work, found: Sequence[Searchable]) -> None:
    """Let these be found from now on, in this order. None was in the index; where another unit of
    work was quicker to add one, it is brought to this.
    """
    batches = [found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE)]
    async for batch, ready in _made_ready(_engine(work.dialect), batches):
        known = await _engine(work.dialect).add(work, ready)
        await put(work, [batch[place] for place in known])


async def _made_ready(
    engine: ModuleType, batches: Sequence[Sequence[Searchable]]
) -> AsyncIterator[tuple[Sequence[Searchable], object]]:
    """Yield each batch with what the engine is to write of it. Many are cut into tokens in a thread,
    the next ones while the engine writes, so that a large import neither waits for both nor holds
    up the rooms.
    """

    def ready(batch: Sequence[Searchable]) -> object:
        return engine.ready([_values(one) for one in batch])

    if len(batches) == 1 and len(batches[0]) <= _FEW:
        yield batches[0], ready(batches[0])
        return
    with ThreadPoolExecutor(1) as ahead:
        coming = [ahead.submit(ready, batch) for batch in batches[:1]]
        for number, batch in enumerate(batches, 1):
            made = await to_thread.run_sync(coming.pop().result)
            coming += [ahead.submit(ready, each) for each in batches[number : number + 1]]
            yield batch, made


async def behind(work: Work, found: Sequence[Searchable]) -> Sequence[Searchable]:
    """Return those that are not in the index as they are."""
    differing: list[Searchable] = []
    for start in range(0, len(found), _AT_ONCE):
        batch = found[start : start + _AT_ONCE]
        known = await _known(work, [(one.of, one.ref) for one in batch])
        pairs = ((known.get((one.of, one.ref)), one) for one in batch)
        differing += [one for was, one in pairs if was is None or not was.is_as(one)]
    return differing


async def remove(work: Work, of: Of, refs: Sequence[str]) -> None:
    """Let these be found no more; nothing happens to those that were not."""
    if refs:
        await search_due.beside(work)
    for start in range(0, len(refs), _AT_ONCE):
        known = await _known(work, [(of, ref) for ref in refs[start : start + _AT_ONCE]])
        current = [one for one in known.values() if one.is_current]
        await _note_changes(work, current)
        if current:
            await _engine(work.dialect).forget(work, [one.indexed for one in current])
        await _drop(work, list(known.values()))


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
    work: Work,
    query: Query | None,
    *,
    scope: Scope,
    narrowed: Classes = (),
    without: Sequence[str] = (),
    most: int,
) -> Sequence[int]:
    """Return the newest keys that answer within `scope`, at most `most`.

    narrowed: as in `find`. without: facet tokens of which none may stand there.
    """
    return await _keys(work, query, scope, narrowed, None, most, without)


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
    asked = select(item.facets, item.speaker).where(among(work, item.id, newest[:most]))
    found = [(row.facets, row.speaker) for row in rows(await work.connection.execute(asked))]
    return Facts(found, len(newest) > most)


async def items(work: Work, wanted: Sequence[int]) -> Sequence[Item]:
    """Return these items, newest first; what was removed meanwhile is left out."""
    if not wanted:
        return []
    item = tables.search_item.c
    columns = (item.id, item.of, item.ref, item.study_id, item.session_id, item.text)
    asked = select(*columns, item.speaker, item.facets).where(among(work, item.id, wanted))
    found = [Item(*row) for row in rows(await work.connection.execute(asked))]
    return sorted(found, key=lambda one: -one.key)


async def refs(work: Work, wanted: Sequence[int]) -> Sequence[tuple[Of, str]]:
    """Return what these keys stand for, in no order."""
    item = tables.search_item.c
    asked = select(item.of, item.ref).where(among(work, item.id, wanted))
    return [(row.of, row.ref) for row in rows(await work.connection.execute(asked))]


async def by_refs(work: Work, found: Sequence[tuple[str, str]], *, scope: Scope) -> Sequence[Item]:
    """Return these items within `scope` by `of` and `ref`, newest first."""
    item, wanted, allowed = tables.search_item.c, set(found), set(scope.tokens())
    asked = select(item.id, item.of, item.ref, item.facets)
    refs_ = sorted({ref for _, ref in wanted})
    asked = asked.where(item.of.in_({of for of, _ in wanted}), among(work, item.ref, refs_))
    answering = [
        row.id
        for row in rows(await work.connection.execute(asked))
        if (row.of, row.ref) in wanted and allowed.intersection(row.facets.split())
    ]
    return await items(work, answering)


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

    @property
    def is_current(self) -> bool:
        """Whether its tokens are those that are made now."""
        return self.version == TOKENISER_VERSION

    def is_as(self, found: Searchable) -> bool:
        """Whether it says what is found."""
        return (self.text, self.facets, self.speaker) == (
            found.text,
            found.tokens(),
            found.speaker,
        )


async def _known(work: Work, wanted: Sequence[tuple[Of, str]]) -> Mapping[tuple[str, str], _Known]:
    item = tables.search_item.c
    asked = select(
        item.of, item.ref, item.id, item.text, item.facets, item.speaker, item.version
    ).where(
        item.of.in_(sorted({of for of, _ in wanted})),  # first in the index of the two
        among(work, item.ref, [ref for _, ref in wanted]),
    )
    found = {(of, ref): _Known(*row) for of, ref, *row in await work.connection.execute(asked)}
    return {one: found[one] for one in wanted if one in found}


async def _change(work: Work, changed: Sequence[tuple[_Known, Searchable]]) -> None:
    if not changed:
        return
    await _note_changes(work, [known for known, _ in changed])
    before = [known.indexed for known, _ in changed]
    after = [(known.key, found.text, found.tokens()) for known, found in changed]
    await _engine(work.dialect).change(work, before, after)
    item, said = tables.search_item, [found.speaker for _, found in changed]
    await work.connection.execute(
        update(item)
        .where(item.c.id == bindparam("key"))
        .values(text=bindparam("said"), facets=bindparam("tokens"), speaker=bindparam("by")),
        [
            {"key": key, "said": words, "tokens": tokens, "by": by}
            for (key, words, tokens), by in zip(after, said, strict=True)
        ],
    )


async def _drop(work: Work, known: Sequence[_Known]) -> None:
    if known:
        gone = among(work, tables.search_item.c.id, [one.key for one in known])
        await work.connection.execute(delete(tables.search_item).where(gone))


async def _note_changes(work: Work, known: Sequence[_Known]) -> None:
    """Keep how items were while a rebuilding may have copied them (search_rebuild.py)."""
    state = tables.search_state.c
    asked = select(state.value).where(state.name == REBUILDING, state.value != 0)
    if known and (await work.connection.execute(asked)).first() is not None:
        values = [{"item_id": one.key, "text": one.text, "facets": one.facets} for one in known]
        await insert_all_once(work, tables.search_changed, values)


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
