"""What both engines share of the archive's index: positional terms and classes."""

from collections.abc import Sequence
from typing import Literal

from server.domain.query import Phrase
from server.domain.tokens import words

Of = Literal["line", "annotation", "wording", "entry", "source", "passage", "answer"]
"""What can be found."""

Classes = Sequence[Sequence[str]]
"""Facet tokens: one of each inner row must stand beside the words."""


def terms_of(phrase: Phrase) -> tuple[list[str], bool]:
    """Return a phrase's positional tokens, and whether the last is the beginning of one.

    The last character of a run needs no token where a bigram before it holds it already; where
    it stands alone it may begin a longer run in the text.
    """
    found = list(words(phrase.atoms))
    if not phrase.atoms[-1].is_cjk:
        return found, phrase.prefix
    if len(found) > 1 and phrase.atoms[-2].joins:
        return found[:-1], False
    return found, True


def is_character(phrase: Phrase) -> bool:
    """Whether the phrase is one CJK character, which lies in a class of its own."""
    return len(phrase.atoms) == 1 and phrase.atoms[0].is_cjk
