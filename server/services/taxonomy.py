"""The taxonomy as people read it: the tree of a study, and one entry with all that backs it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas.ids import EntryId, SessionId, StageId, StudyId
from schemas.session import Bilingual, SessionState, Unit
from schemas.taxonomy import Entry, EntryState, LinkKind
from server.domain.history import Difference, Minute, differences, minutes
from server.store import challenges, entries, events, marks, sessions, studies, unheard, versions
from server.store.challenges import Voiced
from server.store.database import Database
from server.store.entries import Link, Spoken
from server.store.events import Event
from server.store.marks import Named
from server.store.studies import Study
from server.store.unheard import Stand
from server.store.versions import NamedVersion

MOST_CHANGES = 300
"""On one page of a taxonomy's history."""


@dataclass(frozen=True, slots=True)
class Branch:
    """An entry with what stands below it. fresh: promoted since the asking session opened."""

    entry: Entry
    evidence_count: int
    fresh: bool
    children: tuple["Branch", ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """The taxonomy of a study; `count` leaves out what was merged away."""

    study: Study
    branches: tuple[Branch, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Related:
    """Another entry and how it relates. outward: the link is read from this entry to the other."""

    kind: LinkKind
    outward: bool
    entry: Entry


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry: its path from the root, what is below and beside it, and what backs it."""

    study: Study
    entry: Entry
    path: tuple[Entry, ...]
    children: tuple[Entry, ...]
    related: tuple[Related, ...]
    heard: tuple[Unit, ...]
    not_yet_heard: tuple[Unit, ...]
    evidence: Sequence[Spoken]
    history: Sequence[Event]
    known: Sequence[Entry] = ()
    challenges: Sequence[Voiced] = ()
    marks: Sequence[Named] = ()
    links: Sequence[Link] = ()
    stands: Sequence[Stand] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the taxonomy that can be compared with another: its event, and its name.

    One that is called as its stage is has the stage's name in both languages.
    """

    seq: int
    name: Bilingual


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two moments. moments: all that have a name, and the beginning and now.

    labels: every entry's label, for ids that a change names.
    """

    study: Study
    moments: Sequence[Moment]
    since: int
    until: int
    differences: Sequence[Difference]
    labels: Mapping[str, Bilingual]


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a taxonomy, the newest minute first.

    entries: all of the study. sessions: the titles of those in which it happened. before: where
    earlier minutes begin, None where there is none.
    """

    study: Study
    minutes: Sequence[Minute[Event]]
    entries: Mapping[EntryId, Entry]
    sessions: Mapping[SessionId, Bilingual]
    before: int | None


@dataclass(frozen=True, slots=True)
class Atlas:
    """Everything in force, with its links."""

    study: Study
    entries: Sequence[Entry]
    links: Sequence[Link]


class Taxonomy:
    """Reads the taxonomy. Whoever asks has been let into the study by the route."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def study_of(self, entry_id: EntryId) -> StudyId:
        """Return the study of an entry. Raises NotFound."""
        async with self._database.read() as work:
            return (await entries.get(work, entry_id)).study_id

    async def tree(self, study_id: StudyId, session_id: SessionId | None = None) -> Tree:
        """Return the tree; with a session, entries promoted since it opened are fresh.

        Raises NotFound.
        """
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            found = await entries.of_study(work, study_id)
            counts = await entries.evidence_counts(work, study_id)
            fresh: frozenset[EntryId] = frozenset()
            if session_id is not None:
                opened_at = (await sessions.get(work, session_id)).opened_at
                if opened_at is not None:
                    fresh = await entries.promoted_since(work, study_id, opened_at)
        kept = [one for one in found if one.state is not EntryState.MERGED]
        return Tree(study, grow(kept, counts, fresh), len(kept))

    async def entry(self, entry_id: EntryId) -> Leaf:
        """Return one entry with everything its page shows. Raises NotFound."""
        async with self._database.read() as work:
            one = await entries.get(work, entry_id)
            known = {other.id: other for other in await entries.of_study(work, one.study_id)}
            links = await entries.links(work, entry_id)
            concerned = await entries.units(work, entry_id)
            return Leaf(
                study=await studies.get(work, one.study_id),
                entry=one,
                path=_path(one, known),
                children=tuple(other for other in known.values() if other.parent_id == entry_id),
                related=tuple(_related(entry_id, link, known) for link in links),
                heard=tuple(unit.unit for unit in concerned if unit.heard),
                not_yet_heard=tuple(unit.unit for unit in concerned if not unit.heard),
                evidence=await entries.evidence(work, entry_id),
                history=await events.of_subjects(work, one.study_id, (entry_id,)),
                known=tuple(known.values()),
                challenges=await challenges.of_entry(work, entry_id),
                marks=await marks.on(work, "entry", (entry_id,)),
                links=links,
                stands=await unheard.stands(work, entry_id),
            )

    async def live_sessions(self, study_id: StudyId) -> Sequence[SessionId]:
        """Return the sessions of a study that are open now."""
        async with self._database.read() as work:
            found = await sessions.of_study(work, study_id)
        return [one.session.id for one in found if one.session.state is SessionState.LIVE]

    async def compare(
        self, study_id: StudyId, since: int | None = None, until: int | None = None
    ) -> Comparison:
        """Return what changed between two events of the study; None: the last name, and now.

        Raises NotFound.
        """
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            newest = await versions.newest_seq(work, study_id)
            named = await versions.named(work, study_id)
            earlier = [one.seq for one in named if one.seq < newest]
            first = since if since is not None else (earlier[-1] if earlier else 0)
            last = newest if until is None else until
            before = await versions.at(work, study_id, first)
            after = await versions.at(work, study_id, last)
            titles = {one.id: one.title for one in await studies.stages(work, study_id)}
        moments = (
            Moment(0, Bilingual()),
            *(Moment(one.seq, _called(one, titles)) for one in named),
        )
        every = {**before, **after}
        return Comparison(
            study=study,
            moments=(*moments, Moment(newest, Bilingual())),
            since=first,
            until=last,
            differences=differences(before, after),
            labels={str(key): one.entry.label for key, one in every.items()},
        )

    async def history(
        self, study_id: StudyId, actions: Collection[str], *, before: int | None = None
    ) -> History:
        """Return what happened, minute by minute, as far as a page holds. Raises NotFound.

        actions: the kinds of events that are told. A minute that a page ends in goes on in the next.
        """
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            found = await events.of_actions(
                work, study_id, actions, before=before, limit=MOST_CHANGES + 1
            )
            told = found[-MOST_CHANGES:]
            known = {one.id: one for one in await entries.of_study(work, study_id)}
            held = await sessions.of_study(work, study_id)
        return History(
            study=study,
            minutes=minutes(told),
            entries=known,
            sessions={one.session.id: one.session.title for one in held},
            before=told[0].seq if len(found) > MOST_CHANGES else None,
        )

    async def atlas(self, study_id: StudyId) -> Atlas:
        """Return every entry in force with its links, for the map. Raises NotFound."""
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            found = await entries.of_study(work, study_id)
            links = await entries.links_of_study(work, study_id)
        return Atlas(study, [one for one in found if one.state is EntryState.ACTIVE], links)


def grow(
    found: Sequence[Entry], counts: Mapping[EntryId, int], fresh: frozenset[EntryId]
) -> tuple[Branch, ...]:
    """Return the roots with everything below them, in the order of `found`."""
    below: defaultdict[EntryId | None, list[Entry]] = defaultdict(list)
    for one in found:
        below[one.parent_id].append(one)

    def branch(one: Entry) -> Branch:
        children = tuple(branch(child) for child in below[one.id])
        return Branch(one, counts.get(one.id, 0), one.id in fresh, children)

    return tuple(branch(one) for one in below[None])


def _called(one: NamedVersion, titles: Mapping[StageId, Bilingual]) -> Bilingual:
    """A version's name; that of its stage in both languages where it is called so."""
    title = titles.get(one.stage_id) if one.stage_id else None
    return title if title and one.name in (title.en, title.zh) else Bilingual(one.name)


def _path(one: Entry, known: Mapping[EntryId, Entry]) -> tuple[Entry, ...]:
    above: list[Entry] = []
    parent_id = one.parent_id
    while parent_id is not None:
        above.append(known[parent_id])
        parent_id = known[parent_id].parent_id
    return tuple(reversed(above))


def _related(entry_id: EntryId, link: Link, known: Mapping[EntryId, Entry]) -> Related:
    outward = link.from_id == entry_id
    return Related(link.kind, outward, known[link.to_id if outward else link.from_id])
