"""What search sees of a text: words, and the characters of scripts written without spaces.

The text is normalised (NFKC, case folded, traditional characters to simplified ones) and cut into
atoms: one for each word, one for each CJK character. The archive's exact meaning is defined over atoms: a phrase is found where its atoms
follow one another. `tokens` turns atoms into what an index stores so that both engines can answer
that with their own phrase search: each CJK character becomes the bigram that starts at it, the
last one of a run stands alone, a word is itself; every atom has one position. Single characters
are kept once more in a class of their own, because a bigram index cannot find them cheaply.

Nearly every text is a row of characters that normalise one by one; these are folded by one
`str.translate` and cut by one expression. A character that merges with its neighbours, or becomes
several or none, sends its text down the slow and general path; a property test holds both equal.

Change anything here, or what an engine keeps beside it (store/search_*.py), and raise
`TOKENISER_VERSION`: what was indexed must be indexed again.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

TOKENISER_VERSION = 3

MAX_WORD = 64
"""Longer runs are cut: both engines limit the bytes of a token (PostgreSQL at 2 KB)."""


class Atom(NamedTuple):
    """One word or one CJK character of a text.

    text: normalised. start, end: code points of the original text that it came from. is_cjk: a
    character, not a word. joins: the next atom is a CJK character of the same run.
    """

    text: str
    start: int
    end: int
    is_cjk: bool
    joins: bool


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an index stores of one text.

    words: one token for each atom, in order; a token's place in it is its position. characters:
    the single CJK characters that occur, each once, sorted.
    """

    words: tuple[str, ...]
    characters: tuple[str, ...]


def tokens(text: str) -> Tokens:
    """Return what is indexed of `text`."""
    folded = text.translate(_folds())
    if _OTHERWISE in folded:
        found = _atoms_of_any(text)
        single = {atom.text for atom in found if atom.is_cjk}
        return Tokens(tuple(words(found)), tuple(sorted(single)))
    positional: list[str] = []
    characters: set[str] = set()
    for piece in _PIECES.findall(folded):
        if _is_cjk(piece[0]):
            positional += map("".join, pairwise(piece))
            positional.append(piece[-1])
            characters.update(piece)
        else:
            positional.append(piece)
    return Tokens(tuple(positional), tuple(sorted(characters)))


def words(found: Sequence[Atom]) -> Iterator[str]:
    """Yield the positional token of each atom."""
    for atom, following in pairwise(found):
        yield atom.text + following.text if atom.joins else atom.text
    if found:
        yield found[-1].text


def atoms(text: str) -> list[Atom]:
    """Return the atoms of `text` in order; punctuation and spaces separate and are left out."""
    folded = text.translate(_folds())
    if _OTHERWISE in folded:
        return _atoms_of_any(text)
    found: list[Atom] = []
    for match in _PIECES.finditer(folded):
        piece, start = match.group(), match.start()
        if not _is_cjk(piece[0]):
            found.append(Atom(piece, start, match.end(), False, False))
            continue
        last = match.end() - 1
        for at, character in enumerate(piece, start):
            found.append(Atom(character, at, at + 1, True, at < last))
    return found


def _atoms_of_any(text: str) -> list[Atom]:
    found: list[Atom] = []
    word: list[str] = []
    start = end = 0
    in_run = False
    for folded, kind, first, last in _characters(text):
        if kind == _WORD and len(word) < MAX_WORD:
            start = start if word else first
            end = last
            word.append(folded)
            in_run = False
            continue
        if word:
            found.append(Atom("".join(word), start, end, False, False))
            word.clear()
        if kind == _WORD:
            start, end = first, last
            word.append(folded)
        elif kind == _CJK:
            if in_run:
                before = found[-1]
                found[-1] = Atom(before.text, before.start, before.end, True, True)
            found.append(Atom(folded, first, last, True, False))
        in_run = kind == _CJK
    if word:
        found.append(Atom("".join(word), start, end, False, False))
    return found


_SEPARATOR, _WORD, _CJK = range(3)

_CJK_RANGES = (
    (0x2E80, 0x2FDF),  # radicals; most fold to ideographs
    (0x3005, 0x3007),  # 々 〆 〇
    (0x3021, 0x3029),
    (0x3041, 0x30FF),  # kana
    (0x3105, 0x312F),  # bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)


_CLASS = "".join(f"{chr(low)}-{chr(high)}" for low, high in _CJK_RANGES)
_PIECES = re.compile(f"[{_CLASS}]+|[^{_CLASS} ]{{1,{MAX_WORD}}}")
"""A run of CJK characters or a word, in a text folded by `_Folds`."""

_OTHERWISE = "\0"
"""Stands in a folded text for a character that does not fold on its own; NUL itself separates."""


class _Folds(dict[int, str]):
    """For `str.translate`: each character's folded one, a space for all that separates."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        folded = _fold(character)
        if len(folded) != 1 or not _begins(character):
            self[point] = _OTHERWISE
        else:
            ((one, kind),) = folded
            self[point] = " " if kind == _SEPARATOR else one
        return self[point]


@cache
def _folds() -> _Folds:
    return _Folds()


@cache
def _simplified() -> Mapping[str, str]:
    """Traditional characters with the simplified ones that they are found as."""
    listed = Path(__file__).with_name("simplified.txt").read_text(encoding="utf-8")
    lines = (line for line in listed.splitlines() if not line.startswith("#"))
    return {pair[0]: pair[1] for line in lines for pair in line.split()}


def _is_cjk(character: str) -> bool:
    point = ord(character)
    return point >= 0x2E80 and any(low <= point <= high for low, high in _CJK_RANGES)


def _characters(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield each normalised character, its class, and where in `text` it came from."""
    for first, last in _clusters(text):
        for folded, kind in _fold(text[first:last]):
            yield folded, kind, first, last


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield the pieces of `text` that normalise on their own: a character and its marks."""
    start = 0
    for index, character in enumerate(text):
        if index > start and _begins(character):
            yield start, index
            start = index
    if text:
        yield start, len(text)


@lru_cache(maxsize=20_000)
def _begins(character: str) -> bool:
    """Whether a character cannot merge with the one before it under NFKC."""
    if character.isascii():
        return True
    first = unicodedata.normalize("NFKD", character)[0]
    return not (unicodedata.category(first)[0] == "M" or 0x1160 <= ord(first) <= 0x11FF)


@lru_cache(maxsize=20_000)
def _fold(cluster: str) -> tuple[tuple[str, int], ...]:
    """Return the normalised characters of one cluster with their classes; invisible ones go."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    simple = _simplified()
    return tuple((simple.get(c, c), _kind(c)) for c in folded if not _is_invisible(c))


def _kind(character: str) -> int:
    category = unicodedata.category(character)[0]
    if category not in "LNM":
        return _SEPARATOR
    return _CJK if _is_cjk(character) else _WORD


def _is_invisible(character: str) -> bool:
    """Whether a character only advises how to draw: format characters, variation selectors."""
    point = ord(character)
    return (
        unicodedata.category(character) == "Cf"
        or 0xFE00 <= point <= 0xFE0F
        or 0xE0100 <= point <= 0xE01EF
    )
