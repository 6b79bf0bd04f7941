"""A new text shared out over several old ones that it stands for, each word where it was said before."""

from collections.abc import Sequence
from itertools import pairwise

from server.domain.anchors import edit_between
from server.domain.rewriting import joined


def shared_out(olds: Sequence[str], new: str) -> Sequence[str]:
    """Return a part of `new` for each of `olds`, in order; put together they are `new`.

    Cuts lie where the old texts met, as far as their words are found in the new one, and never in
    a word. A part may be empty.
    """
    if len(olds) < 2:
        return [new] * len(olds)
    whole, ends = "", []
    for old in olds:
        whole, _ = joined(whole, old)
        ends.append(len(whole))
    edit = edit_between(whole, new)
    cuts = [0]
    for end in ends[:-1]:
        at = max(
            (kept.to + min(end, kept.last) - kept.first for kept in edit if kept.first < end),
            default=0,
        )
        cuts.append(_between_words(new, max(cuts[-1], at)))
    cuts.append(len(new))
    return [new[first:last].strip() for first, last in pairwise(cuts)]


def _between_words(text: str, at: int) -> int:
    while 0 < at < len(text) and _in_word(text[at - 1]) and _in_word(text[at]):
        at += 1
    return at


def _in_word(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
