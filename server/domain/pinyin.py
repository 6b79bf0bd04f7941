"""How Chinese names are typed by their readings: 水务局 is `shuiwuju`, or `swj` for short.

The readings are those of the library pypinyin, whose dictionary of phrases knows which one of
several a character has where it stands: 银行 is `yinhang`, 行政 `xingzheng`.
"""

import re
from itertools import islice, product

from pypinyin import Style, pinyin

MOST_WAYS = 5
"""The reading written out, and at most four ways to shorten it."""
_PIECES = re.compile(r"[a-z0-9]|[^\x00-\x7f]+")
"""One letter, or what stands between letters: phrases are looked for within it."""


def typed(name: str) -> tuple[str, ...]:
    """Return the ways to type `name`, the reading written out first; () where it has no Chinese.

    Latin letters and digits stand for themselves; ü is typed `v`, as input methods want it.
    """
    read: list[list[str]] = []
    for piece in _PIECES.findall(name.casefold()):
        found = pinyin(piece, style=Style.NORMAL, heteronym=True, errors="ignore")
        read += [[piece]] if piece.isascii() else found
    readings = [known for choice in read if (known := [one for one in choice if one.isascii()])]
    if not any(len(choice[0]) > 1 for choice in readings):
        return ()
    whole = "".join(choice[0] for choice in readings)
    letters = (dict.fromkeys(one[0] for one in choice) for choice in readings)
    short = ("".join(way) for way in islice(product(*letters), MOST_WAYS - 1))
    return tuple(dict.fromkeys((whole, *short)))
