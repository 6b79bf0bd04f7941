"""The engine of jobs: what was asked for is done once, whatever becomes of the process."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError

from schemas.errors import Invalid, NotFound
from schemas.ids import AccountId
from server.background.jobs import JobEngine
from server.services.jobs import Going, Jobs
from server.store import jobs, memberships, tables
from server.store.database import Database
from server.store.jobs import Job, JobId, JobState, MadeFile
from server.store.memberships import Share
from tests.server.method import STUDY, small_study

pytestmark = pytest.mark.anyio
ME, OTHER = AccountId("me"), AccountId("other")
LONG = 60
"""Seconds: the engine makes its tables first, on a machine that does other things too."""
MADE = MadeFile("export", "study.jsonl", 3, "00")


@pytest.fixture
async def asked(database: Database) -> Jobs:
    await small_study(database)
    async with database.write() as work:
        for one in (ME, OTHER):
            account = {"id": one, "login": one, "name": one, "password_hash": ""}
            account |= {"language": "en", "created_at": 1.0}
            await work.connection.execute(insert(tables.account).values(account))
        await memberships.add(work, STUDY, ME, Share.OWNER)
    return Jobs(database)


class Work:
    """A runner that waits until it is let go, and counts its runs."""

    def __init__(self, folder: Path) -> None:
        self.runs = 0
        self.began = anyio.Event()
        self.go_on = anyio.Event()
        self.folder = folder

    async def run(self, job: Job, going: Going) -> Sequence[MadeFile]:
        """Write a file, wait, and report."""
        self.runs += 1
        (self.folder / job.id).mkdir(exist_ok=True)
        (self.folder / job.id / "export").write_text("{}\n")
        self.began.set()
        while not self.go_on.is_set():
            going.report(1, 2)
            with anyio.move_on_after(0.02):
                await self.go_on.wait()
        going.report(2, 2)
        return [MADE]


def engine(database: Database, asked: Jobs, folder: Path, run: object) -> JobEngine:
    async def forget(job_ids: Sequence[JobId]) -> None:
        for job_id in job_ids:
            for file in (folder / job_id).glob("*"):
                file.unlink()
            if (folder / job_id).is_dir():
                (folder / job_id).rmdir()

    folder.mkdir(exist_ok=True)
    return JobEngine(
        database, asked, {"export": run}, folder=folder, keep_seconds=60.0, forget=forget, node="n"
    )  # type: ignore[dict-item]


async def test_what_is_asked_for_is_done_and_kept(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    work.go_on.set()
    async with engine(database, asked, tmp_path / "made", work.run):
        job_id = await asked.ask(ME, STUDY, "export", {})
        with anyio.fail_after(LONG):
            job = await asked.ended(ME, job_id)

    assert (job.state, job.files, job.done, job.total) == (JobState.DONE, (MADE,), 2, 2)
    assert work.runs == 1
    assert job.expires_at is not None


async def test_a_row_without_a_workflow_is_started_by_the_sweep(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    job_id = await asked.ask(ME, STUDY, "export", {})  # and the process dies before the start
    work = Work(tmp_path / "made")
    work.go_on.set()

    async with engine(database, asked, tmp_path / "made", work.run):
        with anyio.fail_after(LONG):
            job = await asked.ended(ME, job_id)

    assert (job.state, work.runs) == (JobState.DONE, 1)


async def test_what_ran_when_the_server_stopped_goes_on_at_the_next_start(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    async with engine(database, asked, tmp_path / "made", work.run):
        job_id = await asked.ask(ME, STUDY, "export", {})
        with anyio.fail_after(LONG):
            await work.began.wait()

    stopped = await asked.own(ME, job_id)
    work.go_on.set()
    async with engine(database, asked, tmp_path / "made", work.run):
        with anyio.fail_after(LONG):
            job = await asked.ended(ME, job_id)

    assert stopped.state is JobState.RUNNING
    assert (job.state, work.runs) == (JobState.DONE, 2)


async def test_what_ran_when_the_server_was_killed_goes_on_at_the_next_start(
    database: Database, database_url: str, asked: Jobs, tmp_path: Path
) -> None:
    job_id = await asked.ask(ME, STUDY, "export", {})
    folder = tmp_path / "made"
    folder.mkdir()

    killed = await anyio.to_thread.run_sync(
        lambda: subprocess.run(
            [sys.executable, "-c", _KILLED, database_url, str(folder)],
            cwd=Path(__file__).parents[3], timeout=60, check=False, capture_output=True, text=True,
        )
    )  # fmt: skip
    left = await asked.own(ME, job_id)
    work = Work(folder)
    work.go_on.set()
    async with engine(database, asked, folder, work.run):
        with anyio.fail_after(LONG):
            job = await asked.ended(ME, job_id)

    assert killed.returncode == 9, killed.stderr
    assert left.state is JobState.RUNNING
    assert (job.state, work.runs) == (JobState.DONE, 1)


_KILLED = """
import os, sys
from pathlib import Path
import anyio
from server.background.jobs import JobEngine
from server.services.jobs import Jobs
from server.store.database import Database

async def run(job, going):
    os._exit(9)

async def forget(ids):
    pass

async def main():
    database = Database(sys.argv[1])
    async with JobEngine(database, Jobs(database), {"export": run}, folder=Path(sys.argv[2]),
                         keep_seconds=60.0, forget=forget, node="n"):
        await anyio.sleep_forever()

anyio.run(main)
"""


async def test_a_cancelled_job_stops_and_leaves_no_file(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    async with engine(database, asked, tmp_path / "made", work.run):
        job_id = await asked.ask(ME, STUDY, "export", {})
        with anyio.fail_after(LONG):
            await work.began.wait()
            await asked.cancel(ME, job_id)
            job = await asked.ended(ME, job_id)

    assert job.state is JobState.CANCELLED
    assert not (tmp_path / "made" / job_id).exists()


async def test_what_was_read_before_something_was_struck_is_made_again(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    async with engine(database, asked, tmp_path / "made", work.run):
        job_id = await asked.ask(ME, STUDY, "export", {})
        with anyio.fail_after(LONG):
            await work.began.wait()
            async with database.write() as unit:
                await jobs.outdate(unit, STUDY, "export.struck")
            work.go_on.set()
            job = await asked.ended(ME, job_id)

    assert (job.state, work.runs) == (JobState.DONE, 2)


async def test_a_made_file_goes_when_something_is_struck_and_when_its_days_are_over(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    work.go_on.set()
    async with engine(database, asked, tmp_path / "made", work.run) as running:
        struck, old = [await asked.ask(ME, STUDY, "export", {}) for _ in range(2)]
        with anyio.fail_after(LONG):
            await asked.ended(ME, struck)
            await asked.ended(ME, old)
        async with database.write() as unit:
            await jobs.change(unit, old, [JobState.DONE], expires_at=0.0)
        await running.sweep()
        gone = await asked.own(ME, old)
        async with database.write() as unit:
            await jobs.outdate(unit, STUDY, "export.struck")
        outdated = await asked.own(ME, struck)
        await running.sweep()

    assert (gone.state, gone.files) == (JobState.GONE, ())
    assert (outdated.state, outdated.code) == (JobState.GONE, "export.struck")
    assert [one.name for one in (tmp_path / "made").iterdir() if one.is_dir()] == []


async def test_a_failure_says_why(database: Database, asked: Jobs, tmp_path: Path) -> None:
    errors: dict[str, Exception] = {
        "export.form": Invalid("export.form"),
        "job.disk": OSError(28, "full"),
    }
    errors["job.failed"] = KeyError("x")

    async def run(job: Job, _going: Going) -> Sequence[MadeFile]:
        raise errors[job.params["error"]]

    found = {}
    async with engine(database, asked, tmp_path / "made", run):
        for code in errors:
            job_id = await asked.ask(ME, STUDY, "export", {"error": code})
            with anyio.fail_after(LONG):
                job = await asked.ended(ME, job_id)
            found[code] = (job.state, job.code)

    assert found == {code: (JobState.FAILED, code) for code in errors}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_who_reads_while_the_engine_makes_its_tables_goes_on(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    work.go_on.set()
    async with engine(database, asked, tmp_path / "made", work.run):
        with anyio.fail_after(LONG):
            async with database.read() as reading:
                await reading.connection.execute(select(tables.study.c.id))
                job_id = await asked.ask(ME, STUDY, "export", {})
                while not await _waits_for_readers(database):  # the loop is not held up meanwhile
                    await anyio.lowlevel.checkpoint()
                found = await reading.connection.execute(select(tables.study.c.id))
            job = await asked.ended(ME, job_id)

    assert found.scalar_one() == STUDY
    assert job.state is JobState.DONE


async def _waits_for_readers(database: Database) -> bool:
    """Whether an index is being built that waits for transactions to end."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query ILIKE '%INDEX CONCURRENTLY%'"
    )
    async with database.read() as work:
        return bool((await work.connection.execute(asked)).scalar_one())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_engine_that_could_not_be_started_is_started_later(
    database: Database, asked: Jobs, tmp_path: Path
) -> None:
    work = Work(tmp_path / "made")
    work.go_on.set()
    made = engine(database, asked, tmp_path / "made", work.run)
    job_id = await asked.ask(ME, STUDY, "export", {})
    (tmp_path / "made").rmdir()  # its own file cannot be made there
    for _ in range(2):
        with pytest.raises(OperationalError):
            await made.sweep()
    (tmp_path / "made").mkdir()

    async with made:
        with anyio.fail_after(LONG):
            job = await asked.ended(ME, job_id)

    assert job.state is JobState.DONE


async def test_jobs_are_their_askers_alone_and_go_with_the_membership(
    database: Database, asked: Jobs
) -> None:
    job_id = await asked.ask(ME, STUDY, "export", {})

    with pytest.raises(NotFound):
        await asked.ask(OTHER, STUDY, "export", {})
    with pytest.raises(NotFound):
        await asked.own(OTHER, job_id)
    async with database.write() as work:
        await memberships.remove(work, STUDY, ME)
    with pytest.raises(NotFound):
        await asked.own(ME, job_id)
