"""Projects of other tools: a `.qdpx` is kept and shown first, then brought in by a job, whole or not.

The file lies in the data folder under the import's id until it is in, discarded, or its days are
over. Reading and planning are done anew from it each time, so that what is brought in is what was
chosen, whatever happened in between. Bringing in is one unit of work.

What is being sent lies in a folder of this node's (`arriving`) until its row is committed; what a
kill leaves there, or leaves of an import that has ended, goes when the server starts next.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from anyio import CapacityLimiter, to_thread

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import AccountId, StageId, StudyId, new_id
from server.domain import codebook_plan, project_plan
from server.domain.codebook_plan import Planned
from server.domain.formats import refi_reader
from server.domain.formats.refi_offsets import DIALECTS, Dialect, Scored
from server.domain.formats.refi_reader import Project
from server.domain.project_plan import Plan, Sample
from server.services import project_undoing
from server.services.curation import Curation, Curator
from server.services.jobs import Going, Jobs
from server.services.project_writing import Setting, write
from server.store import entries, events, jobs, memberships, projects, studies
from server.store.accounts import Account
from server.store.database import Database, Work
from server.store.jobs import UNFINISHED, Job, JobId, JobState, MadeFile
from server.store.projects import Choices, Import, ImportId, ImportState
from server.store.studies import Stage, Study

KIND = "project"
KEEP_DAYS = 7
_SECONDS_A_DAY = 86_400.0
_OPEN = (ImportState.SHOWN, ImportState.ASKED)
_AT_ONCE = 1
"""Projects that are read at once: each may take half a gigabyte of memory for seconds."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An import as its page shows it. project, plan, samples: None where it is not to be chosen any more.

    job: what brings it in, or failed to. stages: to choose from. rows: what each code would do.
    known_cases: cases that are called like a unit of the study.
    """

    study: Study
    one: Import
    stages: Sequence[Stage]
    job: Job | None
    project: Project | None = None
    plan: Plan | None = None
    samples: Sequence[Sample] = ()
    rows: Sequence[Planned] = ()
    known_cases: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed and asked for."""
        return is_open(self.one, self.job)


def is_open(one: Import, job: Job | None) -> bool:
    """Whether an import can be changed and asked for: nobody asked yet, or its job came to nothing."""
    if one.state is ImportState.SHOWN:
        return True
    failed = job is None or job.state not in (*UNFINISHED, JobState.DONE)
    return one.state is ImportState.ASKED and failed


class Projects:
    """Brings projects in on behalf of accounts that run the study.

    folder: for the server alone; all nodes share it. node: who of them this is.
    """

    def __init__(
        self,
        database: Database,
        jobs_asked: Jobs,
        curation: Curation,
        folder: Path,
        now: Callable[[], float] = time.time,
        *,
        node: str = "",
    ) -> None:
        self._database = database
        self._jobs = jobs_asked
        self._curation = curation
        self._folder = folder
        self.arriving = folder / f"arriving-{node}"
        self._now = now
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def take(self, account: Account, study_id: StudyId, source: Path, name: str) -> ImportId:
        """Keep a file that was sent and look into it; `source` is moved away.

        Raises NotFound `study.unknown`, or Invalid as `refi_reader.read`, `project.empty`: then nothing is kept.
        """
        async with self._database.read() as work:
            await _require_member(work, account.id, study_id)
        await self._tidy()
        one, _ = await self._seen(account, study_id, source, name)
        kept = self.arriving / f"{one.id}.qdpx"
        await to_thread.run_sync(_move, source, kept)
        try:
            async with self._database.write() as work:
                await _require_member(work, account.id, study_id)
                await projects.add(work, one)
        except BaseException:  # whatever stopped it: no file without its row
            kept.unlink(missing_ok=True)
            raise
        await to_thread.run_sync(_move, kept, self._file(one.id))
        return one.id

    async def take_at_once(
        self, account: Account, study_id: StudyId, source: Path, dialect: Dialect | None
    ) -> Import:
        """Bring a file in as it is, in one unit of work with its row; it stays where it is.

        Raises as `take` and `bring`: then nothing was stored.
        """
        one, project = await self._seen(account, study_id, source, source.name)
        chosen = replace(one, choices=Choices(dialect))
        plan = _fitting(await self._planned(project, chosen))
        async with self._database.write() as work:
            await _require_member(work, account.id, study_id)
            await projects.add(work, chosen)
            await self._store(work, chosen, plan, Going())
            return await projects.get(work, one.id)

    async def clear(self) -> None:
        """Put away what a kill left: files on their way whose row is there, and those without use."""
        arrived = await to_thread.run_sync(_files, self.arriving, "*")
        kept = await to_thread.run_sync(_files, self._folder, "*.qdpx")
        async with self._database.read() as work:
            known = await projects.states(work, [one.stem for one in (*arrived, *kept)])
        for file in arrived:
            if known.get(file.stem) in _OPEN:
                await to_thread.run_sync(_move, file, self._file(ImportId(file.stem)))
            else:
                await to_thread.run_sync(partial(file.unlink, missing_ok=True))
        for file in kept:
            if known.get(file.stem) not in _OPEN:
                await to_thread.run_sync(partial(file.unlink, missing_ok=True))

    async def listed(
        self, account: Account, study_id: StudyId
    ) -> tuple[Study, Sequence[tuple[Import, Job | None]]]:
        """Return a study and what this account brought in, newest first, each with its job."""
        async with self._database.read() as work:
            await _require_member(work, account.id, study_id)
            found = [
                one
                for one in await projects.of_account(work, study_id, account.id)
                if one.state is not ImportState.DISCARDED
            ]
            pairs = [(one, await _job(work, one)) for one in found]
            return await studies.get(work, study_id), pairs

    async def shown(self, account: Account, import_id: ImportId) -> Shown:
        """Return an import with what it would do. Raises NotFound, or Conflict `project.gone`."""
        async with self._database.read() as work:
            one = await _own(work, account.id, import_id)
            job = await _job(work, one)
            study = await studies.get(work, one.study_id)
            stages = await studies.stages(work, one.study_id)
            known = await entries.of_study(work, one.study_id)
            units = await studies.units(work, one.study_id)
        if not is_open(one, job):
            return Shown(study, one, stages, job)
        project = await self._read(self._file(one.id))
        plan = await self._planned(project, one)
        samples = await to_thread.run_sync(project_plan.samples, project, one.dialect)
        rows: Sequence[Planned] = ()
        if len(plan.codebook) > 1:
            rows = await to_thread.run_sync(codebook_plan.plan, one.study_id, known, plan.codebook)
        called = {name.casefold() for unit in units for name in (unit.name.en, unit.name.zh)}
        cases = sum(case.name.casefold() in called for case in project.cases if case.name)
        return Shown(study, one, stages, job, project, plan, samples, rows, cases)

    async def choose(self, account: Account, import_id: ImportId, choices: Choices) -> None:
        """Keep what the person chose.

        Raises NotFound, Invalid `project.choice`, or Conflict `project.state`.
        """
        async with self._database.write() as work:
            one = await _own(work, account.id, import_id, lock=True)
            await self._require_open(work, one)
            known = {each.id for each in await studies.stages(work, one.study_id)}
            if choices.stage_id is not None and choices.stage_id not in known:
                raise Invalid("project.choice")
            if choices.dialect is not None and choices.dialect not in DIALECTS:
                raise Invalid("project.choice")
            await projects.change(work, import_id, choices=choices)

    async def ask(self, account: Account, import_id: ImportId) -> JobId:
        """Have it brought in as chosen. Raises NotFound, or Conflict `project.state`."""
        async with self._database.read() as work:
            one = await _own(work, account.id, import_id)
            await self._require_open(work, one)
        job_id = await self._jobs.ask(account.id, one.study_id, KIND, {"import": import_id})
        async with self._database.write() as work:
            one = await _own(work, account.id, import_id, lock=True)
            if one.state in _OPEN:
                await projects.change(work, import_id, state=ImportState.ASKED.value, job_id=job_id)
        return job_id

    async def run(self, job: Job, going: Going) -> Sequence[MadeFile]:
        """Bring a project in; the runner of its kind of job. Run again after its end, it does nothing."""
        await self.bring(ImportId(str(job.params["import"])), going)
        return ()

    async def bring(self, import_id: ImportId, going: Going) -> None:
        """Bring an import in as chosen. Raises Stopped, Invalid `project.pieces`, Conflict `project.codes`."""
        async with self._database.read() as work:
            one = await projects.get(work, import_id)
        if one.state not in _OPEN:
            return
        project = await self._read(self._file(import_id))
        plan = _fitting(await self._planned(project, one))
        await self._write(one, plan, going)
        await to_thread.run_sync(partial(self._file(import_id).unlink, missing_ok=True))

    async def discard(self, account: Account, import_id: ImportId) -> StudyId:
        """Forget an import that is not in. Raises NotFound, or Conflict `project.state`."""
        async with self._database.write() as work:
            one = await _own(work, account.id, import_id, lock=True)
            await self._require_open(work, one)
            await projects.change(work, import_id, state=ImportState.DISCARDED.value)
        await to_thread.run_sync(partial(self._file(import_id).unlink, missing_ok=True))
        return one.study_id

    async def take_back(self, account: Account, import_id: ImportId) -> None:
        """Remove what an import made, with what nobody has built on since.

        Entries that something else rests on stay. Raises NotFound, or Conflict: `project.state`,
        `project.used` with the titles of texts that something rests on; then nothing was removed.
        """
        async with self._database.write() as work:
            one = await _own(work, account.id, import_id, lock=True)
            if one.state is not ImportState.IN:
                raise Conflict("project.state", state=one.state.value)
            kept = await project_undoing.remove(work, one)
            now = self._now()
            await projects.change(
                work, import_id, state=ImportState.TAKEN_BACK.value, ended_at=now,
                counts={**one.counts, "kept": kept},
            )  # fmt: skip
            await jobs.outdate(work, one.study_id, "export.struck")
            await events.record(
                work, one.study_id, "project.taken_back", import_id,
                body={"by": account.name, "file": one.file}, at=now,
            )  # fmt: skip

    async def _write(self, one: Import, plan: Plan, going: Going) -> None:
        async with self._database.write() as work:
            now = await projects.get(work, one.id, lock=True)
            if now.state in _OPEN:
                await _require_member(work, one.account_id, one.study_id)
                await self._store(work, one, plan, going)

    async def _store(self, work: Work, one: Import, plan: Plan, going: Going) -> None:
        stages = await studies.stages(work, one.study_id)
        if not stages:
            raise Conflict("source.no_stage")
        by = Curator(one.account_id, await projects.name_of(work, one.account_id))
        stage_id = one.choices.stage_id or StageId(stages[0].id)
        setting = Setting(one.study_id, stage_id, by, self._now())
        made = await write(work, self._curation, setting, plan, going.report)
        counts = {**made.counts, **{kind: len(ids) for kind, ids in made.ids.items()}}
        await projects.change(
            work, one.id, state=ImportState.IN.value, made=made.ids, counts=counts,
            ended_at=self._now(),
        )  # fmt: skip
        body = {"by": by.name, "file": one.file, "sha256": one.sha256, "counts": counts}
        await events.record(
            work, one.study_id, "project.imported", one.id, body=body, at=self._now()
        )
        going.check()

    async def _seen(
        self, account: Account, study_id: StudyId, source: Path, name: str
    ) -> tuple[Import, Project]:
        """Look into a file that nobody has a row of yet."""
        project = await self._read(source)
        if not any(one.text.strip() for one in project.sources) and not project.codes:
            raise Invalid("project.empty")
        ways = await to_thread.run_sync(project.ways, limiter=self._limiter)
        digest, size = await to_thread.run_sync(_digest, source)
        one = Import(
            id=ImportId(new_id()),
            study_id=study_id,
            account_id=account.id,
            file=Path(name).name[:200] or "project.qdpx",
            title=project.name[:400],
            origin=project.origin[:200],
            size=size,
            sha256=digest,
            ways=ways,
            choices=Choices(),
            state=ImportState.SHOWN,
            job_id=None,
            made={},
            counts={},
            at=self._now(),
        )
        return one, project

    async def _planned(self, project: Project, one: Import) -> Plan:
        becomes = one.choices.becomes or {}
        return await to_thread.run_sync(
            project_plan.plan, project, one.dialect, becomes, limiter=self._limiter
        )

    async def _read(self, file: Path) -> Project:
        if not await to_thread.run_sync(file.is_file):
            raise Conflict("project.gone")
        return await to_thread.run_sync(refi_reader.read, file, limiter=self._limiter)

    async def _require_open(self, work: Work, one: Import) -> None:
        if not is_open(one, await _job(work, one)):
            raise Conflict("project.state", state=one.state.value)

    async def _tidy(self) -> None:
        """Forget what was shown long ago and never asked for."""
        async with self._database.write() as work:
            gone = await projects.open_before(work, self._now() - KEEP_DAYS * _SECONDS_A_DAY)
            for one in gone:
                await projects.change(work, one, state=ImportState.DISCARDED.value)
        for one in gone:
            await to_thread.run_sync(partial(self._file(one).unlink, missing_ok=True))

    def _file(self, import_id: ImportId) -> Path:
        return self._folder / f"{import_id}.qdpx"


async def looked_at(file: Path, dialect: Dialect | None) -> tuple[Sequence[Scored], Plan]:
    """Return how a file may be counted and what it would become, for the command line.

    Raises as `refi_reader.read`, and OSError.
    """
    project = await to_thread.run_sync(refi_reader.read, file)
    ways = await to_thread.run_sync(project.ways)
    return ways, await to_thread.run_sync(
        project_plan.plan, project, dialect or ways[0].dialect, {}
    )


async def import_from(
    database: Database, account: Account, study: str, file: Path, *, dialect: Dialect | None = None
) -> Mapping[str, int]:
    """Bring a project in from the command line, in the same way; return what was made, counted.

    study: an id or a slug. The file stays where it is. Raises as `Projects.take` and its job do.
    """
    async with database.read() as work:
        named = await studies.by_slug(work, study)
    study_id = StudyId(study) if named is None else named.id
    service = Projects(database, Jobs(database), Curation(database), file.parent)
    return (await service.take_at_once(account, study_id, file, dialect)).counts


async def _own(
    work: Work, account_id: AccountId, import_id: ImportId, *, lock: bool = False
) -> Import:
    one = await projects.get(work, import_id, lock=lock)
    share = await memberships.share_of(work, one.study_id, account_id)
    if one.account_id != account_id or share is None:
        raise NotFound("project.unknown", project=import_id)
    return one


async def _require_member(work: Work, account_id: AccountId, study_id: StudyId) -> None:
    if await memberships.share_of(work, study_id, account_id) is None:
        raise NotFound("study.unknown", study=study_id)


async def _job(work: Work, one: Import) -> Job | None:
    return None if one.job_id is None else await jobs.get(work, one.job_id)


def _digest(file: Path) -> tuple[str, int]:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return digest, file.stat().st_size


def _fitting(plan: Plan) -> Plan:
    """The plan, if one unit of work may hold it. Raises Invalid `project.pieces`."""
    if not plan.is_small:
        raise Invalid("project.pieces", most=project_plan.MOST_PIECES)
    return plan


def _files(folder: Path, pattern: str) -> Sequence[Path]:
    return sorted(one for one in folder.glob(pattern) if one.is_file())


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.replace(target)
    target.chmod(0o600)
