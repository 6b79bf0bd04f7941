"""Stage 1: documents are brought in as sources with passages, lists of policies as sources alone.

A document is one source; its text is cut into passages (`domain.passages`). A sheet of policies is
checked row by row, and all rows are stored or none.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.errors import Conflict, Invalid
from schemas.ids import PassageId, SourceId, StageId, StudyId, new_id
from server.domain.passages import Paragraph, cut
from server.domain.sheets import Sheet
from server.services.agendas import require_runs
from server.services.extracting import Extracted, text_of
from server.services.passages import Coded, coded
from server.store import events, passages, search, searchables_passages, studies
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.passages import Passage
from server.store.studies import Source, Study

MAX_TEXT = 500
MAX_SOURCES = 2_000
_AT_ONCE = 5_000
"""Passages looked up by one query; a database takes some 32,000 values."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "标题", "名称", "文件名称"),
    "issuer": ("issuer", "issued by", "issuer_or_place", "发布单位", "发布机构"),
    "level": ("level", "层级", "级别"),
    "year": ("year", "年份", "年度"),
    "topic": ("topic", "主题", "领域"),
    "targets": ("targets", "目标"),
    "url": ("url", "link", "网址", "链接"),
}


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """What is known of a document."""

    title: str
    issuer: str = ""
    level: str = ""
    year: int | None = None
    topic: str = ""
    targets: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ImportedSource:
    """One row of a sheet as it would be stored. problem: an error code, "" for a good row."""

    number: int
    details: SourceDetails
    problem: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """A study's sources with how many passages each has."""

    study: Study
    sources: Sequence[Source]
    counts: Mapping[SourceId, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """One source with its passages and what hangs on them."""

    study: Study
    source: Source
    coded: Coded


class Literature:
    """Brings documents in, and opens them. Readers were let in by the route."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def shelf(self, study_id: StudyId) -> Shelf:
        """Return all sources of a study. Raises NotFound."""
        async with self._database.read() as work:
            return Shelf(
                await studies.get(work, study_id),
                await studies.sources(work, study_id),
                await passages.counts(work, study_id),
            )

    async def study_of(self, source_id: SourceId) -> StudyId:
        """Return the study of a source. Raises NotFound `source.unknown`."""
        async with self._database.read() as work:
            return (await studies.source(work, source_id))[0]

    async def opened(self, source_id: SourceId) -> Opened:
        """Return one source. Raises NotFound `source.unknown`."""
        async with self._database.read() as work:
            study_id, source = await studies.source(work, source_id)
            found = await passages.of_source(work, source_id)
            study = await studies.get(work, study_id)
            return Opened(study, source, await coded(work, study_id, found))

    async def add(
        self, account: Account, study_id: StudyId, details: SourceDetails, *, file: bytes, text: str
    ) -> SourceId:
        """Bring a document in, by its file or its text.

        Raises NotFound, or Invalid: `source.title`, `source.long`, `source.url`, those of
        `text_of` and `cut`; then nothing was stored.
        """
        problem = _problem(details, {})
        if problem:
            raise Invalid(problem)
        found = await text_of(file) if file else Extracted(text)
        paragraphs = cut(found.text, wrapped=found.wrapped)
        async with self._database.write() as work:
            await require_runs(work, account, study_id)
            (source,) = await _add(work, study_id, [details])
            await _add_passages(work, study_id, {source.id: paragraphs}, at=self._now())
            await self._record(work, study_id, "source.added", source.id, account, 1)
        return source.id

    async def check(
        self, account: Account, study_id: StudyId, sheet: Sheet
    ) -> Sequence[ImportedSource]:
        """Return every row of a sheet of policies with what is wrong with it.

        Raises NotFound, or Invalid `source.columns`, `import.empty`, `import.rows`.
        """
        async with self._database.read() as work:
            await require_runs(work, account, study_id)
            return await _read(work, study_id, sheet)

    async def store(self, account: Account, study_id: StudyId, sheet: Sheet) -> int:
        """Store all rows; return how many. Their targets become passages.

        Raises as `check`, and Conflict (`import.bad_rows`): then nothing was stored.
        """
        async with self._database.write() as work:
            await require_runs(work, account, study_id)
            found = await _read(work, study_id, sheet)
            bad = [row.number for row in found if row.problem]
            if bad:
                raise Conflict("import.bad_rows", rows=", ".join(map(str, bad)))
            sources = await _add(work, study_id, [row.details for row in found])
            paragraphs = {one.id: cut(one.targets) for one in sources if one.targets}
            await _add_passages(work, study_id, paragraphs, at=self._now())
            await self._record(work, study_id, "sources.imported", study_id, account, len(found))
        return len(found)

    async def _record(
        self, work: Work, study_id: StudyId, action: str, subject: str, by: Account, count: int
    ) -> None:
        body = {"count": count, "by": by.name}
        await events.record(work, study_id, action, subject, body=body, at=self._now())


async def _add(work: Work, study_id: StudyId, found: Sequence[SourceDetails]) -> Sequence[Source]:
    """Store documents under the study's first stage. Raises Conflict `source.no_stage`."""
    stages = await studies.stages(work, study_id)
    if not stages:
        raise Conflict("source.no_stage")
    sources = []
    for one in found:
        source_id = SourceId(new_id())
        sources.append(
            Source(
                source_id,
                StageId(stages[0].id),
                source_id,
                one.title,
                one.issuer,
                one.level,
                one.year,
                one.topic,
                one.targets,
                one.url,
            )
        )
    await studies.add_sources(work, study_id, sources)
    return sources


async def _add_passages(
    work: Work,
    study_id: StudyId,
    paragraphs: Mapping[SourceId, Sequence[Paragraph]],
    *,
    at: float,
) -> None:
    """Store the paragraphs of each source as its passages, findable."""
    found = [
        Passage(PassageId(new_id()), study_id, source_id, None, None, number, one.heading, one.text)
        for source_id, of in paragraphs.items()
        for number, one in enumerate(of, 1)
    ]
    await passages.add(work, found, at=at)
    ids = [one.id for one in found]
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        await search.add(work, await searchables_passages.of_passages(work, some))


async def _read(work: Work, study_id: StudyId, sheet: Sheet) -> Sequence[ImportedSource]:
    if not sheet:
        raise Invalid("import.empty")
    places = _places(sheet[0])
    if len(sheet) - 1 > MAX_SOURCES:
        raise Invalid("import.rows", most=MAX_SOURCES)
    known = await studies.sources(work, study_id)
    taken = {(_folded(one.title), one.year): "source.known" for one in known}
    found: list[ImportedSource] = []
    for number, cells in enumerate(sheet[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = _row(number, cells, places, taken)
        if row.details.title:
            taken.setdefault((_folded(row.details.title), row.details.year), "import.twice")
        found.append(row)
    if not found:
        raise Invalid("import.empty")
    return found


def _places(header: Sequence[str]) -> Mapping[str, int]:
    named = {_folded(cell): place for place, cell in enumerate(header)}
    places = {
        field: next(named[name] for name in names if name in named)
        for field, names in _COLUMNS.items()
        if any(name in named for name in names)
    }
    if "title" not in places:
        raise Invalid("source.columns")
    return places


def _row(
    number: int,
    cells: Sequence[str],
    places: Mapping[str, int],
    taken: Mapping[tuple[str, int | None], str],
) -> ImportedSource:
    def cell(field: str) -> str:
        place = places.get(field, len(cells))
        return " ".join(cells[place].split()) if place < len(cells) else ""

    year = cell("year")
    is_year = year.isascii() and year.isdigit() and len(year) == 4
    details = SourceDetails(
        cell("title"),
        cell("issuer"),
        cell("level"),
        int(year) if is_year else None,
        cell("topic"),
        cell("targets"),
        cell("url"),
    )
    problem = "source.year" if year and not is_year else _problem(details, taken)
    return ImportedSource(number, details, problem)


def _problem(details: SourceDetails, taken: Mapping[tuple[str, int | None], str]) -> str:
    texts = (details.title, details.issuer, details.level, details.topic, details.url)
    if not details.title:
        return "source.title"
    if max(map(len, texts)) > MAX_TEXT:
        return "source.long"
    if details.url and not _is_address(details.url):
        return "source.url"
    return taken.get((_folded(details.title), details.year), "")


def _is_address(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:  # brackets that hold no IPv6 address
        return False


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
