"""Lines as a city's archive would hold them: 70 % Chinese, 15 % English, 15 % mixed, words by Zipf.

Words are made of signs at random and drawn independently, so there are more different bigrams
than in speech: index sizes are an upper bound. The same seed gives the same lines.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate

from schemas.ids import SessionId, StudyId
from server.domain import facets
from server.domain.facets import Facet
from server.store.search import Searchable

STUDY = StudyId("0" * 32)
SESSIONS = [SessionId(f"{number:032x}") for number in range(1, 201)]
KINDS = ("problem", "cause", "consequence", "solution", "example", "memo")


class Vocabulary:
    """Words of one language, the most frequent first."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self._weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))

    def draw(self, random_: random.Random, count: int) -> list[str]:
        """Return words as often as Zipf says."""
        return random_.choices(self.words, cum_weights=self._weights, k=count)


def chinese(random_: random.Random) -> Vocabulary:
    """20,000 words of one to three characters out of 2,500."""
    characters = [chr(0x4E00 + 7 * number) for number in range(2_500)]
    sizes = random_.choices((1, 2, 3), weights=(1, 7, 2), k=20_000)
    return Vocabulary(["".join(random_.choices(characters, k=size)) for size in sizes])


def english(random_: random.Random) -> Vocabulary:
    """10,000 words of three to nine letters."""
    letters = "etaoinshrdlcumwfgypbvk"
    return Vocabulary(
        ["".join(random_.choices(letters, k=random_.randint(3, 9))) for _ in range(10_000)]
    )


def lines(count: int, seed: int = 6) -> Iterator[Searchable]:
    """Yield `count` lines with facets, in order of arrival."""
    random_ = random.Random(seed)
    zh, en = chinese(random_), english(random_)
    for number in range(count):
        session = SESSIONS[number * len(SESSIONS) // count]
        kind = facets.token(Facet.KIND, KINDS[number % len(KINDS)])
        unit = facets.token(Facet.UNIT, f"{number % 53:032x}")
        text = _text(random_, zh, en)
        yield Searchable("line", f"{number:032x}", STUDY, session, text, "", (kind, unit))


def _text(random_: random.Random, zh: Vocabulary, en: Vocabulary) -> str:
    share = random_.random()
    if share < 0.70:
        return "".join(zh.draw(random_, random_.randint(8, 20))) + "。"
    if share < 0.85:
        return " ".join(en.draw(random_, random_.randint(6, 16)))
    first, last = zh.draw(random_, 8), zh.draw(random_, 6)
    return "".join(first) + " ".join(en.draw(random_, 2)) + "".join(last)
