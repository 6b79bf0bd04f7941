"""The table of exports: which forms there are, what their files are called, and who writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from schemas.session import Language
from server.domain.corpus import Corpus
from server.domain.formats import jsonl


class Form(StrEnum):
    """A form of export, by the name that addresses and the command line use."""

    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Options:
    """language: of labels, where a form holds one only. origin: of the addresses in it."""

    language: Language = Language.EN
    origin: str = "urn:colloquy"


@dataclass(frozen=True, slots=True)
class Written:
    """How a form is written. of_taxonomy: it holds the taxonomy alone, and nobody's words."""

    suffix: str
    media_type: str
    write: Callable[[Corpus, Options, BinaryIO], None]
    of_taxonomy: bool = False


def _jsonl(corpus: Corpus, _options: Options, out: BinaryIO) -> None:
    out.writelines(jsonl.written(corpus))


FORMS: Mapping[Form, Written] = {
    Form.JSONL: Written("jsonl", "application/x-ndjson", _jsonl),
}
