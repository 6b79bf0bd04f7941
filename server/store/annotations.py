"""Annotation rows: a projection of the documents, written by `services/projection.py` alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from schemas.annotation import Anchor, Annotation, Kind, Voice
from schemas.ids import AnnotationId, LineId, PersonId, SessionId, UnitId
from server.store import tables
from server.store.database import Work, rows
from server.store.once import insert_new


async def add(
    work: Work, session_id: SessionId, new: Sequence[Annotation]
) -> Sequence[AnnotationId]:
    """Store annotations that have no row yet; return those whose id was not taken."""
    values = [{"id": each.id, "session_id": session_id, **_values(each)} for each in new]
    return [AnnotationId(key) for key in await insert_new(work, tables.annotation, values)]


async def change(work: Work, annotation: Annotation) -> None:
    """Store an annotation over its row."""
    await work.connection.execute(
        update(tables.annotation)
        .where(tables.annotation.c.id == annotation.id)
        .values(_values(annotation))
    )


async def of_session(work: Work, session_id: SessionId) -> Mapping[AnnotationId, Annotation]:
    """Return a session's annotations by id, withdrawn ones included, in order of arrival."""
    return {
        each.id: each for each in await _load(work, tables.annotation.c.session_id == session_id)
    }


async def among(
    work: Work, annotation_ids: Sequence[AnnotationId]
) -> Mapping[AnnotationId, Annotation]:
    """Return those of these annotations that exist, by id."""
    return {each.id: each for each in await _load(work, tables.annotation.c.id.in_(annotation_ids))}


async def _load(work: Work, which: ColumnElement[bool]) -> Sequence[Annotation]:
    asked = select(tables.annotation).where(which).order_by(tables.annotation.c.seq)
    return [_annotation(row) for row in rows(await work.connection.execute(asked))]


def _values(annotation: Annotation) -> dict[str, object]:
    return {
        "author": annotation.author,
        "line_id": annotation.anchors[0].line_id,
        "unit_id": annotation.voice.unit_id,
        "voice_name": annotation.voice.name,
        "kind": annotation.kind.value,
        "text": annotation.text,
        "targets": {
            "voice": annotation.voice.person_id,
            "anchors": [_anchor_json(anchor) for anchor in annotation.anchors],
        },
        "opened": annotation.opened,
        "withdrawn": annotation.withdrawn,
        "at": annotation.at,
    }


def _anchor_json(anchor: Anchor) -> dict[str, object]:
    return {
        "line": anchor.line_id,
        "revision": anchor.revision,
        "start": anchor.start,
        "end": anchor.end,
        "quote": anchor.quote,
    }


def _annotation(row: Row[Any]) -> Annotation:
    person = row.targets["voice"]
    return Annotation(
        AnnotationId(row.id),
        PersonId(row.author),
        Voice(
            row.voice_name,
            None if person is None else PersonId(person),
            None if row.unit_id is None else UnitId(row.unit_id),
        ),
        Kind(row.kind),
        tuple(
            Anchor(
                LineId(each["line"]), each["revision"], each["start"], each["end"], each["quote"]
            )
            for each in row.targets["anchors"]
        ),
        row.text,
        row.at,
        row.opened,
        row.withdrawn,
    )
