"""Codebooks that people bring, as one table: CSV and XLSX as we write them, `.qdc` of any tool.

A cell that is empty says nothing, so that it changes nothing. Of a `.qdc` (REFI-QDA 1.0) codes are
read with their places; what our own export put into descriptions is found again. Formats are told
apart by content, never by name, and nothing is unpacked to a file.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from schemas.errors import Invalid
from schemas.taxonomy import EntryKind, Scope
from server.domain import sheets
from server.domain.formats import cells
from server.domain.formats.refi import ORIGIN
from server.domain.sheets import MAX_BYTES, Sheet

COLUMNS = (
    "id", "parent", "kind", "label_en", "label_zh", "definition_en", "definition_zh", "scope",
    "scope_reason",
)  # fmt: skip
MAX_DEPTH = 40
"""How deep codes may nest; the deepest codebook that we know has seven levels."""

_NAMES = {
    "guid": "id",
    "编号": "id",
    "上级": "parent",
    "类型": "kind",
    "label": "label",
    "name": "label",
    "tag": "label",
    "标签": "label_zh",
    "名称": "label_zh",
    "definition": "definition",
    "description": "definition",
    "定义": "definition_zh",
}
_HAN = re.compile(r"[\u3400-\u9fff]")
_MARKED = re.compile(r"^\[(en|zh) (label|definition)\] ", re.MULTILINE)
_FACTS = re.compile(r"\n?\[(\w+); (\w+)(?:; (.*))?\]\Z")


def read(data: bytes) -> Sheet:
    """Return a codebook as a table: `COLUMNS` first, then one entry in each row.

    Raises Invalid `sheet.too_large`, `sheet.unreadable`, `sheet.encoding`, `codebook.columns` or
    `codebook.unreadable`.
    """
    if len(data) > MAX_BYTES:
        raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
    if data.startswith(b"PK\x03\x04"):
        return _arranged(sheets.read(data))
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"):
        return _coded(data)
    return parse(sheets.decoded(data))


def parse(text: str) -> Sheet:
    """Return the same of CSV text, whose guard against formulas is taken away. Raises as `read`."""
    return _arranged([[cells.unguarded(cell) for cell in row] for row in sheets.parse(text)])


def written(sheet: Sheet) -> str:
    """Return the table as text that `parse` reads again, behind the guard against formulas."""
    return sheets.written([[cells.guarded(cell) for cell in row] for row in sheet])


def _arranged(sheet: Sheet) -> Sheet:
    """The table with our columns in our order; a text of no language goes to that of its letters."""
    if not sheet:
        raise Invalid("codebook.columns")
    head = [_NAMES.get(name.lower(), name.lower()) for name in sheet[0]]
    if not {"label", "label_en", "label_zh"} & {*head}:
        raise Invalid("codebook.columns")
    rows = [list(COLUMNS)]
    for row in sheet[1:]:
        told = dict(zip(head, (_unix(cell) for cell in row), strict=False))
        if not any(told.values()):
            continue
        language = "zh" if _HAN.search(told.get("label", "")) else "en"
        for name in ("label", "definition"):
            text = told.get(name, "")
            into = f"{name}_{language}"
            told[into] = told.get(into) or text
        rows.append([told.get(column, "") for column in COLUMNS])
    return rows


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _coded(data: bytes) -> Sheet:
    root = _root(data)
    if _tag(root) != "CodeBook":
        raise Invalid("codebook.unreadable")
    is_ours = root.get("origin") == ORIGIN
    rows = [list(COLUMNS)]
    for code, parent in _codes(root):
        if is_ours and parent == "" and code.get("isCodable") == "false" and not len(code):
            continue  # stands for a study without entries, because the schema wants one code
        rows.append(_row(code, parent, is_ours=is_ours))
        if len(rows) > sheets.MAX_ROWS:
            raise Invalid("sheet.too_large", most_kb=MAX_BYTES // 1024)
    return rows


def _root(data: bytes) -> Element:
    try:
        sheets.refuse_document_types(data)
        return ElementTree.fromstring(data)  # noqa: S314 (no document type, bounded size)
    except (Invalid, ElementTree.ParseError, LookupError, ValueError) as error:
        raise Invalid("codebook.unreadable") from error


def _codes(root: Element) -> Iterator[tuple[Element, str]]:
    """Each code with the GUID of the one above it, in the order of the file."""
    ahead = [(top, "", 1) for part in root if _tag(part) == "Codes" for top in part][::-1]
    while ahead:
        code, parent, depth = ahead.pop()
        if _tag(code) != "Code":
            continue
        guid = code.get("guid", "")
        if depth > MAX_DEPTH or not guid:
            raise Invalid("codebook.unreadable")
        yield code, parent
        ahead += [(one, guid, depth + 1) for one in reversed(code)]


def _row(code: Element, parent: str, *, is_ours: bool) -> list[str]:
    description = next((one.text or "" for one in code if _tag(one) == "Description"), "")
    is_place = any(_tag(one) == "Code" for one in code) or not parent
    kind = EntryKind.CATEGORY if is_place else EntryKind.PROBLEM
    return row(
        code.get("guid", ""), parent, code.get("name", ""), description, kind=kind.value,
        is_ours=is_ours,
    )  # fmt: skip


def row(
    guid: str, parent: str, name: str, description: str, *, kind: str, is_ours: bool
) -> list[str]:
    """Return a code as a row of the table. is_ours: our own export wrote it, and marks say the kind."""
    name = _unix(name)
    told = {"id": guid, "parent": parent}
    rest = _unix(description)
    language = "zh" if _HAN.search(name) else "en"
    if is_ours:
        rest, marked = _facts(rest, told)
        if marked:
            language = "zh" if marked == "en" else "en"
    else:
        told["kind"] = kind
    told[f"label_{language}"] = name
    told[f"definition_{language}"] = rest
    return [told.get(column, "") for column in COLUMNS]


def _facts(description: str, told: dict[str, str]) -> tuple[str, str]:
    """Take out what our export marked; return the definition, and the language of the marked texts."""
    facts = _FACTS.search(description)
    if facts and facts[1] in {*EntryKind} and facts[2] in {*Scope}:
        description = description[: facts.start()]
        told |= {"kind": facts[1], "scope": facts[2], "scope_reason": facts[3] or ""}
    pieces = _MARKED.split(description)
    marked = ""
    for language, field, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        told[f"{field}_{language}"] = text.strip()
        marked = language
    return pieces[0].strip(), marked


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]
