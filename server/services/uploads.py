"""Uploads: a recording is sent in pieces, resumed after a cut, decoded, and heard like a microphone.

    receiving → decoding → decoded (its lines come as they are transcribed)
              ↘ refused (why: `code`) · cancelled

A recording may not take the room that live microphones need: it is refused at the beginning, and
waits (`code`, while it is decoding) if the disk fills up all the same. Pieces are appended at the offset that the sender names, which must be the one that is there: what
was sent twice or out of order is refused with the right one. Decoding goes on after a restart
where the tracks stop.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from schemas.errors import ColloquyError, Conflict, Invalid, NotFound
from schemas.ids import TrackId, new_id
from schemas.session import Language, Person, Session, Track, TrackKind
from schemas.wire import MAX_FRAME_SAMPLES, SAMPLE_RATE, AudioFrame
from server.domain.permissions import Action, require
from server.services.outliving import outlived
from server.services.recordings import Recordings
from server.store import commands, lines, sessions, uploads
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.uploads import State, Upload
from transcription.errors import DiskFull, DiskSlow
from transcription.intake import Intake
from transcription.media import decoded, probe
from transcription.samples import Samples
from transcription.space import SECOND_BYTES

MOST_BYTES = 16 * 1024**3
MOST_NAME = 200
SAY_EVERY = 10.0
"""Seconds of sound after which progress is stored."""
HELD_SECONDS = 30.0
"""How long a recording waits before it looks again whether the disk has room."""
TRIES = 3
"""How often it is tried again after what nobody foresaw."""
KEEP_SECONDS = 14 * 24 * 3600.0
"""What was begun and not sent for so long is given up."""

log = structlog.get_logger()


class Uploads:
    """`async with Uploads(database, recordings, folder)`: decodes what is complete."""

    def __init__(
        self,
        database: Database,
        recordings: Recordings,
        folder: Path,
        now: Callable[[], float] = time.time,
        *,
        held_seconds: float = HELD_SECONDS,
    ) -> None:
        self._database = database
        self._recordings = recordings
        self._held_seconds = held_seconds
        self._folder = folder
        self._now = now
        self._scopes: dict[str, anyio.CancelScope] = {}
        self._ended: dict[str, anyio.Event] = {}
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        """Go on with what an earlier process was decoding."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(self._tasks.cancel_scope.cancel)
        async with self._database.write() as work:
            await uploads.give_up(work, before=self._now() - KEEP_SECONDS)
            partly = await uploads.receiving(work)
            whole = [one for one in partly if _size(self._file(one)) == one.size]
            for upload in whole:
                await uploads.change(work, upload.id, state="decoding")
            unfinished = [
                one for one in await uploads.decoding(work) if self._file(one).exists()
            ]  # of the others the file lies on another node
        wanted = {one.id for one in (*partly, *unfinished)}
        await to_thread.run_sync(_remove_others, self._folder, wanted)
        for upload in unfinished:
            self._start(upload)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; what is not decoded yet goes on at the next start."""
        await self._stack.aclose()

    async def begin(
        self,
        by: Person,
        *,
        name: str,
        size: int,
        language: Language,
        stereo: bool,
        key: str,
        is_either: bool = False,
    ) -> Answer:
        """Begin an upload of `size` bytes; answers {"upload": id}. Once for each key.

        Raises Forbidden, Conflict (`session.state`, `audio.none`, `session.off_record`), or
        Invalid `upload.empty`, `upload.too_large` {limit_bytes} or `upload.no_room`.
        """
        if size <= 0:
            raise Invalid("upload.empty")
        if size > MOST_BYTES:
            raise Invalid("upload.too_large", limit_bytes=MOST_BYTES)
        await self._must_hold(size)
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, by.session_id)
                require(by.role, Action.UPLOAD, session.state)
                await self._recordings.may_record(work, session)
                upload = Upload(
                    new_id(), session.id, by.id, name[:MOST_NAME], size, language, stereo,
                    "receiving", 0.0, 0.0, (), "", is_either,
                )  # fmt: skip
                await uploads.add(work, upload, at=self._now())
                return {"upload": upload.id}

            return await commands.once(work, key, by.id, "upload.begin", once)

    async def receive(self, by: Person, upload_id: str, *, offset: int, piece: bytes) -> int:
        """Append a piece and return how many bytes are there; the last one begins the decoding.

        Raises NotFound, Forbidden, Conflict: `upload.state`, or `upload.offset` {offset} with
        the offset to go on from; or DiskFull: what is there stays, the piece is sent again later.
        """
        upload = await self._own(by, upload_id)
        if upload.state != "receiving":
            raise Conflict("upload.state", state=upload.state)
        await self._recordings.has_room()
        received = await to_thread.run_sync(_append, self._file(upload), offset, piece, upload.size)
        if received == upload.size:
            async with self._database.write() as work:
                is_wanted = await uploads.move(work, upload.id, "receiving", state="decoding")
            if is_wanted:
                self._start(replace(upload, state="decoding"))
            else:  # cancelled while its last piece came
                await to_thread.run_sync(_remove, self._file(upload))
        return received

    async def cancel(self, by: Person, upload_id: str) -> None:
        """Stop an upload and remove its file; lines that came of it stay. Raises as `receive`."""
        upload = await self._own(by, upload_id)
        if upload.state not in ("receiving", "decoding"):
            return
        async with self._database.write() as work:
            await uploads.change(work, upload.id, state="cancelled")
        if scope := self._scopes.get(upload.id):
            scope.cancel()
        await to_thread.run_sync(_remove, self._file(upload))

    async def list(self, by: Person) -> list[tuple[Upload, int, int]]:
        """Return the session's uploads with bytes received and utterances not yet transcribed."""
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.CORRECT, session.state)
            found = await uploads.of_session(work, session.id)
            waits = [await uploads.waiting(work, one) for one in found]
        sizes = [await to_thread.run_sync(_size, self._file(one)) for one in found]
        return list(zip(found, sizes, waits, strict=True))

    async def ended(self, upload_id: str) -> None:
        """Wait until this process has nothing left to decode of an upload."""
        if event := self._ended.get(upload_id):
            await event.wait()

    async def _must_hold(self, size: int) -> None:
        """Raises Invalid `upload.no_room`."""
        if not (await self._recordings.has_room()).holds(size):
            raise Invalid("upload.no_room")

    async def _own(self, by: Person, upload_id: str) -> Upload:
        async with self._database.read() as work:
            upload = await uploads.get(work, upload_id)
            session = await sessions.get(work, by.session_id)
            if upload.session_id != session.id:
                raise NotFound("upload.unknown", upload=upload_id)
            require(by.role, Action.UPLOAD, session.state)
            return upload

    def _start(self, upload: Upload) -> None:
        self._scopes[upload.id] = anyio.CancelScope()
        self._ended[upload.id] = anyio.Event()
        self._tasks.start_soon(self._decode, upload)

    async def _decode(self, upload: Upload) -> None:
        """Try until it is through, refused or cancelled, so that no page waits for nobody."""
        try:
            with self._scopes[upload.id] as scope:
                await self._try_on(upload.id)
            if scope.cancelled_caught:
                with outlived("upload.left_open", upload=upload.id):  # the sweep ends its tracks
                    await self._end(upload.id, "cancelled", "")
        finally:
            del self._scopes[upload.id]
            self._ended.pop(upload.id).set()

    async def _try_on(self, upload_id: str) -> None:
        """Go on until it is over; where it must wait, or something went wrong that may pass, wait."""
        failed = 0
        while True:
            with outlived("upload.failed", upload=upload_id) as tried:
                if await self._went_through(upload_id):
                    return
            if tried.code == "server.failed":
                failed += 1
                with outlived("upload.failed", upload=upload_id):
                    if failed > TRIES:
                        await self._end(upload_id, "refused", tried.code)
                        return
                    await self._hold(upload_id, tried.code)
            await anyio.sleep(self._held_seconds)

    async def _went_through(self, upload_id: str) -> bool:
        """Decode all of it; False where the disk has no room now, which the page is told."""
        async with self._database.read() as work:
            upload = await uploads.get(work, upload_id)
        code = ""
        try:
            await self._stream(await self._with_tracks(upload))
        except (DiskFull, DiskSlow) as error:
            log.warning("upload.held", upload=upload_id, code=error.code)
            await self._hold(upload_id, error.code)
            return False
        except ColloquyError as error:
            if error.code == "database.unavailable":
                raise  # passes: nobody should have to send the recording again
            log.warning("upload.refused", upload=upload_id, code=error.code)
            code = error.code
        await self._end(upload_id, "refused" if code else "decoded", code)
        return True

    async def _hold(self, upload_id: str, code: str) -> None:
        async with self._database.write() as work:
            await uploads.change(work, upload_id, code=code)

    async def _end(self, upload_id: str, state: State, code: str) -> None:
        """Say what became of it before its file goes: a file that is left is removed at a start.

        What was cancelled stays so.
        """
        async with self._database.read() as work:
            tracks = (await uploads.get(work, upload_id)).tracks
        for track_id in tracks:
            await self._recordings.end(track_id)
        async with self._database.write() as work:
            await uploads.move(work, upload_id, "decoding", state=state, code=code)
        await to_thread.run_sync(_remove, self._folder / upload_id)

    async def _with_tracks(self, upload: Upload) -> Upload:
        """Look at the file and open its tracks, unless an earlier process did."""
        if upload.tracks:
            return upload
        media = await to_thread.run_sync(probe, self._file(upload))
        names = ("L", "R") if upload.stereo and media.channels > 1 else ("",)
        await self._must_hold(int(media.seconds * SECOND_BYTES) * len(names))
        async with self._database.write() as work:
            session = await sessions.locked(work, upload.session_id)
            offset = await self._offset(work, session)
            opened = [
                Track(
                    TrackId(new_id()), session.id, TrackKind.UPLOAD,
                    f"{upload.name} {name}".strip(), upload.language, None, offset,
                    upload.is_either,
                )
                for name in names
            ]  # fmt: skip
            for track in opened:
                await self._recordings.adopt(work, track)
            ids = tuple(track.id for track in opened)
            await uploads.change(work, upload.id, tracks=list(ids), length=media.seconds)
        return replace(upload, tracks=ids, length=media.seconds)

    async def _offset(self, work: Work, session: Session) -> float:
        """An empty session begins with the recording; else it stands where the session is now."""
        is_first = not await lines.of_session(work, session.id)
        return 0.0 if is_first else self._now() - (session.opened_at or self._now())

    async def _stream(self, upload: Upload) -> None:
        intakes = [await self._recordings.listen(track_id) for track_id in upload.tracks]
        blocks = decoded(self._file(upload), stereo=len(intakes) > 1)
        sample, said = 0, 0.0
        while (block := await to_thread.run_sync(next, blocks, None)) is not None:
            for intake, samples in zip(intakes, block, strict=True):
                await _give(intake, samples, sample)
            sample += len(block[0])
            if sample / SAMPLE_RATE - said >= SAY_EVERY:
                said = sample / SAMPLE_RATE
                await self._say(upload, said)
        await self._say(upload, sample / SAMPLE_RATE)

    async def _say(self, upload: Upload, seconds: float) -> None:
        async with self._database.write() as work:
            length = max(upload.length, seconds)
            await uploads.change(work, upload.id, position=seconds, length=length, code="")

    def _file(self, upload: Upload) -> Path:
        return self._folder / upload.id


async def _give(intake: Intake, samples: Samples, first: int) -> None:
    """Hand samples to a track, which drops what it has already."""
    for start in range(0, len(samples), MAX_FRAME_SAMPLES):
        part = samples[start : start + MAX_FRAME_SAMPLES]
        at = first + start
        if at + len(part) <= intake.next_sample:
            continue
        await intake.receive(
            AudioFrame(intake.next_seq, at, len(part), 0, 0, part.astype("<i2").tobytes())
        )


def _append(path: Path, offset: int, piece: bytes, size: int) -> int:
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # a piece sent again may come while the first is written
        there = file.seek(0, os.SEEK_END)
        if offset != there or there + len(piece) > size:
            raise Conflict("upload.offset", offset=there)
        try:
            file.write(piece)
            file.flush()
            if there + len(piece) == size:
                os.fsync(file.fileno())  # what is said to be whole is whole after a power cut
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise DiskFull("audio.disk_full") from error
        return there + len(piece)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _remove_others(folder: Path, wanted: set[str]) -> None:
    """Delete what a crash left of uploads that are over."""
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
