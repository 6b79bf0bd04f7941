"""Tables that people bring: CSV as spreadsheets and survey tools write it, or XLSX.

Only text comes out: formulas are read as the value they last had, never worked out. An XLSX file
is a ZIP of XML files (ECMA-376, parts 1 and 2); of it this reads the first sheet, with limits on
everything that could be made to grow, and refuses document types, so that no entity is expanded.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.parsers import expat

from schemas.errors import Invalid
from server.domain import archives

MAX_BYTES = 1024 * 1024
MAX_UNPACKED_BYTES = 32 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 32_767
MAX_ELEMENTS = 1_500_000
"""Of an XML part; each takes a hundred bytes of memory, and a few bytes of a file."""

Sheet = Sequence[Sequence[str]]
"""Rows of cells; rows may differ in length."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"([A-Z]{1,3})\d+")
_ENCODINGS = ("utf-8-sig", "gb18030")


def read(data: bytes) -> Sheet:
    """Return the rows of a CSV or XLSX file, told apart by content.

    Raises Invalid `sheet.too_large`, `sheet.unreadable` or `sheet.encoding`.
    """
    if len(data) > MAX_BYTES:
        raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
    if data.startswith(b"PK\x03\x04"):
        return _xlsx(data)
    return parse(decoded(data))


def parse(text: str) -> Sheet:
    """Return the rows of a table in a text: separated by commas, semicolons or tabs.

    Raises Invalid `sheet.too_large` or `sheet.unreadable`.
    """
    first = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    separator = max("\t;,", key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator):
            if len(rows) >= MAX_ROWS or len(row) > MAX_COLUMNS:
                raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
            rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        raise Invalid("sheet.unreadable") from error
    return rows


def written(sheet: Sheet) -> str:
    """Return the table as CSV text that `parse` reads again."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(sheet)
    return out.getvalue()


def decoded(data: bytes) -> str:
    """Return the text of a file as spreadsheets and editors write it. Raises Invalid `sheet.encoding`."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid("sheet.encoding")


def _xlsx(data: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            strings = _shared(archive) if "xl/sharedStrings.xml" in names else []
            sheets = sorted(
                (name for name in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
                key=lambda name: (len(name), name),
            )
            if not sheets:
                raise Invalid("sheet.unreadable")
            return list(_rows(_root(archive, sheets[0]), strings))
    except archives.BROKEN as error:
        raise Invalid("sheet.unreadable") from error


def _shared(archive: zipfile.ZipFile) -> list[str]:
    root = _root(archive, "xl/sharedStrings.xml")
    return [_joined(item) for item in root.findall(f"{_MAIN}si")]


def _root(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as part:
        content = part.read(MAX_UNPACKED_BYTES + 1)
    if len(content) > MAX_UNPACKED_BYTES:
        raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
    refuse_document_types(content)
    try:
        return ElementTree.fromstring(content)  # noqa: S314 (no document type, bounded size)
    except ElementTree.ParseError as error:
        raise Invalid("sheet.unreadable") from error


def refuse_document_types(content: bytes) -> None:
    """Pass for XML of a size without a document type, so that no entity is ever expanded.

    Raises Invalid `sheet.unreadable`, or `sheet.too_large` where it has too many elements.
    """
    parser, count = expat.ParserCreate(), 0

    def refuse(*_: object) -> None:
        raise Invalid("sheet.unreadable")

    def begin(*_: object) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS:
            raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Invalid("sheet.unreadable") from error


def _rows(root: ElementTree.Element, strings: Sequence[str]) -> Iterator[list[str]]:
    for number, row in enumerate(root.iter(f"{_MAIN}row")):
        if number >= MAX_ROWS:
            raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
        cells: list[str] = []
        for cell in row.findall(f"{_MAIN}c"):
            place = _column(cell.get("r", ""), len(cells))
            if place >= MAX_COLUMNS:
                raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
            cells.extend([""] * (place + 1 - len(cells)))
            cells[place] = _value(cell, strings)
        yield cells


def _column(reference: str, otherwise: int) -> int:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return otherwise
    number = 0
    for letter in match.group(1):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: ElementTree.Element, strings: Sequence[str]) -> str:
    if cell.get("t") == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return "" if inline is None else _joined(inline)
    text = cell.findtext(f"{_MAIN}v") or ""
    if cell.get("t") == "s":
        is_place = text.isascii() and text.isdigit() and len(text) < 10
        place = int(text) if is_place else len(strings)
        if place >= len(strings):
            raise Invalid("sheet.unreadable")
        return strings[place]
    if cell.get("t") in (None, "n") and text.endswith(".0"):
        text = text[:-2]
    return text.strip()[:MAX_CELL]


def _joined(item: ElementTree.Element) -> str:
    """The text of a string, of its runs too, without the readings above characters."""
    runs = [item.findtext(f"{_MAIN}t") or ""]
    runs += [run.findtext(f"{_MAIN}t") or "" for run in item.findall(f"{_MAIN}r")]
    return "".join(runs).strip()[:MAX_CELL]
