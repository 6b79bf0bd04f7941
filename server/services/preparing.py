"""Preparing a study: its settings, stages, themes, units, and the accounts that run it.

Owners change a study; moderators of it run its sessions. A list is changed as a whole: what is
missing from it is removed, unless something already rests on it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import AccountId, StageId, StudyId, ThemeId, UnitId, new_id
from schemas.session import Bilingual, Unit
from server.domain import negotiation
from server.domain.negotiation import Rule
from server.services import citing
from server.store import (
    accounts,
    arrangements,
    events,
    memberships,
    studies,
)
from server.store.accounts import Account
from server.store.arrangements import Listed
from server.store.database import Database, Work
from server.store.memberships import Member, Share
from server.store.studies import Stage, Study, Theme

MAX_TITLE = 200
MAX_MARKING = 40
MAX_ROWS = 300
LANGUAGES = ("both", "zh", "en")
NO_THEME = "none"
DEFAULT_STAGES = (
    Bilingual("Literature and policies", "文献与政策"),
    Bilingual("Questionnaire", "问卷调查"),
    Bilingual("Joint development groups", "专题联合工作组"),
    Bilingual("Focus groups", "焦点小组"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the first form of a study asks."""

    title: Bilingual
    city: Bilingual
    languages: str = "both"
    retention_months: int | None = None
    marking: str = ""
    rule: Rule = field(default_factory=Rule)


@dataclass(frozen=True, slots=True)
class Named:
    """One row of a list of stages or themes; an empty id is a new one."""

    id: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One row of a theme's list of units; an empty id is a new one.

    moves_to: the theme it is to stand in from now on, NO_THEME for none, "" to stay.
    """

    id: str
    name: Bilingual
    kind: str
    aliases: tuple[str, ...]
    moves_to: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A study as its owners see it. beside: units in no theme. share: what the account may do."""

    study: Study
    stages: Sequence[Stage]
    themes: Sequence[Theme]
    beside: Sequence[Unit]
    members: Sequence[Member]
    share: Share


class Preparing:
    """Makes and changes studies on behalf of accounts."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def create(
        self, account: Account, settings: Settings, *, like: StudyId | None = None
    ) -> StudyId:
        """Make a study that `account` owns.

        like: a study that the account runs, whose stages, themes and units are taken over.

        Raises Invalid (`study.settings`), or NotFound (`study.unknown`) for a foreign `like`.
        """
        _check(settings)
        now = self._now()
        study_id = StudyId(new_id())
        async with self._database.write() as work:
            if like is not None:
                await _share(work, like, account)
            await studies.add(work, _study(study_id, settings, like), at=now)
            await memberships.add(work, study_id, account.id, Share.OWNER)
            await events.record(work, study_id, "study.prepared", study_id, at=now)
            if like is None:
                for number, title in enumerate(DEFAULT_STAGES, 1):
                    stage = Stage(StageId(new_id()), number, title)
                    await studies.add_stage(work, study_id, stage)
            else:
                await _copy(work, like, study_id)
        return study_id

    async def prepared(self, account: Account, study_id: StudyId) -> Prepared:
        """Return the study to somebody who runs it. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            share = await _share(work, study_id, account)
            return Prepared(
                await studies.get(work, study_id),
                await studies.stages(work, study_id),
                await studies.themes(work, study_id),
                await studies.units_beside(work, study_id),
                await memberships.of_study(work, study_id),
                share,
            )

    async def change(self, account: Account, study_id: StudyId, settings: Settings) -> None:
        """Give the study these settings. Raises NotFound, Forbidden or Invalid."""
        _check(settings)
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            before = await studies.get(work, study_id)
            after = _study(study_id, settings, before.follows)
            await arrangements.change(work, after)
            was = citing.was_called(before.title, after.title)
            await events.record(
                work, study_id, citing.STUDY_CHANGED, study_id, body=was, at=self._now()
            )

    async def set_stages(self, account: Account, study_id: StudyId, rows: Sequence[Named]) -> None:
        """Make these the study's stages, numbered in this order.

        Raises NotFound, Forbidden, Invalid (`study.row`), or Conflict (`stage.used`).
        """
        rows = _named(rows)
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            known = {str(one.id) for one in await studies.stages(work, study_id)}
            await _replace(work, Listed.STAGE, study_id, known, rows, "stage.used")
            for number, row in enumerate(rows, 1):
                if row.id in known:
                    await arrangements.change_stage(work, StageId(row.id), number, row.name)
                else:
                    stage = Stage(StageId(new_id()), number, row.name)
                    await studies.add_stage(work, study_id, stage)

    async def set_themes(self, account: Account, study_id: StudyId, rows: Sequence[Named]) -> None:
        """Make these the study's themes, in this order. Raises as `set_stages`, `theme.used`."""
        rows = _named(rows)
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            known = {str(one.id) for one in await studies.themes(work, study_id)}
            await _replace(work, Listed.THEME, study_id, known, rows, "theme.used")
            for number, row in enumerate(rows, 1):
                if row.id in known:
                    await arrangements.change_theme(work, ThemeId(row.id), number, row.name)
                else:
                    made = ThemeId(new_id())
                    theme = Theme(made, number, made, row.name)
                    await studies.add_theme(work, study_id, theme)
            await renumber_units(work, study_id)

    async def set_units(
        self,
        account: Account,
        study_id: StudyId,
        theme_id: ThemeId | None,
        rows: Sequence[UnitRow],
    ) -> None:
        """Make these the units of a theme, or those in none, in protocol order.

        A row that moves stands last in its new place.

        Raises NotFound (`study.unknown`, `theme.unknown`), Forbidden, Invalid (`study.row`), or
        Conflict (`unit.used`).
        """
        rows = [row for row in rows if row.id or row.name.en.strip() or row.name.zh.strip()]
        _check_rows([Named(row.id, row.name) for row in rows])
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            known = {unit.id for unit in await _units_of(work, study_id, theme_id)}
            await _remove(work, Listed.UNIT, known, {row.id for row in rows}, "unit.used")
            for order, row in enumerate(rows, 1):
                is_known = row.id in known
                unit_id = UnitId(row.id if is_known else new_id())
                unit = Unit(unit_id, row.name, row.kind, order, row.aliases)
                if is_known:
                    await arrangements.change_unit(work, unit)
                else:
                    await studies.add_unit(work, study_id, theme_id, unit_id, unit)
                if row.moves_to:
                    to = None if row.moves_to == NO_THEME else ThemeId(row.moves_to)
                    last = len(await _units_of(work, study_id, to)) + MAX_ROWS
                    await arrangements.move_unit(work, unit_id, to, order=last)
            await renumber_units(work, study_id)

    async def add_member(
        self, account: Account, study_id: StudyId, login: str, share: Share
    ) -> None:
        """Let another account run the study. Raises NotFound (`account.unknown`) or Forbidden."""
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            found = await accounts.by_login(work, login.strip().casefold())
            if found is None:
                raise NotFound("account.unknown", login=login.strip())
            if found[0].id == account.id:
                raise Conflict("member.self")
            await memberships.add(work, study_id, found[0].id, share)

    async def remove_member(self, account: Account, study_id: StudyId, member: AccountId) -> None:
        """Take the study from an account; nobody takes it from themselves, so one owner stays.

        Raises NotFound, Forbidden, or Conflict (`member.self`).
        """
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            if member == account.id:
                raise Conflict("member.self")
            await memberships.remove(work, study_id, member)


async def _share(work: Work, study_id: StudyId, account: Account) -> Share:
    share = await memberships.share_of(work, study_id, account.id)
    if share is None:
        raise NotFound("study.unknown", study=study_id)
    return share


async def require_owner(work: Work, study_id: StudyId, account: Account) -> None:
    """Pass for an owner of the study. Raises NotFound (`study.unknown`) or Forbidden."""
    if await _share(work, study_id, account) is not Share.OWNER:
        raise Forbidden("study.owner")


def _study(study_id: StudyId, settings: Settings, follows: StudyId | None) -> Study:
    return Study(
        study_id,
        study_id,
        settings.title,
        settings.city,
        negotiation.stored_rule(settings.rule),
        settings.languages,
        settings.retention_months,
        settings.marking,
        follows,
    )


def _check(settings: Settings) -> None:
    wrong: dict[str, str] = {}
    title, city = settings.title, settings.city
    if not (title.en or title.zh) or max(len(title.en), len(title.zh)) > MAX_TITLE:
        wrong["title"] = "study.title"
    if max(len(city.en), len(city.zh)) > MAX_TITLE:
        wrong["city"] = "study.title"
    if settings.languages not in LANGUAGES:
        wrong["languages"] = "study.languages"
    if settings.retention_months is not None and not 1 <= settings.retention_months <= 1200:
        wrong["retention"] = "study.retention"
    if len(settings.marking) > MAX_MARKING:
        wrong["marking"] = "study.marking"
    if wrong:
        raise Invalid("study.settings", **wrong)


def _named(rows: Sequence[Named]) -> Sequence[Named]:
    """The rows that say something or stood there before; one emptied on purpose is refused."""
    kept = [row for row in rows if row.id or row.name.en or row.name.zh]
    _check_rows(kept)
    return kept


def _check_rows(rows: Sequence[Named]) -> None:
    if len(rows) > MAX_ROWS:
        raise Invalid("study.rows", most=MAX_ROWS)
    for number, row in enumerate(rows, 1):
        longest = max(len(row.name.en), len(row.name.zh))
        if not 1 <= longest <= MAX_TITLE:
            raise Invalid("study.row", row=number)


async def _replace(
    work: Work, what: Listed, study_id: StudyId, known: set[str], rows: Sequence[Named], used: str
) -> None:
    await _remove(work, what, known, {row.id for row in rows}, used)
    await arrangements.make_room(work, what, study_id)


async def _remove(
    work: Work, what: Listed, known: set[UnitId] | set[str], kept: set[str], used: str
) -> None:
    for gone in sorted(known - kept):
        if await arrangements.is_used(work, what, gone):
            raise _Used(used, id=gone)
        await arrangements.remove(work, what, gone)


class _Used(Conflict):
    """Something rests on what was to be removed: `stage.used`, `theme.used` or `unit.used`."""


async def _units_of(work: Work, study_id: StudyId, theme_id: ThemeId | None) -> Sequence[Unit]:
    """The units of a theme, those in none for None. Raises NotFound `theme.unknown`."""
    if theme_id is None:
        return await studies.units_beside(work, study_id)
    for theme in await studies.themes(work, study_id):
        if theme.id == theme_id:
            return theme.units
    raise NotFound("theme.unknown", theme=theme_id)


async def renumber_units(work: Work, study_id: StudyId) -> None:
    """Let the protocol order run through the themes in their order, then through units in none."""
    themes = await studies.themes(work, study_id)
    within = [unit.id for theme in themes for unit in theme.units]
    beside = [unit.id for unit in await studies.units_beside(work, study_id)]
    await arrangements.set_order(work, [*within, *beside])


async def _copy(work: Work, old: StudyId, new: StudyId) -> None:
    """Take over stages, themes and units, those in no theme too, under ids of their own."""
    for stage in await studies.stages(work, old):
        await studies.add_stage(work, new, replace(stage, id=StageId(new_id())))
    theme_of: dict[UnitId, ThemeId] = {}
    for theme in await studies.themes(work, old):
        copied = replace(theme, id=ThemeId(new_id()), units=())
        await studies.add_theme(work, new, copied)
        theme_of |= {unit.id: copied.id for unit in theme.units}
    for unit in await studies.units(work, old):
        unit_id = UnitId(new_id())
        within = theme_of.get(unit.id)
        await studies.add_unit(work, new, within, unit_id, replace(unit, id=unit_id))
