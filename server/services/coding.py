"""Coding hits: what a search found becomes evidence of an entry, seen before and taken back.

Lines, annotations, passages and answers back an entry. Each call is one event of the study, which names the
pieces that it added; taking it back is an event as well.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.archive import ArchiveHit
from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import TaxonomyChanged
from schemas.ids import (
    AnnotationId,
    EntryId,
    EvidenceId,
    LineId,
    PassageId,
    StudyId,
    new_id,
)
from schemas.taxonomy import Entry, EntryKind, Evidence
from server.domain.lifecycles import EntryMove, may_change
from server.store import entries, events, search, searchables, searchables_passages
from server.store.database import Database, Work

MOST = 500
"""Hits that can be coded at once."""
BACKING = ("line", "annotation", "passage", "answer")
"""What can back an entry."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What coding would do: hits that become evidence, and how many cannot or are it already."""

    entry: Entry
    fresh: Sequence[ArchiveHit]
    known: int
    unfit: int


class Coding:
    """Makes hits evidence. Whoever asks runs the study, and found the hits within their scope."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def choices(self, study_id: StudyId) -> Sequence[Entry]:
        """Return the entries that hits can back."""
        async with self._database.read() as work:
            return [one for one in await entries.of_study(work, study_id) if _can_be_backed(one)]

    async def preview(self, entry_id: EntryId, hits: Sequence[ArchiveHit]) -> Preview:
        """Return what `code` would do. Raises NotFound, Invalid `coding.too_many`, `entry.into`."""
        if len(hits) > MOST:
            raise Invalid("coding.too_many", most=MOST)
        async with self._database.read() as work:
            entry = await entries.get(work, entry_id)
            if not _can_be_backed(entry):
                raise Invalid("entry.into", entry=entry_id)
            backing = {
                (one.evidence.line_id, one.evidence.annotation_id, one.evidence.passage_id)
                for one in await entries.evidence(work, entry_id)
            }
        fit = [hit for hit in hits if _fits(hit, entry.study_id)]
        fresh = [
            hit for hit in fit if (hit.line_id, _annotation(hit), _passage(hit)) not in backing
        ]
        return Preview(entry, fresh, len(fit) - len(fresh), len(hits) - len(fit))

    async def code(self, preview: Preview, *, by: str) -> int:
        """Add the previewed evidence; return the number of the event, to take it back with.

        by: the account's name. Raises Conflict `coding.nothing`.
        """
        entry = preview.entry
        found = [_evidence(entry.id, hit) for hit in preview.fresh]
        async with self._database.write() as work:
            await entries.get(work, entry.id, lock=True)
            if not found or not await entries.add_evidence(work, found, by=by):
                raise Conflict("coding.nothing")
            body = {"evidence": [one.id for one in found], "by": by}
            seq = await events.record(
                work, entry.study_id, "entry.evidence_added", entry.id, body=body, at=self._now()
            )
            work.publish(TaxonomyChanged(entry.study_id, None, entry.id, "evidence"))
        return seq

    async def added(self, entry_id: EntryId, seq: int) -> tuple[Entry, Sequence[tuple[str, str]]]:
        """Return the entry, and what an event added to it and still backs it, as hits are named.

        Raises NotFound `entry.unknown` or `coding.unknown`.
        """
        async with self._database.read() as work:
            entry = await entries.get(work, entry_id)
            of, ids = await _added(work, entry.study_id, seq)
            if of != entry_id:
                raise NotFound("coding.unknown")
            backing = [one.evidence for one in await entries.evidence(work, entry_id)]
            return entry, [name for one in backing if one.id in ids for name in _names(one)]

    async def take_back(self, study_id: StudyId, seq: int, *, by: str) -> EntryId:
        """Remove what an event added. Raises NotFound `coding.unknown`; once only."""
        async with self._database.write() as work:
            entry_id, ids = await _added(work, study_id, seq)
            taken = await entries.take_evidence(work, entry_id, ids)
            if not taken:
                raise NotFound("coding.unknown")
            await _tell_archive(work, taken)
            await events.record(
                work, study_id, "entry.evidence_removed", entry_id,
                body={"of": seq, "by": by}, at=self._now(),
            )  # fmt: skip
            work.publish(TaxonomyChanged(study_id, None, entry_id, "evidence"))
        return entry_id


async def _added(work: Work, study_id: StudyId, seq: int) -> tuple[EntryId, Sequence[EvidenceId]]:
    """Return the entry that an event added evidence to, and which. Raises NotFound `coding.unknown`."""
    for one in await events.of_study(work, study_id, after=seq - 1, limit=1):
        added = one.body.get("evidence")
        if one.seq == seq and one.action == "entry.evidence_added" and isinstance(added, list):
            return EntryId(one.subject), [EvidenceId(str(each)) for each in added]
    raise NotFound("coding.unknown")


def _names(one: Evidence) -> Sequence[tuple[str, str]]:
    """What a hit on it may be called; a passage is an answer where a unit gave it."""
    if one.annotation_id is not None:
        return [("annotation", one.annotation_id)]
    if one.line_id is not None:
        return [("line", one.line_id)]
    return [(of, one.passage_id) for of in ("passage", "answer") if one.passage_id is not None]


Taken = Sequence[tuple[LineId | None, AnnotationId | None, PassageId | None]]


async def _tell_archive(work: Work, taken: Taken) -> None:
    """What no longer backs an entry is not found under it any more."""
    said = [line for line, annotation, _ in taken if line and annotation is None]
    noted = [annotation for _, annotation, _ in taken if annotation]
    read = [passage for _, _, passage in taken if passage]
    found = (
        *await searchables.of_lines(work, said),
        *await searchables.of_annotations(work, noted),
        *await searchables_passages.of_passages(work, read),
    )
    await search.put(work, found)


def _can_be_backed(entry: Entry) -> bool:
    return may_change(entry.state, EntryMove.BACK) and entry.kind is not EntryKind.CATEGORY


def _fits(hit: ArchiveHit, study_id: StudyId) -> bool:
    return hit.of in BACKING and hit.study_id == study_id


def _passage(hit: ArchiveHit) -> PassageId | None:
    return PassageId(hit.ref) if hit.of in ("passage", "answer") else None


def _annotation(hit: ArchiveHit) -> AnnotationId | None:
    return AnnotationId(hit.ref) if hit.of == "annotation" else None


def _evidence(entry_id: EntryId, hit: ArchiveHit) -> Evidence:
    return Evidence(
        id=EvidenceId(new_id()),
        entry_id=entry_id,
        session_id=hit.session_id,
        line_id=None if hit.line_id is None else LineId(hit.line_id),
        annotation_id=_annotation(hit),
        track_id=hit.track_id,
        start=hit.start,
        end=hit.end,
        quote=hit.text,
        passage_id=_passage(hit),
    )
