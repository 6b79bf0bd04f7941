"""What the archive is given of passages: paragraphs of sources, and released answers of units."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from schemas.ids import PassageId, StudyId
from server.domain import dates
from server.domain.facets import Facet
from server.store import tables
from server.store.database import Work, rows
from server.store.search import Searchable
from server.store.searchable_facets import backs, language_of, tokens_of


async def of_passages(work: Work, passage_ids: Sequence[PassageId]) -> Sequence[Searchable]:
    """Return these passages, in order of their places."""
    return await _passages(work, tables.passage.c.id.in_(passage_ids))


async def of_study(work: Work, study_id: StudyId) -> Sequence[Searchable]:
    """Return all passages of a study."""
    return await _passages(work, tables.passage.c.study_id == study_id)


async def _passages(work: Work, which: ColumnElement[bool]) -> Sequence[Searchable]:
    passage, source, unit = tables.passage.c, tables.source.c, tables.unit.c
    asked = (
        select(
            tables.passage,
            source.stage_id.label("source_stage"),
            source.issuer,
            source.year,
            tables.questionnaire.c.stage_id.label("asked_stage"),
            unit.theme_id,
            tables.response.c.released_at,
        )
        .outerjoin(tables.source, source.id == passage.source_id)
        .outerjoin(tables.unit, unit.id == passage.unit_id)
        .outerjoin(tables.answer, tables.answer.c.id == passage.answer_id)
        .outerjoin(tables.response, tables.response.c.id == tables.answer.c.response_id)
        .outerjoin(
            tables.questionnaire,
            tables.questionnaire.c.id == tables.response.c.questionnaire_id,
        )
        .where(which)
        .order_by(passage.created_at, passage.source_id, passage.number)
    )
    found = rows(await work.connection.execute(asked))
    backed = await backs(work, tables.evidence.c.passage_id, [row.id for row in found])
    return [_searchable(row, backed.get(row.id, ())) for row in found if row.text.strip()]


def _searchable(row: Any, backed: Sequence[str]) -> Searchable:
    is_answer = row.answer_id is not None
    return Searchable(
        "answer" if is_answer else "passage",
        row.id,
        row.study_id,
        None,
        row.text,
        row.issuer or "",
        tokens_of(
            {
                Facet.KIND: "source",
                Facet.SOURCE: "questionnaire" if is_answer else "literature",
                Facet.STAGE: row.asked_stage if is_answer else row.source_stage,
                Facet.THEME: row.theme_id,
                Facet.UNIT: row.unit_id,
                Facet.LANGUAGE: language_of(row.text),
                Facet.MONTH: _when(row, is_answer=is_answer),
            },
            backed,
        ),
        team_only=is_answer,
    )


def _when(row: Any, *, is_answer: bool) -> str | None:
    if is_answer:
        return None if row.released_at is None else dates.month(row.released_at)
    return None if row.year is None else f"{row.year:04}"
