"""The documents of a whole study: the thematic list of problems, and what one entry rests on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.ids import EntryId, LineId, SessionId, StudyId, UnitId
from schemas.session import Bilingual, Unit
from schemas.taxonomy import Entry, EntryKind, EntryState, LinkKind
from server.domain.quoting import Print
from server.services.taxonomy import Leaf
from server.store import entries, reports, returns, sessions, studies
from server.store.database import Database
from server.store.entries import EntryUnit, Spoken
from server.store.reports import Quoted
from server.store.studies import Study

_LISTED = (EntryState.ACTIVE, EntryState.RETRACTED)


@dataclass(frozen=True, slots=True)
class ThemedProblem:
    """A problem with all that belongs to it.

    causes, consequences: entries below it and entries linked to it, in taxonomy order.
    evidence: by session and time; its count is what the list prints.
    """

    entry: Entry
    causes: Sequence[Entry]
    consequences: Sequence[Entry]
    solutions: Sequence[Entry]
    units: Sequence[EntryUnit]
    evidence: Sequence[Quoted]


@dataclass(frozen=True, slots=True)
class ThemedCategory:
    """A category and its problems in the order of the taxonomy."""

    entry: Entry
    problems: Sequence[ThemedProblem]


@dataclass(frozen=True, slots=True)
class ThematicList:
    """The study's problems by category; units in protocol order, for the matrix."""

    study: Study
    units: Sequence[Unit]
    categories: Sequence[ThemedCategory]


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """What the figures of a study are drawn from.

    sessions: those that were opened, by time. spoken: how many lines each unit spoke in each;
    None for lines that nobody gave to a unit.
    """

    themed: ThematicList
    sessions: Sequence[tuple[SessionId, Bilingual]]
    spoken: Mapping[tuple[SessionId, UnitId | None], int]


@dataclass(frozen=True, slots=True)
class _Known:
    by_id: Mapping[EntryId, Entry]
    below: Mapping[EntryId | None, Sequence[Entry]]
    linked: Mapping[tuple[EntryId, LinkKind, bool], Sequence[EntryId]]
    units: Mapping[EntryId, Sequence[EntryUnit]]
    evidence: Mapping[EntryId, Sequence[Quoted]]


class Reports:
    """Reads a study as documents print it. The route has let the reader in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, study_id: StudyId) -> StudyFigures:
        """Return what the figures are drawn from. Raises NotFound `study.unknown`."""
        themed = await self.thematic_list(study_id)
        async with self._database.read() as work:
            found = await sessions.of_study(work, study_id)
            spoken = await reports.spoken(work, study_id)
        opened = [one.session for one in found if one.session.opened_at is not None]
        opened.sort(key=lambda one: (one.opened_at or 0.0, one.id))
        return StudyFigures(themed, [(one.id, one.title) for one in opened], spoken)

    async def printable(self, leaf: Leaf) -> Leaf:
        """Return an entry with the quotations that its units let documents print."""
        shown = await self.quotable(leaf)
        kept = [one for one in shown.evidence if one.evidence.quote or one.evidence.line_id is None]
        return replace(leaf, evidence=kept)

    async def limits(self, study_id: StudyId) -> Mapping[LineId, Print]:
        """Return what of its lines documents may print, for those not to be printed whole."""
        async with self._database.read() as work:
            return await returns.limits(work, study_id)

    async def quotable(self, leaf: Leaf) -> Leaf:
        """Return an entry with every piece of evidence, without words, voice and sound where its
        unit lets nothing be quoted, and without voice and sound where it lets its words be.
        """
        async with self._database.read() as work:
            limits = await returns.limits(work, leaf.entry.study_id)
        return replace(leaf, evidence=as_quoted(leaf.evidence, limits))

    async def thematic_list(self, study_id: StudyId) -> ThematicList:
        """Return every problem of the study with causes, consequences, units and evidence.

        What was merged away is left out, what was retracted stays and is marked by its state.
        Raises NotFound `study.unknown`.
        """
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            units = await studies.units(work, study_id)
            found = [one for one in await entries.of_study(work, study_id) if one.state in _LISTED]
            links = await reports.links_of_study(work, study_id)
            concerned = await reports.units_of_entries(work, study_id)
            quoted = await reports.evidence_of_study(work, study_id)
        known = _known(found, links, concerned, quoted)
        roots = [one for one in found if one.kind is EntryKind.CATEGORY]
        return ThematicList(study, units, [_category(one, known) for one in roots])


def as_quoted(evidence: Sequence[Spoken], limits: Mapping[LineId, Print]) -> Sequence[Spoken]:
    """Return pieces of evidence as their units let them be quoted; limits: of those not whole."""

    def allowed(spoken: Spoken) -> Print:
        line_id = spoken.evidence.line_id
        return Print.WHOLE if line_id is None else limits.get(line_id, Print.WHOLE)

    return [_printed(one, allowed(one)) for one in evidence]


def _printed(spoken: Spoken, allowed: Print) -> Spoken:
    if allowed is Print.WHOLE:
        return spoken
    if allowed is Print.WORDS:  # a voice is a name
        nameless = replace(spoken.evidence, track_id=None)
        return replace(_unnamed(spoken), evidence=nameless)
    unquoted = replace(spoken.evidence, quote="", track_id=None)
    return replace(_unnamed(spoken), evidence=unquoted)


def _unnamed(spoken: Spoken) -> Spoken:
    """Without whose words they are, nor who noted them: that may be the same person."""
    return replace(spoken, speaker="", unit=None, has_audio=False, coders=())


def _known(
    found: Sequence[Entry],
    links: Sequence[entries.Link],
    concerned: Mapping[EntryId, Sequence[EntryUnit]],
    quoted: Sequence[Quoted],
) -> _Known:
    below: defaultdict[EntryId | None, list[Entry]] = defaultdict(list)
    for one in found:
        below[one.parent_id].append(one)
    linked: defaultdict[tuple[EntryId, LinkKind, bool], list[EntryId]] = defaultdict(list)
    for link in links:
        linked[link.from_id, link.kind, True].append(link.to_id)
        linked[link.to_id, link.kind, False].append(link.from_id)
    evidence: defaultdict[EntryId, list[Quoted]] = defaultdict(list)
    for quote in quoted:
        evidence[quote.entry_id].append(quote)
    return _Known({one.id: one for one in found}, below, linked, concerned, evidence)


def _category(category: Entry, known: _Known) -> ThemedCategory:
    return ThemedCategory(category, [_problem(one, known) for one in _problems(category, known)])


def _problems(above: Entry, known: _Known) -> list[Entry]:
    """Problems below an entry, those below other problems right behind them."""
    found: list[Entry] = []
    for one in known.below.get(above.id, ()):
        if one.kind is EntryKind.PROBLEM:
            found += [one, *_problems(one, known)]
    return found


def _problem(problem: Entry, known: _Known) -> ThemedProblem:
    below = known.below.get(problem.id, ())

    def related(kind: EntryKind, *ways: tuple[LinkKind, bool]) -> list[Entry]:
        ids = [other for way in ways for other in known.linked.get((problem.id, *way), ())]
        others = [known.by_id[one] for one in ids if one in known.by_id]
        own = [one for one in below if one.kind is kind]
        return sorted({*own, *others}, key=lambda one: (one.order, one.id))

    return ThemedProblem(
        entry=problem,
        causes=related(EntryKind.CAUSE, (LinkKind.CAUSES, False)),
        consequences=related(
            EntryKind.CONSEQUENCE, (LinkKind.LEADS_TO, True), (LinkKind.CAUSES, True)
        ),
        solutions=related(EntryKind.SOLUTION, (LinkKind.SOLVED_BY, True)),
        units=known.units.get(problem.id, ()),
        evidence=known.evidence.get(problem.id, ()),
    )
