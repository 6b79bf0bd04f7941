"""A REFI-QDA project (`.qdpx`) of any tool: its codes, its texts, what is selected and coded in them.

Vendors' quirks are taken as they come: any namespace, any name of the project file, `Sources` for
`sources`, GUIDs in braces or in capitals. Nothing is unpacked to a file; a name that would lead
out of the archive, and everything that could be made to grow, is refused.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from schemas.errors import Invalid
from server.domain import sheets
from server.domain.formats import refi_offsets
from server.domain.formats.refi_offsets import Scored, Span

MAX_BYTES = 64 * 1024 * 1024
MAX_PARTS = 5_000
MAX_READ_BYTES = 96 * 1024 * 1024
"""What the project file and its texts may unpack to, all together."""
MAX_DEPTH = 40

_OUTSIDE = re.compile(r"(^[/\\])|(^[A-Za-z]:)|((^|[/\\])\.\.([/\\]|$))|\x00")
_OTHERS = ("PictureSource", "PDFSource", "AudioSource", "VideoSource")


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
    """A stretch of a text as its writer counted it, with (code, user) of each coding."""

    guid: str
    span: Span
    codings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TextSource:
    """A text as its file holds it, byte order mark and line ends included."""

    guid: str
    name: str
    text: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """What is read of a project. users: names by GUID. others: sources that are no texts, left out."""

    name: str
    origin: str
    users: Mapping[str, str]
    codes: Sequence[Code]
    sources: Sequence[TextSource]
    others: int

    def ways(self) -> Sequence[Scored]:
        """How its writer may have counted positions, the likeliest first, each with its score."""
        texts = [(one.text, [each.span for each in one.selections]) for one in self.sources]
        return refi_offsets.ranked(texts, self.origin)


def read(data: bytes) -> Project:
    """Return the project. Raises Invalid `project.unreadable`, `project.too_large` or `project.outside`."""
    if len(data) > MAX_BYTES:
        raise _too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _project(_Parts(archive))
    except (
        zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError,
        UnicodeDecodeError,
    ) as error:  # fmt: skip
        raise Invalid("project.unreadable") from error


class _Parts:
    """The files of an archive by name in small letters, within one budget of unpacked bytes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        infos = [one for one in archive.infolist() if not one.is_dir()]
        if len(infos) > MAX_PARTS:
            raise _too_large()
        if any(_OUTSIDE.search(one.orig_filename) for one in infos):
            raise Invalid("project.outside")
        self._by_name = {one.filename.replace("\\", "/").lower(): one for one in infos}
        self._left = MAX_READ_BYTES
        if len(self._by_name) != len(infos):
            raise Invalid("project.unreadable")

    def project(self) -> bytes:
        """The only `.qde` at the top."""
        found = [one for one in self._by_name if one.endswith(".qde") and "/" not in one]
        if len(found) != 1:
            raise Invalid("project.unreadable")
        return self._read(found[0])

    def text(self, path: str) -> str:
        """The text of a source, told by its `internal://` path."""
        scheme, _, name = path.partition("://")
        place = f"sources/{name.lower()}"
        if scheme != "internal" or place not in self._by_name:
            raise Invalid("project.unreadable")
        content = self._read(place)
        if content.startswith(b"\xff\xfe"):
            return content.decode("utf-16-le")
        if content.startswith(b"\xfe\xff"):
            return content.decode("utf-16-be")
        return content.decode()

    def _read(self, name: str) -> bytes:
        with self._archive.open(self._by_name[name]) as part:
            content = part.read(self._left + 1)
        self._left -= len(content)
        if self._left < 0:
            raise _too_large()
        return content


def _too_large() -> Invalid:
    return Invalid("project.too_large", most_mb=MAX_BYTES // (1024 * 1024))


def _project(parts: _Parts) -> Project:
    content = parts.project()
    try:
        sheets.refuse_document_types(content)
        root = ElementTree.fromstring(content)  # noqa: S314 (no document type, bounded size)
    except (Invalid, ElementTree.ParseError, LookupError, ValueError) as error:
        raise Invalid("project.unreadable") from error
    if _tag(root) != "Project":
        raise Invalid("project.unreadable")
    listed = [one for part in _all(root, "Sources") for one in part]
    return Project(
        name=root.get("name", ""),
        origin=root.get("origin", ""),
        users={
            _guid(one): one.get("name") or one.get("id") or ""
            for part in _all(root, "Users")
            for one in _all(part, "User")
        },
        codes=tuple(_codes(root)),
        sources=tuple(_source(one, parts) for one in listed if _tag(one) == "TextSource"),
        others=sum(_tag(one) in _OTHERS for one in listed),
    )


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


def _source(source: Element, parts: _Parts) -> TextSource:
    inside = next((one.text or "" for one in _all(source, "PlainTextContent")), None)
    text = parts.text(source.get("plainTextPath", "")) if inside is None else inside
    found = tuple(_selection(one) for one in _all(source, "PlainTextSelection"))
    return TextSource(_guid(source), source.get("name", ""), text, found)


def _selection(one: Element) -> Selection:
    start, end = one.get("startPosition", ""), one.get("endPosition", "")
    if not all(each.isascii() and each.isdigit() and len(each) < 12 for each in (start, end)):
        raise Invalid("project.unreadable")
    codings = tuple(
        (_guid(ref, "targetGUID"), _plain(coding.get("creatingUser", "")))
        for coding in _all(one, "Coding")
        for ref in _all(coding, "CodeRef")
    )
    return Selection(_guid(one), Span(int(start), int(end), one.get("name", "")), codings)


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
