"""What the archive is given of each row: lines, annotations, wordings, entries and sources.

Each function returns what is to be found now; a row that is withdrawn, empty or merged away is
absent, so whoever follows a change puts what comes and removes what does not.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from schemas.ids import (
    AnnotationId,
    EntryId,
    LineId,
    PassageId,
    ProposalId,
    SessionId,
    SourceId,
    StudyId,
)
from schemas.taxonomy import EntryState
from server.domain import dates, facets
from server.domain.facets import Facet
from server.store import searchables_passages, tables
from server.store.database import Work, rows
from server.store.many import among
from server.store.search import Searchable
from server.store.search_terms import Of
from server.store.searchable_facets import backs, language_of, tokens_of

_YEAR_9999 = 253_370_764_800.0
"""No zone is as far from UTC as the year after it."""


async def of_lines(work: Work, line_ids: Sequence[LineId]) -> Sequence[Searchable]:
    """Return these lines, in order of time."""
    return await _lines(work, among(work, tables.line.c.id, line_ids))


async def of_annotations(
    work: Work, annotation_ids: Sequence[AnnotationId]
) -> Sequence[Searchable]:
    """Return these annotations, in order of arrival."""
    return await _annotations(work, among(work, tables.annotation.c.id, annotation_ids))


async def of_refs(work: Work, wanted: Sequence[tuple[Of, str]]) -> Sequence[Searchable]:
    """Return these as they are now; of a wording, all that were put of its proposal."""
    refs: defaultdict[Of, list[str]] = defaultdict(list)
    for of, ref in wanted:
        refs[of].append(ref)
    proposals = sorted({ref.rpartition(".")[0] for ref in refs["wording"]})
    passages = [PassageId(ref) for ref in (*refs["passage"], *refs["answer"])]
    return [
        *(await of_lines(work, [LineId(ref) for ref in refs["line"]]) if refs["line"] else ()),
        *(
            await _annotations(work, tables.annotation.c.id.in_(refs["annotation"]))
            if refs["annotation"]
            else ()
        ),
        *(await _wordings(work, tables.proposal.c.id.in_(proposals)) if proposals else ()),
        *(await _entries(work, tables.entry.c.id.in_(refs["entry"])) if refs["entry"] else ()),
        *(await _sources(work, tables.source.c.id.in_(refs["source"])) if refs["source"] else ()),
        *(await searchables_passages.of_passages(work, passages) if passages else ()),
    ]


async def of_session(work: Work, session_id: SessionId) -> Sequence[Searchable]:
    """Return everything of a session: lines by time, then annotations, then wordings."""
    return [
        *await _lines(work, tables.line.c.session_id == session_id),
        *await _annotations(work, tables.annotation.c.session_id == session_id),
        *await _wordings(work, tables.proposal.c.session_id == session_id),
    ]


async def of_proposal(work: Work, proposal_id: ProposalId) -> Sequence[Searchable]:
    """Return all wordings that were put of a proposal."""
    return await _wordings(work, tables.proposal.c.id == proposal_id)


async def of_entries(work: Work, entry_ids: Sequence[EntryId]) -> Sequence[Searchable]:
    """Return these entries, in order of their making."""
    return await _entries(work, tables.entry.c.id.in_(entry_ids))


BACKING: Sequence[Of] = ("line", "annotation", "passage", "answer")
"""What can back an entry, and is found under it then."""


async def backing(work: Work, entry_id: EntryId) -> Collection[tuple[Of, str]]:
    """Return what backs an entry; a note that quotes a line does, and the line itself."""
    evidence, passage = tables.evidence.c, tables.passage.c
    asked = (
        select(evidence.line_id, evidence.annotation_id, evidence.passage_id, passage.answer_id)
        .outerjoin(tables.passage, passage.id == evidence.passage_id)
        .where(evidence.entry_id == entry_id)
    )
    found: set[tuple[Of, str]] = set()
    for line_id, annotation_id, passage_id, answer_id in await work.connection.execute(asked):
        found |= {("line", line_id)} if line_id else set()
        found |= {("annotation", annotation_id)} if annotation_id else set()
        if passage_id:
            found.add(("answer" if answer_id else "passage", passage_id))
    return found


async def of_sources(work: Work, source_ids: Sequence[SourceId]) -> Sequence[Searchable]:
    """Return these sources."""
    return await _sources(work, tables.source.c.id.in_(source_ids))


async def of_study(work: Work, study_id: StudyId) -> Sequence[Searchable]:
    """Return what a study has beside its sessions, in the order of `_OF_STUDY`."""
    return [one for part in _OF_STUDY for one in await part(work, study_id)]


async def _sources_of(work: Work, study_id: StudyId) -> Sequence[Searchable]:
    return await _sources(work, tables.source.c.study_id == study_id)


async def _entries_of(work: Work, study_id: StudyId) -> Sequence[Searchable]:
    return await _entries(work, tables.entry.c.study_id == study_id)


_OF_STUDY: Sequence[Callable[[Work, StudyId], Awaitable[Sequence[Searchable]]]] = (
    _sources_of,
    searchables_passages.of_study,
    _entries_of,
)
"""Everything outside sessions, for a rebuilding. A new kind adds its function here and writes its
items where it writes its rows (docs/architecture.md, Archive)."""


async def _lines(work: Work, which: ColumnElement[bool]) -> Sequence[Searchable]:
    line, session = tables.line.c, tables.session.c
    asked = (
        select(
            tables.line,
            session.study_id,
            session.stage_id,
            session.theme_id,
            session.opened_at,
            tables.person.c.role,
        )
        .join(tables.session, session.id == line.session_id)
        .outerjoin(tables.person, tables.person.c.id == line.person_id)
        .where(which, ~_is_withdrawn(line.id))
        .order_by(line.at, line.id)
    )
    found = rows(await work.connection.execute(asked))
    backed = await backs(work, tables.evidence.c.line_id, [row.id for row in found])
    return [
        Searchable(
            "line",
            row.id,
            row.study_id,
            row.session_id,
            row.text,
            row.speaker,
            tokens_of(
                {
                    Facet.KIND: "line",
                    Facet.SOURCE: row.source,
                    Facet.LANGUAGE: row.language,
                    Facet.STEP: row.step_id,
                    Facet.ROLE: row.role,
                    Facet.MONTH: _month(row.opened_at, row.at),
                    **_place(row),
                },
                backed.get(row.id, ()),
            ),
        )
        for row in found
        if row.text.strip()
    ]


def _is_withdrawn(line_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the line's unit took its quotation back when the record was returned to it."""
    item = tables.return_item.c
    return exists().where(item.kind == "withdraw", item.line_id == line_id)


async def _annotations(work: Work, which: ColumnElement[bool]) -> Sequence[Searchable]:
    annotation, session = tables.annotation.c, tables.session.c
    asked = (
        select(
            tables.annotation,
            annotation.voice_name.label("speaker"),
            session.study_id,
            session.stage_id,
            session.theme_id,
            tables.line.c.step_id,
        )
        .join(tables.session, session.id == annotation.session_id)
        .outerjoin(tables.line, tables.line.c.id == annotation.line_id)
        .where(which, annotation.withdrawn.is_(False))
        .order_by(annotation.seq)
    )
    found = rows(await work.connection.execute(asked))
    backed = await backs(work, tables.evidence.c.annotation_id, [row.id for row in found])
    return [
        Searchable(
            "annotation",
            row.id,
            row.study_id,
            row.session_id,
            row.text,
            row.speaker,
            tokens_of(
                {
                    Facet.KIND: row.kind,
                    Facet.LANGUAGE: language_of(row.text),
                    Facet.STEP: row.step_id,
                    Facet.MONTH: _month(0.0, row.at),
                    **_place(row),
                },
                backed.get(row.id, ()),
            ),
        )
        for row in found
        if row.text.strip()
    ]


async def _wordings(work: Work, which: ColumnElement[bool]) -> Sequence[Searchable]:
    proposal, session = tables.proposal.c, tables.session.c
    asked = (
        select(
            tables.wording,
            proposal.study_id,
            proposal.session_id,
            proposal.kind,
            proposal.state,
            proposal.entry_id,
            session.stage_id,
            session.theme_id,
        )
        .join(tables.proposal, proposal.id == tables.wording.c.proposal_id)
        .join(tables.session, session.id == proposal.session_id)
        .where(which)
        .order_by(tables.wording.c.put_at, tables.wording.c.number)
    )
    return [
        Searchable(
            "wording",
            f"{row.proposal_id}.{row.number}",
            row.study_id,
            row.session_id,
            row.text,
            "",
            tokens_of(
                {
                    Facet.KIND: row.kind,
                    Facet.STATE: row.state,
                    Facet.LANGUAGE: language_of(row.text),
                    Facet.MONTH: dates.month(row.put_at),
                    Facet.STAGE: row.stage_id,
                    Facet.THEME: row.theme_id,
                },
                [row.entry_id] if row.entry_id else [],
            ),
        )
        for row in rows(await work.connection.execute(asked))
        if row.text.strip()
    ]


async def _entries(work: Work, which: ColumnElement[bool]) -> Sequence[Searchable]:
    """Entries in force and retracted ones, which stay readable with their state."""
    entry, concerned = tables.entry.c, tables.entry_unit.c
    asked = select(tables.entry).where(which, entry.state != EntryState.MERGED.value)
    found = rows(await work.connection.execute(asked.order_by(entry.created_at, entry.order)))
    units: defaultdict[str, list[str]] = defaultdict(list)
    named = select(concerned.entry_id, concerned.unit_id)
    named = named.where(concerned.entry_id.in_([row.id for row in found]))
    for row in rows(await work.connection.execute(named)):
        units[row.entry_id].append(facets.token(Facet.UNIT, row.unit_id))
    texts = {row.id: _both(row) for row in found}
    return [
        Searchable(
            "entry",
            row.id,
            row.study_id,
            None,
            texts[row.id],
            "",
            [
                *tokens_of(
                    {
                        Facet.KIND: row.kind,
                        Facet.STATE: row.state,
                        Facet.STAGE: row.stage_id,
                        Facet.MONTH: dates.month(row.created_at),
                    },
                    [row.id],
                ),
                *units[row.id],
            ],
        )
        for row in found
        if texts[row.id]
    ]


def _both(row: Any) -> str:
    """Return label and definition in both languages, each once, a line for each."""
    said = (row.label_en, row.label_zh, row.definition_en, row.definition_zh)
    return "\n".join(dict.fromkeys(one.strip() for one in said if one.strip()))


async def _sources(work: Work, which: ColumnElement[bool]) -> Sequence[Searchable]:
    asked = select(tables.source).where(which)
    asked = asked.order_by(tables.source.c.year, tables.source.c.title)
    return [_source(row) for row in rows(await work.connection.execute(asked))]


def _source(row: Any) -> Searchable:
    text = "\n".join(one.strip() for one in (row.title, row.issuer, row.targets) if one.strip())
    return Searchable(
        "source",
        row.id,
        row.study_id,
        None,
        text,
        row.issuer,
        tokens_of(
            {
                Facet.KIND: "source",
                Facet.SOURCE: "literature",
                Facet.STAGE: row.stage_id,
                Facet.LANGUAGE: language_of(text),
                Facet.MONTH: None if row.year is None else f"{row.year:04}",
            },
            [],
        ),
    )


def _place(row: Any) -> Mapping[Facet, str | None]:
    return {
        Facet.STAGE: row.stage_id,
        Facet.THEME: row.theme_id,
        Facet.UNIT: row.unit_id,
        Facet.SPEAKER: facets.speaker(row.speaker) if row.speaker else None,
    }


def _month(opened_at: float | None, at: float) -> str | None:
    """The month; None before the session was opened, and for a time that a browser made up."""
    if opened_at is None or not 0.0 <= opened_at + at < _YEAR_9999:
        return None
    return dates.month(opened_at + at)
