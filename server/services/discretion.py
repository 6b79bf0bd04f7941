"""Discretion: what a session keeps to itself, and what it takes back.

Off the record: from the moment of the command no sample of the session is kept, and the gap becomes
a line with its length. Strike: a line leaves every row and every screen in one unit of work; what is
left of it in the document's history and in the audio is queued and removed by `redact`, which a
crash only delays. Further: what becomes of a session's sound, and what its wall screen shows.
"""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from realtime.rooms import Rooms
from schemas.document import LINES, META
from schemas.errors import Conflict, Invalid, NotFound, Unavailable
from schemas.ids import LineId, SessionId, TrackId, new_id
from schemas.session import AudioMode, Person, Session
from schemas.transcript import Line, LineSource, Segment
from schemas.wire import SAMPLE_RATE
from server.domain.off_record import gap_text
from server.domain.permissions import Action, require
from server.services.transcripts import mirror_value
from server.store import (
    commands,
    discretion,
    events,
    homes,
    jobs,
    lines,
    sessions,
    struck,
    tracks,
    utterances,
)
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.discretion import Redaction
from transcription.recording import TrackStore

MOST_DELAY = 600.0


class Microphones(Protocol):
    """Everything that brings sound into a session: the ear, and what plays recordings to it."""

    def hold(self, session_id: SessionId) -> None:
        """Keep nothing from now on."""
        ...

    def release(self, session_id: SessionId) -> None:
        """Keep again."""
        ...


class Discretions:
    """Each command once for its key, in one unit of work."""

    def __init__(
        self,
        database: Database,
        rooms: Rooms,
        store: TrackStore,
        microphones: Sequence[Microphones],
        now: Callable[[], float] = time.time,
        *,
        node: str = "",
    ) -> None:
        self._node = node
        self._database = database
        self._rooms = rooms
        self._store = store
        self._microphones = microphones
        self._now = now
        self.on_struck: Callable[[], None] = lambda: None

    async def set_off_record(self, by: Person, *, is_off: bool, key: str) -> Answer:
        """Take the session off the record, or back on it. Raises Forbidden."""
        released = False

        async def do(work: Work, session: Session) -> Answer:
            nonlocal released
            found = await discretion.get(work, session.id)
            if is_off and found.off_since is None:
                await self._begin(work, session)
            elif not is_off and found.off_since is not None:
                await self._end(work, session, found.off_since)
                released = True
            return {"off": is_off}

        try:
            answer = await self._do(by, Action.OFF_RECORD, "session.off_record", key, do)
        except BaseException:
            if is_off and not await self.is_off(by.session_id):
                self._release(by.session_id)  # it was not recorded that we stopped listening
            raise
        if released:
            self._release(by.session_id)
        return answer

    async def is_off(self, session_id: SessionId) -> bool:
        """Whether the session is off the record."""
        async with self._database.read() as work:
            return (await discretion.get(work, session_id)).off_since is not None

    async def strike(self, by: Person, line_id: LineId, *, key: str) -> Answer:
        """Remove a line for good: everybody their own, moderator and stenographer any.

        Struck again it answers the same. Raises NotFound `line.unknown`, or Forbidden.
        """

        async def do(work: Work, session: Session) -> Answer:
            if await discretion.session_of_struck(work, line_id) is None:
                line = await lines.get(work, line_id)
                if line.session_id != session.id:
                    raise NotFound("line.unknown", line=line_id)
                action = Action.STRIKE_OWN if line.person_id == by.id else Action.STRIKE
                require(by.role, action, session.state)
                segment = await utterances.segment(work, line_id) or _samples(line)
                kin = tuple(await lines.family(work, line_id))
                redaction = Redaction(line_id, session.id, segment, kin)
                await discretion.queue(work, redaction, by=by.id, at=self._now())
                await struck.erase(work, session.id, line_id)
                await jobs.outdate(work, session.study_id, "export.struck")
                await work.mirror(session.id, LINES, line_id, None)
            return {"line": line_id}

        answer = await self._do(by, Action.READ, "line.strike", key, do)
        self.on_struck()
        return answer

    async def session_of(self, line_id: LineId) -> SessionId:
        """Return the session of a line, also of a struck one. Raises NotFound `line.unknown`."""
        async with self._database.read() as work:
            found = await discretion.session_of_struck(work, line_id)
            return found or (await lines.get(work, line_id)).session_id

    async def set_audio(self, by: Person, audio: AudioMode, *, key: str) -> Answer:
        """Decide, before the session opens, what becomes of its sound. Raises Forbidden."""

        async def do(work: Work, session: Session) -> Answer:
            await discretion.change(work, session.id, audio=audio)
            await work.mirror(session.id, META, "audio", audio.value)
            return {"audio": audio.value}

        return await self._do(by, Action.SET_AUDIO, "session.audio", key, do)

    async def set_screen(self, by: Person, *, delay: float | None, blank: bool, key: str) -> Answer:
        """Decide what the wall shows: speech after `delay` seconds or never, or nothing at all.

        Raises Forbidden, or Invalid `screen.delay`.
        """
        if delay is not None and not 0 <= delay <= MOST_DELAY:
            raise Invalid("screen.delay", most=MOST_DELAY)

        async def do(work: Work, session: Session) -> Answer:
            await discretion.change(work, session.id, screen_delay=delay, screen_blank=blank)
            screen: Answer = {"delay": delay, "blank": blank}
            await work.mirror(session.id, META, "screen", screen)
            return screen

        return await self._do(by, Action.SET_SCREEN, "session.screen", key, do)

    async def proofed(self, by: Person, *, key: str) -> Answer:
        """The transcript of a closed session is proofed: delete its sound, if so declared.

        Raises Forbidden, or Conflict: `audio.kept` where it stays, `audio.pending` while some of
        it is not yet transcribed.
        """
        removed: list[TrackId] = []

        async def do(work: Work, session: Session) -> Answer:
            if (await discretion.get(work, session.id)).audio is not AudioMode.DELETED:
                raise Conflict("audio.kept")
            if await tracks.unended(work, session.id) or await utterances.waits(work, session.id):
                raise Conflict("audio.pending")
            removed.extend(track.id for track in await tracks.of_session(work, session.id))
            await discretion.change(work, session.id, proofed_at=self._now())
            return {"tracks": len(removed)}

        answer = await self._do(by, Action.PROOF, "session.proofed", key, do)
        for track_id in removed:
            await self._store.remove(track_id)
        return answer

    async def redact(self) -> int:
        """Remove what is left of struck lines as far as this node can; return how many are done.

        The sound is silenced by the node on whose disk it lies, the document forgotten by the one
        that owns the session; what another node has to do waits for it, and nothing waits behind.
        Raises Unavailable: try again.
        """
        async with self._database.read() as work:
            queued = await discretion.queued(work)
        silenced = [
            one.line_id for one in queued if not one.is_silenced and await self._hushed(one)
        ]
        by_session: defaultdict[SessionId, list[Redaction]] = defaultdict(list)
        for one in queued:
            if not one.is_forgotten:
                by_session[one.session_id].append(one)
        forgotten = [
            one.line_id
            for session_id, some in by_session.items()
            if await self._forgotten(session_id, some)
            for one in some
        ]
        if not silenced and not forgotten:
            return 0
        await struck.scrub(self._database)
        async with self._database.write() as work:
            return await discretion.settle(
                work, forgotten=forgotten, silenced=silenced, at=self._now()
            )

    async def _hushed(self, one: Redaction) -> bool:
        """Silence the line's samples; False where they lie on another node's disk."""
        if one.segment is None:
            return True
        async with self._database.read() as work:
            if not await homes.has(work, one.segment.track_id, self._node):
                return False
        recording = await self._store.open(one.segment.track_id)
        await recording.silence(one.segment.first_sample, one.segment.last_sample)
        return True

    async def _forgotten(self, session_id: SessionId, some: Sequence[Redaction]) -> bool:
        """Forget the lines in the session's document; False where another node owns that."""
        names = [name for one in some for name in (one.line_id, *one.kin)]
        try:
            await self._rooms.forget_lines(session_id, names)
        except Unavailable as error:
            if error.code != "room.elsewhere":
                raise
            return False
        return True

    async def remove_leftovers(self) -> None:
        """Delete the sound of proofed sessions that a crash left; asked at start."""
        async with self._database.read() as work:
            left = await tracks.of_proofed(work)
        for track_id in left:
            await self._store.remove(track_id)

    async def _begin(self, work: Work, session: Session) -> None:
        at = self._now()
        for microphones in self._microphones:
            microphones.hold(session.id)
        await discretion.change(work, session.id, off_since=at)
        await discretion.begin_span(work, session.id, at)
        since = at - (session.opened_at or at)
        await work.mirror(session.id, META, "off", {"since": since})

    async def _end(self, work: Work, session: Session, since: float) -> None:
        await discretion.change(work, session.id, off_since=None)
        await discretion.end_span(work, session.id, self._now())
        await work.mirror(session.id, META, "off", None)
        line = _gap(session, since, self._now())
        await lines.add(work, line, by=None, heard=lines.Heard(), at=self._now())
        await work.mirror(session.id, LINES, line.id, mirror_value(line))

    def _release(self, session_id: SessionId) -> None:
        for microphones in self._microphones:
            microphones.release(session_id)

    async def _do(
        self,
        by: Person,
        action: Action,
        name: str,
        key: str,
        do: Callable[[Work, Session], Awaitable[Answer]],
    ) -> Answer:
        """Check, run `do`, record it: once for each key. What was said is in no event."""
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, by.session_id)
                require(by.role, action, session.state)
                answer = await do(work, session)
                await events.record(
                    work,
                    session.study_id,
                    name,
                    str(answer.get("line", session.id)),
                    session_id=session.id,
                    person_id=by.id,
                    role=by.role.value,
                    body=_without_line(answer),
                    at=self._now(),
                )
                return answer

            return await commands.once(work, key, by.id, name, once)


def _samples(line: Line) -> Segment | None:
    """The samples of a line that was split off, with half a second around: the split is a guess."""
    if line.track_id is None or line.start is None or line.end is None:
        return None
    first = max(0, round((line.start - 0.5) * SAMPLE_RATE))
    return Segment(line.track_id, first, round((line.end + 0.5) * SAMPLE_RATE))


def _without_line(answer: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name != "line"}


def _gap(session: Session, since: float, until: float) -> Line:
    return Line(
        id=LineId(new_id()),
        session_id=session.id,
        at=since - (session.opened_at or since),
        text=gap_text(until - since, session.language),
        language=session.language,
        source=LineSource.GAP,
        speaker="",
        person_id=None,
        unit_id=None,
        presumed=False,
        track_id=None,
        start=0.0,
        end=until - since,
        confidence=None,
        revision=0,
        step_id=session.step_id,
    )
