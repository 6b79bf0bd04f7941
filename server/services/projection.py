"""The projection: annotations of a document as rows, and in the archive's index.

The document is the truth; this only follows. It can run at any time, as often as one likes: what
has not changed is not written. Nothing here is waited for by anybody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.annotation import Annotation
from schemas.ids import AnnotationId, SessionId
from server.store import annotations, search, searchables
from server.store.database import Database, Work

_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")

Rows = Mapping[AnnotationId, Annotation]
"""A session's annotation rows."""


class Projection:
    """Writes the rows that follow the documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(
        self, session_id: SessionId, current: Sequence[Annotation], known: Rows | None = None
    ) -> Rows:
        """Make the rows of a session equal its document's annotations; return them.

        known: what this returned before, so that it need not be read. Rows whose annotation the
        document no longer has are kept as withdrawn. What is withdrawn or empty is not found in
        the archive.
        """
        if known is None:
            async with self._database.read() as work:
                known = await annotations.of_session(work, session_id)
        changed = _changed(known, current)
        if not changed:
            return known
        async with self._database.write() as work:
            for annotation in changed:
                if annotation.id in known:
                    await annotations.change(work, annotation)
                elif not await annotations.add(work, session_id, annotation):
                    continue  # browsers choose ids; this one is another session's
                await _index(work, annotation.id)
        return {**known, **{each.id: each for each in changed}}


def _changed(known: Rows, current: Sequence[Annotation]) -> Sequence[Annotation]:
    present = {each.id for each in current}
    gone = [each for each in known.values() if each.id not in present and not each.withdrawn]
    # most are the very objects that were written before, and need no closer look
    others = [each for each in current if known.get(each.id) is not each and _fits(each)]
    moved = [each for each in map(_storable, others) if known.get(each.id) != each]
    return [*moved, *(replace(each, withdrawn=True) for each in gone)]


def _fits(annotation: Annotation) -> bool:
    """Whether its ids could be ours: a foreign browser may choose others."""
    anchors, voice = annotation.anchors, annotation.voice
    ids = [annotation.id, *(anchor.line_id for anchor in anchors), voice.person_id, voice.unit_id]
    return bool(anchors) and all(each is None or _ID.fullmatch(each) is not None for each in ids)


def _storable(annotation: Annotation) -> Annotation:
    """Return it without NUL, which PostgreSQL cannot store and nobody can read."""
    return replace(
        annotation,
        voice=replace(annotation.voice, name=_clean(annotation.voice.name)),
        anchors=tuple(replace(anchor, quote=_clean(anchor.quote)) for anchor in annotation.anchors),
        text=_clean(annotation.text),
    )


def _clean(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


async def _index(work: Work, annotation_id: AnnotationId) -> None:
    found = await searchables.of_annotations(work, [annotation_id])
    if found:
        await search.put(work, found[0])
    else:
        await search.remove(work, "annotation", annotation_id)
