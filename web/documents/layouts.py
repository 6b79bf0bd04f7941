"""The built-in layouts of DOCX files: a plain one, and that of Chinese official documents.

A layout is a document with nothing but styles, page and running lines. Who wants another one
puts a `.docx` of the same style names in its place (`Style` in `flow`).

The official layout follows GB/T 9704-2012 where it concerns an inner page: A4, margins of 37 mm
above and 28 mm inside, 22 lines of 28 characters, body 16 pt FangSong, title 22 pt, headings
HeiTi, KaiTi, FangSong, page number between dashes, odd pages on the right, even ones on the left. Fonts are named with one to fall back to.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph


class Layout(StrEnum):
    """Which layout a document has."""

    PLAIN = "plain"
    OFFICIAL = "official"


TITLE, OVER, SECTION, STATEMENT = "Title", "Subtitle", "Heading 1", "Heading 2"
BODY, QUOTATION, NOTE = "Normal", "Quote", "List Paragraph"


@dataclass(frozen=True, slots=True)
class Face:
    """A style's face: fonts for Latin and Chinese, size in points and weight."""

    latin: str
    chinese: str
    points: float
    bold: bool = False
    indent_characters: int = 0
    centred: bool = False


_PLAIN: Mapping[str, Face] = {
    BODY: Face("Calibri", "微软雅黑", 11),
    TITLE: Face("Calibri", "微软雅黑", 20, bold=True),
    OVER: Face("Calibri", "微软雅黑", 12),
    SECTION: Face("Calibri", "微软雅黑", 14, bold=True),
    STATEMENT: Face("Calibri", "微软雅黑", 11.5, bold=True),
    QUOTATION: Face("Calibri", "微软雅黑", 10.5),
    NOTE: Face("Calibri", "微软雅黑", 10.5),
}
_OFFICIAL: Mapping[str, Face] = {
    BODY: Face("Times New Roman", "仿宋_GB2312", 16, indent_characters=2),
    TITLE: Face("Times New Roman", "方正小标宋简体", 22, centred=True),
    OVER: Face("Times New Roman", "楷体_GB2312", 16, centred=True),
    SECTION: Face("Times New Roman", "黑体", 16, indent_characters=2),
    STATEMENT: Face("Times New Roman", "楷体_GB2312", 16, indent_characters=2),
    QUOTATION: Face("Times New Roman", "仿宋_GB2312", 16, indent_characters=2),
    NOTE: Face("Times New Roman", "仿宋_GB2312", 16, indent_characters=2),
}
FALLBACK: Mapping[str, tuple[str, ...]] = {
    "仿宋_GB2312": ("FangSong", "FangSong_GB2312", "仿宋", "STFangsong"),
    "方正小标宋简体": ("SimSun", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "宋体", "STSong"),
    "楷体_GB2312": ("KaiTi", "KaiTi_GB2312", "楷体", "STKaiti"),
    "黑体": ("SimHei", "STHeiti"),
    "微软雅黑": ("Noto Sans CJK SC", "Microsoft YaHei"),
}
"""What is taken where the named font is missing, best first; a DOCX file names the first."""

LINES, CHARACTERS = 22, 28
TEXT_HEIGHT, TEXT_WIDTH = 225, 156
"""Millimetres of the official page inside its margins."""


def faces(layout: Layout) -> Mapping[str, Face]:
    """Return the face of each style in a built-in layout."""
    return _OFFICIAL if layout is Layout.OFFICIAL else _PLAIN


def built_in(layout: Layout) -> Document:
    """Return an empty document in this layout."""
    document = docx.Document()
    for name, face in faces(layout).items():
        _dress(document, name, face)
    _page(document, layout)
    if layout is Layout.OFFICIAL:
        _grid(document)
        _exact_lines(document)
    _fallbacks(document)
    section = document.sections[0]
    if layout is Layout.OFFICIAL:
        document.settings.odd_and_even_pages_header_footer = True
        _page_number(section.footer.paragraphs[0], layout, WD_ALIGN_PARAGRAPH.RIGHT)
        _page_number(section.even_page_footer.paragraphs[0], layout, WD_ALIGN_PARAGRAPH.LEFT)
    else:
        _page_number(section.footer.paragraphs[0], layout, WD_ALIGN_PARAGRAPH.CENTER)
    return document


def _dress(document: Document, name: str, face: Face) -> None:
    style = document.styles[name]
    assert isinstance(style, ParagraphStyle)
    style.font.name, style.font.size = face.latin, Pt(face.points)
    style.font.bold, style.font.italic = face.bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for side in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{side}"), None)
    fonts.set(qn("w:eastAsia"), face.chinese)
    shape = style.paragraph_format
    shape.space_before = Pt(10 if name == SECTION and not face.indent_characters else 0)
    shape.space_after = Pt(0 if face.indent_characters or face.centred else 5)
    shape.keep_with_next = name in (SECTION, STATEMENT)
    if face.indent_characters:
        shape.first_line_indent = Pt(face.points * face.indent_characters)
        shape.left_indent = Pt(0)
    elif name in (QUOTATION, NOTE):
        shape.left_indent, shape.first_line_indent = Pt(14), Pt(0)
    shape.alignment = WD_ALIGN_PARAGRAPH.CENTER if face.centred else WD_ALIGN_PARAGRAPH.LEFT
    for border in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
        border.getparent().remove(border)


def _page(document: Document, layout: Layout) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    if layout is Layout.OFFICIAL:
        section.top_margin, section.left_margin = Mm(37), Mm(28)
        section.bottom_margin = Mm(297 - 37 - TEXT_HEIGHT)
        section.right_margin = Mm(210 - 28 - TEXT_WIDTH)
        section.footer_distance = Mm(297 - 37 - TEXT_HEIGHT - 7)
    else:
        section.top_margin = section.bottom_margin = Mm(22)
        section.left_margin = section.right_margin = Mm(22)


def _grid(document: Document) -> None:
    """22 lines a page, in twentieths of a point, by the grid; 28 characters by the styles.

    A grid of characters would say both, but programs differ where the pitch is below the font's
    size: Word sets closer, LibreOffice gives each character two cells.
    """
    properties = document.sections[0]._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(TEXT_HEIGHT / 25.4 * 1440 / LINES)))
    properties.append(grid)
    for name, face in _OFFICIAL.items():
        if face.indent_characters:
            spacing = OxmlElement("w:spacing")
            pitch = TEXT_WIDTH / 25.4 * 1440 / CHARACTERS
            spacing.set(qn("w:val"), str(math.floor(pitch - face.points * 20)))
            document.styles[name].element.get_or_add_rPr().insert_element_before(
                spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs"
            )


def _exact_lines(document: Document) -> None:
    """One line of the grid for each line of text, whatever font stands in for the named one."""
    for name in _OFFICIAL:
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        pitch = TEXT_HEIGHT / 25.4 * 72 / LINES
        style.paragraph_format.line_spacing = Pt(pitch * (1.25 if name == TITLE else 1))


def _fallbacks(document: Document) -> None:
    """Say in the font table what may stand in for a font that is not installed."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            part = relation.target_part
            names = b"".join(
                f'<w:font w:name="{name}"><w:altName w:val="{others[0]}"/></w:font>'.encode()
                for name, others in FALLBACK.items()
            )
            part._blob = part.blob.replace(
                b"</w:fonts>", names + b"</w:fonts>"
            )  # python-docx has none of its own


def _page_number(paragraph: Paragraph, layout: Layout, side: WD_ALIGN_PARAGRAPH) -> None:
    """The number of the page, in the official layout between dashes a character from the edge."""
    paragraph.alignment = side
    shape = paragraph.paragraph_format
    shape.first_line_indent = Pt(0)
    if layout is Layout.OFFICIAL:
        shape.left_indent = shape.right_indent = Pt(14)
    dash = "— " if layout is Layout.OFFICIAL else ""
    run = paragraph.add_run(dash)
    run.font.size = Pt(14 if layout is Layout.OFFICIAL else 9)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
    closing = paragraph.add_run(dash[::-1])
    closing.font.size = run.font.size
