"""Which of some texts answer a query best.

Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.4)
over the phrases that are wanted; how rare a phrase is, is taken from the texts themselves, all of
which answer the query. The same for both engines, which score differently or not at all.
"""

import math
from collections.abc import Sequence

from server.domain.query import Query, occurrences
from server.domain.tokens import atoms

_K1, _B = 1.2, 0.75


def scores(query: Query, texts: Sequence[str]) -> list[float]:
    """Return a score for each text; higher answers better."""
    if not texts:
        return []
    cut = [atoms(text) for text in texts]
    counts = [occurrences(query, one) for one in cut]
    mean = sum(map(len, cut)) / len(cut) or 1.0
    weights = [
        _weight(sum(1 for row in counts if row[at]), len(texts)) for at in range(len(counts[0]))
    ]
    return [
        sum(
            weight * _saturated(count, len(one) / mean)
            for weight, count in zip(weights, row, strict=True)
        )
        for row, one in zip(counts, cut, strict=True)
    ]


def _weight(having: int, total: int) -> float:
    return math.log(1.0 + (total - having + 0.5) / (having + 0.5))


def _saturated(count: int, length: float) -> float:
    return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length))
