"""What a foreign project would become in a study: pieces of texts, codings and memos on them, codes.

Pure: a project, the way its writer counts, and what each text is to be go in; what would be stored,
and what stays behind and why, comes out.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from schemas.annotation import Kind
from schemas.session import SessionKind
from schemas.taxonomy import EntryKind, LinkKind
from server.domain import turns
from server.domain.formats import codebook_reader, refi
from server.domain.formats.refi_offsets import Dialect, Ruler, normal
from server.domain.formats.refi_reader import Case, Code, Project, Selection, TextSource
from server.domain.sheets import Sheet
from server.domain.turns import Piece

MOST_PIECES = 10_000
"""Of one import, which is one unit of work: with 20,000 codings 4.6 s of CPU on SQLite, where others
wait meanwhile. A larger project is brought in by parts: the texts that are left are brought in later."""
MOST_CODINGS = 30_000
MOST_TEXTS = 2_000
SAMPLES = 8
_AROUND = 24
_SECONDS_A_SIGN = {True: 0.25, False: 0.07}
_KINDS = {refi.guid(kind.value, "kind").lower(): kind for kind in Kind}
_OURSELF = refi.COLLOQUY.lower()
_OURS = {refi.guid("kinds", "code").lower(), *_KINDS}
_LINKS = {kind.value.replace("_", " "): kind for kind in LinkKind}
_ROOF = "Project"
_SEEN_EMPTY = '"colloquy": "seen and empty"'


class Becomes(StrEnum):
    """What a text is to be here."""

    SESSION = "session"
    DOCUMENT = "document"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Mark:
    """A coding: characters start..end of one piece, its code by GUID, and who coded it."""

    piece: int
    start: int
    end: int
    code: str
    coders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memo:
    """A note on characters of one piece; by: its author's name."""

    piece: int
    start: int
    end: int
    kind: Kind
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it would be stored. text: with LF alone; at: seconds of each piece, of a talk.

    lost: selections of it that begin or end nowhere, or where nothing is said.
    """

    guid: str
    title: str
    becomes: Becomes
    text: str
    pieces: Sequence[Piece]
    at: Sequence[tuple[float, float]]
    marks: Sequence[Mark]
    memos: Sequence[Memo]
    is_timed: bool
    day: float | None
    selections: int
    lost: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What one selection covers, counted this way; name: what its writer wrote there."""

    title: str
    before: str
    words: str
    after: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a project would become. left: what stays behind, by a word of our own, counted.

    links: relations of two codes by GUID.
    """

    texts: Sequence[Text]
    codebook: Sheet
    links: Sequence[tuple[str, str, LinkKind]]
    left: Mapping[str, int]

    @property
    def is_small(self) -> bool:
        """Whether one unit of work can bring it in."""
        pieces = sum(len(one.pieces) for one in self.texts)
        codings = sum(len(one.marks) for one in self.texts)
        small = pieces <= MOST_PIECES and codings <= MOST_CODINGS
        return small and len(self.texts) <= MOST_TEXTS


def guess(source: TextSource, cases: Sequence[Case]) -> Becomes:
    """Return what a text is: as a case of it says, where it is ours, else by its shape."""
    text = normal(source.text)
    if not text.strip():
        return Becomes.NOTHING
    is_sitting = any(
        source.guid in case.sources and case.values.get("type") in {*SessionKind} for case in cases
    )
    is_talk = is_sitting or source.sync or turns.is_talk(text)
    return Becomes.SESSION if is_talk else Becomes.DOCUMENT


def plan(project: Project, dialect: Dialect, wanted: Mapping[str, Becomes]) -> Plan:
    """Return what the project would become. wanted: by GUID of a text, where it is not as guessed."""
    left = Counter(project.left)
    texts = [
        _text(one, project, dialect, wanted.get(one.guid) or guess(one, project.cases))
        for one in project.sources
    ]
    for one, source in zip(texts, project.sources, strict=True):
        if one.becomes is Becomes.NOTHING:
            left["text"] += 1
        else:
            left["selection"] += one.lost
            left["whole"] += source.whole
    used = {mark.code for one in texts for mark in one.marks}
    placed = {ref for one in project.sources for each in one.selections for ref in each.notes}
    loose = [note for key, note in project.notes.items() if key not in placed and note.text]
    left["memo"] += sum(_SEEN_EMPTY not in one.text for one in loose)
    left["seen_empty"] += sum(_SEEN_EMPTY in one.text for one in loose)
    codes = {one.guid for one in project.codes} - _OURS
    links = [
        (one.origin, one.target, _LINKS.get(one.name, LinkKind.RELATED))
        for one in project.links
        if one.origin in codes and one.target in codes and one.origin != one.target
    ]
    left["link"] += len(project.links) - len(links)
    left["unknown_code"] += sum(one.code not in codes for text in texts for one in text.marks)
    texts = [
        replace(one, marks=[each for each in one.marks if each.code in codes]) for one in texts
    ]
    kept = {name: count for name, count in left.items() if count}
    return Plan(texts, _codebook(project, used), links, kept)


def samples(project: Project, dialect: Dialect) -> Sequence[Sample]:
    """Return what some selections cover, counted this way; where ways differ most: late in their texts."""
    found = []
    each = max(1, SAMPLES // max(1, sum(bool(one.selections) for one in project.sources)))
    for source in project.sources:
        text, ruler = normal(source.text), Ruler(source.text, dialect)
        chosen = sorted(source.selections, key=lambda one: (one.span.start, one.span.end))[-each:]
        for one in chosen:
            place = ruler.span(one.span.start, one.span.end)
            if place is None:
                found.append(Sample(source.name, "", "", "", one.span.name))
                continue
            start, end = place
            before = text[max(0, start - _AROUND) : start]
            after = text[end : end + _AROUND]
            found.append(Sample(source.name, before, text[start:end][:200], after, one.span.name))
        if len(found) >= SAMPLES:
            break
    return found[:SAMPLES]


def _text(source: TextSource, project: Project, dialect: Dialect, becomes: Becomes) -> Text:
    text, ruler = normal(source.text), Ruler(source.text, dialect)
    pieces = turns.turns(text) if becomes is Becomes.SESSION else turns.paragraphs(text)
    if becomes is Becomes.NOTHING:
        pieces = []
    starts = [one.start for one in pieces]
    marks: dict[tuple[int, int, int, str], list[str]] = {}
    memos: list[Memo] = []
    lost = 0
    for one in source.selections:
        place = ruler.span(one.span.start, one.span.end)
        parts = [] if place is None else list(_parts(pieces, starts, *place))
        lost += not parts
        for piece, start, end in parts:
            for code, user in one.codings:
                if code not in _KINDS:
                    coders = marks.setdefault((piece, start, end, code), [])
                    coders.append("" if user == _OURSELF else project.users.get(user, ""))
        memos += _memos(one, parts, project)
    is_talk = becomes is Becomes.SESSION
    at = _times(source, text, pieces, ruler) if is_talk else []
    return Text(
        guid=source.guid,
        title=" ".join(source.name.split()) or "-",
        becomes=becomes,
        text=text,
        pieces=pieces,
        at=at,
        marks=[
            Mark(piece, start, end, code, tuple(dict.fromkeys(filter(None, coders))))
            for (piece, start, end, code), coders in marks.items()
        ],
        memos=memos,
        is_timed=bool(source.sync),
        day=_day(source.guid, project.cases),
        selections=len(source.selections),
        lost=lost,
    )


def _parts(
    pieces: Sequence[Piece], starts: Sequence[int], start: int, end: int
) -> Iterator[tuple[int, int, int]]:
    """What of a selection stands in which piece; a stretch without words in none."""
    number = max(0, bisect_right(starts, start) - 1)
    while number < len(pieces) and pieces[number].start < end:
        one = pieces[number]
        first, last = max(start, one.start), min(end, one.end)
        if first < last:
            yield number, first - one.start, last - one.start
        number += 1


def _memos(
    selection: Selection, parts: Sequence[tuple[int, int, int]], project: Project
) -> Iterator[Memo]:
    """The notes of a selection, at its first part; ours say by a code of what kind they are."""
    kinds = [(_KINDS[code], user) for code, user in selection.codings if code in _KINDS]
    for ref in selection.notes:
        note = project.notes.get(ref)
        if note is None or not parts:
            continue
        by = project.users.get(note.user, "")
        kind = Kind(note.name) if note.name in {*Kind} else Kind.MEMO
        text = note.text.strip() or note.name
        if text:
            yield Memo(*parts[0], kind, text, by)
    if kinds and not selection.notes and parts:
        for kind, user in kinds:
            yield Memo(*parts[0], kind, "", project.users.get(user, ""))


def _times(
    source: TextSource, text: str, pieces: Sequence[Piece], ruler: Ruler
) -> Sequence[tuple[float, float]]:
    """Seconds of each turn: by the points that tie the text to its sound, else by its length."""
    points = []
    for second, position in source.sync:
        place = ruler.span(position, position)
        if place is not None:
            points.append((place[0], second))
    points.sort()
    found: list[tuple[float, float]] = []
    han = sum("\u3400" <= one <= "\u9fff" for one in text[:4_000]) * 4 > len(text[:4_000])
    at = 0.0
    for one in pieces:
        if len(points) > 1:
            found.append((_second(points, one.start), _second(points, one.end)))
            continue
        end = at + max(1.0, (one.end - one.start) * _SECONDS_A_SIGN[han])
        found.append((at, end))
        at = end
    return found


def _second(points: Sequence[tuple[int, float]], place: int) -> float:
    """The second at a place, between the points around it as the characters are."""
    after = bisect_right(points, (place, float("inf")))
    if after == 0:
        return points[0][1]
    (first, begin) = points[after - 1]
    if after == len(points) or first == place:
        return begin
    last, end = points[after]
    return begin + (end - begin) * (place - first) / (last - first)


def _day(guid: str, cases: Sequence[Case]) -> float | None:
    """The day of a session, where a case of the text names one."""
    for case in cases:
        if guid in case.sources and case.values.get("date"):
            try:
                day = datetime.strptime(case.values["date"][:10], "%Y-%m-%d")
            except ValueError:
                continue  # a date of another make says nothing
            return day.replace(tzinfo=UTC).timestamp()
    return None


def _codebook(project: Project, used: set[str]) -> Sheet:
    """The codes as rows that `codebook_plan` takes; ours say in their descriptions what they are."""
    codes = [one for one in project.codes if one.guid not in _OURS]
    kinds = {} if project.origin == refi.ORIGIN else _kinds(codes, used)
    roof = project.name.strip() or project.origin.strip()
    rows: list[list[str]] = []
    for one in codes:
        kind = kinds.get(one.guid)
        needs_roof = kind is EntryKind.PROBLEM and not one.parent
        parent = (roof or _ROOF) if needs_roof else one.parent
        rows.append(_row(one.guid, parent, one, kind))
        if needs_roof and rows[0][0]:
            top = Code("", roof or _ROOF, "", "", "", is_codable=False)
            rows.insert(0, _row("", "", top, EntryKind.CATEGORY))
    return [list(codebook_reader.COLUMNS), *rows]


def _kinds(codes: Sequence[Code], used: set[str]) -> Mapping[str, EntryKind]:
    """What foreign codes become: a category if nothing is coded with it and it holds others."""
    parents = {one.parent for one in codes}
    kinds: dict[str, EntryKind] = {}
    for one in codes:
        is_place = one.guid not in used and (one.guid in parents or not one.is_codable)
        is_free = kinds.get(one.parent) is not EntryKind.PROBLEM
        kinds[one.guid] = EntryKind.CATEGORY if is_place and is_free else EntryKind.PROBLEM
    return kinds


def _row(guid: str, parent: str, code: Code, kind: EntryKind | None) -> list[str]:
    return codebook_reader.row(
        guid,
        parent,
        code.name,
        code.description,
        kind="" if kind is None else kind.value,
        is_ours=kind is None,
    )


def names(codes: Sequence[Code]) -> Mapping[str, str]:
    """Return the codes' names by GUID."""
    return {one.guid: one.name for one in codes}
