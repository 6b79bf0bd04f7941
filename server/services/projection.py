"""The projection: annotations of a document as rows, and in the archive's index.

The document is the truth; this only follows. It can run at any time, as often as one likes: what
has not changed is not written. Nothing here is waited for by anybody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.annotation import Annotation
from schemas.ids import AnnotationId, SessionId
from server.store import annotations, jobs, leases, search, search_due, sessions
from server.store.database import Database, Work

_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")

AT_ONCE = 500
"""Annotations in one unit of work: others wait for it."""

Rows = Mapping[AnnotationId, Annotation]
"""A session's annotation rows."""


class Projection:
    """Writes the rows that follow the documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(
        self,
        session_id: SessionId,
        current: Sequence[Annotation],
        known: Rows | None = None,
        *,
        epoch: int | None = None,
    ) -> Rows:
        """Make the rows of a session equal its document's annotations; return them.

        known: what this returned before, so that it need not be read. epoch: under which the room
        was owned, None where nothing else could be. Rows whose annotation the document no longer
        has are kept as withdrawn. What is withdrawn or empty is not found in the archive.

        Raises Unavailable (`room.elsewhere`) if another node has the room since.
        """
        if known is None:
            async with self._database.read() as work:
                known = await annotations.of_session(work, session_id)
        present = {each.id for each in current}
        gone = [each for each in known.values() if each.id not in present]
        written = await self._store(session_id, current, gone, known, epoch)
        return {**known, **written} if written else known

    async def follow_changes(
        self,
        session_id: SessionId,
        changes: Mapping[AnnotationId, Annotation | None],
        known: Rows,
        *,
        epoch: int,
    ) -> Rows:
        """Do the same for what changed alone (None: deleted); return the rows that were written."""
        current = [each for each in changes.values() if each is not None]
        deleted = (key for key, each in changes.items() if each is None)
        gone = [known[key] for key in deleted if key in known]
        return await self._store(session_id, current, gone, known, epoch)

    async def _store(
        self,
        session_id: SessionId,
        current: Sequence[Annotation],
        gone: Sequence[Annotation],
        known: Rows,
        epoch: int | None,
    ) -> Rows:
        changed = _changed(known, current, gone)
        for start in range(0, len(changed), AT_ONCE):
            async with self._database.write() as work:
                if epoch is not None:
                    await leases.fence(work, session_id, epoch)
                await _write(work, session_id, changed[start : start + AT_ONCE], known)
        return {each.id: each for each in changed}


async def _write(
    work: Work, session_id: SessionId, changed: Sequence[Annotation], known: Rows
) -> None:
    fresh = [each for each in changed if each.id not in known]
    before = [each for each in changed if each.id in known]
    # browsers choose ids: one that is another session's is not added
    added = await annotations.add(work, session_id, fresh)
    await search_due.add(work, "annotation", [*added, *(one.id for one in before)])
    await search.remove(work, "annotation", [one.id for one in before if one.withdrawn])
    if any(one.withdrawn and not known[one.id].withdrawn for one in changed if one.id in known):
        session = await sessions.get(work, session_id)
        await jobs.outdate(work, session.study_id, "export.struck")
    for annotation in before:
        await annotations.change(work, annotation)


def _changed(
    known: Rows, current: Sequence[Annotation], gone: Sequence[Annotation]
) -> Sequence[Annotation]:
    # most are the very objects that were written before, and need no closer look
    others = [each for each in current if known.get(each.id) is not each and _fits(each)]
    moved = [each for each in map(_storable, others) if known.get(each.id) != each]
    return [*moved, *(replace(each, withdrawn=True) for each in gone if not each.withdrawn)]


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
