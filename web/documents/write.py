"""A document as a DOCX file: the blocks of `flow` in the named styles of a layout."""

import io
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Emu, Length, Pt
from docx.table import _Row as DocxRow

from schemas.errors import Invalid
from schemas.session import Language
from web.documents.flow import Block, Paragraph, Run, Style, flow, widths
from web.documents.layouts import Layout, built_in
from web.documents.pictures import add_figure, room
from web.report_views import Figure, ReportView, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped; people paste it."""


def write_docx(
    view: ReportView,
    layout: Layout,
    language: Language,
    template: bytes | None = None,
    pictures: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """Return the document as a DOCX file.

    template: a layout of the study's own, with the style names of `layouts`; its content comes
    first. pictures: each figure as PNG by its id; one that has none is left to its table. Raises Invalid `document.template` with the style that it lacks, or `file`.
    """
    document = built_in(layout) if template is None else _opened(template)
    _check_styles(document)
    _running_lines(document, view)
    styles = {one: str(document.styles[one.value].style_id) for one in Style}
    for block in flow(view, layout, language):
        _add(document, block, styles, pictures)
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
    """The marking, if any, stands above every page, whatever kinds of page a layout has."""
    if not view.marking:
        return
    two_kinds = document.settings.odd_and_even_pages_header_footer
    for section in document.sections:
        headers = [section.header]
        if two_kinds:
            headers.append(section.even_page_header)
        if section.different_first_page_header_footer:
            headers.append(section.first_page_header)
        for header in headers:
            paragraph = header.paragraphs[0]
            paragraph.text = _clean(view.marking)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.first_line_indent = Pt(0)


def _add(
    document: Document, block: Block, styles: Mapping[Style, str], pictures: Mapping[str, bytes]
) -> None:
    match block:
        case Paragraph():
            _paragraph(document, block, styles)
        case Table():
            _table(document, block)
        case Figure():
            if block.id in pictures:
                add_figure(document, block, pictures[block.id])
            caption = (Run(block.title, bold=True), Run(f" {block.description}"))
            _paragraph(document, Paragraph(Style.NOTE, caption), styles)


def _paragraph(document: Document, block: Paragraph, styles: Mapping[Style, str]) -> None:
    paragraph = document.add_paragraph()
    paragraph._p.style = styles[block.style]  # by its id: by name each costs a look at all styles
    if block.leads:
        paragraph.paragraph_format.keep_with_next = True
    for one in block.runs:
        run = paragraph.add_run(_clean(one.text))
        if one.bold:
            run.bold = True
        if one.struck:
            run.font.strike = True


def _table(document: Document, table: Table) -> None:
    made = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    made.autofit = False
    parts, whole = widths(table), room(document.sections[-1])[0]
    columns = [Emu(whole * part // sum(parts)) for part in parts]
    for column, width in zip(made.columns, columns, strict=True):
        column.width = width
    _row(made.rows[0], table.head, columns, bold=True)
    for row in table.rows:
        _row(made.add_row(), row, columns)
    repeated = OxmlElement("w:tblHeader")  # the head stands on each page that the table reaches
    made.rows[0]._tr.get_or_add_trPr().append(repeated)
    document.add_paragraph()  # two tables without one between them would become one


def _row(row: DocxRow, texts: Sequence[str], columns: Sequence[Emu], *, bold: bool = False) -> None:
    for cell, text, width in zip(row.cells, texts, columns, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(_clean(text))
        run.bold, run.font.size = bold, Pt(10.5)
        shape = paragraph.paragraph_format
        shape.first_line_indent, shape.line_spacing, shape.space_after = Pt(0), 1.0, Pt(2)
        off = OxmlElement("w:snapToGrid")
        off.set(qn("w:val"), "0")
        properties = paragraph._p.get_or_add_pPr()
        properties.insert_element_before(off, "w:spacing", "w:ind", "w:jc", "w:rPr")
        properties.append(_mark(run.font.size))


def _mark(size: Length) -> BaseOxmlElement:
    """The size of a paragraph's end, which an empty cell is as high as."""
    mark, measure = OxmlElement("w:rPr"), OxmlElement("w:sz")
    measure.set(qn("w:val"), str(round(size.pt * 2)))
    mark.append(measure)
    return mark


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
