"""A figure in a DOCX file: an SVG drawing with a picture beside it, for programs without SVG.

As office programs write it: the picture is what `a:blip` embeds, the drawing hangs on it as an
extension (MS-ODRAWXML 2.3.9, `svgBlip`), and both are parts of the file.
"""

import io

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section
from docx.shared import Emu, Mm, Pt

from web.figure_svg import svg
from web.report_views import Figure

EMU_A_PIXEL = 9525
_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_SVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_CAPTION_POINTS = 110


def add_figure(document: Document, figure: Figure, png: bytes) -> None:
    """Add a figure in a paragraph of its own, as wide as it is or as the page allows."""
    across, down = room(document.sections[-1])
    down -= Pt(_CAPTION_POINTS)
    scale = min(1.0, across / (figure.width * EMU_A_PIXEL), down / (figure.height * EMU_A_PIXEL))
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(0)
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(
        io.BytesIO(png), width=Emu(int(figure.width * EMU_A_PIXEL * scale))
    )
    named = shape._inline.docPr
    named.set("title", figure.title)
    named.set("descr", f"{figure.title}. {figure.description}")
    _hang(document, figure, shape._inline.graphic.graphicData.pic.blipFill.blip)


def room(section: Section) -> tuple[int, int]:
    """Return how wide and high a page is inside its margins, in EMU."""
    edges = (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)
    left, right, top, bottom = (0 if one is None else int(one) for one in edges)
    width, height = section.page_width or Mm(210), section.page_height or Mm(297)
    return width - left - right, height - top - bottom


def _hang(document: Document, figure: Figure, blip: BaseOxmlElement) -> None:
    """Add the drawing as a part of its own and hang it on the picture."""
    package = document.part.package
    assert package is not None
    name = PackURI(f"/word/media/figure-{len(list(package.iter_parts()))}.svg")
    part = Part(name, "image/svg+xml", svg(figure).encode(), package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip.append(
        parse_xml(
            '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
            ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f'<a:ext uri="{_EXTENSION}"><asvg:svgBlip xmlns:asvg="{_SVG}" r:embed="{relation}"/>'
            "</a:ext></a:extLst>"
        )
    )
