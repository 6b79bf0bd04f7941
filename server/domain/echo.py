"""Which words of a line are worth looking for elsewhere, and whether what they find is an echo.

A line is cut into terms: words of some length, and pairs of neighbouring Chinese characters that
are not mere grammar. How often the archive has each is learnt from the index, up to a cap. Terms
that it has often say nothing; what has enough of the weight of all the others is an echo.
"""

import math
from collections.abc import Mapping, Sequence

from server.domain.query import Phrase
from server.domain.tokens import Atom, atoms

MOST_TERMS = 16
"""Terms looked for: the budget of one line is so many short looks into the index."""
CAP = 40
"""A term found more often than this is common; it is not looked for any further."""
SHARE = 0.34
"""Part of the line's weight that an echo must have."""
SHORTEST_WORD = 4
FEWEST_SHARED = 3
"""Terms that an echo must share."""
TERMS_SHARE = 0.5
"""Part of all terms of the line, common ones too, that an echo must share: a line of everyday words
is not known by the rare ones in it."""

_GRAMMAR = frozenset(
    "的了是在我你他她它们这那个有和就不也都很到说要会能可以对吗呢吧啊把被给从与及或而但因为所以如果"
)
_COMMON = frozenset(
    [
        "that",
        "this",
        "with",
        "from",
        "have",
        "they",
        "them",
        "then",
        "there",
        "what",
        "when",
        "which",
        "will",
        "would",
        "about",
        "because",
        "been",
        "could",
        "does",
        "into",
        "just",
        "like",
        "more",
        "only",
        "other",
        "should",
        "some",
        "than",
        "their",
        "these",
        "those",
        "very",
        "were",
        "your",
    ]
)


def terms_of(text: str) -> Sequence[Phrase]:
    """Return the terms of a line to look for, each once, spread over the whole line."""
    found: dict[tuple[str, ...], Phrase] = {}
    cut = atoms(text)
    for at, atom in enumerate(cut):
        if atom.is_cjk:
            following = cut[at + 1 : at + 2]
            if atom.joins and following and not {atom.text, following[0].text} & _GRAMMAR:
                pair = (atom, Atom(following[0].text, 0, 0, True, False))
                found.setdefault((atom.text, following[0].text), Phrase(pair, prefix=False))
        elif len(atom.text) >= SHORTEST_WORD and atom.text not in _COMMON:
            found.setdefault((atom.text,), Phrase((atom,), prefix=False))
    every = list(found.values())
    step = max(1.0, len(every) / MOST_TERMS)
    return [every[int(number * step)] for number in range(min(MOST_TERMS, len(every)))]


def is_telling(having: int, total: int) -> bool:
    """Whether a term that `having` of `total` items have tells one from another."""
    return 0 < having <= min(CAP, 3 + total // 20)


def echoes(found: Mapping[int, Sequence[int]], asked: int, terms: int, most: int) -> Sequence[int]:
    """Return the keys that echo a line, the best first.

    found: the keys that have each telling term, by the term's number. asked: terms looked for that
    are not common, those that nothing has among them: the line's own weight. terms: all of them.
    """
    fewest = max(FEWEST_SHARED, math.ceil(TERMS_SHARE * terms))
    weights = {term: _weight(len(keys)) for term, keys in found.items()}
    whole = sum(weights.values()) + (asked - len(found)) * _weight(1)
    shared: dict[int, list[float]] = {}
    for term, keys in found.items():
        for key in keys:
            shared.setdefault(key, []).append(weights[term])
    good = {
        key: sum(weighed)
        for key, weighed in shared.items()
        if len(weighed) >= fewest and sum(weighed) >= SHARE * whole
    }
    return sorted(good, key=lambda key: (-good[key], -key))[:most]


def _weight(having: int) -> float:
    return math.log((CAP + 1) / having)
