"""Workers on other machines over a real Redis: found, used, killed in the middle, missed by nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import anyio
import anyio.lowlevel
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from schemas.session import Language
from server.routes.samples import samples
from server.services.permits import Permits
from tests.redis_server import RedisServer
from tests.transcription.memory import MemoryHearing, feed, track
from transcription.away import Away
from transcription.bundled import recordings
from transcription.ear import Ear, EarSettings
from transcription.recording import TrackStore

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
SECONDS = 18.8


@contextmanager
def worker(redis: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`colloquy worker`, as it runs on a machine of its own, and the process that decodes for it."""
    environment = {
        **os.environ,
        "COLLOQUY_REDIS": redis,
        "COLLOQUY_WORKERS": "1",
        "COLLOQUY_DATA": str(folder),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "from server.cli import main; main()", "worker"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def serving(store: TrackStore) -> AsyncIterator[Permits]:
    """The server's own route for samples, on a port of this machine."""
    state = SimpleNamespace(tracks=store)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        yield {"app": state}

    app = Starlette(routes=[Route("/api/tracks/{track}/samples", samples)], lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve)
        while not server.started:
            await anyio.lowlevel.checkpoint()
        port = server.servers[0].sockets[0].getsockname()[1]
        state.permits = Permits(b"key", f"http://127.0.0.1:{port}")
        yield state.permits
        server.should_exit = True


async def test_two_workers_share_the_work_and_one_that_dies_loses_nothing(tmp_path: Path) -> None:
    recording = recordings()["workshop-zh"]
    sound = recording.samples()[: round(SECONDS * 16_000)]
    hearing = MemoryHearing()

    with RedisServer(tmp_path) as redis:
        async with TrackStore(tmp_path / "audio") as store, serving(store) as permits:
            away = Away(redis.url, permits.issue)
            settings = EarSettings(None, is_here=False)
            with worker(redis.url, tmp_path / "a") as first, worker(redis.url, tmp_path / "b"):
                async with Ear(store, hearing, hearing, settings, away=away) as ear:
                    with anyio.fail_after(240):
                        before = ear.status
                        await away.until(hands=2)
                        intake = await ear.listen(track(language=Language.ZH))
                        await feed(intake, sound)
                        await intake.end()
                        await hearing.final_arrived.wait()
                        first.send_signal(signal.SIGKILL)
                        await intake.drained()
                        await away.until(hands=1)
                        after = ear.status

    spoken = [cue.text for cue in recording.cues if cue.end < SECONDS]
    assert before.state == "off"
    assert "colloquy worker" in before.detail
    assert (after.state, after.model) == ("ready", "micro-whisper")
    assert hearing.texts() == spoken
    assert hearing.finals == len(hearing.opened)


async def test_a_redis_that_comes_back_empty_is_found_again(tmp_path: Path) -> None:
    sound = recordings()["workshop-en"].samples()[: 5 * 16_000]
    hearing = MemoryHearing()

    with RedisServer(tmp_path) as redis:
        async with TrackStore(tmp_path / "audio") as store, serving(store) as permits:
            away = Away(
                redis.url, permits.issue, patience=600
            )  # an errand left undone is never missed
            settings = EarSettings(None, is_here=False)
            with worker(redis.url, tmp_path / "a"):
                async with Ear(store, hearing, hearing, settings, away=away) as ear:
                    with anyio.fail_after(240):
                        await away.until(hands=1)
                        redis.kill()
                        intake = await ear.listen(track())
                        await feed(intake, sound)
                        await intake.end()
                        redis.start()
                        await intake.drained()

    assert hearing.texts() == ["Good morning, everyone, and welcome to the workshop."]
