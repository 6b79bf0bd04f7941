"""Transcripts that people bring: WebVTT, SRT, plain text or DOCX, told apart by content.

A stenographer's text has no times; what stands before a colon is a speaker if it is short, and goes
on being one until another is named. Of DOCX, a ZIP of XML files (ECMA-376, part 1), paragraphs and
tables are read, nothing is fetched or worked out, and its unpacked size is limited first.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from schemas.errors import Invalid
from server.domain import cues
from server.domain.archives import BROKEN
from server.domain.rewriting import tidy

MOST_BYTES = 1024 * 1024
MOST_PIECES = 20_000
MOST_CHARACTERS = 1_000
"""Of one piece: what is longer is parted at the end of a sentence."""
_MOST_UNPACKED = 32 * 1024 * 1024
_ENCODINGS = ("utf-8-sig", "gb18030")
_CLOCK = re.compile(
    r"^[\[(（【]?(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,]\d{1,3})?[\])）】]?\s*(.*)$", re.DOTALL
)
_NAMED = re.compile(r"^([^:：。！？.!?\d]{1,40})[:：]\s*(.*)$", re.DOTALL)
_UNREADABLE: tuple[type[Exception], ...] = (
    *BROKEN, KeyError, ValueError, PackageNotFoundError, SyntaxError,
)  # fmt: skip
"""What reading a document raises of one that is none; SyntaxError: of its XML."""
_SENTENCE = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+")


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of a transcript. start, end: seconds, None where it has no times."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None


def read(data: bytes) -> Sequence[Said]:
    """Return what a transcript says, in order.

    Raises Invalid: `script.too_large`, `script.unreadable`, `script.encoding`, `script.empty`.
    """
    if len(data) > MOST_BYTES:
        raise Invalid("script.too_large", most_kb=MOST_BYTES // 1024)
    if data.startswith(b"PK\x03\x04"):
        found = _in_order(_rows_of_document(data))
    else:
        text = _text(data)
        found = _timed(text) if "-->" in text else _in_order((row,) for row in _rows(text))
    pieces = [one for long in found for one in _parted(long)]
    if not pieces:
        raise Invalid("script.empty")
    if len(pieces) > MOST_PIECES:
        raise Invalid("script.too_large", most_kb=MOST_BYTES // 1024)
    return pieces


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Sequence[str] = ("utf-16",)
    elif b"\0" in data:
        raise Invalid("script.unreadable")
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one may be it
    raise Invalid("script.encoding")


def _rows(text: str) -> Iterator[str]:
    """The rows of a text. A first row that stands alone before an empty one is its title."""
    rows = [row.strip() for row in re.split(r"\r\n|[\r\n\u2028\u2029]", text)]
    has_title = len(rows) > 2 and bool(rows[0]) and not rows[1] and not _NAMED.match(rows[0])
    yield from (row for row in rows[1 if has_title else 0 :] if row)


def _timed(text: str) -> Sequence[Said]:
    return [Said(cue.speaker, tidy(cue.text), cue.start, cue.end) for cue in cues.read(text)]


def _in_order(rows: Iterator[tuple[str, ...]]) -> Sequence[Said]:
    """Rows of one cell (“[time] Name: words”) or of several (time, speaker, words)."""
    found: list[Said] = []
    speaker = ""
    for cells in rows:
        *before, words = cells
        start, rest = _clock(before.pop(0) if before else words)
        named = tidy(" ".join([rest, *before]) if len(cells) > 1 else "")
        if len(cells) == 1:
            match = _NAMED.match(rest)
            named, words = (tidy(match[1]), match[2]) if match else ("", rest)
        speaker = named or speaker
        if text := tidy(words):
            found.append(Said(speaker, text, start, None))
    return _only_timed_together(found)


def _only_timed_together(found: Sequence[Said]) -> Sequence[Said]:
    """Times count where every piece has one and they go on, else none does."""
    at = [one.start for one in found if one.start is not None]
    if len(at) < len(found) or at != sorted(at):
        return [Said(one.speaker, one.text) for one in found]
    ends = [*at[1:], at[-1] + len(found[-1].text) / 8] if found else []
    return [
        Said(one.speaker, one.text, one.start, max(end, one.start or 0.0))
        for one, end in zip(found, ends, strict=True)
    ]


def _clock(text: str) -> tuple[float | None, str]:
    match = _CLOCK.match(text)
    if match is None:
        return None, text
    hour, minute, second, rest = match.groups()
    return int(hour or 0) * 3600.0 + int(minute) * 60 + int(second), rest


def _rows_of_document(data: bytes) -> Iterator[tuple[str, ...]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_UNPACKED:
                raise Invalid("script.too_large", most_kb=MOST_BYTES // 1024)
            archive.getinfo("word/document.xml")
        document = Document(io.BytesIO(data))
        yield from list(_blocks(document.iter_inner_content()))
    except _UNREADABLE as error:
        raise Invalid("script.unreadable") from error


def _blocks(content: Iterator[Paragraph | Table]) -> Iterator[tuple[str, ...]]:
    for block in content:
        if isinstance(block, Table):
            for row in block.rows:
                cells = tuple(cell.text.strip() for cell in row.cells)
                if any(cells):
                    yield cells
        elif not (block.style and (block.style.name or "").startswith(("Heading", "Title"))):
            yield from ((row,) for row in _rows(block.text) if row)


def _parted(long: Said) -> Iterator[Said]:
    """A piece that is too long, in several; times are shared as the characters are."""
    if len(long.text) <= MOST_CHARACTERS:
        yield long
        return
    parts: list[str] = []
    for sentence in _SENTENCE.split(long.text):
        for at in range(0, max(1, len(sentence)), MOST_CHARACTERS):
            part = sentence[at : at + MOST_CHARACTERS]
            if parts and len(parts[-1]) + len(part) < MOST_CHARACTERS // 2:
                parts[-1] = f"{parts[-1]} {part}" if part[:1].isascii() else parts[-1] + part
            elif part.strip():
                parts.append(part)
    total, said = sum(map(len, parts)), 0
    for part in parts:
        start, end = long.start, long.end
        if long.start is not None and long.end is not None:
            whole = long.end - long.start
            start = long.start + whole * said / total
            end = long.start + whole * (said + len(part)) / total
        said += len(part)
        yield Said(long.speaker, tidy(part), start, end)
