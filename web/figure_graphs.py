"""Figures of entries and what ties them: the thematic map, and causes, problems, consequences.

Boxes stand in columns; within a column each stands near what it is tied to, so that few lines
cross. The same entries in the same order give the same drawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from web.filters import GLYPHS
from web.report_views import Figure, Mark, Stroke, Table, Text

BOX, GUTTER, GAP, NEAR, TOP = 210, 64, 10, 4, 34
LINE, PAD = 17, 9
MOST_LINES = 3
_SIGN = 7
"""About the width of a letter at 13 px; a Chinese character takes two."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Node:
    """A box: an entry. aside: said beside it."""

    id: str
    label: str
    kind: str
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """An arrow from one box to another, with its name."""

    source: str
    target: str
    name: str


@dataclass(frozen=True, slots=True)
class _Box:
    node: Node
    lines: tuple[str, ...]
    x: int
    y: int

    @property
    def height(self) -> int:
        return len(self.lines) * LINE + 2 * PAD - 4

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


def graph(
    figure_id: str,
    title: str,
    description: str,
    *,
    columns: Sequence[tuple[str, str]],
    nodes: Sequence[Node],
    ties: Sequence[Tie],
    head: tuple[str, str, str],
    href: str = "",
) -> Figure:
    """Return boxes in a column for each (kind, heading) with an arrow for each tie.

    What nothing is tied to is left out. head: of the table that has one row for each tie.
    """
    tied = {one for tie in ties for one in (tie.source, tie.target)}
    ranked = [[n for n in nodes if n.kind == kind and n.id in tied] for kind, _ in columns]
    boxes = _placed(_untangled(ranked, ties))
    texts = [
        Text(at * (BOX + GUTTER), 18, heading, kind=kind)
        for at, (kind, heading) in enumerate(columns)
    ]
    labels = {one.id: one.label for one in nodes}
    rows = tuple((labels[tie.source], tie.name, labels[tie.target]) for tie in ties)
    return Figure(
        figure_id,
        title,
        description,
        len(columns) * (BOX + GUTTER) - GUTTER + 44,
        max((box.y + box.height for box in boxes.values()), default=TOP) + 6,
        tuple(_mark(box) for box in boxes.values()),
        (*texts, *(text for box in boxes.values() for text in _texts(box))),
        Table(title, head, rows),
        href,
        tuple(_arrow(boxes[tie.source], boxes[tie.target]) for tie in ties),
    )


def tree(
    figure_id: str,
    title: str,
    description: str,
    *,
    groups: Sequence[tuple[Node, Sequence[Node]]],
    head: tuple[str, str, str],
    href: str = "",
) -> Figure:
    """Return each group's head on the left with its members beside it, joined by lines.

    head: of the table that has one row for each member: its group, its label, its aside.
    """
    wide, beside = 330, max((_signs(one.aside) for _, each in groups for one in each), default=0)
    marks, texts, strokes = [], [], []
    y = 4
    for above, members in groups:
        boxes = []
        for member in members:
            box = _Box(member, wrapped(member.label, wide), BOX + GUTTER, y)
            boxes.append(box)
            y += box.height + NEAR
        over = _Box(above, wrapped(above.label, BOX), 2, 0)
        low, high = (boxes[0].y, boxes[-1].y + boxes[-1].height) if boxes else (y, y + over.height)
        over = _Box(above, over.lines, 2, max(low, (low + high - over.height) // 2))
        y = max(y, over.y + over.height + GAP) + GAP
        marks += [_mark(over, BOX), *(_mark(box, wide) for box in boxes)]
        texts += [*_texts(over), *(text for box in boxes for text in _texts(box, wide))]
        strokes += [_branch(over, box) for box in boxes]
    rows = tuple(
        (above.label, member.label, member.aside) for above, members in groups for member in members
    )
    return Figure(
        figure_id,
        title,
        description,
        BOX + GUTTER + wide + 12 + beside * _SIGN,
        y,
        tuple(marks),
        tuple(texts),
        Table(title, head, rows),
        href,
        tuple(strokes),
    )


def wrapped(label: str, width: int) -> tuple[str, ...]:
    """Break a label into lines of a box so wide; what does not fit ends with an ellipsis."""
    room = (width - 2 * PAD - 16) // _SIGN
    pieces = label.split(" ") if " " in label else list(label)
    glue = " " if " " in label else ""
    found = [""]
    for piece in pieces:
        longer = f"{found[-1]}{glue}{piece}" if found[-1] else piece
        if _signs(longer) <= room or not found[-1]:
            found[-1] = longer
        else:
            found.append(piece)
    kept = found[:MOST_LINES]
    if len(found) > MOST_LINES:
        kept[-1] = f"{kept[-1][: max(1, len(kept[-1]) - 1)]}…"
    return tuple(kept)


def _untangled(columns: Sequence[Sequence[Node]], ties: Sequence[Tie]) -> list[list[Node]]:
    """Order each column by where its neighbours stand (barycentre heuristic, Sugiyama 1981)."""
    near: dict[str, list[str]] = {}
    for tie in ties:
        near.setdefault(tie.source, []).append(tie.target)
        near.setdefault(tie.target, []).append(tie.source)
    found = [list(column) for column in columns]
    forth = list(range(len(found)))
    for turn in range(_ROUNDS):
        for at in forth if turn % 2 == 0 else reversed(forth):
            place = {
                node.id: number / max(1, len(column))
                for other, column in enumerate(found)
                if abs(other - at) == 1
                for number, node in enumerate(column)
            }
            found[at] = _sorted(found[at], near, place)
    return found


def _sorted(
    column: Sequence[Node], near: Mapping[str, Sequence[str]], place: Mapping[str, float]
) -> list[Node]:
    """Nodes by the mean of their neighbours' places; one without any stays about where it is."""

    def weight(at: int) -> tuple[float, int]:
        beside = [place[one] for one in near.get(column[at].id, ()) if one in place]
        return (sum(beside) / len(beside) if beside else at / len(column), at)

    return [column[at] for at in sorted(range(len(column)), key=weight)]


def _placed(columns: Sequence[Sequence[Node]]) -> Mapping[str, _Box]:
    """Boxes from the top of each column, spread over the height of the tallest."""
    stood = [[_Box(node, wrapped(node.label, BOX), 0, 0) for node in column] for column in columns]
    heights = [sum(box.height + GAP for box in column) for column in stood]
    boxes: dict[str, _Box] = {}
    for at, (column, height) in enumerate(zip(stood, heights, strict=True)):
        gap = GAP + (max(heights) - height) // (len(column) or 1)
        y = TOP + (gap - GAP) // 2
        for box in column:
            boxes[box.node.id] = replace(box, x=at * (BOX + GUTTER) + 2, y=y)
            y += box.height + gap
    return boxes


def _mark(box: _Box, width: int = BOX) -> Mark:
    title = " · ".join(part for part in (box.node.label, box.node.aside) if part)
    return Mark(box.x, box.y, width, box.height, 0, title, box.node.kind)


def _texts(box: _Box, width: int = BOX) -> list[Text]:
    """The glyph of its kind, then the lines of its label; what stands aside, right of the box."""
    x, y = box.x + PAD, box.y + PAD + 11
    found = [Text(x, y, GLYPHS.get(box.node.kind, ""), kind=box.node.kind)]
    found += [Text(x + 16, y + at * LINE, line) for at, line in enumerate(box.lines)]
    if box.node.aside:
        found.append(Text(box.x + width + 8, box.middle + 5, box.node.aside))
    return found


def _arrow(source: _Box, target: _Box) -> Stroke:
    """A curve from one box's edge to the other's; dashed, and around, within a column."""
    y1, y2 = source.middle, target.middle
    if source.x == target.x:
        x = source.x + BOX
        return Stroke(f"M{x} {y1}C{x + 34} {y1} {x + 34} {y2} {x + 2} {y2}", "dashed")
    ahead = source.x < target.x
    x1, x2 = (source.x + BOX, target.x - 2) if ahead else (source.x, target.x + BOX + 2)
    middle = (x1 + x2) // 2
    return Stroke(f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}", "arrow")


def _branch(above: _Box, below: _Box) -> Stroke:
    x1, x2 = above.x + BOX, below.x
    middle = (x1 + x2) // 2
    return Stroke(
        f"M{x1} {above.middle}C{middle} {above.middle} {middle} {below.middle} {x2} {below.middle}"
    )


def _signs(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)
