"""The microphone of a real Chromium, through the worklet, to the frames that the server gets."""

import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np
import pytest
import uvicorn
from playwright.async_api import async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from schemas.wire import AudioFrame
from tests import chromium
from tests.web.nodejs import node

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

TONE_HZ = 1_000
WANTED_FRAMES = 20
BUNDLE = """
import { build } from "esbuild";
const common = { bundle: true, format: "esm", outdir: process.env.OUT };
await build({ ...common, entryPoints: ["web/client/capture-worklet.js"] });
const define = { WORKLET_FILE: '"./capture-worklet.js"' };
await build({ ...common, define, entryPoints: ["web/client/capture.js", "web/client/vault.js"] });
"""
PAGE = """<!doctype html><button>record</button><script type="module">
import { capture } from "/built/capture.js";
import { Vault } from "/built/vault.js";
const boot = { session: { id: "s" }, me: { id: "ann" }, token: "token" };
document.querySelector("button").onclick = async () => {
  window.microphone = await capture(boot, new Vault(undefined), { language: "en", room: true });
};
</script>"""


class Ear:
    """Keeps the frames of one track and acknowledges each."""

    def __init__(self) -> None:
        self.frames: list[AudioFrame] = []
        self.enough, self.ended = anyio.Event(), anyio.Event()

    async def track(self, request: Request) -> Response:
        body = await request.json()
        assert (body["language"], body["room"]) == ("en", True)
        return JSONResponse({"track": "t", "ticket": "once"})

    async def socket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json({"type": "resume", "seq": 0, "sample": 0})
        try:
            while True:
                frame = AudioFrame.decode(await websocket.receive_bytes())
                self.frames.append(frame)
                sample = frame.first_sample + frame.n_samples
                ack = {"type": "ack", "seq": frame.seq + 1, "sample": sample}
                await websocket.send_json(ack)
                if len(self.frames) >= WANTED_FRAMES:
                    self.enough.set()
                if frame.is_end:
                    self.ended.set()
        except WebSocketDisconnect:
            return


def tone(path: Path) -> None:
    """Write five seconds of a sine as a microphone would give them."""
    rate = 48_000
    samples = (int(12_000 * math.sin(2 * math.pi * TONE_HZ * n / rate)) for n in range(5 * rate))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    http = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="off", log_level="error", ws="websockets-sansio")
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(http.serve)
        with anyio.fail_after(10):
            while not http.started:
                await anyio.lowlevel.checkpoint()
        yield f"http://127.0.0.1:{http.servers[0].sockets[0].getsockname()[1]}"
        http.should_exit = True


async def test_sound_arrives_as_frames_of_the_wire(tmp_path: Path) -> None:
    ear = Ear()
    node("--input-type=module", "--eval", BUNDLE, OUT=str(tmp_path / "built"))
    tone(tmp_path / "tone.wav")
    app = Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse(PAGE)),
            Route("/api/sessions/s/tracks", ear.track, methods=["POST"]),
            WebSocketRoute("/ws/audio/t", ear.socket),
            Mount("/built", StaticFiles(directory=tmp_path / "built")),
        ]
    )
    arguments = [
        "--no-sandbox",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'tone.wav'}",
    ]

    async with serving(app) as origin, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.find(), args=arguments)
        page = await browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(origin)
        await page.click("button")
        with anyio.fail_after(20):
            await ear.enough.wait()
        state = await page.evaluate("window.microphone.state()")
        await page.evaluate("window.microphone.stop()")
        with anyio.fail_after(10):
            await ear.ended.wait()
        await browser.close()

    assert problems == []
    assert state["link"] == "live"
    assert 0.1 < state["level"] < 0.5
    assert [frame.seq for frame in ear.frames] == list(range(len(ear.frames)))
    position = 0
    for frame in ear.frames:
        assert frame.first_sample == position
        position += frame.n_samples
    assert {frame.n_samples for frame in ear.frames[:WANTED_FRAMES]} == {1_600}
    sound = np.frombuffer(b"".join(f.pcm for f in ear.frames[2:WANTED_FRAMES]), dtype="<i2")
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    loudest = float(np.argmax(spectrum)) * 16_000 / len(sound)
    assert abs(loudest - TONE_HZ) < 2
