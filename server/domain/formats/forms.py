"""The table of exports: which forms there are, what their files are called, and who writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from schemas.session import Language
from server.domain.corpus import Corpus
from server.domain.formats import (
    cells,
    codebook,
    jsonl,
    refi_codebook,
    refi_project,
    skos,
    web_annotation,
)
from server.domain.formats.refi_sound import Sounds


class Form(StrEnum):
    """A form of export, by the name that addresses and the command line use."""

    QDPX = "qdpx"
    QDC = "qdc"
    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"
    TTL = "ttl"
    JSONLD = "jsonld"
    ANNOTATIONS = "annotations"


@dataclass(frozen=True, slots=True)
class Options:
    """language: of labels, where a form holds one only. origin: of the addresses in it.

    sounds: what of the sound goes along, in a form that holds sound.
    """

    language: Language = Language.EN
    origin: str = "urn:colloquy"
    sounds: Sounds = field(default_factory=Sounds)


@dataclass(frozen=True, slots=True)
class Written:
    """How a form is written, and how its file is called. with_sound: whether it holds sound."""

    suffix: str
    media_type: str
    write: Callable[[Corpus, Options, BinaryIO], None]
    with_sound: bool = False


def _qdpx(corpus: Corpus, options: Options, out: BinaryIO) -> None:
    refi_project.write(corpus, options.language, out, options.sounds)


def _qdc(corpus: Corpus, options: Options, out: BinaryIO) -> None:
    refi_codebook.write(corpus, options.language, out)


def _csv(corpus: Corpus, _options: Options, out: BinaryIO) -> None:
    out.write(cells.csv_bytes(codebook.sheet(corpus)))


def _xlsx(corpus: Corpus, _options: Options, out: BinaryIO) -> None:
    out.write(cells.xlsx_bytes(codebook.sheet(corpus), "codebook"))


def _jsonl(corpus: Corpus, _options: Options, out: BinaryIO) -> None:
    out.writelines(jsonl.written(corpus))


def _turtle(corpus: Corpus, options: Options, out: BinaryIO) -> None:
    skos.write(corpus, options.origin, "turtle", out)


def _json_ld(corpus: Corpus, options: Options, out: BinaryIO) -> None:
    skos.write(corpus, options.origin, "json-ld", out)


def _annotations(corpus: Corpus, options: Options, out: BinaryIO) -> None:
    web_annotation.write(corpus, options.origin, out)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: Mapping[Form, Written] = {
    Form.QDPX: Written("qdpx", "application/zip", _qdpx, with_sound=True),
    Form.QDC: Written("qdc", "application/xml", _qdc),
    Form.XLSX: Written("codebook.xlsx", _XLSX, _xlsx),
    Form.CSV: Written("codebook.csv", "text/csv; charset=utf-8", _csv),
    Form.JSONL: Written("jsonl", "application/x-ndjson", _jsonl),
    Form.TTL: Written("skos.ttl", "text/turtle; charset=utf-8", _turtle),
    Form.JSONLD: Written("skos.jsonld", "application/ld+json", _json_ld),
    Form.ANNOTATIONS: Written("annotations.jsonld", "application/ld+json", _annotations),
}
