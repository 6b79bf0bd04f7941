"""A document as a DOCX file: the blocks of `flow` in the named styles of a layout."""

import io
import re

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from schemas.errors import Invalid
from schemas.session import Language
from web.documents.flow import Block, Paragraph, Run, Style, flow
from web.documents.layouts import Layout, built_in
from web.report_views import Figure, ReportView, Table

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
    for block in flow(view, layout, language):
        _add(document, block)
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
    for style in Style:
        if style not in known:
            raise Invalid("document.template", style=style.value)


def _running_lines(document: Document, view: ReportView) -> None:
    """The marking, if any, stands above every page."""
    if not view.marking:
        return
    for section in document.sections:
        paragraph = section.header.paragraphs[0]
        paragraph.text = _clean(view.marking)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.first_line_indent = Pt(0)


def _add(document: Document, block: Block) -> None:
    match block:
        case Paragraph():
            _paragraph(document, block)
        case Table():
            _table(document, block)
        case Figure():
            _paragraph(document, Paragraph(Style.BODY, (Run(block.title),)))


def _paragraph(document: Document, block: Paragraph) -> None:
    paragraph = document.add_paragraph(style=block.style.value)
    for one in block.runs:
        run = paragraph.add_run(_clean(one.text))
        if one.bold:
            run.bold = True
        if one.struck:
            run.font.strike = True


def _table(document: Document, table: Table) -> None:
    made = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    for cell, text in zip(made.rows[0].cells, table.head, strict=True):
        _fill(cell.paragraphs[0], text, bold=True)
    for row in table.rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            _fill(cell.paragraphs[0], text)


def _fill(paragraph: DocxParagraph, text: str, *, bold: bool = False) -> None:
    run = paragraph.add_run(_clean(text))
    run.bold, run.font.size = bold, Pt(10.5)
    shape = paragraph.paragraph_format
    shape.first_line_indent, shape.line_spacing, shape.space_after = Pt(0), 1.0, Pt(2)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
