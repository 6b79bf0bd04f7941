"""A figure as an SVG file of its own, light or dark; text stays text."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from web.report_views import Figure, Mark, Stroke, Text

FONTS = "'Noto Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
_TIP = 7


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a drawing: those of `tokens.css`. shades: from none to most."""

    paper: str
    ink: str
    quiet: str
    line: str
    strong: str
    shades: tuple[str, str, str, str, str]
    kinds: Mapping[str, str]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b2430",
    quiet="#7a8794",
    line="#dde3e9",
    strong="#ffffff",
    shades=("#ffffff", "#dce8f4", "#a9c8e6", "#3068a0", "#0b4f8a"),
    kinds={
        "category": "#4a5663",
        "problem": "#8f3a14",
        "cause": "#7a35d0",
        "consequence": "#073f7a",
        "solution": "#007266",
    },
)
DARK = Theme(
    paper="#14181d",
    ink="#e6eaef",
    quiet="#8794a0",
    line="#2a323a",
    strong="#14181d",
    shades=("#14181d", "#22323f", "#3b566f", "#79a7d0", "#8cc1f2"),
    kinds={
        "category": "#a9b4c0",
        "problem": "#f0935f",
        "cause": "#bb8cf0",
        "consequence": "#b4cdfb",
        "solution": "#2fd9a4",
    },
)
THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def svg(figure: Figure, theme: Theme = LIGHT) -> str:
    """Return a figure as an SVG file, to be put into a document."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{figure.width}"'
        f' height="{figure.height}" viewBox="0 0 {figure.width} {figure.height}"'
        f' font-family="{FONTS}" font-size="13">',
        f"<title>{escape(figure.title)}</title><desc>{escape(figure.description)}</desc>",
        f'<rect width="100%" height="100%" fill="{theme.paper}"/>',
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{_TIP}"'
        f' markerHeight="{_TIP}" orient="auto"><path d="M0 0L8 4L0 8Z" fill="{theme.quiet}"/>'
        "</marker></defs>",
    ]
    parts += [_stroke(one, theme) for one in figure.strokes]
    parts += [_mark(one, theme) for one in figure.marks]
    parts += [_text(one, theme) for one in figure.texts]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _stroke(one: Stroke, theme: Theme) -> str:
    colour = theme.shades[4] if one.manner == "curve" else theme.quiet
    width = {"curve": 2.5, "axis": 1}.get(one.manner, 1.25)
    more = ' marker-end="url(#tip)"' if one.manner in ("arrow", "dashed") else ""
    more += ' stroke-dasharray="5 4"' if one.manner == "dashed" else ""
    return f'<path d="{one.path}" fill="none" stroke="{colour}" stroke-width="{width}"{more}/>'


def _mark(one: Mark, theme: Theme) -> str:
    fill = theme.paper if one.kind else theme.shades[one.shade]
    edge = theme.kinds.get(one.kind, theme.line)
    round_it = ' rx="4" stroke-width="1.5"' if one.kind else ""
    return (
        f'<rect x="{one.x}" y="{one.y}" width="{one.width}" height="{one.height}"'
        f" fill={quoteattr(fill)} stroke={quoteattr(edge)}{round_it}>"
        f"<title>{escape(one.title)}</title></rect>"
    )


def _text(one: Text, theme: Theme) -> str:
    anchor = "middle" if one.anchor == "strong" else one.anchor
    turn = f' transform="rotate(-45 {one.x} {one.y})"' if one.slanted else ""
    fill = theme.strong if one.anchor == "strong" else theme.kinds.get(one.kind, theme.ink)
    weight = ' font-weight="700"' if one.kind else ""
    return (
        f'<text x="{one.x}" y="{one.y}" text-anchor="{anchor}" fill="{fill}"{weight}{turn}>'
        f"{escape(one.text)}</text>"
    )
