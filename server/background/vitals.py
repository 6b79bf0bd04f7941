"""Tells rooms how the ear is, and Prometheus how many rooms and people there are."""

from contextlib import AsyncExitStack
from typing import Self

import anyio
from prometheus_client import Gauge

from realtime.rooms import Rooms
from transcription.ear import Ear

EVERY_SECONDS = 2.0

_ROOMS = Gauge("colloquy_rooms", "Rooms in memory")
_PEOPLE = Gauge("colloquy_people", "People connected to rooms")
_LAG = Gauge("colloquy_ear_lag_seconds", "How long the oldest utterance has waited for its line")


class Vitals:
    """`async with Vitals(ear, rooms)`; a room says only what has changed."""

    def __init__(self, ear: Ear, rooms: Rooms, every_seconds: float = EVERY_SECONDS) -> None:
        self._ear = ear
        self._rooms = rooms
        self._every_seconds = every_seconds
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Begin to tell."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._run)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._stack.aclose()

    def tell(self) -> None:
        """Tell every room once."""
        status, loaded = self._ear.status, self._rooms.loaded()
        lag = round(status.lag) if status.state == "behind" else 0
        for room in loaded:
            room.send_health({"ear": status.state, "lag": lag})
        _ROOMS.set(len(loaded))
        _PEOPLE.set(sum(len(room.present()) for room in loaded))
        _LAG.set(status.lag)

    async def _run(self) -> None:
        while True:
            self.tell()
            await anyio.sleep(self._every_seconds)
