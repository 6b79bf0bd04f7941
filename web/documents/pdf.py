"""A document as a PDF file: the blocks of `flow`, told to Typst with the faces of the same layouts.

Texts and drawings go to `document.typ` as data, so nothing that a person wrote is markup there.
`typeset` sets them, in a process of its own.
"""

import json
from collections.abc import Mapping, Sequence

from schemas.session import Language
from web.documents.flow import Block, Paragraph, Style, flow, widths
from web.documents.layouts import (
    CHARACTERS,
    FALLBACK,
    LINES,
    TEXT_HEIGHT,
    TEXT_WIDTH,
    Face,
    Layout,
    faces,
)
from web.figure_svg import svg
from web.report_views import Figure, ReportView, Table

MEDIA_TYPE = "application/pdf"
SERIF, SANS = "Noto Serif SC", "Noto Sans SC"
_LATIN = {"Times New Roman": "Libertinus Serif"}
"""Typst brings this one along."""
_STAND_INS = {"黑体": SANS, "微软雅黑": SANS}
_LEVELS: Mapping[str, int] = {Style.SECTION: 1, Style.STATEMENT: 2}
_ABOVE: Mapping[str, int] = {Style.SECTION: 16, Style.STATEMENT: 9}
_POINTS_A_PIXEL = 0.75


def pdf_data(view: ReportView, layout: Layout, language: Language) -> str:
    """Return what `document.typ` sets: the whole document with its faces, as JSON."""
    told = {
        "title": view.title,
        "language": language.value,
        "marking": view.marking,
        "sheet": _sheet(layout),
        "faces": _faces(layout),
        "blocks": [_told(one, layout) for one in flow(view, layout, language)],
    }
    return json.dumps(told, ensure_ascii=False)


def _sheet(layout: Layout) -> Mapping[str, object]:
    if layout is Layout.PLAIN:
        edge = {"top": 22, "bottom": 22, "left": 22, "right": 22}
        return edge | {"pitch": 0, "running": 9, "dashes": False}
    edge = {"top": 37, "bottom": 297 - 37 - TEXT_HEIGHT, "left": 28, "right": 210 - 28 - TEXT_WIDTH}
    pitch = TEXT_HEIGHT / 25.4 * 72 / LINES
    return edge | {"pitch": pitch, "running": 14, "dashes": True}


def _faces(layout: Layout) -> Mapping[str, Mapping[str, object]]:
    every = faces(layout)
    found = {name: _face(name, face, layout) for name, face in every.items()}
    body = every[Style.BODY]
    cell = Face(body.latin, body.chinese, 10.5 if layout is Layout.OFFICIAL else 9)
    strong = every[Style.SECTION if layout is Layout.OFFICIAL else Style.BODY]
    running = Face(body.latin, "宋体", body.points)
    for name, face in (("cell", cell), ("strong", strong), ("running", running)):
        found[name] = _face(name, face, layout)
    return found


def _face(name: str, face: Face, layout: Layout) -> Mapping[str, object]:
    """A face as the template takes it; of its fonts those count that are there."""
    is_official = layout is Layout.OFFICIAL
    latin = [face.latin, _LATIN.get(face.latin, "")]
    stand_in = SANS if layout is Layout.PLAIN else _STAND_INS.get(face.chinese, SERIF)
    pitch = TEXT_WIDTH / 25.4 * 72 / CHARACTERS
    return {
        "fonts": [*latin, face.chinese, *FALLBACK.get(face.chinese, ()), stand_in, SANS],
        "latin": latin,
        "size": face.points,
        "bold": face.bold,
        "centred": face.centred,
        "indent": face.indent_characters,
        "inset": 14 if not is_official and name in (Style.QUOTATION, Style.NOTE) else 0,
        "tracking": pitch - face.points if is_official and face.indent_characters else 0,
        "lines": 1.25 if name == Style.TITLE else 1,
        "above": _ABOVE.get(name, 4),
        "below": 10 if name == Style.TITLE else 4,
        "level": _LEVELS.get(name, 0),
    }


def _told(one: Block, layout: Layout) -> Mapping[str, object]:
    match one:
        case Table():
            return {
                "block": "table",
                "head": one.head,
                "rows": one.rows,
                "widths": widths(one),
            }
        case Figure():
            return {
                "block": "figure",
                "svg": svg(one),
                "width": one.width * min(_POINTS_A_PIXEL, *_room(one, layout)),
                "title": one.title,
                "description": one.description,
                "alt": f"{one.title}. {one.description}",
            }
        case Paragraph():
            runs = [{"text": run.text, "bold": run.bold, "struck": run.struck} for run in one.runs]
            return {
                "block": "paragraph",
                "style": one.style.value,
                "runs": runs,
                "leads": one.leads,
            }


def _room(one: Figure, layout: Layout) -> Sequence[float]:
    """How far a figure is to shrink so that a page holds it with its caption."""
    across, down = (TEXT_WIDTH, TEXT_HEIGHT) if layout is Layout.OFFICIAL else (166, 253)
    return across / 25.4 * 72 / one.width, (down / 25.4 * 72 - 90) / one.height
