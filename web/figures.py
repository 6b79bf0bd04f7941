"""Figures as values: the same input gives the same drawing, and always a table that says the same.

The template draws them into the page, where colours follow the reader's theme; `figure_svg` writes
one as a file of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from web.report_views import Figure, Mark, Table, Text

CELL = 34
GAP = 2
LABEL_PIXELS = 8
"""The width of a letter at 13 px in a wide font; a Chinese character takes two."""
MOST_LABEL = 296
_HEADROOM = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a matrix: its place, its number, and what it says in words."""

    row: int
    column: int
    count: int
    title: str


def heatmap(
    figure_id: str,
    title: str,
    description: str,
    *,
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Cell],
    href: str = "",
) -> Figure:
    """Return a matrix of counts, shaded in four steps up to its greatest; zero is left blank."""
    most = max((cell.count for cell in cells), default=0)
    left = min(MOST_LABEL, max(map(_width, rows), default=0)) + 12
    top = _HEADROOM + int(min(MOST_LABEL, max(map(_width, columns), default=0)) * 0.71)
    step = CELL + GAP
    marks = tuple(
        Mark(
            left + cell.column * step,
            top + cell.row * step,
            CELL,
            CELL,
            _shade(cell.count, most),
            cell.title,
        )
        for cell in cells
    )
    texts = [
        Text(left - 8, top + row * step + CELL // 2 + 5, _clipped(label), "end")
        for row, label in enumerate(rows)
    ]
    texts += [
        Text(left + column * step + CELL // 2, top - 8, _clipped(label), slanted=True)
        for column, label in enumerate(columns)
    ]
    texts += [
        Text(
            left + cell.column * step + CELL // 2,
            top + cell.row * step + CELL // 2 + 5,
            str(cell.count),
            "strong" if _shade(cell.count, most) > 2 else "middle",
        )
        for cell in cells
        if cell.count
    ]
    ends = (
        at * step + CELL // 2 + min(MOST_LABEL, _width(label)) * 0.71
        for at, label in enumerate(columns)
    )
    width = left + max(len(columns) * step, int(max(ends, default=0)) + _HEADROOM)
    return Figure(
        figure_id,
        title,
        description,
        width,
        top + len(rows) * step + 4,
        marks,
        tuple(texts),
        _twin(title, corner, rows, columns, cells),
        href,
    )


def _twin(
    title: str, corner: str, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Cell]
) -> Table:
    known = {(cell.row, cell.column): cell.count for cell in cells}
    body = tuple(
        (label, *(str(known.get((row, column), 0)) for column in range(len(columns))))
        for row, label in enumerate(rows)
    )
    return Table(title, (corner, *columns), body)


def _shade(count: int, most: int) -> int:
    return 0 if count == 0 else max(1, -(-4 * count // most))


def _width(label: str) -> int:
    return sum(LABEL_PIXELS * (2 if ord(sign) > 0x2E80 else 1) for sign in label)


def _clipped(label: str) -> str:
    if _width(label) <= MOST_LABEL:
        return label
    kept = label
    while _width(kept) > MOST_LABEL - LABEL_PIXELS * 2:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
