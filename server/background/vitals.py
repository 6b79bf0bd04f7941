"""Tells rooms how the ear and the disk are, and Prometheus how rooms, their log and their people are."""

from collections import Counter as Counts

import anyio
from prometheus_client import Counter, Gauge

from realtime.rooms import Rooms
from schemas.wire import LATE
from server.services.outliving import outlived
from transcription.ear import Ear
from transcription.recording import TrackStore
from transcription.space import Space

EVERY_SECONDS = 2.0

_ROOMS = Gauge("colloquy_rooms", "Rooms in memory")
_PEOPLE = Gauge("colloquy_people", "People connected to rooms")
_LAGGING = Gauge("colloquy_lagging", "Browsers that have fallen behind their room")
_UNSAVED = Gauge("colloquy_unsaved", "Edits that are not on disk yet")
_COMMIT = Gauge("colloquy_commit_seconds", "How long the last commit of the update log took")
_COMMITS = Counter("colloquy_commits", "Commits of the update log")
_REFUSED = Counter("colloquy_refused", "Messages that a room did not take", ["code"])
_FREE = Gauge("colloquy_sound_free_bytes", "Room on the disk of the recordings")
_LAG = Gauge("colloquy_ear_lag_seconds", "How long the oldest utterance has waited for its line")


class Vitals:
    """Let its `run` go on; a room says only what has changed."""

    def __init__(
        self, ear: Ear, rooms: Rooms, tracks: TrackStore, every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._ear = ear
        self._rooms = rooms
        self._tracks = tracks
        self._every_seconds = every_seconds
        self._refused: Counts[str] = Counts()
        self._commits = 0

    async def tell(self) -> None:
        """Tell every room once."""
        self._tell(await self._tracks.space())

    def _tell(self, space: Space) -> None:
        status, loaded = self._ear.status, self._rooms.loaded()
        lag = round(status.lag) if status.state in LATE else 0
        for room in loaded:
            room.send_health({"ear": status.state, "lag": lag, **_disk(space)})
        _FREE.set(space.free)
        _ROOMS.set(len(loaded))
        _PEOPLE.set(sum(len(room.present()) for room in loaded))
        _LAGGING.set(sum(room.lagging() for room in loaded))
        _LAG.set(status.lag)
        self._tell_log()

    def _tell_log(self) -> None:
        writer, refused = self._rooms.writer, self._rooms.refusals()
        _UNSAVED.set(writer.unsaved)
        _COMMIT.set(writer.last_commit_seconds)
        _COMMITS.inc(writer.commits - self._commits)
        for code, count in (refused - self._refused).items():
            _REFUSED.labels(code).inc(count)
        self._commits, self._refused = writer.commits, refused

    async def run(self) -> None:
        """Tell, every few seconds."""
        while True:
            with outlived("vitals.failed"):
                await self.tell()
            await anyio.sleep(self._every_seconds)


def _disk(space: Space) -> dict[str, object]:
    """The minutes matter only while there are few: a room says only what has changed."""
    minutes = 0 if space.state == "ok" else space.minutes
    return {"disk": space.state, "minutes": minutes}
