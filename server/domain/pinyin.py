"""Initials of Chinese names, as people type them to find one: 水务局 is `swj`.

No dictionary is carried along: the 3,755 common characters of GB 2312 (its rows 16 to 55) are
ordered by their reading, so where a character stands says with which letter it begins. Rarer
characters have no initial here; of characters with several readings the other letter is named.
"""

from bisect import bisect_right
from itertools import islice, product

MOST_READINGS = 8

_FIRST = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
_LETTERS = "abcdefghjklmnopqrstwxyz"
_LAST_COMMON = 0xD7F9
_STARTS = [int.from_bytes(first.encode("gb2312"), "big") for first in _FIRST]
_ALSO = {
    "重": "c", "长": "z", "行": "h", "厦": "s", "乐": "y", "会": "k", "传": "z", "校": "j",
    "调": "t", "系": "j", "曾": "c", "单": "s", "解": "x", "藏": "z", "朝": "z", "车": "j",
    "石": "d", "沈": "c", "盛": "c", "参": "s", "便": "p",
}  # fmt: skip


def initials(name: str) -> tuple[str, ...]:
    """Return the ways to type `name` by initials, the usual one first; () where it has no Chinese.

    Latin letters and digits stand for themselves; at most MOST_READINGS ways.
    """
    if not any(_initial(character) for character in name):
        return ()
    choices = [_readings(character) for character in name]
    ways = islice(product(*(choice for choice in choices if choice)), MOST_READINGS)
    return tuple(dict.fromkeys("".join(way) for way in ways))


def _readings(character: str) -> tuple[str, ...]:
    if character.isascii():
        return (character.lower(),) if character.isalnum() else ()
    letter = _initial(character)
    return tuple(dict.fromkeys(filter(None, (letter, _ALSO.get(character, "")))))


def _initial(character: str) -> str:
    """The first letter of a common character's reading, else ""."""
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _STARTS[0] <= code <= _LAST_COMMON:
        return ""
    return _LETTERS[bisect_right(_STARTS, code) - 1]
