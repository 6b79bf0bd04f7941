"""The engine of background jobs: durable workflows (DBOS Transact) under the ids of our own rows.

Rows are the truth; a workflow carries nothing but a job's id. The sweep is the one way in: at
start, when a job was asked for, and every few seconds it starts each row that has no workflow, so
a process that dies between the row's commit and the start costs nothing. What was running when a
process died is recovered by DBOS under the same id, from the beginning of its one step.

DBOS is one to a process and is launched with the first job; it runs coroutines on the loop that
launched it. Its tables are made in a thread before: on PostgreSQL it builds indexes that wait for
every transaction of the database, those of this loop too. With SQLite it keeps a file of its own
beside the database, so that it never holds up the one writer there; with PostgreSQL a schema of its
own (`docs/decisions/0008`).
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import anyio
import structlog
from anyio import to_thread
from dbos import DBOS, SetWorkflowID

from schemas.errors import ColloquyError, Unavailable
from server.services.jobs import Going, Jobs, Stopped, refusal
from server.services.outliving import outlived
from server.store import jobs
from server.store.database import Database
from server.store.jobs import UNFINISHED, Job, JobId, JobState, MadeFile

SWEEP_SECONDS = 15.0
PULSE_SECONDS = 0.5
STALE_SECONDS = 90.0
"""A node that has not said for so long that it runs a job is taken for dead."""
AT_ONCE = 2
KEEP_ROWS_SECONDS = 90 * 86_400.0
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

log = structlog.get_logger()

Runner = Callable[[Job, Going], Awaitable[Sequence[MadeFile]]]
"""Does one kind of job and returns what it made; run again, it does the same again."""


class EngineTaken(Unavailable):
    """Another server in this very process runs jobs (`jobs.taken`)."""


class JobEngine:
    """`async with JobEngine(database, asked, runners, folder)`: runs jobs until it is left.

    keep_seconds: how long what a job made can be fetched. forget: removes a job's files.
    """

    def __init__(
        self,
        database: Database,
        asked: Jobs,
        runners: Mapping[str, Runner],
        *,
        folder: Path,
        keep_seconds: float,
        forget: Callable[[Sequence[JobId]], Awaitable[None]],
        node: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._asked = asked
        self._runners = runners
        self._folder = folder
        self._keep_seconds = keep_seconds
        self._forget = forget
        self._node = node
        self._now = now
        self._held: dict[JobId, Going] = {}
        self._is_closing = False
        self._is_launched = False
        self._wake = anyio.Event()
        self._limiter = anyio.CapacityLimiter(AT_ONCE)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin with what an earlier process left."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        self._asked.on_asked = self.wake
        tasks.start_soon(self._sweep_on)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what runs is stopped and goes on at the next start."""
        self._is_closing = True
        await self._stack.aclose()
        for going in self._held.values():
            going.is_stopped = True
        while self._held:
            await self._asked.changed()
        if self._is_launched:
            _give_up(self)
            await to_thread.run_sync(DBOS.destroy)

    def wake(self) -> None:
        """Look now for jobs that wait."""
        self._wake.set()

    async def sweep(self) -> None:
        """Start what has no workflow, take over from dead nodes, remove what is over its days."""
        async with self._database.read() as work:
            found = await jobs.unfinished(work)
        for job in found:
            if job.id not in self._held and not self._is_closing:
                await self._see_to(job)
        await self._tidy()

    async def run(self, job_id: JobId) -> None:
        """Do one job, whatever becomes of it: the row says. Called by its workflow alone."""
        going = Going(is_stopped=self._is_closing)
        self._held[job_id] = going
        try:
            async with self._limiter:
                while await self._attempt(job_id, going):
                    going = self._held[job_id] = Going(is_stopped=self._is_closing)
        finally:
            del self._held[job_id]
            self._asked.tell()
        if self._is_closing:
            raise anyio.get_cancelled_exc_class()  # DBOS leaves it pending: for the next start

    async def _attempt(self, job_id: JobId, going: Going) -> bool:
        """Run once; return whether it is to begin again, because what it read has been withdrawn."""
        async with self._database.write() as work:
            started = await jobs.change(
                work, job_id, UNFINISHED, state=JobState.RUNNING.value, node=self._node,
                beat_at=self._now(), code="", done=0, total=0,
            )  # fmt: skip
            job = await jobs.get(work, job_id)
        if not started or job is None:
            return False
        values = await self._outcome(job, going)
        if values is None:
            return await self._is_to_begin_again(job_id)
        async with self._database.write() as work:
            now = await jobs.get(work, job_id)
            if now is not None and now.state is JobState.RUNNING and now.code:
                return not self._is_closing
            kept = await jobs.change(
                work, job_id, [JobState.RUNNING], ended_at=self._now(), **values
            )
        if not kept or values["state"] != JobState.DONE.value:
            await self._forget([job_id])
        return False

    async def _outcome(self, job: Job, going: Going) -> dict[str, object] | None:
        """What the row is to say of this run; None where it was stopped."""
        values: dict[str, object] | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._pulse, job.id, going)
            values = await self._tried(job, going)
            tasks.cancel_scope.cancel()
        return values

    async def _tried(self, job: Job, going: Going) -> dict[str, object] | None:
        try:
            files = await self._runners[job.kind](job, going)
            going.check()
        except Stopped:
            return None
        except ColloquyError as error:
            log.warning("job.refused", job=job.id, kind=job.kind, code=error.code)
            return {"state": JobState.FAILED.value, **refusal(error)}
        except OSError as error:
            log.error("job.failed", job=job.id, kind=job.kind, error=error.strerror)
            return {"state": JobState.FAILED.value, "code": "job.disk"}
        except Exception:  # whatever a writer meets: people are told, the log says the rest
            log.exception("job.failed", job=job.id, kind=job.kind)
            return {"state": JobState.FAILED.value, "code": "job.failed"}
        return {
            "state": JobState.DONE.value,
            "files": jobs.files_json(files),
            "done": going.total,
            "total": going.total,
            "expires_at": self._now() + self._keep_seconds,
        }

    async def _is_to_begin_again(self, job_id: JobId) -> bool:
        await self._forget([job_id])
        async with self._database.read() as work:
            job = await jobs.get(work, job_id)
        return job is not None and job.state is JobState.RUNNING and not self._is_closing

    async def _pulse(self, job_id: JobId, going: Going) -> None:
        """Write how far the run is, and stop it where its row says so."""
        said = (0, 0)
        while True:
            await anyio.sleep(PULSE_SECONDS)
            async with self._database.read() as work:
                job = await jobs.get(work, job_id)
            if job is None or job.state is not JobState.RUNNING or job.code:
                going.is_stopped = True
                return
            is_silent = self._now() - (job.beat_at or 0.0) > STALE_SECONDS / 3
            if (going.done, going.total) != said or is_silent:
                said = (going.done, going.total)
                async with self._database.write() as work:
                    await jobs.change(
                        work, job_id, [JobState.RUNNING], done=said[0], total=said[1],
                        beat_at=self._now(),
                    )  # fmt: skip
                self._asked.tell()

    async def _see_to(self, job: Job) -> None:
        await self._launch()
        status = await DBOS.get_workflow_status_async(job.id)
        if status is None:
            with SetWorkflowID(job.id):
                await DBOS.start_workflow_async(_job_workflow, job.id)
        elif status.status in _ENDED:
            async with self._database.write() as work:
                await jobs.change(
                    work, job.id, UNFINISHED, state=JobState.FAILED.value, code="job.failed",
                    ended_at=self._now(),
                )  # fmt: skip
        elif job.node not in ("", self._node) and self._now() - (job.beat_at or 0) > STALE_SECONDS:
            await DBOS.resume_workflow_async(job.id)

    async def _launch(self) -> None:
        if self._is_launched:
            return
        quiet = logging.getLogger("dbos")
        if not quiet.handlers:
            quiet.addHandler(logging.NullHandler())  # else DBOS adds one that writes to the console
        url = jobs.engine_url(self._database, self._folder)
        await to_thread.run_sync(DBOS.migrate, url)
        _take(self)
        DBOS(
            config={
                "name": "colloquy",
                "system_database_url": url,
                "log_level": "ERROR",
                "executor_id": self._node,
                "application_version": "1",  # ours, so that an upgrade goes on with what it finds
                "run_migrations": False,
            }
        )
        try:
            DBOS.launch()
        except BaseException:  # whatever it met: the next sweep tries again
            _give_up(self)
            await to_thread.run_sync(DBOS.destroy)
            raise
        self._is_launched = True

    async def _tidy(self) -> None:
        now = self._now()
        async with self._database.write() as work:
            over = [job.id for job in await jobs.due(work, now)]
            for job_id in over:
                await jobs.change(
                    work, job_id, [JobState.DONE], state=JobState.GONE.value, files=[]
                )
            await jobs.forget_before(work, now - KEEP_ROWS_SECONDS)
            kept = await jobs.holding_files(work)
        there = await to_thread.run_sync(_folders, self._folder)
        gone = [one for one in there if one not in kept]
        if gone:
            await self._forget(gone)

    async def _sweep_on(self) -> None:
        while True:
            self._wake = anyio.Event()
            with outlived("jobs.delayed"):
                await self.sweep()
            with anyio.move_on_after(SWEEP_SECONDS):
                await self._wake.wait()


_running: list[JobEngine] = []


@DBOS.step()
async def _job_step(job_id: str) -> None:
    await _running[0].run(JobId(job_id))


@DBOS.workflow()
async def _job_workflow(job_id: str) -> None:
    await _job_step(job_id)


def _take(engine: JobEngine) -> None:
    if _running:
        raise EngineTaken("jobs.taken")
    _running.append(engine)


def _give_up(engine: JobEngine) -> None:
    _running.remove(engine)


def _folders(folder: Path) -> Sequence[JobId]:
    return [JobId(one.name) for one in folder.iterdir() if one.is_dir()]
