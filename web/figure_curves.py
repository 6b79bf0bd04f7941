"""A figure that grows: how many different things had come up after so many quotations."""

from collections.abc import Sequence
from dataclasses import dataclass

from web.report_views import Figure, Stroke, Table, Text

WIDTH, HEIGHT = 560, 260
LEFT, TOP, FOOT, RIGHT = 44, 28, 64, 40
_ROOM = 9
"""Pixels of a figure at 13 px, and between labels."""
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class Span:
    """A session: its name, and for each of its quotations in order whether it was of a new thing."""

    label: str
    news: Sequence[bool]


def curve(
    figure_id: str,
    title: str,
    description: str,
    *,
    head: tuple[str, str, str],
    spans: Sequence[Span],
    across: str,
    href: str = "",
) -> Figure:
    """Return the curve of different things over all quotations, sessions parted by lines.

    head: of the table with one row for each span: its name, known before, new. across: what the
    axis from left to right counts.
    """
    every = [new for span in spans for new in span.news]
    total, most = len(every), sum(every)
    strokes = [Stroke(f"M{LEFT} {TOP}V{TOP + HEIGHT}H{LEFT + WIDTH}", "axis")]
    texts: list[Text] = []

    def x(at: int) -> int:
        return LEFT + round(WIDTH * at / max(1, total))

    def y(count: int) -> int:
        return TOP + HEIGHT - round(HEIGHT * count / max(1, most))

    for count in _ticks(most):
        strokes.append(Stroke(f"M{LEFT - 4} {y(count)}H{LEFT}", "axis"))
        texts.append(Text(LEFT - 8, y(count) + 4, str(count), "end"))
    path, known = f"M{x(0)} {y(0)}", 0
    for at, new in enumerate(every, 1):
        known += new
        path += f"L{x(at)} {y(known)}"
    rows, at, known = [], 0, 0
    below: list[Text] = []
    above: list[Text] = []
    for number, span in enumerate(spans, 1):
        fresh = sum(span.news)
        rows.append((span.label, str(known), str(fresh)))
        middle = (x(at) + x(at + len(span.news))) // 2
        at, known = at + len(span.news), known + fresh
        if span.news:
            strokes.append(Stroke(f"M{x(at)} {TOP}V{TOP + HEIGHT}", "axis"))
            below.append(Text(middle, TOP + HEIGHT + 18, str(number), "middle"))
            above.append(Text(x(at), y(known) - 6, str(known), "end"))
    strokes.append(Stroke(path, "curve"))
    texts += [*_apart(below), *_apart(above)]
    texts.append(Text(LEFT + WIDTH // 2, TOP + HEIGHT + 44, across, "middle"))
    numbered = tuple((f"{number}. {row[0]}", *row[1:]) for number, row in enumerate(rows, 1))
    return Figure(
        figure_id,
        title,
        description,
        LEFT + WIDTH + RIGHT,
        TOP + HEIGHT + FOOT,
        (),
        tuple(texts),
        Table(title, head, numbered),
        href,
        tuple(strokes),
    )


def _apart(labels: Sequence[Text]) -> Sequence[Text]:
    """The labels that have room, the last one first; the table names all."""
    kept: list[Text] = []
    for one in reversed(labels):
        if not kept or kept[-1].x - one.x >= _ROOM * len(kept[-1].text) + _ROOM:
            kept.append(one)
    return kept


def _ticks(most: int) -> Sequence[int]:
    """Round numbers up to `most`, at most six of them."""
    step = next((one for one in _STEPS if most / one <= 6), _STEPS[-1])
    return range(0, most + 1, step)
