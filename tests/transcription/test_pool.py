"""Worker processes that die, hang, or cannot load their model."""

import os
import shutil
import signal
from pathlib import Path

import anyio
import pytest

from schemas.session import Language
from tests.transcription.memory import noise
from transcription.bundled import MODEL, recordings
from transcription.engine import Care, Guidance, Loading
from transcription.errors import ModelUnusable, WorkerFailed
from transcription.pool import Pool, Worker

pytestmark = pytest.mark.anyio


async def test_a_worker_hears_both_languages() -> None:
    english, chinese = recordings()["workshop-en"], recordings()["workshop-zh"]
    async with Worker(MODEL) as worker:
        first = await worker.decode(
            english.samples()[12_000:70_400], Guidance.pinned(Language.EN), Care.FINAL
        )
        second = await worker.decode(
            chinese.samples()[12_000:70_000], Guidance.pinned(Language.ZH), Care.INTERIM
        )

    assert first.text == "Good morning, everyone, and welcome to the workshop."
    assert first.confidence > 0.9
    assert second.text == "大家好，欢迎参加研讨会。"


async def test_a_smaller_model_that_cannot_be_loaded_leaves_the_worker_its_own(
    tmp_path: Path,
) -> None:
    async with Worker(MODEL, Loading(smaller=tmp_path / "nowhere")) as worker:
        heard = await worker.decode(
            recordings()["workshop-en"].samples()[12_000:70_400],
            Guidance.pinned(Language.EN),
            Care.RELIEF,
        )

    assert heard.text == "Good morning, everyone, and welcome to the workshop."
    assert heard.model == worker.model == "micro-whisper"


async def test_a_killed_worker_fails_its_job() -> None:
    async with Worker(MODEL) as worker:
        os.kill(worker.pid, signal.SIGKILL)

        with pytest.raises(WorkerFailed):
            await worker.decode(noise(1), Guidance.pinned(Language.EN), Care.FINAL)


async def test_a_hanging_worker_is_given_up() -> None:
    async with Worker(MODEL, patience=0.2) as worker:
        os.kill(worker.pid, signal.SIGSTOP)

        with pytest.raises(WorkerFailed), anyio.fail_after(10):
            await worker.decode(noise(0.1), Guidance.pinned(Language.EN), Care.FINAL)


async def test_a_broken_model_is_told_apart_from_a_broken_worker(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "model.bin").write_bytes(b"not a model")

    with pytest.raises(ModelUnusable) as unusable:
        async with Worker(tmp_path / "model"):
            pass

    assert unusable.value.code == "ear.model_broken"


async def test_wrong_mel_bands_are_refused(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "preprocessor_config.json").write_text('{"feature_size": 128}')

    with pytest.raises(ModelUnusable) as unusable:
        async with Worker(tmp_path / "model"):
            pass

    assert unusable.value.code == "ear.model_mels"


async def test_a_pool_replaces_a_worker_that_died() -> None:
    pool = Pool(MODEL, 1)
    pids: list[int] = []
    done = anyio.Event()

    async def serve(worker: Worker) -> None:
        pids.append(worker.pid)
        if len(pids) == 1:
            os.kill(worker.pid, signal.SIGKILL)
        await worker.decode(noise(0.5), Guidance.pinned(Language.EN), Care.FINAL)
        done.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run, serve)
        with anyio.fail_after(60):
            await done.wait()
        state = pool.state
        tasks.cancel_scope.cancel()

    assert state == "ready"
    assert (len(set(pids)), pool.restarts) == (2, 1)


async def test_a_cancelled_pool_leaves_no_process_behind() -> None:
    pool = Pool(MODEL, 1)
    started = anyio.Event()
    pids: list[int] = []

    async def serve(worker: Worker) -> None:
        pids.append(worker.pid)
        started.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run, serve)
        with anyio.fail_after(60):
            await started.wait()
        tasks.cancel_scope.cancel()

    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
