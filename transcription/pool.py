"""Worker processes and their supervisor: start, watch, kill on a hang, restart, recycle.

A worker that dies or hangs costs time, never an utterance: whoever held the job puts it back.
Restarts back off up to `MAX_BACKOFF`; a worker is replaced after `MAX_JOBS` jobs or when it has grown
by `MAX_GROWTH`, because long runs of native code leak. One that has nothing to do is asked for a sign of
life (`beat`), so that a dead one is not first noticed by somebody who speaks. While there is no usable model the supervisor looks again every
`MODEL_CHECK` seconds, so a model that is copied into place is picked up.
"""

import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from subprocess import PIPE
from typing import Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from schemas.session import Language
from schemas.transcript import Segment
from schemas.wire import EarState
from transcription import model, pipe
from transcription.engine import Care, Guidance, Heard, Loading
from transcription.errors import ModelUnusable, WorkerFailed
from transcription.samples import Samples

LOAD_PATIENCE = 120.0
MIN_PATIENCE = 30.0
PATIENCE_PER_SECOND = 10.0
"""A decode that takes more than ten times the audio's length has hung."""
CLOSE_PATIENCE = 0.5
MAX_JOBS = 2_000
MAX_GROWTH = 1_000_000_000
"""Bytes above what a worker held once it had decoded its first utterance."""
MAX_BACKOFF = 30.0
MODEL_CHECK = 5.0

log = structlog.get_logger()


class Worker:
    """One worker process: `async with Worker(model) as worker`.

    patience: seconds that a decode of a short utterance may take before it counts as hung.
    """

    def __init__(
        self,
        directory: Path,
        loading: Loading | None = None,
        *,
        patience: float = MIN_PATIENCE,
        max_jobs: int = MAX_JOBS,
    ) -> None:
        self._patience = patience
        self._max_jobs = max_jobs
        package_root = str(Path(__file__).resolve().parent.parent)
        how = loading or Loading()
        self._command = [
            sys.executable, "-m", "transcription.worker", "--model", str(directory),
            "--engine", how.engine, "--device", how.device, "--compute-type", how.compute_type,
            *(["--smaller", str(how.smaller)] if how.smaller else []),
        ]  # fmt: skip
        self._environment = {
            **os.environ,
            "PYTHONPATH": package_root,
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
        }
        self._stack = AsyncExitStack()
        self.model = ""
        self.languages: tuple[Language, ...] = ()
        self.jobs = 0
        self.growth = 0
        self._resident = 0

    async def __aenter__(self) -> Self:
        """Start the process and wait until its model is loaded.

        Raises ModelUnusable or WorkerFailed.
        """
        self._process: Process = await anyio.open_process(
            self._command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=None,
            env=self._environment,
            start_new_session=True,  # a Ctrl-C in the terminal is the server's to handle
        )
        self._stack.push_async_callback(self._close)
        assert self._process.stdout is not None
        self._answers = BufferedByteReceiveStream(self._process.stdout)
        try:
            answer = await self._receive(LOAD_PATIENCE)
            if "error" in answer:
                raise ModelUnusable(str(answer["error"]), fields=answer.get("fields"))
        except BaseException:
            await self._stack.aclose()
            raise
        self.model = str(answer["ready"])
        languages = answer.get("languages")
        assert isinstance(languages, list)
        self.languages = tuple(Language(one) for one in languages)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process."""
        await self._stack.aclose()

    @property
    def pid(self) -> int:
        """The process id, for logs and fault tests."""
        return self._process.pid

    @property
    def is_worn(self) -> bool:
        """Whether the worker has done enough and is to be replaced."""
        return self.jobs >= self._max_jobs or self.growth >= MAX_GROWTH

    async def decode(
        self,
        samples: Samples,
        guidance: Guidance,
        care: Care,
        segment: Segment | None = None,
    ) -> Heard:
        """Have the worker decode int16 samples; it needs not know where they lie.

        Raises WorkerFailed if it dies or hangs.
        """
        self.jobs += 1
        body = samples.astype("<i2").tobytes()
        message = pipe.encode(pipe.job_header(guidance, care), body)
        patience = max(self._patience, PATIENCE_PER_SECOND * len(samples) / 16_000)
        await self._send(message, patience)
        answer = await self._receive(patience)
        try:
            return pipe.heard_of(answer)
        except ValueError as error:
            raise WorkerFailed("ear.worker", pid=self.pid) from error

    async def beat(self) -> None:
        """Ask an idle worker for a sign of life. Raises WorkerFailed if there is none."""
        await self._send(pipe.encode({}), self._patience)
        resident = (await self._receive(self._patience)).get("resident")
        if not isinstance(resident, int):
            raise WorkerFailed("ear.worker", pid=self.pid)
        if self.jobs and not self._resident:
            self._resident = resident
        self.growth = resident - (self._resident or resident)

    async def _send(self, message: bytes, patience: float) -> None:
        assert self._process.stdin is not None
        try:
            with anyio.fail_after(patience):
                await self._process.stdin.send(message)
        except (TimeoutError, anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            raise WorkerFailed("ear.worker", pid=self.pid) from error

    async def _receive(self, patience: float) -> dict[str, object]:
        try:
            with anyio.fail_after(patience):
                lengths = await self._answers.receive_exactly(pipe.LENGTHS.size)
                header_bytes, _ = pipe.LENGTHS.unpack(lengths)
                if header_bytes > pipe.MAX_HEADER_BYTES:
                    raise WorkerFailed("ear.worker", pid=self.pid)
                return pipe.decode(await self._answers.receive_exactly(header_bytes))
        except (
            TimeoutError,
            ValueError,
            anyio.IncompleteRead,
            anyio.EndOfStream,
            anyio.ClosedResourceError,
            anyio.BrokenResourceError,
        ) as error:
            raise WorkerFailed("ear.worker", pid=self.pid) from error

    async def _close(self) -> None:
        """A worker whose stdin is closed ends by itself; one that is busy or hung is killed."""
        with anyio.CancelScope(shield=True):
            assert self._process.stdin is not None
            await self._process.stdin.aclose()
            with anyio.move_on_after(CLOSE_PATIENCE):
                await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
            await self._process.aclose()


class Pool:
    """`size` supervised workers, each given to `serve` for as long as it lives.

    `serve` decodes until the worker fails or is used up (`is_worn`); it puts back what it could
    not finish and lets WorkerFailed pass.
    """

    def __init__(
        self,
        directory: Path | None,
        size: int,
        loading: Loading | None = None,
        *,
        patience: float = MIN_PATIENCE,
        max_jobs: int = MAX_JOBS,
    ) -> None:
        self._directory = directory
        self._loading = loading or Loading()
        self._patience = patience
        self._max_jobs = max_jobs
        self._size = size
        self._ready: list[Worker] = []
        self.model = ""
        self.languages: tuple[Language, ...] = ()
        self.problem: ModelUnusable | None = None
        self.restarts = 0

    @property
    def state(self) -> EarState:
        """`off` without a usable model or any place for it, else `loading` until one is ready."""
        if self.problem is not None or not self._size:
            return "off"
        return "ready" if self._ready else "loading"

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that are ready."""
        return [worker.pid for worker in self._ready]

    async def run(self, serve: Callable[[Worker], Awaitable[None]]) -> None:
        """Supervise until cancelled."""
        async with anyio.create_task_group() as tasks:
            for _ in range(self._size):
                tasks.start_soon(self._supervise, serve)

    async def _supervise(self, serve: Callable[[Worker], Awaitable[None]]) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            try:
                directory = await to_thread.run_sync(self._checked)
                await self._live(directory, serve)
            except ModelUnusable as error:
                if self.problem is None or self.problem.code != error.code:
                    log.warning("ear.model_unusable", code=error.code, **_plain(error.fields))
                self.problem = error
                await anyio.sleep(MODEL_CHECK)
            except WorkerFailed as error:
                self.restarts += 1
                failures = 1 if time.monotonic() - started > MAX_BACKOFF else failures + 1
                log.warning("ear.worker_failed", restarts=self.restarts, **_plain(error.fields))
                await anyio.sleep(min(MAX_BACKOFF, 0.1 * 3 ** (failures - 1)))

    def _checked(self) -> Path:
        return model.check(self._directory, self._loading.engine)

    async def _live(self, directory: Path, serve: Callable[[Worker], Awaitable[None]]) -> None:
        async with Worker(
            directory, self._loading, patience=self._patience, max_jobs=self._max_jobs
        ) as worker:
            self.model, self.languages, self.problem = worker.model, worker.languages, None
            log.info("ear.worker_ready", pid=worker.pid, model=worker.model)
            self._ready.append(worker)
            try:
                await serve(worker)
            finally:
                self._ready.remove(worker)


def default_size() -> int:
    """One worker per core, one core left to the event loop."""
    return max(1, (os.cpu_count() or 2) - 1)


def _plain(fields: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
