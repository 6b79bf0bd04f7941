"""Sentences in the reader's language: words, errors, the notice, and what the script says.

`python -m web.i18n update` brings the catalogues level with the sources and lists what lacks a
translation; `python -m web.i18n compile` builds them for the wheel.
"""

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import Literal

from schemas.session import Language
from web import catalogue
from web.client_messages import MESSAGES
from web.error_texts import ERRORS, UNKNOWN
from web.keys import KEYS, PLACES
from web.words import NOTICE, WORDS

Audio = Literal["kept", "deleted", "none"]

_KEY = re.compile(r"[a-z_]+(\.[a-z0-9_-]+)+")


class _Fields(dict[str, object]):
    """The fields of a sentence; one that was not sent leaves a dash rather than an error page."""

    def __missing__(self, key: str) -> str:
        return "–"


class Translator:
    """Translates into one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.catalogue = catalogue.load(language)

    def text(self, key: str, /, **fields: object) -> str:
        """Return a word by its key (`kind.problem`) or an English sentence in this language.

        `{name}` in the sentence is replaced from `fields`. Raises KeyError for a key that
        `web.words` does not hold.
        """
        sentence = WORDS[key] if _KEY.fullmatch(key) else key
        translated = self.catalogue.gettext(sentence)
        return translated.format_map(_Fields(fields)) if fields else translated

    def labelled(self, label: str, value: object) -> str:
        """Return `label: value`, with the colon of the language."""
        return f"{label}：{value}" if self.language is Language.ZH else f"{label}: {value}"

    def notice(self, audio: Audio = "kept") -> tuple[str, ...]:
        """Return what a person is told before joining a session that treats its audio so."""
        return tuple(self.text(sentence) for sentence in NOTICE[audio])


@cache
def translator(language: Language) -> Translator:
    """Return the translator of a language; its catalogue is read once."""
    return Translator(language)


def error_text(code: str, fields: Mapping[str, object], language: Language) -> tuple[str, str]:
    """Return what went wrong and what to do about it, for the code of a ColloquyError.

    Where the fields hold a `reason` that has its own sentence (`code.reason`), that is taken.
    """
    sentence, advice = ERRORS.get(f"{code}.{fields.get('reason', '')}") or ERRORS.get(code, UNKNOWN)
    into = translator(language)
    given = {"code": code, **{name: _said(value, language) for name, value in fields.items()}}
    return into.text(sentence, **given), into.text(advice, **given)


def told_of(code: str, fields: Mapping[str, object], language: Language) -> str:
    """Return both in one; no space stands behind a Chinese stop."""
    between = "" if language is Language.ZH else " "
    return between.join(one for one in error_text(code, fields, language) if one)


def _said(value: object, language: Language) -> str:
    """A field as a sentence holds it: several names are a list of names."""
    comma = "、" if language is Language.ZH else ", "
    return comma.join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def messages(language: Language) -> dict[str, str]:
    """Return the sentences of the page's script by key, `{name}` left in place."""
    into = translator(language)
    return {key: into.text(sentence) for key, sentence in MESSAGES.items()}


def sentences() -> set[str]:
    """Return every English sentence that is translated and does not stand in a template."""
    errors = {text for pair in (*ERRORS.values(), UNKNOWN) for text in pair if text}
    notices = {text for group in NOTICE.values() for text in group}
    labels = {key.label for key in KEYS} | set(PLACES.values())
    return {*WORDS.values(), *errors, *notices, *labels, *MESSAGES.values()}


def main(arguments: list[str]) -> int:
    """Run `compile` or `update`; 1 when something lacks a translation."""
    match arguments:
        case ["compile"]:
            for path in catalogue.compile_all():
                print(path)
            return 0
        case ["update"]:
            missing = catalogue.update_all(sentences())
            for language, untranslated in missing.items():
                for sentence in untranslated:
                    print(f"{language}: {sentence}")
            return 1 if any(missing.values()) else 0
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
