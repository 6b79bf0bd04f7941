"""W3C Web Annotation: evidence and notes on lines, as one JSON-LD page of annotations.

Positions count Unicode code points of the line's text, the first is 0, the end excluded; beside
them stand the quotation with its surroundings, and the second of sound (Media Fragments).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import BinaryIO

from schemas.annotation import Anchor
from schemas.ids import LineId
from schemas.transcript import Line
from server.domain.corpus import Corpus

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_FRAGMENTS = "http://www.w3.org/TR/media-frags/"
AROUND = 32
"""Characters of a line that stand before and behind a quotation."""

Node = Mapping[str, object]


def write(corpus: Corpus, origin: str, out: BinaryIO) -> None:
    """Write the page. origin: what the addresses begin with."""
    found = list(_annotations(corpus, origin))
    page = {
        "@context": CONTEXT,
        "id": f"{origin}/studies/{corpus.study_id}/annotations",
        "type": "AnnotationPage",
        "startIndex": 0,
        "items": found,
    }
    out.write(json.dumps(page, ensure_ascii=False, indent=1).encode())


def _annotations(corpus: Corpus, origin: str) -> Iterator[Node]:
    lines, people = corpus.lines, corpus.people
    for told in corpus.in_force:
        for piece in told.evidence:
            line = lines.get(piece.line_id) if piece.line_id else None
            if line is None:
                continue
            start = max(0, line.text.find(piece.quote))
            end = start + len(piece.quote) if piece.quote in line.text else len(line.text)
            entry = f"{origin}/entries/{told.entry.id}"
            yield {
                "id": f"{origin}/entries/{told.entry.id}#evidence-{piece.id}",
                "type": "Annotation",
                "motivation": "classifying",
                **_creators(told.coders.get(piece.id, ())),
                "generator": {"id": origin, "type": "Software", "name": "Colloquy"},
                "body": {"type": "SpecificResource", "source": entry, "purpose": "classifying"},
                "target": _target(line, start, end, origin),
            }
    for sitting in corpus.sittings:
        for note in sitting.notes:
            author = people.get(note.author)
            yield {
                "id": f"{origin}/sessions/{sitting.session.id}#note-{note.id}",
                "type": "Annotation",
                "motivation": "commenting",
                "creator": {"type": "Person", "name": author.name if author else ""},
                "created": _moment(note.at),
                "body": {
                    "type": "TextualBody",
                    "value": note.text,
                    "format": "text/plain",
                    "purpose": "commenting",
                },
                "target": _targets(note.anchors, lines, origin),
            }


def _creators(names: Sequence[str]) -> Node:
    """Who coded it, where anybody is known."""
    found = [{"type": "Person", "name": name} for name in names]
    return {"creator": found} if found else {}


def _targets(anchors: Sequence[Anchor], lines: Mapping[LineId, Line], origin: str) -> list[Node]:
    found = []
    for anchor in anchors:
        line = lines.get(anchor.line_id)
        if line is not None:
            end = len(line.text) if anchor.end is None else min(anchor.end, len(line.text))
            found += _target(line, min(anchor.start, end), end, origin)
    return found


def _target(line: Line, start: int, end: int, origin: str) -> list[Node]:
    """The words, and where there is sound, its seconds."""
    text = line.text
    selectors: list[Node] = [
        {"type": "TextPositionSelector", "start": start, "end": end},
        {
            "type": "TextQuoteSelector",
            "exact": text[start:end],
            "prefix": text[max(0, start - AROUND) : start],
            "suffix": text[end : end + AROUND],
        },
    ]
    target: dict[str, object] = {"source": f"{origin}/lines/{line.id}", "selector": selectors}
    if line.track_id is not None and line.start is not None and line.end is not None:
        sound = {
            "type": "FragmentSelector",
            "conformsTo": _FRAGMENTS,
            "value": f"t={line.start:.3f},{line.end:.3f}",
        }
        audio = {"source": f"{origin}/tracks/{line.track_id}/audio.wav", "selector": sound}
        return [target, audio]
    return [target]


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
