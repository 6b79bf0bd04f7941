"""Where an anchor stands after the text under it was corrected, split, joined or heard again.

One edit says which code points of the old text were kept and where they stand now. An anchor
follows what was kept of it: correction, splitting, joining and re-transcription all use this.
`web/client/anchor-moves.js` is the same function; a test holds one to the other.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from schemas.ids import LineId
from schemas.transcript import Edit, Kept

MOST_COMPARED = 600
"""Words that are compared one by one; what is longer counts as replaced whole (100 ms)."""
_MOST_MOVES = 1_000
_WORD = re.compile(r"[a-z0-9]+|\s+|.", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a line's text in code points; the whole line is start 0, end None."""

    line_id: LineId
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Where an anchor is shown now. is_lost: the words are gone, so the whole line is shown."""

    place: Place
    is_lost: bool = False


def edit_between(old: str, new: str) -> Edit:
    """Return what was kept of `old` in `new`, by words, in Chinese by characters."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    kept = [Kept(0, head, 0)]
    kept += [
        Kept(head + first, head + last, head + to)
        for first, last, to in _matches(old[head : len(old) - tail], new[head : len(new) - tail])
    ]
    kept.append(Kept(len(old) - tail, len(old), len(new) - tail))
    return _with_ends(kept, len(old), len(new))


def edit_of_split(old: str, at: int, line_id: LineId) -> tuple[Edit, str, str]:
    """Return the edit that parts `old` before code point `at`, and both texts, trimmed.

    line_id: of the new line, which gets the second text as its revision 0.
    """
    left, right = old[:at], old[at:]
    first, second = left.strip(), right.strip()
    lead = len(left) - len(left.lstrip())
    begin = at + len(right) - len(right.lstrip())
    moved = Kept(begin, begin + len(second), 0, line_id, 0)
    own = _with_ends([Kept(lead, lead + len(first), 0)], len(left.rstrip()), len(first))
    return (*own, moved), first, second


def edit_of_join(text: str, at: int, line_id: LineId, revision: int) -> Edit:
    """Return the edit of a line whose whole text now stands at `at` in another one's revision."""
    return (Kept(0, len(text), at, line_id, revision),)


def moved(place: Place, edit: Edit) -> tuple[Place, int | None] | None:
    """Return where `place` stands after `edit`; None if nothing of it is left.

    With it comes the revision of another line that it moved to, None for the line's own next one.
    """
    if place.end is None:
        if any(kept.line_id is None for kept in edit):
            return place, None
        kept = edit[0]
        whole = Place(kept.line_id or place.line_id, kept.to, kept.to + kept.last - kept.first)
        return whole, kept.revision
    home = _home(place.start, place.end, edit)
    pieces = [kept for kept in edit if kept.line_id == home]
    if not pieces:
        return None
    start, end = _start(place.start, pieces), _end(place.end, pieces)
    if end <= start:
        return None
    return Place(home or place.line_id, start, end), None if home is None else pieces[0].revision


def resolve(
    place: Place, revision: int, edits_of: Callable[[LineId], Sequence[Edit] | None]
) -> Shown | None:
    """Return where an anchor into an earlier revision is shown now; None if its line is gone.

    edits_of: of a line, one edit for each revision that was left behind; None for a struck line.
    """
    is_lost = False
    for _ in range(_MOST_MOVES):
        edits = edits_of(place.line_id)
        if edits is None:
            return None
        if revision >= len(edits):
            return Shown(place, is_lost)
        next_place = moved(place, edits[revision])
        if next_place is None:
            is_lost = True
            next_place = moved(replace(place, start=0, end=None), edits[revision])
        assert next_place is not None  # a whole line is never lost
        place, elsewhere = next_place
        revision = revision + 1 if elsewhere is None else elsewhere
    return Shown(place, is_lost)


def _home(start: int, end: int, edit: Edit) -> LineId | None:
    """The line that most of the place's code points went to; of equals the first."""
    weights: dict[LineId | None, int] = {}
    for kept in edit:
        overlap = max(0, min(end, kept.last) - max(start, kept.first))
        weights[kept.line_id] = weights.get(kept.line_id, 0) + overlap
    return max(weights, key=lambda line_id: weights[line_id])


def _start(at: int, pieces: Sequence[Kept]) -> int:
    before = pieces[0].to
    for kept in pieces:
        if at < kept.first:
            break
        if at < kept.last:
            return kept.to + at - kept.first
        before = kept.to + kept.last - kept.first
    return before


def _end(at: int, pieces: Sequence[Kept]) -> int:
    after = pieces[-1].to + pieces[-1].last - pieces[-1].first
    for kept in reversed(pieces):
        if at > kept.last:
            break
        if at > kept.first:
            return kept.to + at - kept.first
        after = kept.to
    return after


def _common(one: str, other: str) -> int:
    """Length of the common beginning, cut back so that no word is parted."""
    most = min(len(one), len(other))
    length = next((at for at in range(most) if one[at] != other[at]), most)
    while length > 0 and _parts_word(one, length, other):
        length -= 1
    return length


def _parts_word(one: str, at: int, other: str) -> bool:
    before = one[at - 1]
    return _is_latin(before) and any(
        at < len(text) and _is_latin(text[at]) for text in (one, other)
    )


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _matches(old: str, new: str) -> Sequence[tuple[int, int, int]]:
    """(first, last, to) of the words that both have, in order."""
    olds, news = _WORD.findall(old), _WORD.findall(new)
    if len(olds) > MOST_COMPARED or len(news) > MOST_COMPARED:
        return []
    places, targets = _offsets(olds), _offsets(news)
    blocks = SequenceMatcher(None, olds, news, autojunk=False).get_matching_blocks()
    return [
        (places[block.a], places[block.a + block.size], targets[block.b])
        for block in blocks
        if any(not word.isspace() for word in olds[block.a : block.a + block.size])
    ]


def _offsets(words: Sequence[str]) -> Sequence[int]:
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    return ends


def _with_ends(kept: Sequence[Kept], old: int, new: int) -> Edit:
    """Without empty pieces, but with the two ends, which say what was put before and after."""
    inner = [one for one in kept if one.last > one.first]
    return (Kept(0, 0, 0), *inner, Kept(old, old, new))
