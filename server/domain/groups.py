"""Which utterances and which lines belong together, after lines were split and joined."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.transcript import Line, Segment

SLACK = 0.3
"""Seconds by which a line and an utterance may overlap without belonging together: splits are guessed."""


@dataclass(frozen=True, slots=True)
class Group:
    """Utterances that follow one another, and the lines that say what was said in them."""

    utterances: tuple[Segment, ...]
    lines: tuple[Line, ...]


def grouped(utterances: Sequence[Segment], lines: Sequence[Line]) -> Sequence[Group]:
    """Return the groups of one track, every utterance in exactly one, in order.

    utterances: of one track, in order. lines: of that track with start and end, in order.
    """
    groups: list[Group] = []
    for segment in utterances:
        mine = [line for line in lines if _overlaps(segment, line)]
        before = groups[-1] if groups else None
        if before is not None and any(line in before.lines for line in mine):
            more = tuple(line for line in mine if line not in before.lines)
            groups[-1] = Group((*before.utterances, segment), (*before.lines, *more))
        else:
            groups.append(Group((segment,), tuple(mine)))
    return groups


def _overlaps(segment: Segment, line: Line) -> bool:
    if line.start is None or line.end is None:
        return False
    shared = min(segment.end, line.end) - max(segment.start, line.start)
    return shared > min(SLACK, (line.end - line.start) / 2, (segment.end - segment.start) / 2)
