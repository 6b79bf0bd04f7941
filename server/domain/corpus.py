"""A study as it leaves the house: the one value that every export is written from.

What may not leave never gets in here: struck lines are gone from the rows, withdrawn notes,
drafts, private objections, hidden positions and codings of a blind round are left out when it is
gathered (`server/services/gathering.py`), and `quotable` takes out what a unit does not let be
quoted. So no format has to remember any of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.annotation import Annotation
from schemas.ids import EntryId, EvidenceId, LineId, PersonId, SessionId, StageId, UnitId
from schemas.session import Bilingual, Person, Session, Step, Track, Unit
from schemas.taxonomy import Entry, EntryState, Evidence, LinkKind, Position
from schemas.transcript import Line
from server.domain.inheriting import Mark
from server.domain.priorities import Spread
from server.domain.quoting import Print
from server.domain.solutions import Assessment, Solution


@dataclass(frozen=True, slots=True)
class Titled:
    """A stage or theme: its id, number and name. units: of a theme, in protocol order."""

    id: str
    number: int
    title: Bilingual
    units: tuple[UnitId, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """A source of the literature stage."""

    id: str
    stage_id: StageId
    title: str
    issuer: str
    level: str
    year: int | None
    topic: str
    targets: str
    url: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a source, or a released answer of a unit; heading: of an answer its question."""

    id: str
    source_id: str | None
    unit_id: UnitId | None
    number: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class PutWording:
    """A frozen wording of a proposal."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Negotiated:
    """A proposal as it may be told.

    positions: None where the study shows counts only, or nothing yet; tally: those counts.
    objections: reasons without names.
    """

    id: str
    session_id: SessionId
    kind: str
    state: str
    wordings: tuple[PutWording, ...]
    affected: tuple[UnitId, ...]
    positions: tuple[Position, ...] | None
    tally: Mapping[str, int]
    objections: tuple[str, ...]
    grounds: tuple[str, ...]
    entry_id: EntryId | None
    reason: str
    question: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A track whose sound is kept. hushed: its seconds in which a voice is not to be heard outside."""

    track: Track
    hushed: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session with its people, agenda, lines and notes; lines in order of time.

    recorded: its sound, as far as it is kept.
    """

    session: Session
    stage_id: StageId
    theme_id: str | None
    closed_at: float | None
    people: tuple[Person, ...]
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    notes: tuple[Annotation, ...]
    proposals: tuple[Negotiated, ...]
    recorded: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One entry with what belongs to it. units: which it concerns, and whether they were heard.

    coders: who coded which evidence, where anybody is known.
    """

    entry: Entry
    stage_id: StageId
    units: Mapping[UnitId, bool] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    coders: Mapping[EvidenceId, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Linked:
    """A link between entries, read from the first to the second."""

    from_id: EntryId
    to_id: EntryId
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Version:
    """A moment of the taxonomy with a name."""

    id: str
    name: str
    seq: int
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Coded:
    """What one reviewer chose for one unit of coding; no codes: seen and empty."""

    coder: str
    lines: tuple[LineId, ...]
    codes: tuple[str, ...]
    memo: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review round that is no longer blind: who coded what, and what was settled."""

    id: str
    session_id: SessionId
    state: str
    seed: int
    coders: tuple[str, ...]
    codings: tuple[Coded, ...]
    settled: tuple[Coded, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the study's log, without what was said: that stands in its own record."""

    seq: int
    session_id: SessionId | None
    role: str
    actor: str
    action: str
    subject: str
    base_version: int | None
    session_time: float | None
    at: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What stands of a solution, an entry or a note: its assessment, in which version since when."""

    solution: Solution
    version: int
    said: Assessment
    at: float


@dataclass(frozen=True, slots=True)
class Marked:
    """How units marked an entry in silence; by unit only where the room may see that."""

    entry_id: EntryId
    spread: Spread


@dataclass(frozen=True, slots=True)
class Heir:
    """An entry that was taken over from another study's, and what became of it."""

    mark: Mark
    from_id: EntryId


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything of a study that may leave it. made_at: UTC seconds of the reading.

    names: what is replaced in a pseudonymised copy stands in `pseudonyms.py`.
    """

    study_id: str
    title: Bilingual
    city: Bilingual
    languages: str
    marking: str
    made_at: float
    stages: tuple[Titled, ...] = ()
    themes: tuple[Titled, ...] = ()
    units: tuple[Unit, ...] = ()
    works: tuple[Work, ...] = ()
    passages: tuple[Passage, ...] = ()
    sittings: tuple[Sitting, ...] = ()
    entries: tuple[Told, ...] = ()
    links: tuple[Linked, ...] = ()
    weighed: tuple[Weighed, ...] = ()
    marked: tuple[Marked, ...] = ()
    heirs: tuple[Heir, ...] = ()
    versions: tuple[Version, ...] = ()
    reviews: tuple[Reviewed, ...] = ()
    events: tuple[Happened, ...] = ()
    pseudonymised: bool = False

    @property
    def in_force(self) -> Sequence[Told]:
        """The entries that are neither merged away nor retracted, in their order."""
        return [one for one in self.entries if one.entry.state is EntryState.ACTIVE]

    @property
    def people(self) -> Mapping[PersonId, Person]:
        """Everybody of every session, by id."""
        return {one.id: one for sitting in self.sittings for one in sitting.people}

    @property
    def lines(self) -> Mapping[LineId, Line]:
        """Every line, by id."""
        return {one.id: one for sitting in self.sittings for one in sitting.lines}


def quotable(corpus: Corpus, limits: Mapping[LineId, Print]) -> Corpus:
    """Return the corpus with only what units let be quoted. limits: of lines not to be told whole.

    Of a line that is not to be quoted nothing stays, nor the notes and evidence that quote it; one
    that is quoted without name keeps its words without speaker, person and unit, as do its notes.
    """
    gone = {line for line, allowed in limits.items() if allowed is Print.NOTHING}
    return replace(
        corpus,
        sittings=tuple(_allowed(one, limits, gone) for one in corpus.sittings),
        entries=tuple(_backed(one, limits, gone) for one in corpus.entries),
        reviews=tuple(_seen(one, gone) for one in corpus.reviews),
        weighed=tuple(one for one in corpus.weighed if not _rests_on(one, corpus, gone)),
        heirs=tuple(_shown(one, gone) for one in corpus.heirs),
    )


def _rests_on(one: Weighed, corpus: Corpus, gone: set[LineId]) -> bool:
    """Whether an assessment is of a note that quotes what nobody may."""
    return any(
        note.id == one.solution.annotation_id and any(each.line_id in gone for each in note.anchors)
        for sitting in corpus.sittings
        for note in sitting.notes
    )


def _shown(one: Heir, gone: set[LineId]) -> Heir:
    left = tuple(each for each in one.mark.references if each.line_id not in gone)
    return replace(one, mark=replace(one.mark, references=left))


def _allowed(sitting: Sitting, limits: Mapping[LineId, Print], gone: set[LineId]) -> Sitting:
    lines = tuple(
        replace(line, speaker="", person_id=None, unit_id=None) if line.id in limits else line
        for line in sitting.lines
        if line.id not in gone
    )
    notes = tuple(
        _unnamed(note) if any(anchor.line_id in limits for anchor in note.anchors) else note
        for note in sitting.notes
        if not any(anchor.line_id in gone for anchor in note.anchors)
    )
    return replace(sitting, lines=lines, notes=notes)


def _unnamed(note: Annotation) -> Annotation:
    return replace(note, voice=replace(note.voice, name="", person_id=None, unit_id=None))


def _backed(told: Told, limits: Mapping[LineId, Print], gone: set[LineId]) -> Told:
    """Without what nobody may quote; who noted what is quoted without name may be who said it."""
    left = _left(told.evidence, gone)
    open_to_all = {one.id for one in left if one.line_id is None or one.line_id not in limits}
    coders = {key: names for key, names in told.coders.items() if key in open_to_all}
    return replace(told, evidence=left, coders=coders)


def _left(evidence: Sequence[Evidence], gone: set[LineId]) -> tuple[Evidence, ...]:
    return tuple(one for one in evidence if one.line_id is None or one.line_id not in gone)


def _seen(review: Reviewed, gone: set[LineId]) -> Reviewed:
    def left(found: Sequence[Coded]) -> tuple[Coded, ...]:
        trimmed = (
            replace(one, lines=tuple(line for line in one.lines if line not in gone))
            for one in found
        )
        return tuple(one for one in trimmed if one.lines)

    return replace(review, codings=left(review.codings), settled=left(review.settled))


def evidence_by_line(corpus: Corpus) -> Mapping[LineId, Sequence[tuple[EntryId, EvidenceId]]]:
    """Return which entries rest on each line, in the order of the taxonomy."""
    found: dict[LineId, list[tuple[EntryId, EvidenceId]]] = {}
    for told in corpus.entries:
        for one in told.evidence:
            if one.line_id is not None:
                found.setdefault(one.line_id, []).append((told.entry.id, one.id))
    return found
