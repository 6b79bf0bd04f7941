"""A figure as an SVG file of its own."""

from xml.sax.saxutils import escape, quoteattr

from web.report_views import Figure

SHADES = ("#ffffff", "#dce8f4", "#a9c8e6", "#5f97cb", "#0b4f8a")


def svg(figure: Figure) -> str:
    """Return a figure as an SVG file, to be put into a document; text stays text."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{figure.width}"'
        f' height="{figure.height}" viewBox="0 0 {figure.width} {figure.height}"'
        ' font-family="sans-serif" font-size="13">',
        f"<title>{escape(figure.title)}</title><desc>{escape(figure.description)}</desc>",
    ]
    for mark in figure.marks:
        parts.append(
            f'<rect x="{mark.x}" y="{mark.y}" width="{mark.width}" height="{mark.height}"'
            f' fill={quoteattr(SHADES[mark.shade])} stroke="#dde3e9">'
            f"<title>{escape(mark.title)}</title></rect>"
        )
    for text in figure.texts:
        anchor = "middle" if text.anchor == "strong" else text.anchor
        turn = f' transform="rotate(-45 {text.x} {text.y})"' if text.slanted else ""
        fill = "#ffffff" if text.anchor == "strong" else "#1b2430"
        parts.append(
            f'<text x="{text.x}" y="{text.y}" text-anchor="{anchor}" fill="{fill}"{turn}>'
            f"{escape(text.text)}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
