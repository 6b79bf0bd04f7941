"""The text of a file that somebody brings: plain text, Markdown, DOCX or PDF, told by content.

Nothing of a file is run or followed. DOCX is a ZIP of XML files (ECMA-376): only the main part is
read, bounded, without document types. PDF is read in a process of its own (`pdf_text`).
"""

import io
import sys
import zipfile
from dataclasses import dataclass
from subprocess import PIPE
from xml.etree import ElementTree

from anyio import fail_after, run_process, to_thread

from schemas.errors import Invalid
from server.domain import archives, sheets
from server.services.pdf_text import Outcome

MAX_FILE_BYTES = 24 * 1024 * 1024
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
PDF_SECONDS = 60.0

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN_PART = "word/document.xml"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file's text. wrapped: its lines end where the page was full."""

    text: str
    wrapped: bool = False


async def text_of(data: bytes) -> Extracted:
    """Return the text of a file.

    Raises Invalid: `file.empty`, `file.too_large` {most_mb}, `file.old_word`, `file.kind`,
    `file.broken`, `file.encrypted`, `file.too_much`, `file.no_text`, `sheet.encoding`.
    """
    if not data.strip():
        raise Invalid("file.empty")
    if len(data) > MAX_FILE_BYTES:
        raise Invalid("file.too_large", most_mb=MAX_FILE_BYTES // 1024 // 1024)
    if b"%PDF-" in data[:1024]:
        found = Extracted(await _pdf(data), wrapped=True)
    elif data.startswith(b"PK\x03\x04"):
        found = Extracted(await to_thread.run_sync(_docx, data))
    elif data.startswith(_OLD_OFFICE):
        raise Invalid("file.old_word")
    else:
        found = Extracted(_plain(data))
    if not found.text.strip():
        raise Invalid("file.no_text")
    return found


def _plain(data: bytes) -> str:
    if data[:1024].translate(None, b"\t\n\r\f\x1b").translate(None, bytes(range(32, 256))) and (
        not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        raise Invalid("file.kind")
    return sheets.decoded(data)


async def _pdf(data: bytes) -> str:
    command = [sys.executable, "-m", "server.services.pdf_text"]
    try:
        with fail_after(PDF_SECONDS):
            done = await run_process(command, input=data, stderr=PIPE, check=False)
    except TimeoutError as error:
        raise Invalid("file.too_much") from error
    match done.returncode:
        case Outcome.READ:
            return done.stdout.decode("utf-8")
        case Outcome.ENCRYPTED:
            raise Invalid("file.encrypted")
        case Outcome.BROKEN:
            raise Invalid("file.broken")
        case _:  # its own limit, or the system ended it at one
            raise Invalid("file.too_much")


def _docx(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _MAIN_PART not in archive.namelist():
                raise Invalid("file.kind")
            with archive.open(_MAIN_PART) as part:
                content = part.read(MAX_UNPACKED_BYTES + 1)
    except archives.BROKEN as error:
        raise Invalid("file.broken") from error
    if len(content) > MAX_UNPACKED_BYTES:
        raise Invalid("file.too_much")
    try:
        sheets.refuse_document_types(content)
        root = ElementTree.fromstring(content)  # noqa: S314 (no document type, bounded size)
    except Invalid as error:
        is_large = error.code == "sheet.too_large"
        raise Invalid("file.too_much" if is_large else "file.broken") from error
    except ElementTree.ParseError as error:
        raise Invalid("file.broken") from error
    return "\n\n".join(filter(None, map(_paragraph, root.iter(f"{_WORD}p"))))


def _paragraph(paragraph: ElementTree.Element) -> str:
    """The words of a paragraph; a heading is marked as Markdown marks it."""
    pieces: list[str] = []
    for part in paragraph.iter():
        if part.tag == f"{_WORD}t":
            pieces.append(part.text or "")
        elif part.tag in (f"{_WORD}tab", f"{_WORD}br"):
            pieces.append(" ")
    text = "".join(pieces).strip()
    style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    name = "" if style is None else (style.get(f"{_WORD}val") or "").casefold()
    is_heading = name.startswith(("heading", "title", "标题")) or name in set("123456")
    return f"# {text}" if text and is_heading else text
