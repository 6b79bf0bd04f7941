"""Writing a project into a study, in the caller's unit of work: codes, texts, evidence, memos, links.

Everything is written or nothing. What was made is returned by kind, so that it can be taken back.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import anyio.to_thread

from realtime.authoring import authored
from schemas.annotation import Anchor, Annotation, Voice
from schemas.document import LINES
from schemas.errors import Conflict, Invalid
from schemas.events import TaxonomyChanged
from schemas.ids import (
    AnnotationId,
    EntryId,
    EvidenceId,
    LineId,
    PassageId,
    PersonId,
    SessionId,
    SourceId,
    StageId,
    StudyId,
    UnitId,
    new_id,
)
from schemas.session import Bilingual, Language, Person, Role, Session, SessionKind, SessionState
from schemas.taxonomy import EntryKind, Evidence
from schemas.transcript import Line, LineSource
from server.domain import codebook_plan, codes, taxonomy
from server.domain.project_plan import Becomes, Mark, Memo, Plan, Text
from server.services.curation import Curation, Curator
from server.services.sessions import prepare
from server.services.transcripts import mirror_value
from server.store import (
    annotations,
    brought,
    entries,
    events,
    lines,
    passages,
    people,
    search,
    searchables,
    searchables_passages,
    studies,
)
from server.store.database import Work
from server.store.entries import Link
from server.store.passages import Note, Passage
from server.store.sessions import Sitting
from server.store.studies import Source

_Id = TypeVar("_Id", LineId, PassageId, AnnotationId)

MADE = ("entries", "sources", "sessions", "evidence", "notes", "links")

Report = Callable[[int, int], None]
"""Told how many texts of how many are written; may raise to stop."""


@dataclass(slots=True)
class Made:
    """What an import made, by kind: ids. codings, memos: how many were stored."""

    ids: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in MADE})
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a project goes: study, stage, and on whose behalf."""

    study_id: StudyId
    stage_id: StageId
    by: Curator
    at: float


async def write(
    work: Work, curation: Curation, setting: Setting, plan: Plan, report: Report
) -> Made:
    """Store all of a plan.

    Raises Conflict `import.bad_rows` where a code cannot become an entry, and what `report` raises.
    """
    writing = _Writing(work, curation, setting, plan)
    kept = [one for one in plan.texts if one.becomes is not Becomes.NOTHING]
    report(0, len(kept) + 1)
    await writing.codes()
    for number, text in enumerate(kept, 1):
        report(number, len(kept) + 1)
        await writing.text(text)
    await writing.evidence()
    await writing.links()
    return writing.made


class _Writing:
    """One import under way."""

    def __init__(self, work: Work, curation: Curation, setting: Setting, plan: Plan) -> None:
        self._work = work
        self._curation = curation
        self._to = setting
        self._plan = plan
        self._entries: dict[str, EntryId] = {}
        self._backable: set[str] = set()
        self._evidence: list[Evidence] = []
        self._coders: dict[EvidenceId, Sequence[str]] = {}
        self._units: Mapping[str, UnitId] | None = None
        self._lines: list[LineId] = []
        self._passages: list[PassageId] = []
        self._notes: list[AnnotationId] = []
        self.made = Made()

    async def codes(self) -> None:
        """Take the codes in as entries; those that are there already are the study's own."""
        sheet = self._plan.codebook
        if len(sheet) < 2:
            return
        known = await entries.of_study(self._work, self._to.study_id)
        planned = await anyio.to_thread.run_sync(
            codebook_plan.plan, self._to.study_id, known, sheet
        )
        bad = [row.number for row in planned if row.problem]
        if bad:
            raise Conflict("project.codes", rows=", ".join(sheet[one - 1][3] or sheet[one - 1][4] for one in bad[:10]))  # fmt: skip
        for row in planned:
            assert row.entry is not None  # a row without one has a problem
            guid = sheet[row.number - 1][0]
            self._entries[guid] = row.entry.id
            if row.entry.kind is not EntryKind.CATEGORY:
                self._backable.add(guid)
            if row.before is None:
                self.made.ids["entries"].append(row.entry.id)
                await self._curation.take_in(
                    self._work, self._to.by, row.entry, None, self._to.stage_id
                )
        self.made.counts["codes"] = len(planned)

    async def text(self, text: Text) -> None:
        """Store one text with its marks and memos."""
        if text.becomes is Becomes.SESSION:
            await self._session(text)
        else:
            await self._document(text)

    async def evidence(self) -> None:
        """Store the codings as evidence, one event for each entry; then let the archive find all."""
        await brought.add_evidence(self._work, self._evidence, self._coders)
        self.made.ids["evidence"] = [one.id for one in self._evidence]
        by_entry: dict[EntryId, list[str]] = defaultdict(list)
        for one in self._evidence:
            by_entry[one.entry_id].append(one.id)
        for entry_id, ids in by_entry.items():
            await events.record(
                self._work, self._to.study_id, "entry.evidence_added", entry_id,
                body={"evidence": ids, "by": self._to.by.name}, at=self._to.at,
            )  # fmt: skip
            self._work.publish(TaxonomyChanged(self._to.study_id, None, entry_id, "evidence"))
        for part in _parts(self._passages):
            await search.add(self._work, await searchables_passages.of_passages(self._work, part))
        for lines_part in _parts(self._lines):
            await search.add(self._work, await searchables.of_lines(self._work, lines_part))
        for notes_part in _parts(self._notes):
            await search.add(self._work, await searchables.of_annotations(self._work, notes_part))
        self.made.counts["codings"] = len(self._evidence)

    async def links(self) -> None:
        """Relate entries as the codes were; a relation that cannot be is left, and counted."""
        known = {(one.from_id, one.to_id, one.kind) for one in await entries.links_of_study(self._work, self._to.study_id)}  # fmt: skip
        every = {one.id: one for one in await entries.of_study(self._work, self._to.study_id)}
        added = []
        left = 0
        for origin, target, kind in self._plan.links:
            first, second = self._entries.get(origin), self._entries.get(target)
            if first is None or second is None or (first, second, kind) in known:
                continue
            pairs = [(one[0], one[1]) for one in known if one[2] is kind]
            try:
                taxonomy.require_link(every[first], every[second], kind, pairs)
            except Invalid:
                left += 1
                continue
            known.add((first, second, kind))
            added.append(Link(first, second, kind))
        await entries.add_links(self._work, added)
        self.made.ids["links"] = [f"{one.from_id} {one.to_id} {one.kind.value}" for one in added]
        self.made.counts |= {"links": len(added), "links_left": left}

    async def _document(self, text: Text) -> None:
        source_id = SourceId(new_id())
        source = Source(
            source_id, self._to.stage_id, source_id, text.title[:500], "", "", None, "", "", ""
        )
        await studies.add_sources(self._work, self._to.study_id, [source])
        self.made.ids["sources"].append(source_id)
        found = [
            Passage(
                PassageId(new_id()), self._to.study_id, source_id, None, None, number,
                one.heading, text.text[one.start : one.end],
            )
            for number, one in enumerate(text.pieces, 1)
        ]  # fmt: skip
        await passages.add(self._work, found, at=self._to.at)
        self._passages += [one.id for one in found]
        for mark in text.marks:
            said = found[mark.piece]
            self._back(mark, _evidence(said.text[mark.start : mark.end], passage_id=said.id))
        for memo in text.memos:
            said = found[memo.piece]
            note = Note(
                new_id(), said.id, self._to.by.account_id, "", memo.kind,
                _said_by(memo, said.text[memo.start : memo.end]),
            )  # fmt: skip
            await passages.add_note(self._work, note, at=self._to.at)
            self.made.ids["notes"].append(note.id)

    async def _session(self, text: Text) -> None:
        opened = text.day if text.day is not None else self._to.at
        session = Session(
            id=SessionId(new_id()),
            study_id=self._to.study_id,
            kind=SessionKind.FOCUS_GROUP,
            title=_titled(text.title),
            language=_language(text.text),
            state=SessionState.CLOSED,
            opened_at=opened,
            step_id=None,
            floor=None,
        )
        sitting = Sitting(session, self._to.stage_id, None, codes.new_code(), "")
        await prepare(self._work, sitting, (), at=self._to.at)
        last = max((end for _, end in text.at), default=0.0)
        await brought.close(self._work, session.id, opened + last)
        self.made.ids["sessions"].append(session.id)
        spoken = [await self._line(session, text, number) for number in range(len(text.pieces))]
        await lines.add_all(self._work, spoken, at=self._to.at)
        if spoken:
            shown: dict[str, object] = {one.id: mirror_value(one) for one in spoken}
            await self._work.mirror_all(session.id, LINES, shown)
        self._lines += [one.id for one in spoken]
        for mark in text.marks:
            said = spoken[mark.piece]
            self._back(mark, _evidence(said.text[mark.start : mark.end], line=said))
        await self._annotate(session, spoken, text.memos)

    async def _line(self, session: Session, text: Text, number: int) -> Line:
        piece, (start, end) = text.pieces[number], text.at[number]
        speaker, unit_id = await self._speaker(piece.speaker)
        return Line(
            id=LineId(new_id()),
            session_id=session.id,
            at=start,
            text=text.text[piece.start : piece.end],
            language=session.language,
            source=LineSource.IMPORTED,
            speaker=speaker[:200],
            person_id=None,
            unit_id=unit_id,
            presumed=False,
            track_id=None,
            start=start,
            end=end,
            confidence=None,
            revision=0,
            step_id=None,
        )

    async def _speaker(self, name: str) -> tuple[str, UnitId | None]:
        """Whom a name means: somebody of a unit, as our exports say it, a unit, or anybody."""
        if self._units is None:
            self._units = {
                known.casefold(): unit.id
                for unit in await studies.units(self._work, self._to.study_id)
                for known in (unit.name.en, unit.name.zh, *unit.aliases)
                if known
            }
        who, _, of = name.rpartition(", ")
        if who and of.casefold() in self._units:
            return who, self._units[of.casefold()]
        return name, self._units.get(name.casefold())

    async def _annotate(
        self, session: Session, spoken: Sequence[Line], memos: Sequence[Memo]
    ) -> None:
        """Put memos into the session's document, each by a person of their author's name."""
        by_name: dict[str, list[Memo]] = defaultdict(list)
        for memo in memos:
            by_name[memo.by or self._to.by.name].append(memo)
        for seq, (name, own) in enumerate(by_name.items(), 1):
            person = Person(
                PersonId(new_id()), session.id, name[:80], Role.ANALYST, None, session.language
            )
            await people.add(self._work, person, notice_at=None, at=self._to.at)
            found = [_annotation(person, spoken[memo.piece], memo, self._to.at) for memo in own]
            client = secrets.randbits(31) | 1
            payload = await anyio.to_thread.run_sync(authored, client, found)
            await brought.add_update(self._work, session.id, seq, client, person.id, payload)
            self._notes += await annotations.add(self._work, session.id, found)
        self.made.counts["memos"] = self.made.counts.get("memos", 0) + len(memos)

    def _back(self, mark: Mark, evidence: Callable[[EntryId], Evidence]) -> None:
        """Keep a coding as evidence; a code that became a category backs nothing, and is counted."""
        if mark.code not in self._backable:
            self.made.counts["unbacked"] = self.made.counts.get("unbacked", 0) + 1
            return
        made = evidence(self._entries[mark.code])
        self._evidence.append(made)
        if mark.coders:
            self._coders[made.id] = mark.coders


def _evidence(
    quote: str, *, line: Line | None = None, passage_id: PassageId | None = None
) -> Callable[[EntryId], Evidence]:
    def made(entry_id: EntryId) -> Evidence:
        return Evidence(
            id=EvidenceId(new_id()),
            entry_id=entry_id,
            session_id=None if line is None else line.session_id,
            line_id=None if line is None else line.id,
            annotation_id=None,
            track_id=None,
            start=None if line is None else line.start,
            end=None if line is None else line.end,
            quote=quote,
            passage_id=passage_id,
        )

    return made


def _annotation(person: Person, line: Line, memo: Memo, at: float) -> Annotation:
    whole = (memo.start, memo.end) == (0, len(line.text))
    anchor = Anchor(
        line.id, 0, memo.start, None if whole else memo.end, line.text[memo.start : memo.end]
    )
    voice = Voice(line.speaker, None, line.unit_id)
    return Annotation(
        AnnotationId(new_id()), person.id, voice, memo.kind, (anchor,), memo.text[:4_000], at,
        opened=False, withdrawn=False,
    )  # fmt: skip


def _said_by(memo: Memo, quote: str) -> str:
    """A note as it stands on a passage: who wrote it elsewhere, about which words."""
    who = f"{memo.by}: " if memo.by else ""
    return f"{who}{memo.text or quote}"[:2_000]


def _titled(title: str) -> Bilingual:
    shown = title[:200]
    return Bilingual(zh=shown) if _language(shown) is Language.ZH else Bilingual(en=shown)


def _language(text: str) -> Language:
    start = text[:4_000]
    han = sum("\u3400" <= one <= "\u9fff" for one in start)
    return Language.ZH if han * 4 > len(start.replace(" ", "")) else Language.EN


def _parts(ids: Sequence[_Id]) -> Sequence[Sequence[_Id]]:
    return [ids[at : at + 500] for at in range(0, len(ids), 500)]
