"""A foreign text cut into what is coded here, each piece with its place in the text.

A talk is told by its shape: most paragraphs begin with a name and a colon, or stand below one that
stands alone, and the same names come back. Its pieces are turns with their speaker. Any other text
is a document, and its pieces are paragraphs below their headings.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.domain import passages

MOST_IN_TURN = 1_000
"""Characters, as of pieces of transcripts that are brought in (`domain.scripts`)."""
_NAME = re.compile(r"\s*([^:：。！？.!?\d\n]{1,60})[:：][ \t\u3000]*(?=(\S?))")
_HEADING = re.compile(r"\s*#{1,6}[ \t]+(.+?)[ \t#]*")
_ALONE_SHARE = 0.2
_NAMED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Piece:
    """A turn or a paragraph: code points of the text, the end excluded."""

    start: int
    end: int
    speaker: str = ""
    heading: str = ""


def is_talk(text: str) -> bool:
    """Return whether a text looks like a transcript of several turns."""
    rows = [text[start:end] for start, end in _rows(text)]
    named = [match for row in rows if (match := _NAME.match(row)) is not None]
    alone = sum(not match[2] for match in named)
    names = Counter(match[1].strip() for match in named)
    if len(named) < 3 or len(names) > 0.6 * len(named):
        return False
    return len(named) >= _NAMED_SHARE * len(rows) or alone >= _ALONE_SHARE * len(rows)


def turns(text: str) -> Sequence[Piece]:
    """Return the turns of a talk: what a name and a colon stand before is that speaker's, and what follows."""
    found: list[Piece] = []
    speaker = ""
    for start, end in _rows(text):
        match = _NAME.match(text[start:end])
        if match is not None:
            speaker = " ".join(match[1].split())
            start += match.end()
        cut = _cut(text, start, end, MOST_IN_TURN)
        found += [Piece(*each, speaker) for each in cut if each[0] < each[1]]
    return found


def paragraphs(text: str) -> Sequence[Piece]:
    """Return the paragraphs of a document; a line that begins with `#` is the heading of what follows."""
    found: list[Piece] = []
    heading = ""
    for start, end in _rows(text):
        title = _HEADING.fullmatch(text[start:end])
        if title is not None:
            heading = title[1]
            continue
        cut = _cut(text, start, end, passages.MAX_PASSAGE)
        found += [Piece(*each, heading=heading) for each in cut if each[0] < each[1]]
    return found


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines stand that say something, white space at their ends left out."""
    at = 0
    for row in text.split("\n"):
        said = row.strip()
        if said:
            start = at + len(row) - len(row.lstrip())
            yield start, start + len(said)
        at += len(row) + 1


def _cut(text: str, start: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """A stretch, or where it is too long its parts, cut at the ends of sentences."""
    held = start
    for length in (len(one) for one in passages.sentences(text[start:end])):
        if start + length - held > most and start > held:
            yield _trimmed(text, held, start)
            held = start
        start += length
        while start - held > most:
            yield _trimmed(text, held, held + most)
            held += most
    if start > held:
        yield _trimmed(text, held, start)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - (len(said) - len(said.rstrip()))
