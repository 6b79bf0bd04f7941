"""What a REFI-QDA writer counts in positions of a text, found out from its own selections.

The standard says code points, the end excluded, and nothing of line ends and byte order marks. Tools
count UTF-16 units or bytes, a CR LF once or twice, the mark or not, some the last character too. So
every way of counting is held against the selections: how many are the very words that the writer put
into their names, then how many begin and end where words do.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, product

MARK = "\ufeff"
MOST_WEIGHED = 2_000
"""Selections that are held against each way of counting; more would say the same."""
MOST_CHARACTERS = 400_000
"""Of the texts that are: each way counts them all, 24 times 0.3 s for a million."""

_END = re.compile(r"\r\n|\r|\n")
_SPACE = re.compile(r"\s+")


class Unit(StrEnum):
    """What one step of a position is."""

    CODE_POINT = "code_point"
    UTF16 = "utf16"
    BYTE = "byte"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of counting. double_ends: a line end counts two. has_mark: a mark at the start counts."""

    unit: Unit = Unit.CODE_POINT
    double_ends: bool = False
    has_mark: bool = False
    is_inclusive: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A selection as its writer counted it; name: often its words, or a title, or nothing."""

    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A way of counting: selections that are their names, and edges that words have, of how many."""

    dialect: Dialect
    quoted: int
    edges: int
    selections: int

    @property
    def share(self) -> float:
        """The share of selections that are their names, or where none is, of edges; 0..1."""
        if self.selections == 0:
            return 0.0
        return self.quoted / self.selections if self.quoted else self.edges / (2 * self.selections)


DIALECTS = tuple(
    Dialect(*one) for one in product(Unit, (False, True), (False, True), (False, True))
)
_NVIVO = Dialect(Unit.UTF16, double_ends=True)


def normal(text: str) -> str:
    """Return a text as we hold it: no mark at the start, LF alone."""
    return _END.sub("\n", text.removeprefix(MARK))


class Ruler:
    """Positions of one text, as its file holds it, in one way of counting."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        first = _width(MARK, dialect.unit) if dialect.has_mark and text.startswith(MARK) else 0
        ends = 2 if dialect.double_ends else 1
        widths = (ends if one == "\n" else _width(one, dialect.unit) for one in normal(text))
        self._at = list(accumulate(widths, initial=first))
        self._is_inclusive = dialect.is_inclusive

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the code points of a selection, end excluded; None if it begins or ends within one."""
        first = self._index(start)
        if first is None:
            return None
        last = self._index(end)
        if last is None:
            return None
        last += self._is_inclusive
        return (first, last) if first <= last < len(self._at) else None

    def position(self, index: int) -> int:
        """Return where a code point begins, as this way counts."""
        return self._at[index]

    def _index(self, position: int) -> int | None:
        at = bisect_left(self._at, position)
        return at if at < len(self._at) and self._at[at] == position else None


def ranked(texts: Sequence[tuple[str, Sequence[Span]]], origin: str = "") -> Sequence[Scored]:
    """Return all ways of counting, the likeliest first; equals as the tool `origin` is known to count.

    texts: each source as its file holds it, mark and line ends included, with its selections.
    """
    usual = _NVIVO if origin.lower().startswith("nvivo") else Dialect()
    chosen = _sample(texts)
    found = [_score(chosen, dialect) for dialect in DIALECTS]
    return sorted(
        found, key=lambda one: (-one.quoted, -one.edges, one.dialect != usual, _oddity(one.dialect))
    )


def _oddity(dialect: Dialect) -> tuple[int, int]:
    odd = (dialect.double_ends, dialect.has_mark, dialect.is_inclusive)
    return sum(odd), [*Unit].index(dialect.unit)


def _sample(texts: Sequence[tuple[str, Sequence[Span]]]) -> Sequence[tuple[str, Sequence[Span]]]:
    """Up to `MOST_WEIGHED` selections of the texts that tell ways apart best, of each the last ones."""
    coded = [(text, spans) for text, spans in texts if spans]
    coded.sort(key=lambda one: (-max(map(ord, one[0]), default=0).bit_length() // 8, len(one[0])))
    each = max(1, MOST_WEIGHED // max(1, len(coded)))
    found: list[tuple[str, Sequence[Span]]] = []
    left = MOST_CHARACTERS
    for text, spans in coded:
        if found and len(text) > left:
            continue
        left -= len(text)
        found.append((text, sorted(spans, key=lambda one: (one.start, one.end))[-each:]))
    return found


def _score(texts: Sequence[tuple[str, Sequence[Span]]], dialect: Dialect) -> Scored:
    quoted = edges = total = 0
    for text, spans in texts:
        ruler, words = Ruler(text, dialect), normal(text)
        total += len(spans)
        for one in spans:
            place = ruler.span(one.start, one.end)
            if place is not None and place[0] < place[1]:
                quoted += is_name(words[place[0] : place[1]], one.name)
                edges += _is_start(words, place[0]) + _is_end(words, place[1])
    return Scored(dialect, quoted, edges, total)


def is_name(words: str, name: str) -> bool:
    """Return whether a name is these words; tools fold white space in it and cut long ones short."""
    said, named = _SPACE.sub(" ", words), _SPACE.sub(" ", normal(name))
    if said == named:
        return bool(named)
    cut = named.removesuffix("…").removesuffix("...")
    return cut != named and len(cut) >= 8 and said.startswith(cut)


def _is_start(text: str, at: int) -> bool:
    within = at > 0 and text[at - 1].isalnum() and text[at].isalnum()
    return not within and not text[at].isspace()


def _is_end(text: str, at: int) -> bool:
    within = at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
    return not within and not text[at - 1].isspace()


def _width(character: str, unit: Unit) -> int:
    match unit:
        case Unit.CODE_POINT:
            return 1
        case Unit.UTF16:
            return 2 if character > "\uffff" else 1
        case Unit.BYTE:
            return len(character.encode("utf-8", "surrogatepass"))
