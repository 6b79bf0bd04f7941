"""Annotations made outside a room, as an update of its document: for records that are brought in."""

from collections.abc import Sequence
from typing import Any

from pycrdt import Doc, Map, Text

from schemas.annotation import Annotation
from schemas.document import ANNOTATIONS


def authored(client: int, found: Sequence[Annotation]) -> bytes:
    """Return one person's annotations as an update (v1) of an empty document by that client.

    It rests on nothing, so it may be the first of a document, or follow others of other clients.
    """
    doc: Doc[Any] = Doc(client_id=client)
    notes: Map[Any] = doc.get(ANNOTATIONS, type=Map)
    for one in found:
        targets = [
            {
                "line": anchor.line_id,
                "revision": anchor.revision,
                "start": anchor.start,
                "end": anchor.end,
                "quote": anchor.quote,
            }
            for anchor in one.anchors
        ]
        voice = {"name": one.voice.name, "person": one.voice.person_id, "unit": one.voice.unit_id}
        notes[one.id] = Map(
            {
                "author": one.author,
                "voice": voice,
                "kind": one.kind.value,
                "targets": targets,
                "at": round(one.at * 1000),
                "wording": Text(one.text),
                "thread": Map(),
            }
        )
    return doc.get_update()
