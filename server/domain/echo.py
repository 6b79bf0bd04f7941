"""Which words of a line are worth looking for elsewhere, and whether what they find is an echo.

A line is cut into terms: stems of words, and pairs of neighbouring Chinese characters that are not
mere grammar. A unit's name is one term, whichever of its names was said. How often the archive has
each term is learnt from the index. A term that a share `p` of all items has is worth `-ln p`: so
unlikely is it that an item has it by chance. Terms that do not overlap count as independent, so
the sum over what two texts share, less the logarithm of how many items could have shared it, says
how unlikely the whole is; at `UNLIKELY` it is an echo. Free wording keeps a few telling words and
changes the rest, so nothing is asked of the part of a line that is not shared.

The weights are those of inverse document frequency (K. Spärck Jones, "A statistical interpretation
of term specificity", 1972). `UNLIKELY` and `OVERLAPPING` were chosen on the development set of
tests/server/services/echo_development.py and judged on another; docs/benchmarks.md has both.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.domain.query import Either, Phrase, Query
from server.domain.tokens import Atom, atoms

MOST_TERMS = 32
"""Terms looked for: the budget of one line is so many short looks into the index."""
CAP = 200
"""A term found more often than this is common; it is not looked for any further."""
UNLIKELY = 9.0
"""What makes an echo: the expected number of such coincidences in the archive is `exp(-UNLIKELY)`."""
OVERLAPPING = 0.5
"""What the second of two shared pairs counts that overlap, as they do within one Chinese word."""
FEWEST_KNOWN = 500
"""What an archive that has fewer items says of how common a word is, is not believed."""
FEWEST_APART = 2
"""Terms that do not overlap which an echo must share: one long name is not a statement."""
SHORTEST_WORD = 3
SHORTEST_STEM = 4
"""A shorter word is looked for as it is: too many others begin so."""

_ENDINGS = ("ing", "ies", "ied", "ed", "es", "s", "e", "y")
_GRAMMAR = frozenset(
    "的了是在我你他她它们这那个有和就不也都很到说要会能可以对吗呢吧啊把被给从与及或而但因为所以如果"
)
_COMMON = frozenset(
    (  # noqa: SIM905  # a list of single words is no better to read
        "the and for are not but was has had our out all any can did you she him her his how why who its own one two"
        " that this with from have they them then there what when which will would about because been could does"
        " into just like more only other should some than their these those very were your where until again after"
        " before still said nobody whoever"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. at: its place among the atoms of the line."""

    query: Query
    at: int
    is_pair: bool = False


def terms_of(text: str, families: Iterable[Sequence[str]] = ()) -> Sequence[Term]:
    """Return the terms of a line to look for, each once, spread over the whole line.

    families: the names of each unit; where a line has one of them, all are looked for.
    """
    cut = atoms(text)
    named = _named(cut, families)
    within = {at for first, (last, _) in named.items() for at in range(first, last + 1)}
    found: dict[Query, Term] = {}
    for at, atom in enumerate(cut):
        if at in named:
            term = Term(named[at][1], at)
        elif at in within:
            continue
        elif atom.is_cjk:
            following = cut[at + 1 : at + 2]
            if not atom.joins or at + 1 in within or {atom.text, following[0].text} & _GRAMMAR:
                continue
            pair = (_at_start(atom, joins=True), _at_start(following[0], joins=False))
            term = Term(Phrase(pair, prefix=False), at, is_pair=True)
        elif len(atom.text) >= SHORTEST_WORD and atom.text not in _COMMON:
            term = Term(_stem(atom), at)
        else:
            continue
        found.setdefault(term.query, term)
    every = list(found.values())
    step = max(1.0, len(every) / MOST_TERMS)
    return [every[int(number * step)] for number in range(min(MOST_TERMS, len(every)))]


def echoes(found: Mapping[Term, Sequence[int]], total: int, most: int) -> Sequence[int]:
    """Return the keys that echo a line, the most unlikely coincidence first.

    found: the keys that have each term; a term with more than `CAP` tells nothing. total: how many
    items there are.
    """
    shared: dict[int, list[Term]] = {}
    for term, keys in sorted(found.items(), key=lambda one: one[0].at):
        if is_telling(len(keys), total):
            for key in keys:
                shared.setdefault(key, []).append(term)
    weights = {term: weight(len(keys), total) for term, keys in found.items()}
    judged = {key: _unlikely(terms, weights) for key, terms in shared.items()}
    needed = UNLIKELY + math.log(max(FEWEST_KNOWN, total))
    good = {
        key: sum_
        for key, (sum_, apart) in judged.items()
        if sum_ >= needed and apart >= FEWEST_APART
    }
    return sorted(good, key=lambda key: (-good[key], -key))[:most]


def is_telling(having: int, total: int) -> bool:
    """Whether a term that `having` of `total` items have tells one from another."""
    return 0 < having <= min(CAP, 3 + total // 20)


def weight(having: int, total: int) -> float:
    """Return how unlikely it is that an item has a term which `having` of `total` have."""
    known = max(FEWEST_KNOWN, having, total)
    return math.log(1 + (known - having + 0.5) / (having + 0.5))


def _unlikely(terms: Sequence[Term], weights: Mapping[Term, float]) -> tuple[float, int]:
    """Return the weight of shared terms in the line's order, and how many stand apart."""
    whole, apart, before = 0.0, 0, -2
    for term in terms:
        if term.is_pair and term.at == before + 1:
            whole += OVERLAPPING * weights[term]
        else:
            whole, apart = whole + weights[term], apart + 1
        before = term.at if term.is_pair else -2
    return whole, apart


def _named(
    cut: Sequence[Atom], families: Iterable[Sequence[str]]
) -> Mapping[int, tuple[int, Query]]:
    """Return where units are named: the first atom, the last, and all names of the unit."""
    found: dict[int, tuple[int, Query]] = {}
    said = [atom.text for atom in cut]
    for family in families:
        names = [tuple(atoms(name)) for name in family]
        options = tuple(Phrase(name, prefix=False) for name in names if len(name) > 1)
        for option in options:
            wanted = [atom.text for atom in option.atoms]
            for first in range(len(said) - len(wanted) + 1):
                last = first + len(wanted) - 1
                if said[first : last + 1] == wanted and last > found.get(first, (-1, None))[0]:
                    found[first] = (last, Either(options) if len(options) > 1 else option)
    return found


def _stem(atom: Atom) -> Query:
    """Return what begins like the word without its ending; a short word as it is."""
    stem = atom.text
    for ending in _ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= SHORTEST_STEM:
            stem = stem[: -len(ending)]
            break
    is_open = len(stem) >= SHORTEST_STEM
    return Phrase((Atom(stem, 0, 0, False, False),), prefix=is_open)


def _at_start(atom: Atom, *, joins: bool) -> Atom:
    return Atom(atom.text, 0, 0, True, joins)
