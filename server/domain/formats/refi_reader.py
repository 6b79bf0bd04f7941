"""A REFI-QDA project (`.qdpx`) of any tool: codes, texts and transcripts, what is coded, who coded it.

Vendors' quirks are taken as they come: any namespace, any name of the project file, `Sources` for
`sources`, GUIDs in braces or in capitals, empty sets, texts inside the project file. What we have
no place for is counted, so that whoever brings a project in sees what stays behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from schemas.errors import Invalid
from server.domain.formats import refi_archive, refi_offsets
from server.domain.formats.refi_archive import MAX_DEPTH, Parts
from server.domain.formats.refi_offsets import Scored, Span

_MEDIA = ("AudioSource", "VideoSource")
_OTHERS = ("PictureSource", "PDFSource", *_MEDIA)
_MOST_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its place; parent is "" at the top."""

    guid: str
    name: str
    parent: str
    description: str
    color: str
    is_codable: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """A stretch of a text as its writer counted it, with (code, user) of each coding, notes by GUID."""

    guid: str
    span: Span
    codings: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextSource:
    """A text as its file holds it, byte order mark and line ends included.

    media: of a transcript the sound or film it belongs to, else "". sync: of a transcript, seconds
    and positions as its writer counted them. whole: codings of the source as one.
    """

    guid: str
    name: str
    text: str
    selections: tuple[Selection, ...]
    media: str = ""
    sync: tuple[tuple[float, int], ...] = ()
    whole: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A memo: its words, and the GUID of its user."""

    guid: str
    name: str
    text: str
    user: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case: a person, a unit, or what a tool makes one of; values: of its variables, by name."""

    guid: str
    name: str
    values: Mapping[str, str]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A relation of two codes (or of anything else), by GUID."""

    name: str
    origin: str
    target: str
    is_directed: bool


@dataclass(frozen=True, slots=True)
class Project:
    """What is read of a project. users: names by GUID. others: sources that are no texts, left out.

    left: how many of each of what we have no place for there are, by a word of our own.
    """

    name: str
    origin: str
    users: Mapping[str, str]
    codes: Sequence[Code]
    sources: Sequence[TextSource]
    others: int
    notes: Mapping[str, Note] = field(default_factory=dict)
    cases: Sequence[Case] = ()
    links: Sequence[Link] = ()
    left: Mapping[str, int] = field(default_factory=dict)

    def ways(self) -> Sequence[Scored]:
        """How its writer may have counted positions, the likeliest first, each with its score."""
        texts = [(one.text, [each.span for each in one.selections]) for one in self.sources]
        return refi_offsets.ranked(texts, self.origin)


def read(source: bytes | Path) -> Project:
    """Return the project.

    Raises Invalid `project.unreadable`, `project.too_large`, `project.too_many` or `project.outside`.
    """
    with refi_archive.opened(source) as parts:
        return _project(parts)


def _project(parts: Parts) -> Project:
    root = parts.project()
    if _tag(root) != "Project":
        raise Invalid("project.unreadable")
    listed = [one for part in _all(root, "Sources") for one in part]
    texts = [_source(one, parts) for one in listed if _tag(one) == "TextSource" and _is_plain(one)]
    spoken = [
        _transcript(each, one, parts)
        for one in listed
        if _tag(one) in _MEDIA
        for each in _all(one, "Transcript")
    ]
    told = [one for one in spoken if one is not None]
    notes = {one.guid: one for part in _all(root, "Notes") for one in _notes(part, parts)}
    return Project(
        name=root.get("name", ""),
        origin=root.get("origin", ""),
        users={
            _guid(one): one.get("name") or one.get("id") or ""
            for part in _all(root, "Users")
            for one in _all(part, "User")
        },
        codes=tuple(_codes(root)),
        sources=tuple(_together(texts, told)),
        others=sum(_tag(one) in _OTHERS for one in listed),
        notes=notes,
        cases=tuple(_cases(root)),
        links=tuple(_links(root)),
        left=_left(root, listed),
    )


def _left(root: Element, listed: Sequence[Element]) -> Mapping[str, int]:
    """What no place is found for, counted."""
    media = [one for one in listed if _tag(one) in _MEDIA]
    counts = {
        "picture": sum(_tag(one) == "PictureSource" for one in listed),
        "rich": sum(_tag(one) == "TextSource" and not _is_plain(one) for one in listed),
        "pdf": sum(_tag(one) == "PDFSource" for one in listed),
        "sound": sum(not _all(one, "Transcript") for one in media),
        "media_coding": sum(
            len(_all(one, "AudioSelection")) + len(_all(one, "VideoSelection")) for one in media
        ),
        "graph": sum(len(part) for part in _all(root, "Graphs")),
        "set": sum(len(part) for part in _all(root, "Sets")),
        "variable": sum(len(part) for part in _all(root, "Variables")),
    }
    return {name: count for name, count in counts.items() if count}


def _together(texts: Sequence[TextSource], spoken: Sequence[TextSource]) -> Iterator[TextSource]:
    """Texts, and transcripts; those that say the same as a text give it their times.

    Where several recordings have the same words, one microphone for each speaker, every clock is its
    own: the one that most of the text is tied to counts.
    """
    by_text: dict[str, list[TextSource]] = {}
    for one in spoken:
        by_text.setdefault(refi_offsets.normal(one.text), []).append(one)
    taken: set[str] = set()
    for one in texts:
        twins = by_text.get(refi_offsets.normal(one.text), [])
        if not twins or not one.text.strip():
            yield one
            continue
        taken.update(twin.guid for twin in twins)
        selections = (*one.selections, *(each for twin in twins for each in twin.selections))
        clock = max(twins, key=lambda twin: len(twin.sync))
        whole = one.whole + sum(twin.whole for twin in twins)
        yield TextSource(one.guid, one.name, one.text, selections, clock.media, clock.sync, whole)
    yield from (one for one in spoken if one.guid not in taken)


def _codes(root: Element) -> Iterator[Code]:
    tops = [top for book in _all(root, "CodeBook") for part in _all(book, "Codes") for top in part]
    ahead = [(top, "", 1) for top in reversed(tops)]
    while ahead:
        code, parent, depth = ahead.pop()
        if _tag(code) != "Code":
            continue
        if depth > MAX_DEPTH:
            raise Invalid("project.unreadable")
        guid = _guid(code)
        described = next((one.text or "" for one in _all(code, "Description")), "")
        is_codable = code.get("isCodable") != "false"
        yield Code(guid, code.get("name", ""), parent, described, code.get("color", ""), is_codable)
        ahead += [(one, guid, depth + 1) for one in reversed(code)]


def _source(source: Element, parts: Parts) -> TextSource:
    found = tuple(_selection(one) for one in _all(source, "PlainTextSelection"))
    whole = len(_all(source, "Coding"))
    name = source.get("name", "")
    return TextSource(_guid(source), name, _text(source, parts), found, whole=whole)


def _is_plain(source: Element) -> bool:
    return bool(_all(source, "PlainTextContent") or source.get("plainTextPath"))


def _text(source: Element, parts: Parts) -> str:
    inside = next((one.text or "" for one in _all(source, "PlainTextContent")), None)
    return parts.text(source.get("plainTextPath", "")) if inside is None else inside


def _transcript(one: Element, media: Element, parts: Parts) -> TextSource | None:
    """A transcript as a text; None where it has no words."""
    if not _is_plain(one):
        return None
    points = {
        _guid(point): (_number(point, "timeStamp") / 1000, _number(point, "position"))
        for point in _all(one, "SyncPoint")
        if point.get("timeStamp") and point.get("position")
    }
    found = []
    for each in _all(one, "TranscriptSelection"):
        ends = [points.get(_plain(each.get(name, ""))) for name in ("fromSyncPoint", "toSyncPoint")]
        if ends[0] is not None and ends[1] is not None:
            span = Span(ends[0][1], ends[1][1], each.get("name", ""))
            found.append(Selection(_guid(each), span, _codings(each), _noted(each)))
    name = one.get("name", "") or media.get("name", "")
    sync = tuple(sorted(points.values()))
    return TextSource(
        _guid(one), name, _text(one, parts), tuple(found), media.get("name") or "-", sync,
        whole=len(_all(media, "Coding")),
    )  # fmt: skip


def _selection(one: Element) -> Selection:
    span = Span(_number(one, "startPosition"), _number(one, "endPosition"), one.get("name", ""))
    return Selection(_guid(one), span, _codings(one), _noted(one))


def _codings(one: Element) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_guid(ref, "targetGUID"), _plain(coding.get("creatingUser", "")))
        for coding in _all(one, "Coding")
        for ref in _all(coding, "CodeRef")
    )


def _noted(one: Element) -> tuple[str, ...]:
    holders = (one, *_all(one, "Coding"))
    return tuple(_guid(ref, "targetGUID") for each in holders for ref in _all(each, "NoteRef"))


def _notes(listed: Element, parts: Parts) -> Iterator[Note]:
    for one in _all(listed, "Note"):
        user = _plain(one.get("creatingUser", ""))
        text = refi_offsets.normal(_text(one, parts)) if _is_plain(one) else ""
        yield Note(_guid(one), one.get("name", ""), text, user)


def _cases(root: Element) -> Iterator[Case]:
    names = {
        _guid(one): one.get("name", "")
        for part in _all(root, "Variables")
        for one in _all(part, "Variable")
    }
    for part in _all(root, "Cases"):
        for one in _all(part, "Case"):
            values = {}
            for value in _all(one, "VariableValue"):
                refs = [_guid(ref, "targetGUID") for ref in _all(value, "VariableRef")]
                texts = [each.text or "" for each in value if _tag(each) != "VariableRef"]
                if refs and texts:
                    values[names.get(refs[0], "")] = texts[0]
            sources = tuple(_guid(ref, "targetGUID") for ref in _all(one, "SourceRef"))
            yield Case(_guid(one), one.get("name", ""), values, sources)


def _links(root: Element) -> Iterator[Link]:
    for part in _all(root, "Links"):
        for one in _all(part, "Link"):
            ends = [_plain(one.get(name, "")) for name in ("originGUID", "targetGUID")]
            directed = one.get("direction", "OneWay") == "OneWay"
            yield Link(one.get("name", ""), ends[0], ends[1], directed)


def _number(element: Element, name: str) -> int:
    told = element.get(name, "")
    if not (told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS):
        raise Invalid("project.unreadable")
    return int(told)


def _guid(element: Element, name: str = "guid") -> str:
    found = _plain(element.get(name, ""))
    if not found:
        raise Invalid("project.unreadable")
    return found


def _plain(guid: str) -> str:
    return guid.strip().strip("{}").lower()


def _all(parent: Element, tag: str) -> Sequence[Element]:
    return [one for one in parent if _tag(one) == tag]


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]
