"""One record laid on another of the same speech: which of its pieces belong to which lines.

Needleman and Wunsch's alignment over words (in Chinese characters), done by difflib's longest
matching blocks: close enough for two records of one speech, and linear where they agree.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"[a-z0-9]+|[^\W_]", re.IGNORECASE)
LEAST_SHARED = 0.3
"""Share of a piece's words that must be found again before it counts as the same speech."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The pieces (indexes) of the other record that belong to line number `line`; None: to none."""

    line: int | None
    pieces: tuple[int, ...]


def lay(lines: Sequence[str], pieces: Sequence[str]) -> Sequence[Laid]:
    """Lay `pieces` on `lines`: each goes to the line that most of its words are found in.

    Every piece comes exactly once, in order; pieces that no line says stand between the others.
    """
    homes = _homes(lines, pieces)
    laid: list[Laid] = []
    for number, home in enumerate(homes):
        if home is not None and laid and laid[-1].line == home:
            laid[-1] = Laid(home, (*laid[-1].pieces, number))
        else:
            laid.append(Laid(home, (number,)))
    return laid


def times(laid: Sequence[Laid], at: Sequence[float], end: float) -> Sequence[float]:
    """Return when each of `laid` begins: as its line, else evenly between its neighbours.

    at: when the lines begin; end: until when what follows the last one may begin.
    """
    known = [None if one.line is None else at[one.line] for one in laid]
    found: list[float] = []
    for number, when in enumerate(known):
        if when is not None:
            found.append(when if not found else max(when, found[-1]))
            continue
        behind = next(((n, t) for n, t in enumerate(known[number:], number) if t is not None), None)
        before = found[-1] if found else 0.0
        later, steps = (
            (end, len(known) - number) if behind is None else (behind[1], behind[0] - number)
        )
        found.append(before + max(0.0, later - before) / (steps + 1))
    return found


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but punctuation, spaces and capitals."""
    return _words(one) == _words(other)


def _homes(lines: Sequence[str], pieces: Sequence[str]) -> Sequence[int | None]:
    """For each piece a line; never one before the line of an earlier piece."""
    line_words, starts = _flat(lines)
    piece_words, firsts = _flat(pieces)
    shared: list[dict[int, int]] = [{} for _ in pieces]
    matcher = SequenceMatcher(None, line_words, piece_words, autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            piece = bisect_right(firsts, block.b + step) - 1
            line = bisect_right(starts, block.a + step) - 1
            shared[piece][line] = shared[piece].get(line, 0) + 1
    homes: list[int | None] = []
    least = 0
    for piece, counts in enumerate(shared):
        allowed = {line: count for line, count in counts.items() if line >= least}
        home = max(allowed, key=lambda line: (allowed[line], -line)) if allowed else None
        enough = LEAST_SHARED * max(1, len(_words(pieces[piece])))
        if home is None or allowed[home] < enough:
            homes.append(None)
            continue
        least = home
        homes.append(home)
    return homes


def _flat(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    words: list[str] = []
    starts: list[int] = []
    for text in texts:
        starts.append(len(words))
        words += _words(text)
    return words, starts


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
