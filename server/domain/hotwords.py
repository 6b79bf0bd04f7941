"""Which names and terms are worth telling the ear first; pure.

A prompt holds some sixty of them. Four sources take turns, so that no long list crowds out another:
words that were misheard and corrected, the people of the session, their units and those units'
aliases, and the labels of the taxonomy, what was agreed last coming first.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from schemas.session import Bilingual, Language, Unit

MOST = 150
LONGEST = 60
LONGEST_HAN = 24
_HAN = re.compile(r"[\u3400-\u9fff]")


def ranked(
    corrected: Sequence[str],
    people: Sequence[str],
    units: Sequence[Unit],
    labels: Sequence[Bilingual],
    languages: Sequence[Language],
) -> tuple[str, ...]:
    """Return the terms, each once, the most useful first. Each list is ranked in itself.

    languages: in which of its names a unit or label may be said. A term of one character, or
    longer than anybody says in one breath, is left out.
    """
    sources = (corrected, people, _units(units, languages), _said(labels, languages))
    turns = chain.from_iterable(zip_longest(*(map(_clean, source) for source in sources)))
    kept: dict[str, str] = {}
    for term in turns:
        if term and _is_said(term):
            kept.setdefault(term.casefold(), term)
    return tuple(kept.values())[:MOST]


def _units(units: Sequence[Unit], languages: Sequence[Language]) -> list[str]:
    names = [list(_said([unit.name], languages)) + _fitting(unit, languages) for unit in units]
    return [name for turn in zip_longest(*names) for name in turn if name]


def _fitting(unit: Unit, languages: Sequence[Language]) -> list[str]:
    """The aliases in a language that is spoken: with Chinese characters, or without."""
    wanted = {language is Language.ZH for language in languages}
    return [alias for alias in unit.aliases if bool(_HAN.search(alias)) in wanted]


def _said(texts: Sequence[Bilingual], languages: Sequence[Language]) -> Iterator[str]:
    for text in texts:
        for language in languages:
            yield text.zh if language is Language.ZH else text.en


def _clean(term: str) -> str:
    return " ".join(re.sub(r"[,，、;；]", " ", term).split())


def _is_said(term: str) -> bool:
    longest = LONGEST_HAN if _HAN.search(term) else LONGEST
    return 2 <= len(term) <= longest
