"""The archive: words and facets to hits, how many there are, and the lines around one.

Who asks may find: an account every study it runs, everybody else the sessions they came into and
what everybody in those studies may read. The scope is part of the query (store/search.py), never a
filter over its result.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anyio import to_thread

from schemas.archive import ArchiveHit, ArchiveQuery, Counts, FacetValue, Order, Page
from schemas.errors import NotFound
from schemas.ids import LineId
from schemas.session import Bilingual, Session
from schemas.transcript import Line
from server.domain import facets, relevance
from server.domain.facets import Facet
from server.domain.query import Query, parse, widened
from server.domain.quoting import Print
from server.services import citing, hits
from server.services.reading import kept
from server.store import (
    discretion,
    lineage,
    lines,
    memberships,
    names,
    people,
    returns,
    search,
    sessions,
    studies,
    succession,
)
from server.store.database import Database, Work
from server.store.limits import time_limit
from server.store.logins import Login
from server.store.search import Facts, Item, Scope

LINES_AROUND = 10
MOST_COUNTED = 5_000
MOST_RANKED = 2_000
"""More hits than these are too many to weigh one by one; they come newest first."""
SECONDS = 3.0
"""What one question may cost."""


@dataclass(frozen=True, slots=True)
class Context:
    """The lines around `line`, itself among them, in order of time."""

    session: Session
    line: Line
    around: Sequence[Line]
    withdrawn: Collection[LineId]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as the index is asked it."""

    query: Query | None
    narrowed: Sequence[Sequence[str]]
    widened: tuple[str, ...]


class Archive:
    """Finds what was said, noted, put, agreed and read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scope_of(self, login: Login) -> Scope:
        """Return what a login may find."""
        async with self._database.read() as work:
            account = login.account
            run = await memberships.studies_of(work, account.id) if account else frozenset()
            joined = await people.sessions_of_login(work, login.token_sha256)
            sittings = await sessions.among(work, list(joined))
            members = frozenset(each.session.study_id for each in sittings) - run
            return Scope(studies=run, sessions=frozenset(joined), members=members)

    async def search(self, query: ArchiveQuery, *, scope: Scope) -> Page:
        """Return what answers within `scope`, newest first, or the best first where asked.

        Raises Invalid `archive.query` with the place and the reason, or TooSlow.
        """
        async with self._database.read() as work:
            asked = await _asked(work, query, scope)
            async with time_limit(work, SECONDS):
                items, following, order = await _items(work, asked, query, scope)
            found = await hits.load(work, items, asked.query)
        return Page(found, following, asked.widened, order)

    async def counts(self, query: ArchiveQuery, *, scope: Scope) -> Counts:
        """Return how many hits there are and how they spread. Raises as `search` does."""
        async with self._database.read() as work:
            asked = await _asked(work, query, scope)
            async with time_limit(work, SECONDS):
                found = await search.facts(
                    work, asked.query, scope=scope, narrowed=asked.narrowed, most=MOST_COUNTED
                )
            spread = await _spread(work, found, query, scope)
        return Counts(len(found.rows), found.has_more, spread)

    async def every(self, query: ArchiveQuery, *, scope: Scope, most: int) -> Sequence[ArchiveHit]:
        """Return all hits up to `most`, newest first, unmarked; for exports. Raises as `search` does."""
        async with self._database.read() as work:
            asked = await _asked(work, query, scope)
            async with time_limit(work, SECONDS):
                found = await search.find(
                    work, asked.query, scope=scope, narrowed=asked.narrowed, limit=most
                )
            return await hits.load(work, found.items, None)

    async def printable(
        self, query: ArchiveQuery, *, scope: Scope, most: int
    ) -> Sequence[ArchiveHit]:
        """Return what `every` does as its units let it be quoted: whole, without a name, or not; each
        under the titles that study and session had when it was said.
        """
        found = await self.every(query, scope=scope, most=most)
        allowed: dict[LineId, Print] = {}
        async with self._database.read() as work:
            for study_id in sorted({hit.study_id for hit in found}):
                allowed |= await returns.limits(work, study_id)
            found = await citing.as_called_then(work, found)
        return [one for hit in found if (one := _printed(hit, allowed)) is not None]

    async def chosen(
        self, found: Sequence[tuple[str, str]], *, scope: Scope
    ) -> Sequence[ArchiveHit]:
        """Return these hits by what they are and their ids; what is outside `scope` is left out."""
        async with self._database.read() as work:
            return await hits.load(work, await search.by_refs(work, found, scope=scope), None)

    async def context(self, line_id: LineId, *, scope: Scope) -> Context:
        """Return the lines around one.

        Raises NotFound `line.unknown`, also outside `scope`; `line.struck` for who could read it.
        """
        async with self._database.read() as work:
            struck_in = await discretion.session_of_struck(work, line_id)
            if struck_in is not None:
                session = await sessions.get(work, struck_in)
                if scope.holds(session.study_id, session.id):
                    raise NotFound("line.struck", line=line_id)
            line = await lines.get(work, line_id)
            session = await sessions.get(work, line.session_id)
            if not scope.holds(session.study_id, session.id):
                raise NotFound("line.unknown", line=line_id)
            withdrawn = await returns.withdrawn_of(work, session.id)
            around = kept(await lines.around(work, line, count=LINES_AROUND), withdrawn)
            return Context(session, line, around, withdrawn)


def _printed(hit: ArchiveHit, allowed: Mapping[LineId, Print]) -> ArchiveHit | None:
    """A line as it may be quoted; what was noted, put or agreed are other people's words."""
    if hit.of != "line" or hit.line_id is None:
        return hit
    match allowed.get(hit.line_id, Print.WHOLE):
        case Print.WHOLE:
            return hit
        case Print.WORDS:
            return replace(hit, speaker="", unit=None)
        case Print.NOTHING:
            return None


async def _asked(work: Work, query: ArchiveQuery, scope: Scope) -> _Asked:
    tree: Query | None = None
    also: tuple[str, ...] = ()
    if query.words.strip():
        families = await studies.unit_families(work, scope.studies | scope.members)
        tree, also = widened(parse(query.words), families)
    narrowed = []
    for facet in Facet:
        chosen: Sequence[str] = query.narrowed.get(facet.value, ())
        if chosen and facet is Facet.ENTRY:
            chosen = await lineage.subtrees(work, chosen)
        elif chosen and facet is Facet.UNIT:
            chosen = await succession.with_predecessors(work, chosen)
        if chosen:
            narrowed.append([facets.token(facet, value) for value in chosen])
    return _Asked(tree, narrowed, also)


async def _items(
    work: Work, asked: _Asked, query: ArchiveQuery, scope: Scope
) -> tuple[Sequence[Item], int | None, Order]:
    if query.order == "relevance" and asked.query is not None:
        best = await search.find(
            work, asked.query, scope=scope, narrowed=asked.narrowed, limit=MOST_RANKED
        )
        if best.next is None:
            ranked = await to_thread.run_sync(_ranked, asked.query, best.items, query)
            return *ranked, "relevance"
    found = await search.find(
        work,
        asked.query,
        scope=scope,
        narrowed=asked.narrowed,
        after=query.after,
        limit=query.limit,
    )
    return found.items, found.next, "newest"


def _ranked(
    query: Query, found: Sequence[Item], asked: ArchiveQuery
) -> tuple[Sequence[Item], int | None]:
    """Return a page of the best; the page after starts behind the hit whose key is `after`."""
    scores = relevance.scores(query, [item.text for item in found])
    order = sorted(zip(scores, found, strict=True), key=lambda one: (-one[0], -one[1].key))
    ranked = [item for _, item in order]
    keys = [item.key for item in ranked]
    start = keys.index(asked.after) + 1 if asked.after in keys else 0
    shown = ranked[start : start + asked.limit]
    return shown, shown[-1].key if len(ranked) > start + asked.limit else None


async def _spread(
    work: Work, found: Facts, query: ArchiveQuery, scope: Scope
) -> Mapping[str, tuple[FacetValue, ...]]:
    listed, speakers = await to_thread.run_sync(_told, found)
    counted = await to_thread.run_sync(facets.counts, await _with_parents(work, listed))
    spread: dict[str, tuple[FacetValue, ...]] = {}
    for facet, values in counted.items():
        chosen = query.narrowed.get(facet.value, ())
        shown = dict(values) | {value: values.get(value, 0) for value in chosen}
        named = dict(await names.within(work, facet, shown, scope=scope))
        if facet in (Facet.ENTRY, Facet.UNIT):  # what they went on as may be another study's
            shown = {one: number for one, number in shown.items() if one in named or one in chosen}
        if facet is Facet.SPEAKER:
            named = {one: Bilingual(name, name) for one, name in speakers.items()}
        spread[facet.value] = _values(shown, named)
    return spread


def _told(found: Facts) -> tuple[Sequence[Sequence[str]], Mapping[str, str]]:
    """Return the facet tokens of each answer, and the speakers by the value that stands for them."""
    names = dict.fromkeys(name for _, name in found.rows if name)
    speakers = {facets.speaker(name): name for name in names}
    return [tokens.split() for tokens, _ in found.rows], speakers


async def _with_parents(work: Work, found: Sequence[Sequence[str]]) -> Sequence[Iterable[str]]:
    """Return the tokens with those of all that are chosen together with them.

    An entry is chosen with its subtree and what it was copied from, a unit with those it came from:
    what counts for one of these counts for the one that is chosen as well.
    """
    known = {one: facets.parse(one) for tokens in found for one in tokens}
    also: dict[str, frozenset[str]] = {}
    for facet, wider in (
        (Facet.ENTRY, lineage.lineages),
        (Facet.UNIT, succession.successors),
    ):
        values = {one: pair[1] for one, pair in known.items() if pair and pair[0] is facet}
        if values:
            wide = await wider(work, values.values())
            also |= {
                one: frozenset(facets.token(facet, each) for each in wide.get(value, {value}))
                for one, value in values.items()
            }
    if not also:
        return found
    return [frozenset(tokens).union(*(also.get(one, ()) for one in tokens)) for tokens in found]


def _values(counts: Mapping[str, int], named: Mapping[str, Bilingual]) -> tuple[FacetValue, ...]:
    found = (FacetValue(value, named.get(value), count) for value, count in counts.items())
    return tuple(sorted(found, key=lambda one: (-one.count, one.value)))
