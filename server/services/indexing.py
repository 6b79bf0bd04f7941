"""The archive's index follows the study's events, and is built anew where it must be.

Lines and annotations of a live session are due (store/search_due.py) where they are written, and
`follow` indexes them in batches. Sources and imports are indexed where they are written. Everything
else that can be found changes with an event in the study's log: `follow` reads the log from where
it stopped and indexes what each event is about. So nothing is missed after a crash.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from schemas.ids import (
    EntryId,
    ProposalId,
    SessionId,
    StudyId,
)
from server.domain import facets
from server.domain.facets import Facet
from server.store import (
    events,
    search,
    search_due,
    search_rebuild,
    searchables,
    sessions,
    studies,
)
from server.store.database import Database, Work
from server.store.search import Scope
from server.store.search_terms import Of

EVENTS_AT_ONCE = 200
MOST_LEFT = 5_000
"""Pieces of evidence that may leave an entry at once; a rebuilding finds what is beyond them."""
DUE_AT_ONCE = 100
"""Lines and notes of one unit of work: to cut so many into tokens holds the loop for 5 ms."""
BATCH = 2_000
"""Items of one unit of work while tokens are rebuilt: well under a second."""
LEVELLED_AT_ONCE = 1_000
"""Rows of one unit of work while rows are brought level, where they are not."""
SHORT_SECONDS, PAUSE_SECONDS = 0.05, 0.12


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuilding has come. part: `rows`, `tokens` or `parts` (PostgreSQL's, indexed when
    they are full); total: sessions, items or parts.
    """

    part: str
    done: int
    total: int


async def follow(database: Database) -> int:
    """Index what happened since the last call; return how many lines, notes and events that were."""
    async with database.read() as work:
        is_due = await search_due.is_any(work)
        behind = await search_rebuild.studies_behind(work)
    followed = 0
    while is_due:
        async with database.write() as work:
            taken = await _take_due(work)
        followed += taken
        is_due = taken == DUE_AT_ONCE
    for study_id in behind:
        async with database.write() as work:
            followed += await _follow_study(work, study_id)
    return followed


async def tend(database: Database) -> None:
    """Keep the index quick to search and to write to; see `store.search.tend`."""
    async with database.write() as work:
        await search.tend(work)


async def is_outdated(database: Database) -> bool:
    """Return whether `rebuild` must run: another version of the tokeniser wrote the index, or the
    last rebuilding was cut off, which until then keeps what changes.
    """
    async with database.read() as work:
        return await search_rebuild.is_outdated(work) or await search_rebuild.was_cut_off(work)


async def rebuild(
    database: Database, progress: Callable[[Progress], None] = lambda _: None
) -> None:
    """Build the index anew while the server runs; until the end the old one answers.

    Rows first, session by session, then tokens into a second table; see store/search_rebuild.py.
    """
    async with database.read() as work:
        is_first = not await search_rebuild.count(work)
        every = await studies.every(work)
        sittings = await sessions.every(work)
    places: list[tuple[StudyId, SessionId | None]] = [(one.id, None) for one in reversed(every)]
    places += [(one.session.study_id, one.session.id) for one in reversed(sittings)]
    for done, (study_id, session_id) in enumerate(places):
        progress(Progress("rows", done, len(places)))
        async with database.read() as work:
            behind = await _behind(work, study_id, session_id)
        for start in range(0, len(behind), LEVELLED_AT_ONCE):
            async with _letting_others_in(database), database.write() as work:
                await search_due.alone(work)
                await _bring_level(work, behind[start : start + LEVELLED_AT_ONCE])
    progress(Progress("rows", len(places), len(places)))
    if is_first:  # every token was written just now
        async with database.write() as work:
            await search_rebuild.settle(work)
    else:
        await _tokens(database, progress)


async def _tokens(database: Database, progress: Callable[[Progress], None]) -> None:
    await _discard(database)
    async with database.read() as snapshot:
        async with database.write() as work:
            run = await search_rebuild.begin(work)
            await search_rebuild.freeze(snapshot)  # nobody changes anything before it is taken
        total = await search_rebuild.count(snapshot)
        done = last = 0
        while found := await search_rebuild.batch(snapshot, last, BATCH):
            progress(Progress("tokens", done, total))
            terms = search_rebuild.terms(snapshot, found)
            async with _letting_others_in(database), database.write() as work:
                await search_rebuild.write(work, run, terms)
            done, last = done + len(found), found[-1][0]
    progress(Progress("tokens", total, total))
    async with database.read() as work:
        parts = await search_rebuild.parts(work)
    for number, part in enumerate(parts):
        progress(Progress("parts", number, len(parts)))
        async with database.write() as work:
            await search_rebuild.index_part(work, run, part)
    async with database.read() as work:
        has_others = await search_rebuild.has_others(work)
    async with database.write() as work:
        await search_rebuild.finish(work, run, last, has_others=has_others)
    await _discard(database)
    if parts:
        progress(Progress("parts", len(parts), len(parts)))


async def _discard(database: Database) -> None:
    """Take away what is left of an index that was replaced, now or before a crash."""
    is_left = True
    while is_left:
        async with _letting_others_in(database), database.write() as work:
            is_left = await search_rebuild.discard(work)


@asynccontextmanager
async def _letting_others_in(database: Database) -> AsyncIterator[None]:
    """Pause after a long unit of work where there is one writer: who waits for SQLite asks ten times
    a second, and would never find it free between units that follow one another.
    """
    began = time.perf_counter()
    yield
    is_single = database.url.get_backend_name() == "sqlite"
    if is_single and time.perf_counter() - began > SHORT_SECONDS:
        await anyio.sleep(PAUSE_SECONDS)


async def _take_due(work: Work) -> int:
    await search_due.alone_and_fast(work)
    taken = await search_due.take(work, DUE_AT_ONCE)
    await _bring_level(work, taken)
    return len(taken)


async def _bring_level(work: Work, wanted: Sequence[tuple[Of, str]]) -> None:
    """Index these as their rows are now, and remove those that are no more; who calls is alone."""
    found = {(one.of, one.ref): one for one in await searchables.of_refs(work, wanted)}
    await search.put(work, [found[each] for each in wanted if each in found])
    await _remove(work, [each for each in wanted if each not in found])


async def _remove(work: Work, gone: Sequence[tuple[Of, str]]) -> None:
    by_kind: dict[Of, list[str]] = {}
    for of, ref in gone:
        by_kind.setdefault(of, []).append(ref)
    for of, refs in by_kind.items():
        await search.remove(work, of, refs)


async def _behind(
    work: Work, study_id: StudyId, session_id: SessionId | None
) -> Sequence[tuple[Of, str]]:
    """Return what the index has not as its rows are, or has though there is no row. Nobody waits
    for this: what changes meanwhile is indexed by who changes it.
    """
    before = await search_rebuild.known(work, study_id, session_id)
    if session_id is None:
        found = await searchables.of_study(work, study_id)
    else:
        found = await searchables.of_session(work, session_id)
    there = {(one.of, one.ref) for one in found}
    differing = [(one.of, one.ref) for one in await search.behind(work, found)]
    return [*differing, *(each for each in before if each not in there)]


async def _follow_study(work: Work, study_id: StudyId) -> int:
    await search_due.alone_and_fast(work)
    name = f"study {study_id}"
    after = await search_rebuild.state(work, name) or 0
    happened = await events.of_study(work, study_id, after=after, limit=EVENTS_AT_ONCE)
    subjects = {(one.action.partition(".")[0], one.subject): None for one in happened}
    proposed = {
        ("proposal", str(one.body["proposal"])) for one in happened if "proposal" in one.body
    }
    for what, subject in [*subjects, *sorted(proposed)]:
        await _index(work, study_id, what, subject)
    if happened:
        await search_rebuild.set_state(work, name, happened[-1].seq)
    return len(happened)


async def _index(work: Work, study_id: StudyId, what: str, subject: str) -> None:
    """Index what an event is about; other subjects are not searched, or follow otherwise."""
    match what:
        case "entry":
            await _index_entry(work, study_id, EntryId(subject))
        case "proposal":
            await search.put(work, await searchables.of_proposal(work, ProposalId(subject)))
        case "line":
            await _bring_level(work, [("line", subject)])


async def _index_entry(work: Work, study_id: StudyId, entry_id: EntryId) -> None:
    """Index an entry, and of what backs it what is not found under it yet or is still, though it
    backs it no more: few of thousands, and none for most events.
    """
    token = facets.token(Facet.ENTRY, entry_id)
    scope = Scope(studies=frozenset({study_id}))
    under = await search.keys(work, None, scope=scope, narrowed=[[token]], most=MOST_LEFT)
    shown = {one for one in await search.refs(work, under) if one[0] in searchables.BACKING}
    moved = shown.symmetric_difference(await searchables.backing(work, entry_id))
    await _bring_level(work, [("entry", entry_id), *sorted(moved)])
