"""Cutting a text into passages: what is coded of a document, as lines are of a session.

Paragraphs are what stands between blank lines, or each line of a text that has none. Headings are
no passages; they stand over those that follow. A paragraph too long to be one statement is cut at
the ends of sentences.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from schemas.errors import Invalid

MAX_PASSAGE = 1_200
"""Characters; about half a page, more than anybody codes as one."""
MAX_PASSAGES = 5_000

_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t#]*")
_ITEM = re.compile(r"(?:[-*+•·]|\d{1,3}[.)、]|[（(]?[一二三四五六七八九十]{1,3}[）)、])\s*\S")
_SENTENCE = re.compile(r"[^。！？；!?.]*(?:[。！？；]+[”’」』）]*|[!?.]+[\"”’)]*(?=\s|$)|[!?.]+|$)")
_ENDS = tuple("。！？；：.!?:;”’」』）)")
_CHINESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One passage to be. heading: what it stands under, "" for nothing."""

    heading: str
    text: str


def cut(text: str, *, wrapped: bool = False) -> Sequence[Paragraph]:
    """Return the passages of a text in order.

    wrapped: its lines end where a page was full, as in what is read from a PDF file; form feeds
    part its pages. Raises Invalid `passage.none` or `passage.too_many`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
    if wrapped:
        lines = _unwrapped(lines)
    parted = any(not line.strip() for line in _inside(lines))
    found = [
        Paragraph(heading, piece)
        for heading, paragraph in _paragraphs(lines, parted=parted)
        for piece in _pieces(paragraph)
    ]
    if not found:
        raise Invalid("passage.none")
    if len(found) > MAX_PASSAGES:
        raise Invalid("passage.too_many", most=MAX_PASSAGES)
    return found


def sentences(text: str) -> Sequence[str]:
    """Return the sentences of a text; together they are the text."""
    return [one for one in _SENTENCE.findall(text) if one]


def _inside(lines: Sequence[str]) -> Sequence[str]:
    """The lines without blank ones at either end, which part nothing."""
    said = [number for number, line in enumerate(lines) if line.strip()]
    return lines[said[0] : said[-1]] if said else ()


def _paragraphs(lines: Sequence[str], *, parted: bool) -> Iterator[tuple[str, str]]:
    heading, held = "", ""
    for line in (*lines, ""):
        said = " ".join(line.split())
        title = _HEADING.fullmatch(said)
        begins = not said or not parted or title is not None or _ITEM.match(said) is not None
        if begins and held:
            yield heading, held
            held = ""
        if title is not None:
            heading = title.group(1)
        elif said:
            held = _joined(held, said)


def _pieces(paragraph: str) -> Iterator[str]:
    held = ""
    for sentence in sentences(paragraph):
        if held and len(held) + len(sentence) > MAX_PASSAGE:
            yield held.strip()
            held = ""
        held += sentence
        while len(held) > MAX_PASSAGE:
            yield held[:MAX_PASSAGE].strip()
            held = held[MAX_PASSAGE:]
    if held.strip():
        yield held.strip()


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """Put a blank line where a paragraph seems to end: after a short line that ends a sentence."""
    pages = [line.replace("\f", "") for line in lines]
    full = median([len(line) for line in pages if line.strip()] or [0])
    out: list[str] = []
    for line in pages:
        out.append(line)
        said = line.rstrip()
        if said and said.endswith(_ENDS) and len(said) < 0.85 * full:
            out.append("")
    return out


def _joined(before: str, after: str) -> str:
    if not before:
        return after
    if before.endswith("-") and after[:1].islower():
        return before[:-1] + after
    tight = _CHINESE.match(before[-1]) and _CHINESE.match(after[0])
    return before + after if tight else f"{before} {after}"
