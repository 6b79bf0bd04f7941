"""Projects of other tools that are brought into a study: what was asked, and what it made.

    shown → asked → in → taken_back
      ↘ discarded

A job that failed or was cancelled leaves its import `asked` with a job that has ended: it may be
changed and asked for again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NewType

from sqlalchemy import insert, select, update

from schemas.errors import NotFound
from schemas.ids import AccountId, StageId, StudyId
from server.domain.formats.refi_offsets import Dialect, Scored, Unit
from server.domain.project_plan import Becomes
from server.store import tables
from server.store.database import Work, rows
from server.store.jobs import JobId

ImportId = NewType("ImportId", str)


class ImportState(StrEnum):
    """Where an import is."""

    SHOWN = "shown"
    ASKED = "asked"
    IN = "in"
    TAKEN_BACK = "taken_back"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose. dialect: None as found. becomes: of texts, by GUID, where not as guessed.

    stage_id: of what is brought in; None for the study's first.
    """

    dialect: Dialect | None = None
    becomes: Mapping[str, Becomes] | None = None
    stage_id: StageId | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """One import. size: bytes of the file. made: ids by kind; counts: how many of each."""

    id: ImportId
    study_id: StudyId
    account_id: AccountId
    file: str
    title: str
    origin: str
    size: int
    sha256: str
    ways: Sequence[Scored]
    choices: Choices
    state: ImportState
    job_id: JobId | None
    made: Mapping[str, Sequence[str]]
    counts: Mapping[str, int]
    at: float
    ended_at: float | None = None

    @property
    def dialect(self) -> Dialect:
        """How positions are counted: as chosen, else as found."""
        return self.choices.dialect or self.ways[0].dialect


async def add(work: Work, one: Import) -> None:
    """Store an import that is shown."""
    await work.connection.execute(
        insert(tables.project_import).values(
            id=one.id,
            study_id=one.study_id,
            account_id=one.account_id,
            file=one.file,
            title=one.title,
            origin=one.origin,
            size=one.size,
            sha256=one.sha256,
            ways=[asdict(way) for way in one.ways],
            choices=_choices_json(one.choices),
            state=one.state.value,
            job_id=one.job_id,
            made=dict(one.made),
            counts=dict(one.counts),
            at=one.at,
            ended_at=one.ended_at,
        )
    )


async def get(work: Work, import_id: ImportId, *, lock: bool = False) -> Import:
    """Return one import. Raises NotFound `project.unknown`."""
    asked = select(tables.project_import).where(tables.project_import.c.id == import_id)
    row = (await work.connection.execute(asked.with_for_update() if lock else asked)).first()
    if row is None:
        raise NotFound("project.unknown", project=import_id)
    return _import(row)


async def of_account(work: Work, study_id: StudyId, account_id: AccountId) -> Sequence[Import]:
    """Return what an account has brought into a study, newest first."""
    one = tables.project_import.c
    asked = select(tables.project_import).where(
        one.study_id == study_id, one.account_id == account_id
    )
    ordered = asked.order_by(one.at.desc(), one.id)
    return [_import(row) for row in rows(await work.connection.execute(ordered))]


async def name_of(work: Work, account_id: AccountId) -> str:
    """Return the name of who brings something in."""
    asked = select(tables.account.c.name).where(tables.account.c.id == account_id)
    return str((await work.connection.execute(asked)).scalar_one())


async def open_before(work: Work, at: float) -> Sequence[ImportId]:
    """Return the imports that were shown before `at` and never asked for."""
    one = tables.project_import.c
    asked = select(one.id).where(one.state == ImportState.SHOWN, one.at < at)
    return [ImportId(row.id) for row in rows(await work.connection.execute(asked))]


async def states(work: Work, ids: Sequence[str]) -> Mapping[str, ImportState]:
    """Return what became of these imports; those that are not there are absent."""
    one = tables.project_import.c
    found: dict[str, ImportState] = {}
    for at in range(0, len(ids), 500):
        asked = select(one.id, one.state).where(one.id.in_(ids[at : at + 500]))
        told = rows(await work.connection.execute(asked))
        found |= {row.id: ImportState(row.state) for row in told}
    return found


async def change(work: Work, import_id: ImportId, **values: object) -> None:
    """Store these values."""
    if isinstance(values.get("choices"), Choices):
        values["choices"] = _choices_json(values["choices"])  # type: ignore[arg-type]  # asked above
    changed = update(tables.project_import).where(tables.project_import.c.id == import_id)
    await work.connection.execute(changed.values(**values))


def _choices_json(choices: Choices) -> dict[str, object]:
    return {
        "dialect": None if choices.dialect is None else asdict(choices.dialect),
        "becomes": {guid: one.value for guid, one in (choices.becomes or {}).items()},
        "stage": choices.stage_id,
    }


def _import(row: Any) -> Import:
    told = row.choices
    return Import(
        id=ImportId(row.id),
        study_id=StudyId(row.study_id),
        account_id=AccountId(row.account_id),
        file=row.file,
        title=row.title,
        origin=row.origin,
        size=row.size,
        sha256=row.sha256,
        ways=[
            Scored(_dialect(one["dialect"]), one["quoted"], one["edges"], one["selections"])
            for one in row.ways
        ],
        choices=Choices(
            None if told["dialect"] is None else _dialect(told["dialect"]),
            {guid: Becomes(one) for guid, one in told["becomes"].items()},
            None if told["stage"] is None else StageId(told["stage"]),
        ),
        state=ImportState(row.state),
        job_id=None if row.job_id is None else JobId(row.job_id),
        made=row.made,
        counts=row.counts,
        at=row.at,
        ended_at=row.ended_at,
    )


def _dialect(told: Mapping[str, Any]) -> Dialect:
    return Dialect(**{**told, "unit": Unit(told["unit"])})
