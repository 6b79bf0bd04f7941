"""What people type into the archive, as a tree; the meaning of that tree over a text.

    words            all of them, anywhere: 数据 sharing
    "a phrase"       its atoms one after another; so is a word with no space in it: 使用GIS系统
    prefix*          words that begin so, also at the end of a phrase: "open da*"
    AND OR NOT -     OR binds least; AND is what a space means; a NOT needs something beside it
    ( )              groups

Full-width signs and Chinese quotation marks serve as well. Nothing but `Invalid("archive.query")`
is ever raised: `at` is the code point where it goes wrong, `reason` one of those in `Reason`. What
engines get is built from this tree (store/search.py), never from the text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from schemas.errors import Invalid
from server.domain.tokens import Atom, atoms

MAX_CHARACTERS = 400
MAX_TERMS = 32
MAX_ATOMS = 256
MAX_DEPTH = 16

Reason = Literal[
    "empty",  # nothing to look for
    "too_long",
    "too_many",  # terms or atoms
    "too_deep",  # parentheses
    "unclosed_quote",
    "unclosed_parenthesis",
    "unopened_parenthesis",
    "operand_missing",  # beside AND, OR, NOT
    "only_excluded",  # a NOT with nothing that is wanted beside it
    "star",  # an asterisk that does not end a word
]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Atoms that follow one another; with `prefix` the last word may go on. Never empty."""

    atoms: tuple[Atom, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Both:
    """All that is wanted, at least one, and none of what is unwanted."""

    wanted: tuple["Query", ...]
    unwanted: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of two or more."""

    options: tuple["Query", ...]


Query = Phrase | Both | Either


def parse(text: str) -> Query:
    """Return the tree of `text`. Raises Invalid `archive.query` and nothing else."""
    if len(text) > MAX_CHARACTERS:
        _fail(MAX_CHARACTERS, "too_long")
    signs = list(_signs(text))
    terms = [sign for sign in signs if isinstance(sign.value, Phrase)]
    if len(terms) > MAX_TERMS:
        _fail(terms[MAX_TERMS].at, "too_many")
    parser = _Parser(signs, len(text))
    query = parser.either(0)
    if parser.sign is not None:
        _fail(parser.sign.at, "unopened_parenthesis")
    return query or _fail(0, "empty")


def matches(query: Query, text: Sequence[Atom]) -> bool:
    """Return whether the atoms of a text answer the query; this is what engines must equal."""
    match query:
        case Phrase():
            return next(_occurrences(query, text, _places(text)), None) is not None
        case Both(wanted, unwanted):
            return all(matches(each, text) for each in wanted) and not any(
                matches(each, text) for each in unwanted
            )
        case Either(options):
            return any(matches(each, text) for each in options)


def marks(query: Query, text: str) -> tuple[tuple[int, int], ...]:
    """Return the code point ranges of `text` that answer the query, in order, merged."""
    found = atoms(text)
    places = _places(found)
    ranges = sorted(
        (found[first].start, found[last].end)
        for phrase in _wanted(query)
        for first, last in _occurrences(phrase, found, places)
    )
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def widened(query: Query, families: Iterable[Sequence[str]]) -> tuple[Query, tuple[str, ...]]:
    """Return the query with each name of a family standing for all of them, and the names added.

    A family is the names one unit has, had and is known by. Only a whole phrase counts as a name;
    one that may go on (`name*`) stays as it is.
    """
    known: dict[tuple[tuple[str, bool], ...], dict[Phrase, str]] = {}
    for family in families:
        named = {Phrase(tuple(found), False): name for name in family if (found := atoms(name))}
        for phrase in named:
            known.setdefault(_bare_of(phrase), {}).update(named)
    added: dict[str, None] = {}
    wide = _widened(query, known, added)
    return wide, tuple(added)


def _widened(
    query: Query,
    known: Mapping[tuple[tuple[str, bool], ...], Mapping[Phrase, str]],
    added: dict[str, None],
) -> Query:
    match query:
        case Phrase():
            own = _bare_of(query)
            others = {} if query.prefix else known.get(own, {})
            kept = {_bare_of(one): one for one in others if _bare_of(one) != own}
            if not kept:
                return query
            added.update({others[one]: None for one in kept.values()})
            return Either((query, *kept.values()))
        case Both(wanted, unwanted):
            return Both(tuple(_widened(each, known, added) for each in wanted), unwanted)
        case Either(options):
            return Either(tuple(_widened(each, known, added) for each in options))


def _bare_of(phrase: Phrase) -> tuple[tuple[str, bool], ...]:
    return tuple((atom.text, atom.joins) for atom in phrase.atoms)


def occurrences(query: Query, text: Sequence[Atom]) -> Sequence[int]:
    """Return how often each wanted phrase of the query stands in a text, in the query's order."""
    places = _places(text)
    return [sum(1 for _ in _occurrences(phrase, text, places)) for phrase in _wanted(query)]


_Places = Mapping[str, Sequence[int]]
"""Where each atom stands in a text: few places are tried for each of a question's many phrases."""


def _places(text: Sequence[Atom]) -> _Places:
    places: dict[str, list[int]] = {}
    for at, atom in enumerate(text):
        places.setdefault(atom.text, []).append(at)
    return places


def _occurrences(
    phrase: Phrase, text: Sequence[Atom], places: _Places
) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each place where the phrase stands."""
    length = len(phrase.atoms)
    for first in _begun(phrase, places):
        if first + length <= len(text) and _stands(phrase, text[first : first + length]):
            yield first, first + length - 1


def _begun(phrase: Phrase, places: _Places) -> Iterable[int]:
    """Return the places where the phrase may begin, in order."""
    head = phrase.atoms[0].text
    if len(phrase.atoms) > 1 or not phrase.prefix:
        return places.get(head, ())
    return sorted(at for word, found in places.items() if word.startswith(head) for at in found)


def _stands(phrase: Phrase, here: Sequence[Atom]) -> bool:
    *before, last = zip(phrase.atoms, here, strict=True)
    if any(asked.text != atom.text or asked.joins != atom.joins for asked, atom in before):
        return False
    asked, atom = last
    if phrase.prefix and not asked.is_cjk:
        return not atom.is_cjk and atom.text.startswith(asked.text)
    return asked.text == atom.text


def _wanted(query: Query) -> Iterator[Phrase]:
    match query:
        case Phrase():
            yield query
        case Both(wanted, _):
            for each in wanted:
                yield from _wanted(each)
        case Either(options):
            for each in options:
                yield from _wanted(each)


def _fail(at: int, reason: Reason) -> NoReturn:
    raise Invalid("archive.query", at=at, reason=reason)


@dataclass(frozen=True, slots=True)
class _Sign:
    """One sign of the language: where it stands; None is a term of punctuation alone."""

    at: int
    value: Phrase | Literal["(", ")", "AND", "OR", "NOT"] | None


_OPEN, _CLOSE, _QUOTES, _MINUS, _STAR = "(（", ")）", '"＂“”„', "-－", "*＊"


def _signs(text: str) -> Iterator[_Sign]:
    at = 0
    while at < len(text):
        character = text[at]
        following = text[at + 1 : at + 2]
        if character.isspace():
            at += 1
        elif character in _OPEN:
            yield _Sign(at, "(")
            at += 1
        elif character in _CLOSE:
            yield _Sign(at, ")")
            at += 1
        elif character in _MINUS and following and not following.isspace():
            yield _Sign(at, "NOT")
            at += 1
        elif character in _QUOTES:
            end = _first(text, at + 1, lambda c: c in _QUOTES)
            if end == len(text):
                _fail(at, "unclosed_quote")
            yield _term(text, at + 1, end)
            at = end + 1
        else:
            end = _first(text, at, lambda c: c.isspace() or c in _OPEN + _CLOSE + _QUOTES)
            yield _bare(text, at, end)
            at = end


def _first(text: str, start: int, ends: Callable[[str], bool]) -> int:
    return next((at for at in range(start, len(text)) if ends(text[at])), len(text))


def _bare(text: str, at: int, end: int) -> _Sign:
    match text[at:end]:
        case "AND" | "OR" | "NOT" as operator:
            return _Sign(at, operator)
        case _:
            return _term(text, at, end)


def _term(text: str, at: int, end: int) -> _Sign:
    star = _first(text[:end], at, lambda c: c in _STAR)
    found = tuple(atoms(text[at:star]))
    if star < end and (star < end - 1 or not found):
        _fail(star, "star")
    if len(found) > MAX_ATOMS:
        _fail(at, "too_many")
    return _Sign(at, Phrase(found, prefix=star < end) if found else None)


class _Parser:
    """Recursive descent over signs. Each method returns None where only punctuation stood."""

    def __init__(self, signs: Sequence[_Sign], end: int) -> None:
        self._signs = signs
        self._next = 0
        self._end = end

    @property
    def sign(self) -> _Sign | None:
        """The sign to be read next, None at the end."""
        return self._signs[self._next] if self._next < len(self._signs) else None

    def either(self, depth: int) -> Query | None:
        """Read `both OR both ...`; nothing at all only where the text is empty."""
        if depth > MAX_DEPTH:
            _fail(self._at(), "too_deep")
        if self.sign is None and depth == 0:
            return None
        options = [self._both(depth)]
        while self._take("OR"):
            options.append(self._both(depth))
        kept = tuple(option for option in options if option is not None)
        if len(kept) < 2:
            return kept[0] if kept else None
        return Either(kept)

    def _both(self, depth: int) -> Query | None:
        at = self._at()
        wanted: list[Query] = []
        unwanted: list[Query] = []
        while True:
            is_excluded, query = self._item(depth)
            if query is not None:
                (unwanted if is_excluded else wanted).append(query)
            if not self._take("AND") and not self._goes_on():
                break
        if unwanted and not wanted:
            _fail(at, "only_excluded")
        if len(wanted) == 1 and not unwanted:
            return wanted[0]
        return Both(tuple(wanted), tuple(unwanted)) if wanted else None

    def _item(self, depth: int) -> tuple[bool, Query | None]:
        is_excluded = False
        while self._take("NOT"):
            is_excluded = not is_excluded
        sign = self.sign
        if sign is None or sign.value in (")", "AND", "OR"):
            _fail(self._at(), "operand_missing")
        self._next += 1
        if sign.value != "(":
            assert sign.value is None or isinstance(sign.value, Phrase)
            return is_excluded, sign.value
        query = self.either(depth + 1)
        if not self._take(")"):
            _fail(sign.at, "unclosed_parenthesis")
        return is_excluded, query

    def _goes_on(self) -> bool:
        return self.sign is not None and self.sign.value not in (")", "OR")

    def _take(self, value: str) -> bool:
        if self.sign is None or self.sign.value != value:
            return False
        self._next += 1
        return True

    def _at(self) -> int:
        return self._end if self.sign is None else self.sign.at
