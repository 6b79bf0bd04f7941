"""The archive: words to hits with their marks, and the lines around a hit.

Who asks may find: an account every study it runs, everybody else the sessions they came into.
The scope is part of the query (store/search.py), never a filter over its result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.annotation import Annotation
from schemas.archive import ArchiveHit, ArchiveQuery, Page
from schemas.errors import NotFound
from schemas.ids import AnnotationId, LineId, SessionId, UnitId
from schemas.session import Bilingual, Language, Session
from schemas.transcript import Line
from server.domain.query import Query, marks, parse
from server.domain.tokens import tokens
from server.store import annotations, lines, people, search, sessions, studies
from server.store.database import Database, Work
from server.store.logins import Login
from server.store.search import Item, Scope

LINES_AROUND = 10


@dataclass(frozen=True, slots=True)
class Context:
    """The lines around `line`, itself among them, in order of time."""

    session: Session
    line: Line
    around: Sequence[Line]


class Archive:
    """Finds what was said and noted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scope_of(self, login: Login) -> Scope:
        """Return what a login may find."""
        async with self._database.read() as work:
            if login.account is not None:
                return Scope(studies=frozenset(each.id for each in await studies.every(work)))
            joined = await people.sessions_of_login(work, login.token_sha256)
            return Scope(sessions=frozenset(joined))

    async def search(self, query: ArchiveQuery, *, scope: Scope) -> Page:
        """Return what answers the words within `scope`, newest first.

        Raises Invalid `archive.query` with the place and the reason.
        """
        tree = parse(query.words)
        async with self._database.read() as work:
            items = await search.find(
                work,
                tree,
                scope=scope,
                study_id=query.study_id,
                session_id=query.session_id,
                after=query.after,
                limit=query.limit + 1,
            )
            shown = items[: query.limit]
            known = await _load(work, shown)
        hits = tuple(hit for item in shown if (hit := _hit(item, tree, known)) is not None)
        return Page(hits, shown[-1].key if len(items) > query.limit else None)

    async def context(self, line_id: LineId, *, scope: Scope) -> Context:
        """Return the lines around one. Raises NotFound `line.unknown`, also outside `scope`."""
        async with self._database.read() as work:
            line = await lines.get(work, line_id)
            session = await sessions.get(work, line.session_id)
            if session.study_id not in scope.studies and session.id not in scope.sessions:
                raise NotFound("line.unknown", line=line_id)
            return Context(session, line, await lines.around(work, line, count=LINES_AROUND))


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that the hits of one page refer to."""

    lines: Mapping[LineId, Line]
    annotations: Mapping[AnnotationId, Annotation]
    sessions: Mapping[SessionId, Session]
    units: Mapping[UnitId, Bilingual]


async def _load(work: Work, items: Sequence[Item]) -> _Known:
    noted = await annotations.among(
        work, [AnnotationId(item.ref) for item in items if item.of == "annotation"]
    )
    said = [LineId(item.ref) for item in items if item.of == "line"]
    said += [annotation.anchors[0].line_id for annotation in noted.values()]
    found = {line.id: line for line in await lines.among(work, said)}
    sittings = await sessions.among(work, list({item.session_id for item in items}))
    units = {line.unit_id for line in found.values()}
    units |= {annotation.voice.unit_id for annotation in noted.values()}
    return _Known(
        found,
        noted,
        {each.session.id: each.session for each in sittings},
        await studies.unit_names(work, {unit for unit in units if unit is not None}),
    )


def _hit(item: Item, query: Query, known: _Known) -> ArchiveHit | None:
    """Return the hit an item stands for; None if its line is gone, or another session's."""
    annotation = known.annotations.get(AnnotationId(item.ref))
    line = known.lines.get(annotation.anchors[0].line_id if annotation else LineId(item.ref))
    session = known.sessions.get(item.session_id)
    if line is None or session is None or line.session_id != session.id:
        return None
    unit_id = annotation.voice.unit_id if annotation else line.unit_id
    return ArchiveHit(
        key=item.key,
        of=item.of,
        study_id=item.study_id,
        session_id=item.session_id,
        session_title=session.title,
        line_id=line.id,
        speaker=annotation.voice.name if annotation else line.speaker,
        unit=None if unit_id is None else known.units.get(unit_id),
        kind=annotation.kind.value if annotation else line.source.value,
        at=line.at,
        text=item.text,
        language=_language_of(item.text) if annotation else line.language,
        marks=marks(query, item.text),
        track_id=line.track_id,
        start=line.start,
        end=line.end,
    )


def _language_of(text: str) -> Language:
    """Notes do not say their language; one with any Chinese character is drawn as Chinese."""
    return Language.ZH if tokens(text).characters else Language.EN
