"""REFI-QDA project (.qdpx): transcripts and passages as plain text, with codings, notes and cases.

Offsets are Unicode code points, line ends LF, no byte order mark, the end excluded, and each
selection carries its words in `name`: what the standard says, and what every reader can check.
Evidence and notes are selections; each coding names one code and its coder. What the standard has
no place for (seen and empty, what a note was about) stands in notes with a JSON body.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO
from xml.etree.ElementTree import Element

from schemas.annotation import Kind
from schemas.ids import EntryId, LineId, UnitId
from schemas.session import Language
from schemas.taxonomy import Evidence, LinkKind
from server.domain.corpus import Corpus, Reviewed, Sitting, Told
from server.domain.formats.refi import (
    COLLOQUY,
    ORIGIN,
    PROJECT,
    add,
    add_codes,
    both,
    clean,
    document,
    guid,
    one_line,
    stage_members,
)
from server.domain.formats.refi_sound import (
    EPOCH,
    SILENT,
    Places,
    Sounds,
    add_sources,
    put,
    transcripts,
)

_NAME = 60
_VARIABLES = ("type", "role", "unit", "unit kind", "date")


@dataclass(slots=True)
class _Selection:
    """One stretch of a text: codings as (code GUID, user GUID), notes by GUID, the unit that spoke."""

    codings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unit: UnitId | None = None


@dataclass(slots=True)
class _Text:
    """A source as it is written: its text, and selections by (start, end).

    sitting, places: of a transcript its session, and where each line's words stand.
    """

    guid: str
    name: str
    description: str
    at: float | None
    text: str
    selections: dict[tuple[int, int], _Selection] = field(default_factory=dict)
    sitting: Sitting | None = None
    places: Places = field(default_factory=dict)

    def select(self, start: int, end: int) -> _Selection:
        """The selection of this stretch."""
        return self.selections.setdefault((start, end), _Selection())


def write(corpus: Corpus, language: Language, out: BinaryIO, sounds: Sounds = SILENT) -> None:
    """Write the whole archive. sounds: what of the sound goes along."""
    notes = _Notes()
    texts = [_transcript(one, corpus, language, notes) for one in corpus.sittings]
    texts += _passages(corpus, language)
    root = _project(corpus, language, texts, notes, sounds)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "project.qde", document(root))
        for text in texts:
            _put(archive, f"sources/{text.guid}.txt", text.text.encode())
            for name in transcripts(text.sitting, sounds) if text.sitting else ():
                _put(archive, f"sources/{name}", text.text.encode())
        if sounds.is_inside:
            put(archive, sounds, "sources/")


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


class _Notes:
    """The notes of a project, in the order they were met."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str, str, float | None]] = []

    def add(self, of: str, name: str, text: str, user: str, at: float | None) -> str:
        """Keep a note and return its GUID."""
        made = guid(of, "note")
        self.found.append((made, name, text, user, at))
        return made


def _project(
    corpus: Corpus, language: Language, texts: list[_Text], notes: _Notes, sounds: Sounds
) -> Element:
    root = Element(
        "Project",
        {
            "xmlns": PROJECT,
            "name": clean(corpus.title.in_(language)) or "-",
            "origin": ORIGIN,
            "creatingUserGUID": COLLOQUY,
            "creationDateTime": _moment(corpus.made_at),
        },
    )
    users = add(root, "Users")
    add(users, "User", guid=COLLOQUY, name="Colloquy")
    for name, key in _users(corpus).items():
        add(users, "User", guid=key, name=name)
    _add_codebook(root, corpus, language)
    _add_cases(root, corpus, language, texts)
    if texts:
        sources = add(root, "Sources")
        for text in texts:
            _add_source(sources, text)
            if text.sitting:
                add_sources(sources, text.sitting, text.places, sounds, COLLOQUY, _moment(text.at))  # fmt: skip
    if notes.found:
        listed = add(root, "Notes")
        for key, name, body, user, at in notes.found:
            note = add(listed, "Note", guid=key, name=name, creatingUser=user, creationDateTime=_moment(at))  # fmt: skip
            add(note, "PlainTextContent", body)
    _add_links(root, corpus)
    _add_sets(root, corpus, texts)
    add(root, "Description", both(corpus.city, language))
    return root


def _users(corpus: Corpus) -> Mapping[str, str]:
    """Everybody who codes, by name: who is in sessions, and reviewers."""
    names = [one.name for sitting in corpus.sittings for one in sitting.people if one.name]
    names += [coder for review in corpus.reviews for coder in review.coders if coder]
    names += [one for told in corpus.in_force for by in told.coders.values() for one in by if one]
    return {name: guid(name, "user") for name in dict.fromkeys(names)}


def _add_codebook(root: Element, corpus: Corpus, language: Language) -> None:
    codes = add(add(root, "CodeBook"), "Codes")
    add_codes(codes, corpus, language)
    kinds = add(codes, "Code", guid=guid("kinds", "code"), name="Notes in the room", isCodable="false")  # fmt: skip
    for kind in Kind:
        add(kinds, "Code", guid=guid(kind.value, "kind"), name=kind.value, isCodable="true")


def _add_cases(root: Element, corpus: Corpus, language: Language, texts: list[_Text]) -> None:
    variables = add(root, "Variables")
    for name in _VARIABLES:
        add(variables, "Variable", guid=guid(name, "variable"), name=name, typeOfVariable="Text")
    cases = add(root, "Cases")
    units = {unit.id: unit for unit in corpus.units}
    for unit in corpus.units:
        case = add(cases, "Case", guid=guid(unit.id, "case"), name=one_line(unit.name.in_(language)) or "-")  # fmt: skip
        if unit.aliases:
            add(case, "Description", "; ".join(unit.aliases))
        _add_values(case, {"type": "unit", "unit kind": unit.kind})
        spoken = [
            (text.guid, start, end)
            for text in texts
            for (start, end), one in sorted(text.selections.items())
            if one.unit == unit.id
        ]
        for source in dict.fromkeys(one[0] for one in spoken):
            add(case, "SourceRef", targetGUID=source)
        for source, start, end in spoken:
            add(case, "SelectionRef", targetGUID=_selection_guid(source, start, end))
    for sitting in corpus.sittings:
        source = guid(sitting.session.id)
        for person in sitting.people:
            case = add(cases, "Case", guid=guid(person.id, "case"), name=one_line(person.name) or "-")  # fmt: skip
            unit_name = units[person.unit_id].name.in_(language) if person.unit_id in units else ""
            _add_values(case, {"type": "person", "role": person.role.value, "unit": unit_name})
            add(case, "SourceRef", targetGUID=source)
        case = add(cases, "Case", guid=guid(sitting.session.id, "case"), name=one_line(sitting.session.title.in_(language)) or "-")  # fmt: skip
        day = _moment(sitting.session.opened_at)[:10]
        _add_values(case, {"type": sitting.session.kind.value, "date": day})
        add(case, "SourceRef", targetGUID=source)
    if len(cases) == 0:
        root.remove(cases)


def _add_values(case: Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if value:
            one = add(case, "VariableValue")
            add(one, "VariableRef", targetGUID=guid(name, "variable"))
            add(one, "TextValue", value)


def _add_source(sources: Element, text: _Text) -> None:
    source = add(
        sources,
        "TextSource",
        guid=text.guid,
        name=text.name,
        plainTextPath=f"internal://{text.guid}.txt",
        creatingUser=COLLOQUY,
        creationDateTime=_moment(text.at),
    )
    if text.description:
        add(source, "Description", text.description)
    for (start, end), one in sorted(text.selections.items()):
        key = _selection_guid(text.guid, start, end)
        selection = add(
            source,
            "PlainTextSelection",
            guid=key,
            name=text.text[start:end],
            startPosition=str(start),
            endPosition=str(end),
            creatingUser=COLLOQUY,
        )
        for code, user in dict.fromkeys(one.codings):
            coding = add(selection, "Coding", guid=guid(f"{key}:{code}:{user}", "coding"), creatingUser=user)  # fmt: skip
            add(coding, "CodeRef", targetGUID=code)
        for note in one.notes:
            add(selection, "NoteRef", targetGUID=note)


def _add_links(root: Element, corpus: Corpus) -> None:
    there = {told.entry.id for told in corpus.in_force}
    known = [one for one in corpus.links if one.from_id in there and one.to_id in there]
    if not known:
        return
    links = add(root, "Links")
    for one in known:
        add(
            links,
            "Link",
            guid=guid(f"{one.from_id}:{one.to_id}:{one.kind.value}", "link"),
            name=one.kind.value.replace("_", " "),
            direction="Associative" if one.kind is LinkKind.RELATED else "OneWay",
            originGUID=guid(one.from_id),
            targetGUID=guid(one.to_id),
        )


def _add_sets(root: Element, corpus: Corpus, texts: list[_Text]) -> None:
    members = [(key, title, "MemberCode", [guid(one) for one in own]) for key, title, own in stage_members(corpus)]  # fmt: skip
    written = {text.guid for text in texts}
    for theme in corpus.themes:
        own = [guid(one.session.id) for one in corpus.sittings if one.theme_id == theme.id]
        if set(own) & written:
            members.append((theme.id, theme.title.in_(Language.EN), "MemberSource", own))
    if not members:
        return
    sets = add(root, "Sets")
    for key, title, tag, own in members:
        one = add(sets, "Set", guid=guid(key, "set"), name=title or "-")
        for each in own:
            add(one, tag, targetGUID=each)


def _transcript(sitting: Sitting, corpus: Corpus, language: Language, notes: _Notes) -> _Text:
    session = sitting.session
    content, places = _said(sitting, corpus, language)
    text = _Text(
        guid(session.id),
        one_line(session.title.in_(language)) or "-",
        session.kind.value,
        session.opened_at,
        content,
        sitting=sitting,
        places=places,
    )
    users = _users(corpus)
    units = {line.id: line.unit_id for line in sitting.lines}
    there = {told.entry.id for told in corpus.in_force}
    for told in corpus.in_force:
        for piece in told.evidence:
            if piece.line_id is not None and piece.line_id in places:
                one = text.select(*_quoted(content, *places[piece.line_id], piece.quote))
                one.codings += _coded(told, piece)
                one.unit = units[piece.line_id]
    _add_notes(text, sitting, places, users, notes)
    for review in corpus.reviews:
        if review.session_id == session.id:
            _add_review(text, review, places, there, users, notes)
    return text


def _said(
    sitting: Sitting, corpus: Corpus, language: Language
) -> tuple[str, Mapping[LineId, tuple[int, int]]]:
    """The transcript with a heading where the speaker changes, and where each line's words stand."""
    names = {unit.id: unit.name.in_(language) for unit in corpus.units}
    parts: list[str] = []
    places: dict[LineId, tuple[int, int]] = {}
    length, before = 0, None
    for line in sitting.lines:
        who = (line.speaker, line.unit_id)
        if who != before and line.speaker:
            unit = names.get(line.unit_id, "") if line.unit_id else ""
            head = one_line(f"{line.speaker}, {unit}" if unit else line.speaker) + ":\n"
            parts.append(head)
            length += len(head)
        before = who
        words = one_line(line.text)
        places[line.id] = (length, length + len(words))
        parts.append(words + "\n")
        length += len(words) + 1
    return "".join(parts), places


def _add_notes(
    text: _Text,
    sitting: Sitting,
    places: Mapping[LineId, tuple[int, int]],
    users: Mapping[str, str],
    notes: _Notes,
) -> None:
    names = {person.id: person.name for person in sitting.people}
    for note in sitting.notes:
        known = [anchor for anchor in note.anchors if anchor.line_id in places]
        if not known:
            continue
        user = users.get(names.get(note.author, ""), COLLOQUY)
        key = notes.add(note.id, note.kind.value, note.text, user, note.at) if note.text else ""
        for anchor in known:
            first, last = places[anchor.line_id]
            start = min(first + anchor.start, last)
            end = last if anchor.end is None else min(first + anchor.end, last)
            if end <= start:
                start, end = first, last
            one = text.select(start, end)
            one.codings.append((guid(note.kind.value, "kind"), user))
            one.unit = one.unit or note.voice.unit_id
            if key:
                one.notes.append(key)


def _add_review(
    text: _Text,
    review: Reviewed,
    places: Mapping[LineId, tuple[int, int]],
    there: set[EntryId],
    users: Mapping[str, str],
    notes: _Notes,
) -> None:
    empty: list[dict[str, object]] = []
    for coded in review.codings:
        spans = [places[line] for line in coded.lines if line in places]
        if not spans:
            continue
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        user = users.get(coded.coder, COLLOQUY)
        codes = [code for code in coded.codes if EntryId(code) in there]
        if not coded.codes:
            empty.append({"coder": coded.coder, "start": start, "end": end})
        if not codes and not coded.memo:
            continue
        one = text.select(start, end)
        one.codings += [(guid(code), user) for code in codes]
        if coded.memo:
            of = f"{review.id}:{coded.coder}:{start}"
            one.notes.append(notes.add(of, "memo", coded.memo, user, None))
    if empty:
        body = json.dumps({"colloquy": "seen and empty", "units": empty}, ensure_ascii=False)
        notes.add(review.id, "Review: seen and empty", body, COLLOQUY, None)


def _passages(corpus: Corpus, language: Language) -> Iterator[_Text]:
    """Each source with its passages, and each answer, as a text."""
    works = {work.id: work for work in corpus.works}
    names = {unit.id: unit.name.in_(language) for unit in corpus.units}
    coded: dict[str, list[tuple[Told, Evidence]]] = {}
    for told in corpus.in_force:
        for piece in told.evidence:
            if piece.passage_id is not None:
                coded.setdefault(piece.passage_id, []).append((told, piece))
    grouped: dict[str, _Text] = {}
    headings: dict[str, str] = {}
    for passage in corpus.passages:
        work = works.get(passage.source_id or "")
        key = passage.source_id or passage.id
        if key not in grouped:
            name = (
                work.title
                if work
                else f"{passage.heading} - {names.get(passage.unit_id or UnitId(''), '')}"
            )
            about = (
                ", ".join(part for part in (work.issuer, str(work.year or "")) if part)
                if work
                else ""
            )
            grouped[key] = _Text(guid(key), one_line(name) or "-", about, None, "")
        text = grouped[key]
        is_new = passage.heading and passage.heading != headings.get(key, "")
        headings[key] = passage.heading
        heading = f"# {one_line(passage.heading)}\n" if is_new else ""
        start = len(text.text) + len(heading)
        words = one_line(passage.text)
        text.text += heading + words + "\n"
        for told, piece in coded.get(passage.id, ()):
            one = text.select(*_quoted(text.text, start, start + len(words), piece.quote))
            one.codings += _coded(told, piece)
            one.unit = passage.unit_id
    yield from grouped.values()


def _coded(told: Told, piece: Evidence) -> Sequence[tuple[str, str]]:
    """The codings that a piece of evidence is: by those who coded it elsewhere, else by us."""
    users = [guid(name, "user") for name in told.coders.get(piece.id, ()) if name]
    return [(guid(told.entry.id), user) for user in users or [COLLOQUY]]


def _quoted(text: str, start: int, end: int, quote: str) -> tuple[int, int]:
    """Where the quoted words stand within start..end; all of it where they do not."""
    said = one_line(quote)
    at = text.find(said, start, end) if said else -1
    return (at, at + len(said)) if at >= 0 else (start, end)


def _selection_guid(source: str, start: int, end: int) -> str:
    return guid(f"{source}:{start}:{end}", "selection")


def _moment(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
