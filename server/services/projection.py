"""The projection: annotations of a document as rows, and in the archive's index.

The document is the truth; this only follows. It can run at any time, as often as one likes: what
has not changed is not written. Nothing here is waited for by anybody.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.annotation import Annotation
from schemas.ids import AnnotationId, SessionId, StudyId
from server.store import annotations, lines, search, sessions
from server.store.database import Database, Work
from server.store.search import Entry

_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")

Rows = Mapping[AnnotationId, Annotation]
"""A session's annotation rows."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """How far a rebuilding of the index has come."""

    session_id: SessionId
    done: int
    total: int


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
            session = await sessions.get(work, session_id)
            for annotation in changed:
                if annotation.id in known:
                    await annotations.change(work, annotation)
                elif not await annotations.add(work, session_id, annotation):
                    continue  # browsers choose ids; this one is another session's
                await _index(work, session.study_id, session_id, annotation)
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


async def reindex(database: Database, progress: Callable[[Indexed], None] = lambda _: None) -> None:
    """Build the archive's index anew from the rows, in one unit of work: all of it or none.

    Sessions come in order of age, in each first lines by time, then annotations. `progress` is
    called before each session.
    """
    async with database.write() as work:
        await search.clear(work)
        sittings = await sessions.every(work)
        for done, sitting in enumerate(reversed(sittings)):
            session = sitting.session
            progress(Indexed(session.id, done, len(sittings)))
            said = await lines.of_session(work, session.id)
            entries = [
                Entry("line", line.id, session.study_id, session.id, line.text) for line in said
            ]
            noted = (await annotations.of_session(work, session.id)).values()
            entries += [
                _entry(session.study_id, session.id, each) for each in noted if _is_found(each)
            ]
            await search.add(work, entries)


async def is_outdated(database: Database) -> bool:
    """Return whether another version of the tokeniser wrote the index, so that `reindex` must run."""
    async with database.read() as work:
        return await search.is_outdated(work)


async def _index(
    work: Work, study_id: StudyId, session_id: SessionId, annotation: Annotation
) -> None:
    if _is_found(annotation):
        await search.put(work, _entry(study_id, session_id, annotation))
    else:
        await search.remove(work, "annotation", annotation.id)


def _is_found(annotation: Annotation) -> bool:
    return not annotation.withdrawn and bool(annotation.text.strip())


def _entry(study_id: StudyId, session_id: SessionId, annotation: Annotation) -> Entry:
    return Entry("annotation", annotation.id, study_id, session_id, annotation.text)
