"""A document as a DOCX file: the same sections, numbers and references as its page has."""

import io
import re

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from schemas.errors import Invalid
from schemas.session import Language
from web.documents.layouts import (
    BODY,
    NOTE,
    OVER,
    QUOTATION,
    SECTION,
    STATEMENT,
    TITLE,
    Layout,
    built_in,
)
from web.report_views import Quote, ReportView, Section, Statement, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped; people paste it."""


def write_docx(
    view: ReportView, layout: Layout, language: Language, template: bytes | None = None
) -> bytes:
    """Return the document as a DOCX file.

    template: a layout of the study's own, with the style names of `layouts`; its content comes
    first. Raises Invalid `document.template` with the style that it lacks, or `file`.
    """
    document = built_in(layout) if template is None else _opened(template)
    _check_styles(document)
    _running_lines(document, view)
    _add(document, view.over, OVER)
    _add(document, view.title, TITLE)
    for name, value in view.facts:
        _pair(document, name, value, BODY, language)
    if view.warning:
        _add(document, view.warning, BODY)
    for section in view.sections:
        _section(document, section, language)
    document.core_properties.title = _clean(view.title)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _opened(template: bytes) -> Document:
    try:
        return docx.Document(io.BytesIO(template))
    except Exception as error:  # zipfile, lxml and python-docx each raise their own
        raise Invalid("document.template", style="file") from error


def _check_styles(document: Document) -> None:
    known = {style.name for style in document.styles}
    for style in (TITLE, OVER, SECTION, STATEMENT, BODY, QUOTATION, NOTE):
        if style not in known:
            raise Invalid("document.template", style=style)


def _running_lines(document: Document, view: ReportView) -> None:
    """The marking, if any, stands above every page."""
    if not view.marking:
        return
    for section in document.sections:
        paragraph = section.header.paragraphs[0]
        paragraph.text = _clean(view.marking)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.first_line_indent = Pt(0)


def _section(document: Document, section: Section, language: Language) -> None:
    _add(document, _joined(section.number, section.title, language), SECTION)
    if section.intro:
        _add(document, section.intro, BODY)
    for statement in section.statements:
        _statement(document, statement, language)
    if section.table is not None:
        _table(document, section.table)
    if section.figure is not None:
        _add(document, section.figure.title, BODY)
        _table(document, section.figure.table)
    if not (section.statements or section.table or section.figure or section.intro):
        _add(document, section.empty, BODY)


def _statement(document: Document, statement: Statement, language: Language) -> None:
    kind = f" [{statement.kind_label}]" if statement.kind_label else ""
    text = _joined(statement.number, statement.text + kind, language)
    paragraph = _add(document, text, STATEMENT)
    if statement.struck:
        for run in paragraph.runs:
            run.font.strike = True
    for name, value in statement.notes:
        _pair(document, name, value, NOTE, language)
    for quote in statement.quotes:
        _quote(document, quote, language)


def _quote(document: Document, quote: Quote, language: Language) -> None:
    marks = ("「", "」") if language is Language.ZH else ("“", "”")
    marks = ("“", "”") if language is Language.ZH and quote.language == "zh" else marks
    paragraph = _add(document, f"{marks[0]}{quote.text}{marks[1]}", QUOTATION)
    where = ", ".join(part for part in (quote.by, quote.reference.label) if part)
    source = f"（{where}）" if language is Language.ZH else f" ({where})"
    paragraph.add_run(_clean(source))


def _pair(document: Document, name: str, value: str, style: str, language: Language) -> None:
    colon = "：" if language is Language.ZH else ": "
    paragraph = document.add_paragraph(style=style)
    paragraph.add_run(_clean(f"{name}{colon}" if value else name)).bold = True
    paragraph.add_run(_clean(value))


def _table(document: Document, table: Table) -> None:
    made = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    for cell, text in zip(made.rows[0].cells, table.head, strict=True):
        _fill(cell.paragraphs[0], text, bold=True)
    for row in table.rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            _fill(cell.paragraphs[0], text)


def _fill(paragraph: Paragraph, text: str, *, bold: bool = False) -> None:
    run = paragraph.add_run(_clean(text))
    run.bold, run.font.size = bold, Pt(10.5)
    shape = paragraph.paragraph_format
    shape.first_line_indent, shape.line_spacing, shape.space_after = Pt(0), 1.0, Pt(2)


def _add(document: Document, text: str, style: str) -> Paragraph:
    return document.add_paragraph(_clean(text), style=style)


def _joined(number: str, text: str, language: Language) -> str:
    space = "" if language is Language.ZH or not number else " "
    return f"{number}{space}{text}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
