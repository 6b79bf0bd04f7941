"""The translations as files: read them, compile them, and add what the sources newly say.

The English sentence is the key. `messages.po` is edited by hand; `messages.mo` is built from it
for the wheel. A `.mo` that is missing or older than its `.po` is passed over, so that a changed
sentence is never hidden by a stale build.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from schemas.session import Language

LOCALE = Path(__file__).parent / "locale"
TEMPLATES = Path(__file__).parent / "templates"
SOURCE = Language.EN
"""The language that the sentences are written in; it needs no catalogue."""

Sentence = str | tuple[str, str]
"""An English sentence, or a pair: for one thing and for several."""

# Babel's own header holds dates and placeholders, which would change with every update.
_HEADER = """# Colloquy in {locale}. The English sentence is the key; `python -m web.i18n update` adds new ones.
msgid ""
msgstr ""
"Language: {locale}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def load(language: Language) -> NullTranslations:
    """Return the translations into `language`."""
    if language is SOURCE:
        return NullTranslations()
    po, mo = _paths(language)
    if mo.exists() and (not po.exists() or mo.stat().st_mtime >= po.stat().st_mtime):
        with mo.open("rb") as file:
            return GNUTranslations(file)
    return GNUTranslations(io.BytesIO(_compiled(read(language))))


def read(language: Language) -> Catalog:
    """Return the hand-written catalogue of `language`."""
    with _paths(language)[0].open("rb") as file:
        return read_po(file, locale=_locale(language))


def compile_all() -> list[Path]:
    """Write every `.mo` file; return where."""
    written = []
    for language in Language:
        if language is not SOURCE:
            mo = _paths(language)[1]
            mo.write_bytes(_compiled(read(language)))
            written.append(mo)
    return written


def update_all(sentences: Iterable[str]) -> dict[Language, list[str]]:
    """Bring every `.po` file level with templates and `sentences`; return what lacks translation.

    What is no longer said is dropped. Nothing is guessed: a new sentence comes in empty.
    """
    missing = {}
    for language in Language:
        if language is SOURCE:
            continue
        old = read(language) if _paths(language)[0].exists() else Catalog()
        fresh = Catalog(locale=_locale(language), project="Colloquy", fuzzy=False)
        said: set[Sentence] = {*template_sentences(), *sentences}
        for sentence in sorted(said, key=str):
            known = old.get(sentence)
            fresh.add(sentence, string=known.string if known else "")
        _write(language, fresh)
        missing[language] = untranslated(fresh)
    return missing


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the sentences that have no translation, or only a guessed one."""
    return [_first(m.id) for m in catalogue if m.id and (m.fuzzy or not _first(m.string))]


def template_sentences() -> Iterator[Sentence]:
    """Yield every sentence that the templates mark for translation."""
    found = extract_from_dir(
        TEMPLATES,
        method_map=[("**.html", "jinja2.ext.babel_extract")],
        options_map={"**.html": {"silent": "false", "newstyle_gettext": "true"}},
    )
    for _file, _line, message, _comments, _context in found:
        yield message if isinstance(message, str) else (message[0], message[1])


def _first(text: str | Sequence[str] | None) -> str:
    if text is None or isinstance(text, str):
        return text or ""
    return text[0]


def _write(language: Language, catalogue: Catalog) -> None:
    body = io.BytesIO()
    write_po(body, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=True)
    header = _HEADER.format(locale=catalogue.locale_identifier, plurals=catalogue.plural_forms)
    _paths(language)[0].write_bytes(header.encode() + body.getvalue())


def _paths(language: Language) -> tuple[Path, Path]:
    folder = LOCALE / language / "LC_MESSAGES"
    return folder / "messages.po", folder / "messages.mo"


def _locale(language: Language) -> str:
    return {Language.EN: "en", Language.ZH: "zh_Hans_CN"}[language]


def _compiled(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()
