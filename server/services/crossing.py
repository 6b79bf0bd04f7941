"""The matrix of a study: units by entries by stages, and what ties units across borders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.ids import EntryId, StageId, StudyId
from schemas.session import Language, Unit
from schemas.taxonomy import Entry, EntryKind, EntryState
from server.domain import crossing as rules
from server.domain.crossing import Cells, Tie
from server.domain.participation import Share, share
from server.store import crossing as store
from server.store import entries, reports, studies
from server.store.database import Database
from server.store.studies import Stage, Study


@dataclass(frozen=True, slots=True)
class Matrix:
    """units: in protocol order. entries: in the taxonomy's. shares: how much of a stage's speech is
    nobody's; share: of all of it.
    """

    study: Study
    units: Sequence[Unit]
    entries: Mapping[EntryId, Entry]
    stages: Sequence[Stage]
    cells: Cells
    ties: Sequence[Tie]
    share: Share
    shares: Mapping[StageId, Share]


class Crossing:
    """Reads the matrix. The route has let the reader in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matrix(self, study_id: StudyId, language: Language) -> Matrix:
        """Return what every unit spoke to. Raises NotFound `study.unknown`."""
        async with self._database.read() as work:
            study = await studies.get(work, study_id)
            units = await studies.units(work, study_id)
            known = {
                one.id: one
                for one in await entries.of_study(work, study_id)
                if one.state is EntryState.ACTIVE and one.kind is not EntryKind.CATEGORY
            }
            voices = [one for one in await store.voices(work, study_id) if one.entry_id in known]
            concerned = {
                entry_id: [one.unit.id for one in found]
                for entry_id, found in (await reports.units_of_entries(work, study_id)).items()
                if entry_id in known
            }
            handed = await store.hand_overs(work, study_id, language)
            speech = await store.speech(work, study_id)
            return Matrix(
                study,
                units,
                known,
                await studies.stages(work, study_id),
                rules.cells(voices),
                rules.ties([unit.id for unit in units], concerned, handed),
                share(one for said in speech.values() for one in said),
                {stage: share(said) for stage, said in speech.items()},
            )
