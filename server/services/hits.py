"""From items of the index to hits: what each refers to, loaded for a page in a few queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anyio import to_thread

from schemas.annotation import Annotation
from schemas.archive import ArchiveHit
from schemas.ids import AnnotationId, EntryId, LineId, SessionId
from schemas.session import Bilingual, Language, Session
from schemas.transcript import Line
from server.domain import facets
from server.domain.facets import Facet
from server.domain.query import Query, marks
from server.store import annotations, discretion, lines, names, sessions
from server.store.database import Work
from server.store.search import Item


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that the hits of one page refer to."""

    lines: Mapping[LineId, Line]
    annotations: Mapping[AnnotationId, Annotation]
    sessions: Mapping[SessionId, Session]
    studies: Mapping[str, Bilingual]
    units: Mapping[str, Bilingual]
    proofed: Mapping[SessionId, float]


async def load(work: Work, items: Sequence[Item], query: Query | None) -> tuple[ArchiveHit, ...]:
    """Return the hits of these items in order; one whose line is gone, or another session's, is left out."""
    known = await _load(work, items)
    return await to_thread.run_sync(_hits, items, query, known)


def _hits(items: Sequence[Item], query: Query | None, known: _Known) -> tuple[ArchiveHit, ...]:
    """Marking words is work for a thread: an export has thousands of hits."""
    found = (_hit(item, query, known) for item in items)
    return tuple(hit for hit in found if hit is not None)


async def _load(work: Work, items: Sequence[Item]) -> _Known:
    noted = await annotations.among(
        work, [AnnotationId(item.ref) for item in items if item.of == "annotation"]
    )
    said = [LineId(item.ref) for item in items if item.of == "line"]
    said += [annotation.anchors[0].line_id for annotation in noted.values()]
    sittings = await sessions.among(work, list({one.session_id for one in items if one.session_id}))
    values = [value for item in items for value in _values(item).get(Facet.UNIT, ())]
    return _Known(
        {line.id: line for line in await lines.among(work, said)},
        noted,
        {each.session.id: each.session for each in sittings},
        await names.of(work, Facet.STUDY, (item.study_id for item in items)),
        await names.of(work, Facet.UNIT, values),
        await discretion.proofed(work, [one.session_id for one in items if one.session_id]),
    )


def _values(item: Item) -> Mapping[Facet, Sequence[str]]:
    found: dict[Facet, list[str]] = {}
    for facet, value in filter(None, map(facets.parse, item.facets.split())):
        found.setdefault(facet, []).append(value)
    return found


def _hit(item: Item, query: Query | None, known: _Known) -> ArchiveHit | None:
    values = _values(item)
    session = None if item.session_id is None else known.sessions.get(item.session_id)
    annotation = known.annotations.get(AnnotationId(item.ref)) if item.of == "annotation" else None
    line = _line(item, annotation, known)
    is_said = item.of in ("line", "annotation")
    if is_said and (line is None or session is None or line.session_id != session.id):
        return None
    at = line.at if line is not None else None
    heard = line is not None and line.track_id is not None
    proofed_at = known.proofed.get(session.id) if heard and session is not None else None
    return ArchiveHit(
        key=item.key,
        of=item.of,
        ref=item.ref,
        study_id=item.study_id,
        study_title=known.studies.get(item.study_id, Bilingual()),
        session_id=item.session_id,
        session_title=None if session is None else session.title,
        line_id=None if line is None else line.id,
        revision=None if line is None else line.revision,
        speaker=item.speaker,
        unit=_unit(values.get(Facet.UNIT, ()), known),
        kind=_first(values.get(Facet.KIND, ())),
        state=_first(values.get(Facet.STATE, ())),
        at=at,
        day=session.opened_at if session is not None else None,
        text=item.text,
        language=Language(_first(values.get(Facet.LANGUAGE, ())) or _spoken_language(line)),
        marks=() if query is None else marks(query, item.text),
        track_id=None if line is None or proofed_at is not None else line.track_id,
        start=None if line is None else line.start,
        end=None if line is None else line.end,
        entries=tuple(EntryId(one) for one in values.get(Facet.ENTRY, ())),
        proofed_at=proofed_at,
    )


def _line(item: Item, annotation: Annotation | None, known: _Known) -> Line | None:
    if annotation is not None:
        return known.lines.get(annotation.anchors[0].line_id)
    return known.lines.get(LineId(item.ref)) if item.of == "line" else None


def _unit(values: Sequence[str], known: _Known) -> Bilingual | None:
    """The unit, or all units of an entry one after another."""
    named = [known.units[value] for value in values if value in known.units]
    if not named:
        return None
    return Bilingual(_row(one.en for one in named), _row(one.zh for one in named))


def _row(said: Iterable[str]) -> str:
    return ", ".join(one for one in said if one)


def _first(values: Sequence[str]) -> str:
    return values[0] if values else ""


def _spoken_language(line: Line | None) -> str:
    return Language.EN.value if line is None else line.language.value
