"""Tables as CSV and XLSX that no spreadsheet takes for formulas.

A cell that a spreadsheet would work out is text in XLSX, and begins with an apostrophe in CSV, as
OWASP advises against CSV injection; `unguarded` takes that apostrophe away again on import.
"""

import csv
import io
import re

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from server.domain.sheets import Sheet

_RISKY = re.compile("'*[=+\\-@\t\r]")


def guarded(cell: str) -> str:
    """Return a cell that begins like a formula, or like a guarded one, behind an apostrophe."""
    return f"'{cell}" if _RISKY.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return what `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def csv_bytes(sheet: Sheet) -> bytes:
    """Return the table as CSV; spreadsheets take it for UTF-8 by its mark alone."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [guarded(cell) for cell in row] for row in sheet
    )
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(sheet: Sheet, title: str) -> bytes:
    """Return the table as a workbook of one sheet, every cell a text, the first row held still."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for at, row in enumerate(sheet, start=1):
        for column, text in enumerate(row, start=1):
            cell = page.cell(at, column)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
            cell.data_type = "s"  # never a formula
    page.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
