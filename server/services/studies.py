"""What a study's page shows: stages, themes with their units, sources, sessions."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.ids import SessionId, StudyId
from schemas.session import Unit
from server.store import sessions, standing, studies
from server.store.database import Database
from server.store.sessions import Sitting
from server.store.standing import Standing
from server.store.studies import Source, Stage, Study, Theme


@dataclass(frozen=True, slots=True)
class Overview:
    """A study with everything its page lists; the sessions newest first.

    beside: units that stand in no theme.
    """

    study: Study
    stages: Sequence[Stage]
    themes: Sequence[Theme]
    sources: Sequence[Source]
    standing: Standing
    sessions: Sequence[Sitting]
    beside: Sequence[Unit] = ()


class Studies:
    """Reads studies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, study_id: StudyId) -> Study:
        """Return one study. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            return await studies.get(work, study_id)

    async def every(self) -> Sequence[Study]:
        """Return all studies, newest first."""
        async with self._database.read() as work:
            return await studies.every(work)

    async def units(self, study_id: StudyId) -> Sequence[Unit]:
        """Return a study's units in protocol order."""
        async with self._database.read() as work:
            return await studies.units(work, study_id)

    async def overview(
        self, study_id: StudyId, *, only: Sequence[SessionId] | None = None
    ) -> Overview:
        """Return the study's page; with `only`, no sessions but these.

        Raises NotFound `study.unknown`.
        """
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            listed = await sessions.of_study(work, study_id)
            themes = await studies.themes(work, study_id)
            within = {unit.id for theme in themes for unit in theme.units}
            return Overview(
                study,
                await studies.stages(work, study_id),
                themes,
                await studies.sources(work, study_id),
                await standing.of_study(work, study_id),
                [each for each in listed if only is None or each.session.id in only],
                [one for one in await studies.units(work, study_id) if one.id not in within],
            )
