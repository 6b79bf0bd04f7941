"""Passages: paragraphs of sources and released answers of units, with notes and what they back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select

from schemas.annotation import Kind
from schemas.errors import NotFound
from schemas.ids import (
    AccountId,
    EntryId,
    PassageId,
    QuestionnaireId,
    SourceId,
    StudyId,
    UnitId,
)
from schemas.session import Bilingual
from server.store import tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage. source_id: None for an answer, whose unit and question (heading) are named."""

    id: PassageId
    study_id: StudyId
    source_id: SourceId | None
    answer_id: str | None
    unit_id: UnitId | None
    number: int
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """Where a passage stands: in which source or questionnaire; who issued it or which unit."""

    id: PassageId
    is_answer: bool
    title: Bilingual
    issuer: str
    unit: Bilingual | None
    number: int
    questionnaire: QuestionnaireId | None = None
    stage: tuple[int, Bilingual] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody noted on a passage."""

    id: str
    passage_id: PassageId
    account_id: AccountId
    by: str
    kind: Kind
    text: str


async def add(work: Work, found: Sequence[Passage], *, at: float) -> None:
    """Store passages."""
    values = [
        {
            "id": one.id,
            "study_id": one.study_id,
            "source_id": one.source_id,
            "answer_id": one.answer_id,
            "unit_id": one.unit_id,
            "number": one.number,
            "heading": one.heading,
            "text": one.text,
            "created_at": at,
        }
        for one in found
    ]
    if values:
        await work.connection.execute(insert(tables.passage), values)


async def change(work: Work, passage_id: PassageId, *, heading: str, text: str) -> None:
    """Give a passage another text, wherever it is quoted: an answer that was released again."""
    changed = tables.passage.update().where(tables.passage.c.id == passage_id)
    await work.connection.execute(changed.values(heading=heading, text=text))
    quoted = tables.evidence.update().where(tables.evidence.c.passage_id == passage_id)
    await work.connection.execute(quoted.values(quote=text))


async def of_source(work: Work, source_id: SourceId) -> Sequence[Passage]:
    """Return a source's passages in order."""
    return await _among(work, tables.passage.c.source_id == source_id)


async def among(work: Work, passage_ids: Sequence[PassageId]) -> Sequence[Passage]:
    """Return those of these passages that there are, in the order of their places."""
    return await _among(work, tables.passage.c.id.in_(passage_ids))


async def of_answers(work: Work, answer_ids: Sequence[str]) -> Mapping[str, Passage]:
    """Return the passage of each answer that was released, by the answer's id."""
    found = await _among(work, tables.passage.c.answer_id.in_(answer_ids))
    return {one.answer_id: one for one in found if one.answer_id}


async def get(work: Work, passage_id: PassageId) -> Passage:
    """Return one passage. Raises NotFound `passage.unknown`."""
    found = await among(work, [passage_id])
    if not found:
        raise NotFound("passage.unknown", passage=passage_id)
    return found[0]


async def counts(work: Work, study_id: StudyId) -> Mapping[SourceId, int]:
    """Return how many passages each source of a study has; sources without are absent."""
    passage = tables.passage.c
    asked = select(passage.source_id, func.count()).where(
        passage.study_id == study_id, passage.source_id.is_not(None)
    )
    found = rows(await work.connection.execute(asked.group_by(passage.source_id)))
    return {SourceId(source): count for source, count in found}


def is_one(passage_id: PassageId) -> ColumnElement[bool]:
    """Return the condition for one passage, as `places` takes it."""
    return tables.passage.c.id == passage_id


async def places(work: Work, which: ColumnElement[bool]) -> Mapping[PassageId, PassagePlace]:
    """Return where passages stand, by their ids."""
    passage, unit, title = tables.passage.c, tables.unit.c, tables.questionnaire.c
    stage, source = tables.stage.c, tables.source.c
    asked = (
        select(
            passage.id,
            passage.number,
            passage.answer_id,
            tables.source.c.title,
            tables.source.c.issuer,
            unit.name_en,
            unit.name_zh,
            title.title_en,
            title.title_zh,
            title.id.label("questionnaire"),
            stage.number.label("stage_number"),
            stage.title_en.label("stage_en"),
            stage.title_zh.label("stage_zh"),
        )
        .outerjoin(tables.source, tables.source.c.id == passage.source_id)
        .outerjoin(tables.unit, unit.id == passage.unit_id)
        .outerjoin(tables.answer, tables.answer.c.id == passage.answer_id)
        .outerjoin(tables.response, tables.response.c.id == tables.answer.c.response_id)
        .outerjoin(tables.questionnaire, title.id == tables.response.c.questionnaire_id)
        .outerjoin(tables.stage, stage.id == func.coalesce(source.stage_id, title.stage_id))
        .where(which)
    )
    found = (_place(row) for row in rows(await work.connection.execute(asked)))
    return {one.id: one for one in found}


async def backed(
    work: Work, passage_ids: Sequence[PassageId]
) -> Mapping[PassageId, Sequence[EntryId]]:
    """Return which entries each passage backs."""
    evidence = tables.evidence.c
    asked = select(evidence.passage_id, evidence.entry_id)
    asked = asked.where(evidence.passage_id.in_(passage_ids)).order_by(evidence.created_at)
    found: defaultdict[PassageId, list[EntryId]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        found[row.passage_id].append(EntryId(row.entry_id))
    return found


async def notes(work: Work, passage_ids: Sequence[PassageId]) -> Mapping[PassageId, Sequence[Note]]:
    """Return the notes on each passage, oldest first."""
    note, account = tables.passage_note.c, tables.account.c
    asked = (
        select(tables.passage_note, account.name)
        .join(tables.account, account.id == note.account_id)
        .where(note.passage_id.in_(passage_ids))
        .order_by(note.at, note.id)
    )
    found: defaultdict[PassageId, list[Note]] = defaultdict(list)
    for row in rows(await work.connection.execute(asked)):
        one = Note(
            row.id, row.passage_id, AccountId(row.account_id), row.name, Kind(row.kind), row.text
        )
        found[one.passage_id].append(one)
    return found


async def add_note(work: Work, note: Note, *, at: float) -> None:
    """Store a note."""
    await work.connection.execute(
        insert(tables.passage_note).values(
            id=note.id,
            passage_id=note.passage_id,
            account_id=note.account_id,
            kind=note.kind.value,
            text=note.text,
            at=at,
        )
    )


async def take_note(work: Work, note_id: str, *, of: AccountId) -> PassageId:
    """Remove an own note; return what it was on. Raises NotFound `passage.note_unknown`."""
    note = tables.passage_note
    taken = delete(note).where(note.c.id == note_id, note.c.account_id == of)
    done = await work.connection.execute(taken.returning(note.c.passage_id))
    found: str | None = done.scalar_one_or_none()
    if found is None:
        raise NotFound("passage.note_unknown")
    return PassageId(found)


async def _among(work: Work, which: ColumnElement[bool]) -> Sequence[Passage]:
    passage = tables.passage.c
    asked = select(tables.passage).where(which).order_by(passage.source_id, passage.number)
    return [_passage(row) for row in rows(await work.connection.execute(asked))]


def _passage(row: Any) -> Passage:
    return Passage(
        row.id,
        row.study_id,
        row.source_id,
        row.answer_id,
        row.unit_id,
        row.number,
        row.heading,
        row.text,
    )


def _place(row: Any) -> PassagePlace:
    is_answer = row.answer_id is not None
    return PassagePlace(
        row.id,
        is_answer,
        Bilingual(row.title_en or "", row.title_zh or "") if is_answer else Bilingual(row.title),
        row.issuer or "",
        None if row.name_en is None else Bilingual(row.name_en, row.name_zh),
        row.number,
        row.questionnaire,
        None
        if row.stage_number is None
        else (row.stage_number, Bilingual(row.stage_en, row.stage_zh)),
    )
