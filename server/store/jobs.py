"""Rows of background jobs: asked for, going on, ended, and what they made.

    waiting → running → done → gone (after its days, or struck words stood in it)
                     ↘ failed (why: `code`) · cancelled

Every change names the states that it may come from, so that a job which was cancelled while its
runner was busy stays cancelled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType

from sqlalchemy import ColumnElement, delete, insert, select, update

from schemas.ids import AccountId, SessionId, StudyId
from server.store import tables
from server.store.database import Database, Work, rows

JobId = NewType("JobId", str)


class JobState(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GONE = "gone"


UNFINISHED = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that a job made, by its role (`export`, `key`); name: under which it is saved."""

    role: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job. done of total: its progress in parts of its own. Times are UTC seconds.

    node, beat_at: the process that runs it and when it last said so.
    """

    id: JobId
    study_id: StudyId
    session_id: SessionId | None
    account_id: AccountId
    kind: str
    params: Mapping[str, Any]
    state: JobState
    created_at: float
    done: int = 0
    total: int = 0
    code: str = ""
    fields: Mapping[str, object] | None = None
    files: tuple[MadeFile, ...] = ()
    node: str = ""
    beat_at: float | None = None
    ended_at: float | None = None
    expires_at: float | None = None


async def add(work: Work, job: Job) -> None:
    """Store a job that waits."""
    await work.connection.execute(
        insert(tables.job).values(
            id=job.id,
            study_id=job.study_id,
            session_id=job.session_id,
            account_id=job.account_id,
            kind=job.kind,
            params=dict(job.params),
            state=job.state.value,
            done=0,
            total=0,
            code="",
            fields={},
            files=[],
            node="",
            created_at=job.created_at,
        )
    )


async def get(work: Work, job_id: JobId) -> Job | None:
    """Return one job, None if there is none."""
    found = await _jobs(work, tables.job.c.id == job_id)
    return found[0] if found else None


async def of_account(work: Work, study_id: StudyId, account_id: AccountId) -> Sequence[Job]:
    """Return what an account has asked of a study, newest first."""
    job = tables.job.c
    found = await _jobs(work, (job.study_id == study_id) & (job.account_id == account_id))
    return found[::-1]


async def unfinished(work: Work) -> Sequence[Job]:
    """Return the jobs that wait or run, oldest first."""
    return await _jobs(work, tables.job.c.state.in_(UNFINISHED))


async def due(work: Work, now: float) -> Sequence[Job]:
    """Return the jobs whose files are to be removed: their days are over."""
    job = tables.job.c
    return await _jobs(work, (job.state == JobState.DONE) & (job.expires_at <= now))


async def holding_files(work: Work) -> frozenset[JobId]:
    """Return the jobs that have files: they run, or are done."""
    asked = select(tables.job.c.id).where(tables.job.c.state.in_([JobState.RUNNING, JobState.DONE]))
    return frozenset(JobId(row.id) for row in rows(await work.connection.execute(asked)))


async def change(work: Work, job_id: JobId, among: Collection[JobState], **values: object) -> bool:
    """Store these values if the job is in one of these states; return whether it was."""
    job = tables.job.c
    changed = update(tables.job).where(job.id == job_id, job.state.in_(among)).values(**values)
    return (await work.connection.execute(changed)).rowcount > 0


async def beat(work: Work, job_ids: Collection[JobId], now: float) -> None:
    """Note that these jobs are still held by the process that runs them."""
    job = tables.job.c
    await work.connection.execute(
        update(tables.job)
        .where(job.id.in_(sorted(job_ids)), job.state == JobState.RUNNING)
        .values(beat_at=now)
    )


async def outdate(work: Work, study_id: StudyId, code: str) -> None:
    """Withdraw what jobs of a study made so far, and have those that run begin again.

    code: why, such as that something was struck that may stand in the files.
    """
    job = tables.job.c
    made = (job.study_id == study_id, job.state == JobState.DONE)
    await work.connection.execute(
        update(tables.job).where(*made).values(state=JobState.GONE, code=code, files=[])
    )
    busy = (job.study_id == study_id, job.state == JobState.RUNNING)
    await work.connection.execute(update(tables.job).where(*busy).values(code=code))


async def forget_before(work: Work, at: float) -> None:
    """Remove the rows of jobs that ended before `at`."""
    job = tables.job.c
    await work.connection.execute(
        delete(tables.job).where(
            job.state.not_in([*UNFINISHED, JobState.DONE]), job.created_at < at
        )
    )


def engine_url(database: Database, folder: Path) -> str:
    """Return where the engine keeps its own tables: a file in `folder`, or the same PostgreSQL."""
    if database.url.get_backend_name() == "sqlite":
        return f"sqlite:///{(folder / 'engine.sqlite3').absolute()}"
    url = database.url.set(drivername="postgresql")
    if "ssl" in url.query:  # asyncpg's name for what libpq calls sslmode
        url = url.update_query_dict({"sslmode": str(url.query["ssl"])})
        url = url.difference_update_query(["ssl"])
    return url.render_as_string(hide_password=False)


def files_json(files: Sequence[MadeFile]) -> list[dict[str, object]]:
    """Return files as the row holds them."""
    return [
        {"role": one.role, "name": one.name, "size": one.size, "sha256": one.sha256}
        for one in files
    ]


async def _jobs(work: Work, which: ColumnElement[bool]) -> Sequence[Job]:
    asked = select(tables.job).where(which).order_by(tables.job.c.created_at, tables.job.c.id)
    return [_job(row) for row in rows(await work.connection.execute(asked))]


def _job(row: Any) -> Job:
    return Job(
        id=JobId(row.id),
        study_id=StudyId(row.study_id),
        session_id=None if row.session_id is None else SessionId(row.session_id),
        account_id=AccountId(row.account_id),
        kind=row.kind,
        params=row.params,
        state=JobState(row.state),
        created_at=row.created_at,
        done=row.done,
        total=row.total,
        code=row.code,
        fields=row.fields,
        files=tuple(MadeFile(**one) for one in row.files),
        node=row.node,
        beat_at=row.beat_at,
        ended_at=row.ended_at,
        expires_at=row.expires_at,
    )
