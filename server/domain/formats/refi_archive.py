"""The files inside a `.qdpx`, read within limits: nothing is unpacked to a file, nothing leads out.

A name that would lead out of the archive is refused, and everything that could be made to grow has
a limit: bytes, files, elements, depth.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from schemas.errors import Invalid
from server.domain import sheets
from server.domain.archives import BROKEN

MAX_BYTES = 256 * 1024 * 1024
"""Of an archive, sound and pictures included: those are never unpacked."""
MAX_PARTS = 5_000
MAX_READ_BYTES = 64 * 1024 * 1024
"""What the project file and its texts may unpack to, all together."""
MAX_ELEMENTS = 400_000
"""Of the project file; each takes half a kilobyte of memory. 100,000 codings are 300,000."""
MAX_DEPTH = 64

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE = 22
_ENTRY_SIZE = 512
"""Bytes of the list of files that one of them takes, its name and extras included."""
_OUTSIDE = re.compile(r"(^[/\\])|(^[A-Za-z]:)|((^|[/\\])\.\.([/\\]|$))|\x00")


# Also a part that is said to begin before the file does, and a name in no code.
_UNREADABLE: tuple[type[Exception], ...] = (*BROKEN, OSError, UnicodeDecodeError)


@contextmanager
def opened(source: bytes | Path) -> Iterator["Parts"]:
    """Open an archive. Raises Invalid `project.unreadable`, `project.too_large`, `project.outside`."""
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            _require_small(file)
            with zipfile.ZipFile(file) as archive:
                yield Parts(archive)
    except _UNREADABLE as error:
        raise Invalid("project.unreadable") from error


def _require_small(file: BinaryIO) -> None:
    """Refuse an archive, or a list of its files, that is too long: the list is read as one.

    The end record is found as `zipfile` finds it. One of ZIP64 is of more files, or of a larger
    archive, than we take.
    """
    size = file.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        raise too_large()
    file.seek(max(0, size - _END_SIZE - 0xFFFF))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if not (tail[at:].startswith(_END) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise Invalid("project.unreadable")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if listed > MAX_PARTS * _ENTRY_SIZE or tail[max(0, at - 20) : at].startswith(_END_64):
        raise too_large()
    file.seek(0)


class Parts:
    """The files of an archive by name in small letters, within one budget of unpacked bytes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        infos = [one for one in archive.infolist() if not one.is_dir()]
        if len(infos) > MAX_PARTS:
            raise too_large()
        if any(_OUTSIDE.search(one.orig_filename) for one in infos):
            raise Invalid("project.outside")
        self._by_name = {one.filename.replace("\\", "/").lower(): one for one in infos}
        self._left = MAX_READ_BYTES
        if len(self._by_name) != len(infos):
            raise Invalid("project.unreadable")

    def project(self) -> Element:
        """The root of the only `.qde` at the top."""
        found = [one for one in self._by_name if one.endswith(".qde") and "/" not in one]
        if len(found) != 1:
            raise Invalid("project.unreadable")
        return _parsed(self._read(found[0]))

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
            raise too_large()
        return content


def too_large() -> Invalid:
    """The refusal of what exceeds a limit."""
    return Invalid("project.too_large", most_mb=MAX_BYTES // (1024 * 1024))


def _parsed(content: bytes) -> Element:
    """The tree of a project file. Document types are refused, so that no entity is expanded."""
    try:
        sheets.refuse_document_types(content)
        events = ElementTree.iterparse(io.BytesIO(content), ("start", "end"))  # noqa: S314 (no document type, bounded size)
        count = depth = 0
        root: Element | None = None
        for event, element in events:
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            count, depth = count + 1, depth + 1
            if count > MAX_ELEMENTS or depth > MAX_DEPTH:
                raise Invalid("project.too_many", most=MAX_ELEMENTS)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Invalid("project.unreadable") from error
    except Invalid as error:
        raise (
            error if error.code == "project.too_many" else Invalid("project.unreadable")
        ) from error
    if root is None:
        raise Invalid("project.unreadable")
    return root
