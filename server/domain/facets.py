"""Facets: by what the archive narrows, as tokens that lie in the index beside the words.

A token is a letter for the facet and a value of lower-case letters and digits, so that both
engines keep it as one. Names of people never become values: a speaker's is a digest of the name,
which links can carry.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

_PLAIN = re.compile(r"[0-9a-z]{1,40}")


class Facet(StrEnum):
    """One question by which hits can be narrowed; the order is that of the page."""

    OF = "of"
    STUDY = "study"
    STAGE = "stage"
    THEME = "theme"
    SESSION = "session"
    STEP = "step"
    UNIT = "unit"
    SPEAKER = "speaker"
    ROLE = "role"
    KIND = "kind"
    STATE = "state"
    ENTRY = "entry"
    SOURCE = "source"
    LANGUAGE = "language"
    MONTH = "month"


_LETTERS: Mapping[Facet, str] = {
    Facet.OF: "z",
    Facet.STUDY: "t",
    Facet.STAGE: "g",
    Facet.THEME: "h",
    Facet.SESSION: "s",
    Facet.STEP: "a",
    Facet.UNIT: "u",
    Facet.SPEAKER: "p",
    Facet.ROLE: "r",
    Facet.KIND: "k",
    Facet.STATE: "x",
    Facet.ENTRY: "e",
    Facet.SOURCE: "o",
    Facet.LANGUAGE: "l",
    Facet.MONTH: "d",
}
_FACETS = {letter: facet for facet, letter in _LETTERS.items()}


def token(facet: Facet, value: str) -> str:
    """Return the token of a facet's value."""
    return _LETTERS[facet] + plain(value)


def plain(value: str) -> str:
    """Return a value as tokens and links carry it; one of other signs becomes its digest."""
    bare = value.replace("_", "")
    if _PLAIN.fullmatch(bare):
        return bare
    return hashlib.sha256(value.encode()).hexdigest()[:24]


def speaker(name: str) -> str:
    """Return the value that stands for a speaker of this name, whatever sign it is made of."""
    return hashlib.sha256(f"speaker {name}".encode()).hexdigest()[:16]


def parse(token_text: str) -> tuple[Facet, str] | None:
    """Return facet and value of a token; None for what is no facet."""
    facet = _FACETS.get(token_text[:1])
    return None if facet is None else (facet, token_text[1:])


def counts(found: Iterable[Iterable[str]]) -> Mapping[Facet, Counter[str]]:
    """Return how often each value stands among the tokens of what was found."""
    every = Counter(one for tokens in found for one in tokens)
    counted: dict[Facet, Counter[str]] = {facet: Counter() for facet in Facet}
    for one, count in every.items():
        known = parse(one)
        if known is not None:
            counted[known[0]][known[1]] += count
    return counted
