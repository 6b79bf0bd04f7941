"""Recordings: opening and ending a session's tracks, and reading them back as WAV.

While sound comes in on a track of a session its document says so (`meta.capture`), on every screen;
a browser that vanished stops being shown after `QUIET` seconds. Off the record no track is opened,
and a session without audio has none. A track ends when its sender says so, when its session is closed, or after `ABANDONED` seconds
without a frame.
"""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import anyio
import structlog
from anyio import to_thread

from schemas.document import META
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.ids import PersonId, SessionId, TrackId, new_id
from schemas.session import AudioMode, Language, Person, Session, Track, TrackKind
from schemas.wire import SAMPLE_RATE
from server.domain import dates
from server.domain.permissions import Action, require
from server.services.outliving import outlived
from server.services.sounding import AROUND, HEADER_BYTES, wav_header
from server.store import commands, discretion, homes, returns, sessions, tracks
from server.store.commands import Answer
from server.store.database import Database, Work
from transcription import opus
from transcription.ear import Ear, Intake
from transcription.errors import DiskFull
from transcription.off_record import OffRecord
from transcription.recording import Recording, TrackStore
from transcription.space import Space

SWEEP_EVERY = 5.0
QUIET = 20.0
ABANDONED = 600.0
Sign = tuple[tuple[str, str], ...] | None
"""What `meta.capture` says, as pairs."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wav:
    """A track as a WAV file of `size` bytes, as long as it was when it was asked for.

    hushed: samples (first, last) that are read as silence: what a unit withdrew on return.
    """

    recording: Recording
    samples: int
    hushed: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """The whole file's length in bytes, its header included."""
        return HEADER_BYTES + 2 * self.samples

    async def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` (included) to `end` (excluded)."""
        head = wav_header(self.samples)[start:end]
        first = max(start, HEADER_BYTES) - HEADER_BYTES
        last = min(end, self.size) - HEADER_BYTES
        if last <= first:
            return head
        begin = first // 2
        samples = await self.recording.read(begin, -(-last // 2))
        if self.hushed:
            samples = samples.copy()
            for one, other in self.hushed:
                samples[max(0, one - begin) : max(0, other - begin)] = 0
        return head + samples.tobytes()[first % 2 :][: last - first]


@dataclass(frozen=True, slots=True)
class Ogg:
    """What is finished of a track as one Ogg Opus file: its head and the pieces behind it."""

    parts: tuple[bytes | Path, ...]
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """The whole file's length in bytes."""
        return sum(self.sizes)

    async def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` (included) to `end` (excluded)."""
        return await to_thread.run_sync(self._read, start, end)

    def _read(self, start: int, end: int) -> bytes:
        found: list[bytes] = []
        at = 0
        for part, size in zip(self.parts, self.sizes, strict=True):
            first, last = max(start - at, 0), min(end - at, size)
            if first < last:
                found.append(
                    part[first:last] if isinstance(part, bytes) else _slice(part, first, last)
                )
            at += size
        return b"".join(found)


class Recordings:
    """`async with Recordings(database, store, ear)`: ends what was left open, until the end.

    node: whose disk `store` is on; tracks on others raise Unavailable `audio.elsewhere`.
    """

    def __init__(
        self,
        database: Database,
        store: TrackStore,
        ear: Ear,
        now: Callable[[], float] = time.time,
        *,
        node: str = "",
    ) -> None:
        self._database = database
        self._store = store
        self._ear = ear
        self._now = now
        self._node = node
        self._signs: dict[SessionId, Sign] = {}
        self._stack = AsyncExitStack()

    @property
    def node(self) -> str:
        """Whose disk the recordings lie on."""
        return self._node

    async def __aenter__(self) -> Self:
        """Begin to look after open tracks."""
        tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(self._sweep_forever)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; open tracks stay open and are taken up again."""
        await self._stack.aclose()

    async def microphone(
        self,
        by: Person,
        *,
        language: Language,
        is_room: bool,
        key: str,
        is_either: bool = False,
    ) -> TrackId:
        """Open a track for a person's microphone, or for the room's; once for each key.

        is_either: Chinese and English are both spoken into it; else `language` alone.

        Raises Forbidden, or Conflict: `session.state` before the session was opened, `audio.none`
        where it records nothing, `session.off_record`; or DiskFull.
        """
        await self.has_room()
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, by.session_id)
                action = Action.RECORD_ROOM if is_room else Action.SPEAK
                require(by.role, action, session.state)
                await _may_record(work, session.id)
                owner = None if is_room else by.id
                track = self._new(session, TrackKind.MICROPHONE, by.name, language, owner)
                track = replace(track, is_either=is_either)
                await self.add(work, track)
                return {"track": track.id}

            answer = await commands.once(work, key, by.id, "track.open", once)
        return TrackId(str(answer["track"]))

    async def has_room(self) -> Space:
        """Return how much room there is for sound. Raises DiskFull where there is none."""
        space = await self._store.space()
        if space.state == "full":
            raise DiskFull("audio.disk_full")
        return space

    async def may_record(self, work: Work, session: Session) -> None:
        """Pass if the session takes sound now.

        Raises Conflict: `session.state` before it was opened, `audio.none`, `session.off_record`.
        """
        if session.opened_at is None:
            raise Conflict("session.state", state=session.state.value)
        await _may_record(work, session.id)

    def recorded(self, session: Session, label: str, language: Language) -> Track:
        """Return a new track for a recording that is played into the session, not yet stored."""
        return self._new(session, TrackKind.RECORDING, label, language, None)

    async def adopt(self, work: Work, track: Track) -> None:
        """Store an open track in the caller's unit; its sound comes to lie here."""
        await tracks.add(work, track, at=self._now())
        await homes.settle(work, track.id, self._node)

    async def add(self, work: Work, track: Track) -> None:
        """Store an open track in the caller's unit, and say on every screen that it is open."""
        await self.adopt(work, track)
        self._ear.expect(track.id)
        await self._show(work, track.session_id, _sign(track))

    async def require_here(self, track_id: TrackId) -> None:
        """Pass unless a track lies on another node. Raises Unavailable `audio.elsewhere`."""
        async with self._database.read() as work:
            await homes.require(work, track_id, self._node)

    async def resumable(self, track_id: TrackId, by: Person) -> Track:
        """Return the open track, for who opened it or may record the room.

        Raises NotFound `track.unknown`, Forbidden, or Conflict `audio.ended`.
        """
        async with self._database.read() as work:
            track = await tracks.get(work, track_id)
            session = await sessions.get(work, track.session_id)
            if track.session_id != by.session_id:
                raise NotFound("track.unknown", track=track_id)
            if track.kind is not TrackKind.MICROPHONE or track.person_id not in (None, by.id):
                raise Forbidden("permission.denied", action=Action.SPEAK.value)
            action = Action.RECORD_ROOM if track.person_id is None else Action.SPEAK
            require(by.role, action, session.state)
            if await tracks.is_ended(work, track_id):
                raise Conflict("audio.ended", track=track_id)
            await homes.require(work, track_id, self._node)
        return track

    async def listen(self, track_id: TrackId) -> Intake:
        """Return the intake of an open track.

        Raises NotFound `track.unknown` or Conflict `audio.ended`.
        """
        async with self._database.read() as work:
            track = await tracks.get(work, track_id)
            if await tracks.is_ended(work, track_id):
                raise Conflict("audio.ended", track=track_id)
            await homes.require(work, track_id, self._node)
            off = await _off(work, track)
        return await self._ear.listen(track, off)

    async def end(self, track_id: TrackId) -> None:
        """End a track: its last utterance, its row, and the sign on the screens."""
        async with self._database.read() as work:
            track = await tracks.get(work, track_id)
            if await tracks.is_ended(work, track_id):
                return
            await homes.require(work, track_id, self._node)
            off = await _off(work, track)
        intake = await self._ear.listen(track, off)
        await intake.end()
        async with self._database.write() as work:
            await sessions.locked(work, track.session_id)
            await tracks.end(work, track_id)
            if not await tracks.unended(work, track.session_id):
                await self._show(work, track.session_id, None)
                self._signs.pop(track.session_id)

    async def session_of(self, track_id: TrackId) -> SessionId:
        """Return the track's session. Raises NotFound `track.unknown`."""
        async with self._database.read() as work:
            return (await tracks.get(work, track_id)).session_id

    async def length(self, track_id: TrackId) -> int:
        """Return how many samples of a track there are."""
        async with self._database.read() as work:
            await homes.require(work, track_id, self._node)
        return (await self._store.open(track_id)).next_sample

    async def wav(self, track_id: TrackId) -> Wav:
        """Return the track's audio as it is now, also while it is being recorded.

        Raises NotFound `audio.gone` where it was deleted.
        """
        hushed = await self._still_there(track_id)
        recording = await self._store.open(track_id)
        return Wav(recording, recording.next_sample, hushed)

    async def excerpt(self, track_id: TrackId, start: float, end: float) -> bytes:
        """Return the seconds from `start` to `end` as a WAV file of their own, a minute at most.

        Raises NotFound `audio.gone` where the track was deleted.
        """
        found = await self.wav(track_id)
        first = min(max(0, int(start * SAMPLE_RATE)), found.samples)
        last = min(int(end * SAMPLE_RATE), found.samples, first + 60 * SAMPLE_RATE)
        count = max(0, last - first)
        sound = HEADER_BYTES + 2 * first
        return wav_header(count) + await found.read(sound, sound + 2 * count)

    async def ogg(self, track_id: TrackId) -> Ogg:
        """Return what is finished of a track as Ogg Opus: a tenth of the WAV's bytes.

        Raises NotFound `audio.gone` where it was deleted, `audio.not_finished` before its first
        minute, or the end of a shorter track; `audio.hushed` where a unit withdrew some of it, which
        the finished pieces still have.
        """
        if await self._still_there(track_id):
            raise NotFound("audio.hushed", track=track_id)
        pieces = await (await self._store.open(track_id)).listenable()
        if not pieces:
            raise NotFound("audio.not_finished", track=track_id)
        head = opus.head(track_id)
        sizes = await to_thread.run_sync(lambda: [piece.stat().st_size for piece in pieces])
        return Ogg((head, *pieces), (len(head), *sizes))

    async def compact(self) -> int:
        """Make FLAC and Opus of what is finished on all tracks; return how many segments."""
        done = 0
        for track_id in self._store.loose():
            async with self._database.read() as work:
                try:
                    is_ended = await tracks.is_ended(work, track_id)
                except NotFound:
                    continue  # of a study that was deleted
            done += await self._store.compact(track_id, is_ended=is_ended)
        return done

    async def _still_there(self, track_id: TrackId) -> tuple[tuple[int, int], ...]:
        """Return the samples of it that are silent because a unit withdrew them."""
        async with self._database.read() as work:
            track = await tracks.get(work, track_id)
            await homes.require(work, track_id, self._node)
            proofed_at = (await discretion.get(work, track.session_id)).proofed_at
            withdrawn = await returns.withdrawn_spans(work, track_id)
        if proofed_at is not None:
            raise NotFound("audio.gone", track=track_id, day=dates.day(proofed_at))
        return tuple(
            (int((start - AROUND) * SAMPLE_RATE), round((end + AROUND) * SAMPLE_RATE))
            for start, end in withdrawn
        )

    async def sweep(self) -> None:
        """End the tracks of closed sessions, and those whose sender never came back."""
        async with self._database.read() as work:
            left = list(await tracks.left_open(work, self._node))
            left += [
                track
                for track in await tracks.unended_of(work, self._node)
                if self._ear.quiet_for(track.id) > ABANDONED
            ]
        for track in left:
            log.info("recordings.left_open", track=track.id)
            await self.end(track.id)
        await self._show_what_sounds()

    async def _show_what_sounds(self) -> None:
        """Say on every screen whether sound comes in, where that has changed."""
        async with self._database.read() as work:
            unended = await tracks.unended_of(work, self._node)
        signs: dict[SessionId, Sign] = {}
        for track in unended:
            sounds = self._ear.quiet_for(track.id) <= QUIET
            signs[track.session_id] = signs.get(track.session_id) or (
                _sign(track) if sounds else None
            )
        for session_id, sign in signs.items():
            if self._signs.get(session_id, ()) != sign:
                async with self._database.write() as work:
                    await self._show(work, session_id, sign)

    async def _show(self, work: Work, session_id: SessionId, sign: Sign) -> None:
        await work.mirror(session_id, META, "capture", sign and dict(sign))
        self._signs[session_id] = sign

    async def _sweep_forever(self) -> None:
        while True:
            await anyio.sleep(SWEEP_EVERY)
            with outlived("recordings.sweep_failed"):  # a full disk, say: the next one tries again
                await self.sweep()

    def _new(
        self,
        session: Session,
        kind: TrackKind,
        label: str,
        language: Language,
        owner: PersonId | None,
    ) -> Track:
        if session.opened_at is None:
            raise Conflict("session.state", state=session.state.value)
        offset = self._now() - session.opened_at
        return Track(TrackId(new_id()), session.id, kind, label, language, owner, offset)


def _slice(path: Path, first: int, last: int) -> bytes:
    with path.open("rb") as file:
        file.seek(first)
        return file.read(last - first)


def _sign(track: Track) -> Sign:
    if track.kind is TrackKind.UPLOAD:
        return None  # nobody in the room is being recorded
    return (("kind", track.kind.value), ("label", track.label))


async def _may_record(work: Work, session_id: SessionId) -> None:
    found = await discretion.get(work, session_id)
    if found.audio is AudioMode.NONE:
        raise Conflict("audio.none")
    if found.off_since is not None:
        raise Conflict("session.off_record")


async def _off(work: Work, track: Track) -> list[OffRecord]:
    """Return what was off the record so far, on the track's own clock.

    A recording that is played waits meanwhile, so nothing of it is.
    """
    if track.kind in (TrackKind.RECORDING, TrackKind.UPLOAD):
        return []
    session = await sessions.get(work, track.session_id)
    zero = (session.opened_at or 0.0) + track.offset
    return [
        OffRecord.between(
            span.began_at - zero, None if span.ended_at is None else span.ended_at - zero
        )
        for span in await discretion.spans(work, track.session_id)
    ]
