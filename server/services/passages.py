"""Working on passages: they become evidence of an entry, with undo, and carry notes.

Whoever asks runs the study of all passages that are named. Taking evidence back is
`Coding.take_back`, as for hits of the archive.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from schemas.annotation import Kind
from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import TaxonomyChanged
from schemas.ids import EntryId, EvidenceId, PassageId, StudyId, new_id
from schemas.taxonomy import Entry, EntryKind, Evidence
from server.domain.lifecycles import EntryMove, may_change
from server.store import entries, events, memberships, passages, search, searchables_passages
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.passages import Note, Passage, PassagePlace

MOST = 500
"""Passages that can be worked on at once."""
MAX_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Coded:
    """Passages with what they back and what was noted on them."""

    passages: Sequence[Passage]
    backed: Mapping[PassageId, Sequence[EntryId]]
    notes: Mapping[PassageId, Sequence[Note]]
    entries: Mapping[EntryId, Entry]

    def choices(self) -> Sequence[Entry]:
        """Return the entries that passages can back, in the order of the taxonomy."""
        return [one for one in self.entries.values() if _can_be_backed(one)]


async def coded(work: Work, study_id: StudyId, found: Sequence[Passage]) -> Coded:
    """Return passages with all that hangs on them; for services whose pages show passages."""
    ids = [one.id for one in found]
    known = {one.id: one for one in await entries.of_study(work, study_id)}
    return Coded(found, await passages.backed(work, ids), await passages.notes(work, ids), known)


class Passages:
    """Codes passages and notes on them, on behalf of accounts."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def place(self, passage_id: PassageId) -> tuple[Passage, PassagePlace]:
        """Return a passage and where it stands. Raises NotFound `passage.unknown`."""
        async with self._database.read() as work:
            found = await passages.places(work, passages.is_one(passage_id))
            return await passages.get(work, passage_id), found[passage_id]

    async def code(
        self, account: Account, passage_ids: Sequence[PassageId], entry_id: EntryId
    ) -> int:
        """Let passages back an entry; return the number of the event, to take it back with.

        Raises NotFound, Invalid (`passage.choose`, `coding.too_many`, `entry.into`), or Conflict
        (`coding.nothing`) where all of them back it already.
        """
        async with self._database.write() as work:
            found = await _chosen(work, account, passage_ids)
            entry = await entries.get(work, entry_id, lock=True)
            if entry.study_id != found[0].study_id:
                raise NotFound("entry.unknown", entry=entry_id)
            if not _can_be_backed(entry):
                raise Invalid("entry.into", entry=entry_id)
            backed = await passages.backed(work, [one.id for one in found])
            fresh = [one for one in found if entry_id not in backed.get(one.id, ())]
            if not fresh:
                raise Conflict("coding.nothing")
            added = [_evidence(entry_id, one) for one in fresh]
            await entries.add_evidence(work, added, by=account.name)
            shown = await searchables_passages.of_passages(work, [one.id for one in fresh])
            await search.put(work, shown)
            body = {"evidence": [one.id for one in added], "by": account.name}
            seq = await events.record(
                work, entry.study_id, "entry.evidence_added", entry_id, body=body, at=self._now()
            )
            work.publish(TaxonomyChanged(entry.study_id, None, entry_id, "evidence"))
        return seq

    async def note(
        self, account: Account, passage_ids: Sequence[PassageId], kind: Kind, text: str
    ) -> None:
        """Note something on each of these passages.

        Raises NotFound or Invalid (`passage.choose`, `coding.too_many`, `passage.note`).
        """
        said = text.strip()
        if not 1 <= len(said) <= MAX_NOTE:
            raise Invalid("passage.note", most=MAX_NOTE)
        async with self._database.write() as work:
            for one in await _chosen(work, account, passage_ids):
                note = Note(new_id(), one.id, account.id, account.name, kind, said)
                await passages.add_note(work, note, at=self._now())

    async def remove_note(self, account: Account, note_id: str) -> PassageId:
        """Remove an own note; return the passage. Raises NotFound."""
        async with self._database.write() as work:
            return await passages.take_note(work, note_id, of=account.id)


async def _chosen(
    work: Work, account: Account, passage_ids: Sequence[PassageId]
) -> Sequence[Passage]:
    wanted = list(dict.fromkeys(passage_ids))
    if not wanted:
        raise Invalid("passage.choose")
    if len(wanted) > MOST:
        raise Invalid("coding.too_many", most=MOST)
    found = await passages.among(work, wanted)
    studies = {one.study_id for one in found}
    if len(found) < len(wanted) or len(studies) != 1:
        raise NotFound("passage.unknown")
    share = await memberships.share_of(work, studies.pop(), account.id)
    if share is None:
        raise NotFound("passage.unknown")
    return found


def _can_be_backed(entry: Entry) -> bool:
    return may_change(entry.state, EntryMove.BACK) and entry.kind is not EntryKind.CATEGORY


def _evidence(entry_id: EntryId, passage: Passage) -> Evidence:
    return Evidence.of_passage(EvidenceId(new_id()), entry_id, passage.id, passage.text)
