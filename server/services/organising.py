"""What units came from, and which departments sit in a theme's groups: prepared by owners."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import Invalid, NotFound
from schemas.ids import StudyId, ThemeId
from schemas.session import Bilingual, Unit
from server.services.agendas import require_runs
from server.services.preparing import MAX_ROWS, MAX_TITLE, require_owner
from server.store import departments, studies, succession
from server.store.accounts import Account
from server.store.database import Database
from server.store.studies import Study, Theme
from server.store.succession import Succession

_DATE = re.compile(r"(\d{4}(-\d{2}(-\d{2})?)?)?")


@dataclass(frozen=True, slots=True)
class Organisation:
    """A study's units with what they came from, and the departments of its themes."""

    study: Study
    units: Sequence[Unit]
    themes: Sequence[Theme]
    successions: Sequence[Succession]
    departments: Mapping[ThemeId, Sequence[Bilingual]]


class Organising:
    """Reads and changes the organisation of a study."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def organisation(self, account: Account, study_id: StudyId) -> Organisation:
        """Return it to somebody who runs the study. Raises NotFound."""
        async with self._database.read() as work:
            await require_runs(work, account, study_id)
            return Organisation(
                await studies.get(work, study_id),
                await studies.units(work, study_id),
                await studies.themes(work, study_id),
                await succession.of_study(work, study_id),
                await departments.of_study(work, study_id),
            )

    async def set_successions(
        self, account: Account, study_id: StudyId, found: Sequence[Succession]
    ) -> None:
        """Make these the successions; a predecessor needs a name, or is a unit of the study.

        Raises NotFound, Forbidden, or Invalid `succession.row`, `study.rows`.
        """
        if len(found) > MAX_ROWS:
            raise Invalid("study.rows", most=MAX_ROWS)
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            units = {unit.id: unit for unit in await studies.units(work, study_id)}
            kept: list[Succession] = []
            for number, one in enumerate(found, 1):
                origin = units.get(one.origin) if one.origin else None
                name = one.name if one.name.en or one.name.zh or origin is None else origin.name
                longest = max(len(name.en), len(name.zh))
                is_right = (
                    one.unit in units
                    and (one.origin is None or origin is not None)
                    and one.origin != one.unit
                    and 1 <= longest <= MAX_TITLE
                    and _DATE.fullmatch(one.on)
                )
                if not is_right:
                    raise Invalid("succession.row", row=number)
                kept.append(Succession(one.unit, one.origin, one.change, name, one.on))
            await succession.replace(work, study_id, kept)

    async def set_departments(
        self, account: Account, study_id: StudyId, theme_id: ThemeId, names: Sequence[Bilingual]
    ) -> None:
        """Make these the departments of a theme.

        Raises NotFound, Forbidden, or Invalid `study.row`, `study.rows`.
        """
        if len(names) > MAX_ROWS:
            raise Invalid("study.rows", most=MAX_ROWS)
        for number, name in enumerate(names, 1):
            if max(len(name.en), len(name.zh)) > MAX_TITLE:
                raise Invalid("study.row", row=number)
        async with self._database.write() as work:
            await require_owner(work, study_id, account)
            if theme_id not in {theme.id for theme in await studies.themes(work, study_id)}:
                raise NotFound("theme.unknown", theme=theme_id)
            await departments.replace(work, theme_id, names)
