"""The dearest questions that the query language lets anybody ask: prefixes of one letter, common signs."""

import random
from collections.abc import Mapping

from tests.bench.search import corpus

_LETTERS = "etaoinshrdlcumwfgypbvk"


def questions() -> Mapping[str, str]:
    """Return questions by what makes them dear; the vocabularies are the corpus's own."""
    made = random.Random(6)  # as corpus.lines begins
    zh, en = corpus.chinese(made), corpus.english(made)
    pairs = [word for word in zh.words if len(word) == 2]
    signs = sorted({sign for word in zh.words[:60] for sign in word})
    reversed_ = _LETTERS[::-1]
    every = {
        "every one-letter prefix, any": " OR ".join(f"{one}*" for one in _LETTERS),
        "every one-letter prefix, all": " ".join(f"{one}*" for one in _LETTERS),
        "pairs of prefixes, all": " ".join(
            f"({a}* OR {b}*)" for a, b in zip(_LETTERS[:16], reversed_[:16], strict=True)
        ),
        "two-letter prefixes, any": " OR ".join(f"{a}{b}*" for a in "etaoi" for b in "etaoin"),
        "32 common signs, any": " OR ".join(signs[:32]),
        "32 common signs, all": " ".join(signs[:32]),
        "a common sign without 29 others": " -".join(signs[:30]),
        "a rare word without 30 signs": f"{pairs[-5]} -" + " -".join(signs[:30]),
        "16 pairs of common words, all": " ".join(
            f"({a} OR {b})" for a, b in zip(pairs[:16], pairs[16:32], strict=True)
        ),
        "30 phrases of common words, any": " OR ".join(
            f'"{a}{b}"' for a in pairs[:6] for b in pairs[:5]
        ),
        "a long phrase that nobody said": "".join(zh.words[:130])[:250],
        "ten common words and an open one": '"' + " ".join(en.words[:10]) + ' a*"',
        "15 parentheses around 32 words": "(" * 15 + " OR ".join(pairs[:32]) + ")" * 15,
    }
    return {name: words[:400] for name, words in every.items()}
