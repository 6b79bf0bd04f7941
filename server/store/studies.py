"""Studies and what they hold from the start: stages, themes, units with aliases, sources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, select

from schemas.errors import NotFound
from schemas.ids import SourceId, StageId, StudyId, ThemeId, UnitId, new_id
from schemas.session import Bilingual, Unit
from server.store import search, searchables, succession, tables
from server.store.database import Work, rows


@dataclass(frozen=True, slots=True)
class Study:
    """One inquiry of one city. rule: the consent rule's settings, {} for the default.

    languages: `both`, `en` or `zh`. retention_months: None keeps without a limit. marking: what
    every printed document carries, "" for none. follows: the study whose results this starts from.
    """

    id: StudyId
    slug: str
    title: Bilingual
    city: Bilingual
    rule: Mapping[str, object]
    languages: str = "both"
    retention_months: int | None = None
    marking: str = ""
    follows: StudyId | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a study, numbered from 1."""

    id: StageId
    number: int
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme of a study with its units in protocol order."""

    id: ThemeId
    number: int
    slug: str
    title: Bilingual
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One document of the literature stage."""

    id: SourceId
    stage_id: StageId
    slug: str
    title: str
    issuer: str
    level: str
    year: int | None
    topic: str
    targets: str = ""
    url: str = ""


async def add(work: Work, study: Study, *, at: float) -> None:
    """Store a study; everything below hangs on it."""
    await work.connection.execute(
        insert(tables.study).values(
            id=study.id,
            slug=study.slug,
            title_en=study.title.en,
            title_zh=study.title.zh,
            city_en=study.city.en,
            city_zh=study.city.zh,
            rule=dict(study.rule),
            languages=study.languages,
            retention_months=study.retention_months,
            marking=study.marking,
            follows_id=study.follows,
            created_at=at,
        )
    )


async def add_stage(work: Work, study_id: StudyId, stage: Stage) -> None:
    """Store one stage."""
    await work.connection.execute(
        insert(tables.stage).values(
            id=stage.id,
            study_id=study_id,
            number=stage.number,
            title_en=stage.title.en,
            title_zh=stage.title.zh,
        )
    )


async def add_theme(work: Work, study_id: StudyId, theme: Theme) -> None:
    """Store one theme, without its units."""
    await work.connection.execute(
        insert(tables.theme).values(
            id=theme.id,
            study_id=study_id,
            number=theme.number,
            slug=theme.slug,
            title_en=theme.title.en,
            title_zh=theme.title.zh,
        )
    )


async def add_unit(
    work: Work, study_id: StudyId, theme_id: ThemeId | None, slug: str, unit: Unit
) -> None:
    """Store one unit with its aliases."""
    await add_units(work, study_id, [(theme_id, slug, unit)])


async def add_units(
    work: Work, study_id: StudyId, found: Sequence[tuple[ThemeId | None, str, Unit]]
) -> None:
    """Store units with their aliases: each with its theme and its name in addresses."""
    units = [
        {
            "id": unit.id,
            "study_id": study_id,
            "theme_id": theme_id,
            "slug": slug,
            "name_en": unit.name.en,
            "name_zh": unit.name.zh,
            "kind": unit.kind,
            "order": unit.order,
        }
        for theme_id, slug, unit in found
    ]
    aliases = [
        {"id": new_id(), "unit_id": unit.id, "alias": one}
        for _, _, unit in found
        for one in unit.aliases
    ]
    if units:
        await work.connection.execute(insert(tables.unit), units)
    if aliases:
        await work.connection.execute(insert(tables.unit_alias), aliases)


async def add_sources(work: Work, study_id: StudyId, found: Sequence[Source]) -> None:
    """Store sources; the archive finds them from now on."""
    values = [
        {
            "id": one.id,
            "study_id": study_id,
            "stage_id": one.stage_id,
            "slug": one.slug,
            "title": one.title,
            "issuer": one.issuer,
            "level": one.level,
            "year": one.year,
            "topic": one.topic,
            "targets": one.targets,
            "url": one.url,
        }
        for one in found
    ]
    if values:
        await work.connection.execute(insert(tables.source), values)
        await search.add(work, await searchables.of_sources(work, [one.id for one in found]))


async def get(work: Work, study_id: StudyId) -> Study:
    """Return one study. Raises NotFound `study.unknown`."""
    found = await _studies(work, tables.study.c.id == study_id)
    if not found:
        raise NotFound("study.unknown", study=study_id)
    return found[0]


async def by_slug(work: Work, slug: str) -> Study | None:
    """Return the study of that name in URLs and seeds, or None."""
    found = await _studies(work, tables.study.c.slug == slug)
    return found[0] if found else None


async def every(work: Work) -> Sequence[Study]:
    """Return all studies, newest first."""
    return await _studies(work)


async def stages(work: Work, study_id: StudyId) -> Sequence[Stage]:
    """Return a study's stages in order."""
    stage = tables.stage.c
    asked = select(tables.stage).where(stage.study_id == study_id).order_by(stage.number)
    return [
        Stage(StageId(row.id), row.number, Bilingual(row.title_en, row.title_zh))
        for row in rows(await work.connection.execute(asked))
    ]


async def units_beside(work: Work, study_id: StudyId) -> Sequence[Unit]:
    """Return the units that stand in no theme, in protocol order."""
    within = tables.unit.c.study_id == study_id, tables.unit.c.theme_id.is_(None)
    return [unit for _, unit in await _units(work, and_(*within))]


async def themes(work: Work, study_id: StudyId) -> Sequence[Theme]:
    """Return a study's themes in order, each with its units."""
    members: dict[str, list[Unit]] = {}
    for theme_id, unit in await _units(work, tables.unit.c.study_id == study_id):
        members.setdefault(theme_id or "", []).append(unit)
    theme = tables.theme.c
    asked = select(tables.theme).where(theme.study_id == study_id).order_by(theme.number)
    return [
        Theme(
            ThemeId(row.id),
            row.number,
            row.slug,
            Bilingual(row.title_en, row.title_zh),
            tuple(members.get(row.id, ())),
        )
        for row in rows(await work.connection.execute(asked))
    ]


async def units(work: Work, study_id: StudyId) -> Sequence[Unit]:
    """Return a study's units in protocol order, those without a theme included."""
    found = await _units(work, tables.unit.c.study_id == study_id)
    return [unit for _, unit in found]


async def unit_ids(work: Work, study_id: StudyId) -> Mapping[str, UnitId]:
    """Return the study's units by the names that seeds and addresses give them."""
    unit = tables.unit.c
    asked = select(unit.slug, unit.id).where(unit.study_id == study_id)
    return {row.slug: UnitId(row.id) for row in rows(await work.connection.execute(asked))}


async def unit_names(work: Work, unit_ids: set[UnitId]) -> Mapping[UnitId, Bilingual]:
    """Return the names of these units."""
    unit = tables.unit.c
    asked = select(unit.id, unit.name_en, unit.name_zh).where(unit.id.in_(sorted(unit_ids)))
    return {
        UnitId(row.id): Bilingual(row.name_en, row.name_zh)
        for row in rows(await work.connection.execute(asked))
    }


async def unit_families(work: Work, study_ids: Iterable[StudyId]) -> Sequence[tuple[str, ...]]:
    """Return for each unit of these studies all its names: both languages, aliases, earlier ones.

    An earlier name is one of before a renaming, merger or split (`succession`).
    """
    wanted = sorted(study_ids)
    before = await succession.earlier_names(work, wanted)
    return [
        tuple(dict.fromkeys((unit.name.en, unit.name.zh, *unit.aliases, *before.get(unit.id, ()))))
        for _, unit in await _units(work, tables.unit.c.study_id.in_(wanted))
    ]


async def sources(work: Work, study_id: StudyId) -> Sequence[Source]:
    """Return a study's sources, newest first."""
    source = tables.source.c
    asked = (
        select(tables.source)
        .where(source.study_id == study_id)
        .order_by(source.year.desc(), source.title)
    )
    return [_source(row) for row in rows(await work.connection.execute(asked))]


async def source(work: Work, source_id: SourceId) -> tuple[StudyId, Source]:
    """Return one source and its study. Raises NotFound `source.unknown`."""
    asked = select(tables.source).where(tables.source.c.id == source_id)
    row = (await work.connection.execute(asked)).one_or_none()
    if row is None:
        raise NotFound("source.unknown", source=source_id)
    return StudyId(row.study_id), _source(row)


async def _studies(work: Work, *which: ColumnElement[bool]) -> Sequence[Study]:
    asked = select(tables.study).where(*which).order_by(tables.study.c.created_at.desc())
    return [_study(row) for row in rows(await work.connection.execute(asked))]


def _source(row: Row[Any]) -> Source:
    return Source(
        SourceId(row.id),
        StageId(row.stage_id),
        row.slug,
        row.title,
        row.issuer,
        row.level,
        row.year,
        row.topic,
        row.targets,
        row.url,
    )


def _study(row: Row[Any]) -> Study:
    return Study(
        StudyId(row.id),
        row.slug,
        Bilingual(row.title_en, row.title_zh),
        Bilingual(row.city_en, row.city_zh),
        row.rule,
        row.languages,
        row.retention_months,
        row.marking,
        None if row.follows_id is None else StudyId(row.follows_id),
    )


async def _units(work: Work, which: ColumnElement[bool]) -> Sequence[tuple[str | None, Unit]]:
    """Return units with the id of their theme, in protocol order; two queries in all."""
    unit, alias = tables.unit.c, tables.unit_alias.c
    named: dict[str, list[str]] = {}
    aliases = select(alias.unit_id, alias.alias).join(tables.unit, unit.id == alias.unit_id)
    for row in rows(await work.connection.execute(aliases.where(which).order_by(alias.id))):
        named.setdefault(row.unit_id, []).append(row.alias)
    asked = select(tables.unit).where(which).order_by(unit.order, unit.id)
    return [
        (
            row.theme_id,
            Unit(
                UnitId(row.id),
                Bilingual(row.name_en, row.name_zh),
                row.kind,
                row.order,
                tuple(named.get(row.id, ())),
            ),
        )
        for row in rows(await work.connection.execute(asked))
    ]
