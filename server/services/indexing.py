"""The archive's index follows the study's events, and is built anew where it must be.

Lines, annotations and sources are indexed where they are written. Everything else that can be
found changes with an event in the study's log: `follow` reads the log from where it stopped and
indexes what each event is about, so nothing is missed after a crash.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from schemas.ids import (
    AnnotationId,
    EntryId,
    LineId,
    PassageId,
    ProposalId,
    SessionId,
    StudyId,
)
from server.domain import facets
from server.domain.facets import Facet
from server.store import (
    events,
    search,
    search_rebuild,
    searchables,
    searchables_passages,
    sessions,
    studies,
)
from server.store.database import Database, Work
from server.store.search import Scope, Searchable

EVENTS_AT_ONCE = 200
MOST_LEFT = 5_000
"""Pieces of evidence that may leave an entry at once; a rebuilding finds what is beyond them."""
BATCH = 2_000
"""Items of one unit of work while tokens are rebuilt: well under a second."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuilding has come. part: `rows` or `tokens`; total: sessions, or items."""

    part: str
    done: int
    total: int


async def follow(database: Database) -> int:
    """Index what happened since the last call; return how many events that were."""
    async with database.read() as work:
        behind = await search_rebuild.studies_behind(work)
    followed = 0
    for study_id in behind:
        async with database.write() as work:
            followed += await _follow_study(work, study_id)
    return followed


async def tend(database: Database) -> None:
    """Keep the index quick to search and to write to; see `store.search.tend`."""
    async with database.write() as work:
        await search.tend(work)


async def is_outdated(database: Database) -> bool:
    """Return whether another version of the tokeniser wrote the index, so that `rebuild` must run."""
    async with database.read() as work:
        return await search_rebuild.is_outdated(work)


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
        async with database.write() as work:
            await _level(work, study_id, session_id)
    progress(Progress("rows", len(places), len(places)))
    if is_first:  # every token was written just now
        async with database.write() as work:
            await search_rebuild.settle(work)
    else:
        await _tokens(database, progress)


async def _tokens(database: Database, progress: Callable[[Progress], None]) -> None:
    async with database.read() as snapshot:
        async with database.write() as work:
            await search_rebuild.begin(work)
            await search_rebuild.freeze(snapshot)  # nobody changes anything before it is taken
        total = await search_rebuild.count(snapshot)
        done = last = 0
        while found := await search_rebuild.batch(snapshot, last, BATCH):
            progress(Progress("tokens", done, total))
            async with database.write() as work:
                await search_rebuild.write(work, found)
            done, last = done + len(found), found[-1][0]
    async with database.write() as work:
        await search_rebuild.finish(work, last)
    progress(Progress("tokens", total, total))


async def _level(work: Work, study_id: StudyId, session_id: SessionId | None) -> None:
    if session_id is None:
        found = await searchables.of_study(work, study_id)
    else:
        found = await searchables.of_session(work, session_id)
    for of, ref in await search_rebuild.gone(work, found, study_id, session_id):
        await search.remove(work, of, ref)
    await search_rebuild.level(work, found)


async def _follow_study(work: Work, study_id: StudyId) -> int:
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
    found: list[Searchable] = []
    match what:
        case "entry":
            found = [*await searchables.of_entry(work, EntryId(subject))]
            found += await _left(work, study_id, subject, {(one.of, one.ref) for one in found})
            if all(one.ref != subject for one in found):
                await search.remove(work, "entry", subject)
        case "proposal":
            found = [*await searchables.of_proposal(work, ProposalId(subject))]
        case "line":
            found = [*await searchables.of_lines(work, [LineId(subject)])]
            if not found:
                await search.remove(work, "line", subject)
    for one in found:
        await search.put(work, one)


async def _left(
    work: Work, study_id: StudyId, entry_id: str, backing: Set[tuple[str, str]]
) -> Sequence[Searchable]:
    """Return what is found under an entry that it does not back any more: merged or split away."""
    token = facets.token(Facet.ENTRY, entry_id)
    scope = Scope(studies=frozenset({study_id}))
    shown = await search.find(work, None, scope=scope, narrowed=[[token]], limit=MOST_LEFT)
    gone = [one for one in shown.items if (one.of, one.ref) not in backing]
    refs = {of: [one.ref for one in gone if one.of == of] for of in ("line", "annotation")}
    passages = [PassageId(one.ref) for one in gone if one.of in ("passage", "answer")]
    return [
        *await searchables.of_lines(work, [LineId(one) for one in refs["line"]]),
        *await searchables.of_annotations(work, [AnnotationId(one) for one in refs["annotation"]]),
        *await searchables_passages.of_passages(work, passages),
    ]
