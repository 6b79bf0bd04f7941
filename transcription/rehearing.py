"""Hearing again, by another model in a process of its own, when nobody is waiting to be heard.

The process has the lowest priority of the machine, and before each utterance it is waited until
nothing that is being spoken waits for a worker: a room is never slower for it.
"""

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from anyio import to_thread

from schemas.session import Track
from schemas.transcript import Segment
from transcription import keep, model
from transcription.ear import Ear
from transcription.engine import Care, Guidance, Heard, Loading
from transcription.errors import WorkerFailed
from transcription.pool import Worker
from transcription.ports import Guide
from transcription.recording import TrackStore
from transcription.samples import Samples, to_float
from transcription.script import written
from transcription.vad import speech_share

MOST_FAILURES = 3
LOWEST = 19


class Rehearer:
    """`async with Rehearer(model, store, guide, ear) as again`: one worker, one session at a time.

    Raises ModelUnusable or WorkerFailed where it cannot be started.
    """

    def __init__(
        self,
        directory: Path,
        store: TrackStore,
        guide: Guide,
        ear: Ear,
        loading: Loading | None = None,
    ) -> None:
        self._directory = directory
        self._loading = loading
        self._store = store
        self._guide = guide
        self._ear = ear
        self._stack = AsyncExitStack()
        self._worker: Worker | None = None

    async def __aenter__(self) -> Self:
        """Load the model."""
        await to_thread.run_sync(model.check, self._directory)
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process."""
        await self._stack.aclose()

    async def hear(self, track: Track, segment: Segment) -> str:
        """Return what is said in an utterance, "" where nothing is worth keeping.

        Raises WorkerFailed after MOST_FAILURES attempts.
        """
        recording = await self._store.open(track.id)
        samples = await recording.read(segment.first_sample, segment.last_sample)
        if not samples.any():
            return ""  # redacted
        guidance = await self._guide.guidance(track)
        heard = await self._decode(samples, guidance, segment)
        share = await to_thread.run_sync(speech_share, to_float(samples))
        verdict = keep.judge(heard, speech_share=share, hotwords=guidance.hotwords)
        if not verdict.is_kept:
            return ""
        return written(heard.text, heard.language, guidance.script).strip()

    async def _decode(self, samples: Samples, guidance: Guidance, segment: Segment) -> Heard:
        for _ in range(MOST_FAILURES - 1):
            try:
                return await (await self._ready()).decode(samples, guidance, Care.FINAL, segment)
            except WorkerFailed:
                self._worker = None  # another one takes its place
        return await (await self._ready()).decode(samples, guidance, Care.FINAL, segment)

    async def _ready(self) -> Worker:
        """A worker, once nobody waits to be heard; an ear that is off hears nobody."""
        if self._ear.status.state != "off":
            await self._ear.caught_up()
        if self._worker is None or self._worker.is_worn:
            return await self._start()
        return self._worker

    async def _start(self) -> Worker:
        await self._stack.aclose()
        self._worker = await self._stack.enter_async_context(Worker(self._directory, self._loading))
        os.setpriority(os.PRIO_PROCESS, self._worker.pid, LOWEST)
        return self._worker
