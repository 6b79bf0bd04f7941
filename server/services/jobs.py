"""Background jobs as people meet them: asked for, looked at, cancelled; the engine runs them.

A job's row is written in the unit of work that asks for it, so it exists exactly if what it
follows from exists. `server/background/jobs.py` starts what waits, whatever became of the process
that wrote the row.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from schemas.errors import ColloquyError, NotFound
from schemas.ids import AccountId, SessionId, StudyId, new_id
from server.store import jobs, memberships
from server.store.database import Database, Work
from server.store.jobs import UNFINISHED, Job, JobId, JobState

LOOK_SECONDS = 0.5


class Stopped(Exception):
    """Raised inside a runner that is to stop: cancelled, to begin again, or the server ends."""


@dataclass(slots=True)
class Going:
    """One run of a job, shared with the engine: how far it is, and whether it is to stop.

    A runner reports often and in any thread; `report` raises Stopped where it is to stop.
    """

    done: int = 0
    total: int = 0
    is_stopped: bool = field(default=False)

    def report(self, done: int, total: int) -> None:
        """Say that `done` of `total` parts are done. Raises Stopped."""
        self.done, self.total = done, total
        self.check()

    def check(self) -> None:
        """Raise Stopped if this run is to stop."""
        if self.is_stopped:
            raise Stopped


class Jobs:
    """Asks for jobs and looks at them, on behalf of accounts that run a study."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self.on_asked: Callable[[], None] = lambda: None
        """Called after a commit that made a job; set once, by the engine."""
        self._changed = anyio.Event()

    async def ask(
        self,
        account_id: AccountId,
        study_id: StudyId,
        kind: str,
        params: Mapping[str, Any],
        *,
        session_id: SessionId | None = None,
    ) -> JobId:
        """Ask for a job and return its id. Raises NotFound `study.unknown`."""
        job_id = JobId(new_id())
        async with self._database.write() as work:
            await _require_member(work, account_id, study_id)
            job = Job(
                job_id,
                study_id,
                session_id,
                account_id,
                kind,
                params,
                JobState.WAITING,
                self._now(),
            )
            await jobs.add(work, job)
        self.on_asked()
        return job_id

    async def of_study(self, account_id: AccountId, study_id: StudyId) -> Sequence[Job]:
        """Return what this account has asked of a study, newest first. Raises NotFound."""
        async with self._database.read() as work:
            await _require_member(work, account_id, study_id)
            return await jobs.of_account(work, study_id, account_id)

    async def own(self, account_id: AccountId, job_id: JobId) -> Job:
        """Return a job of one's own. Raises NotFound `job.unknown` for every other one."""
        async with self._database.read() as work:
            return await _own(work, account_id, job_id)

    async def cancel(self, account_id: AccountId, job_id: JobId) -> Job:
        """Stop a job that waits or runs; one that has ended stays as it is. Raises NotFound."""
        async with self._database.write() as work:
            job = await _own(work, account_id, job_id)
            await jobs.change(
                work, job_id, UNFINISHED, state=JobState.CANCELLED.value, ended_at=self._now()
            )
        self.on_asked()
        return job

    def tell(self) -> None:
        """Let those who wait look again: a job moved in this process."""
        self._changed.set()
        self._changed = anyio.Event()

    async def changed(self) -> None:
        """Wait until a job moves in this process, at most `LOOK_SECONDS`: others move them too."""
        with anyio.move_on_after(LOOK_SECONDS):
            await self._changed.wait()

    async def ended(self, account_id: AccountId, job_id: JobId) -> Job:
        """Wait until a job of one's own has ended, and return it. Raises NotFound."""
        while (job := await self.own(account_id, job_id)).state in UNFINISHED:
            await self.changed()
        return job


def refusal(error: ColloquyError) -> dict[str, object]:
    """Return an error as a row holds it."""
    plain = (str, int, float, bool)
    told = {name: value for name, value in error.fields.items() if isinstance(value, plain)}
    return {"code": error.code, "fields": told}


async def _own(work: Work, account_id: AccountId, job_id: JobId) -> Job:
    job = await jobs.get(work, job_id)
    if job is None or job.account_id != account_id:
        raise NotFound("job.unknown", job=job_id)
    if await memberships.share_of(work, job.study_id, account_id) is None:
        raise NotFound("job.unknown", job=job_id)
    return job


async def _require_member(work: Work, account_id: AccountId, study_id: StudyId) -> None:
    if await memberships.share_of(work, study_id, account_id) is None:
        raise NotFound("study.unknown", study=study_id)
