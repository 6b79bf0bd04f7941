"""The player: a session's bundled recording, played into the room like a microphone.

Frames of 100 ms go through the same intake, in real time or up to twenty times faster. The
recording's cue sheet moves the floor to the person of the session who speaks for the cue's unit,
half-way through the pause before the cue, so that the utterance which then begins is presumed to
be theirs; where nobody fits, nobody has the floor.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Literal, Self

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import PersonId, SessionId
from schemas.session import Person, Role, Session, Track, TrackKind, Unit
from schemas.wire import SAMPLE_RATE, AudioFrame
from server.domain.permissions import Action, require
from server.services import clocks
from server.services.outliving import Round, outlived
from server.services.recordings import Recordings
from server.services.sessions import Sessions
from server.store import commands, people, sessions, studies, tracks
from server.store.commands import Answer
from server.store.database import Database, Work
from transcription.bundled import Cue, recordings
from transcription.samples import Samples

FRAME_SAMPLES = SAMPLE_RATE // 10
MAX_SPEED = 20.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Playback:
    """How a session's playback is. position, length: seconds. code: why it failed."""

    state: Literal["idle", "playing", "finished", "stopped", "failed"]
    position: float = 0.0
    length: float = 0.0
    code: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """From `sample` on, `person_id` is presumed to speak."""

    sample: int
    person_id: PersonId | None


@dataclass(slots=True)
class _Playing:
    """One playback under way. samples, length: how far in the recording, and how long it is."""

    track: Track
    sound: Samples
    by: Person
    turns: Sequence[Turn]
    speed: float
    scope: anyio.CancelScope
    samples: int
    length: int
    held: anyio.Event | None = None


class Player:
    """`async with Player(...)`; one playback at a time in each session."""

    def __init__(
        self,
        database: Database,
        recordings: Recordings,
        sessions: Sessions,
        *,
        sleep_until: Callable[[float], Awaitable[None]] = anyio.sleep_until,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._recordings = recordings
        self._sessions = sessions
        self._sleep_until = sleep_until
        self._now = now
        self._playing: dict[SessionId, _Playing] = {}
        self._last: dict[SessionId, Playback] = {}
        self._starting = anyio.Lock()
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup

    async def __aenter__(self) -> Self:
        """End what an earlier process was playing, and be ready to play."""
        async with self._database.read() as work:
            unended = await tracks.unended_of(work, self._recordings.node)
        for track in unended:
            if track.kind is TrackKind.RECORDING:
                await self._recordings.end(track.id)
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._stack.callback(self._tasks.cancel_scope.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop all playbacks."""
        await self._stack.aclose()

    def playback(self, session_id: SessionId) -> Playback:
        """Return how the session's playback is."""
        playing = self._playing.get(session_id)
        if playing is None:
            return self._last.get(session_id, Playback("idle"))
        return Playback("playing", playing.samples / SAMPLE_RATE, playing.length / SAMPLE_RATE)

    async def play(self, by: Person, *, speed: float, key: str) -> Answer:
        """Start the session's recording, or change its speed; speed 0 stops it.

        A recording that was stopped, also by the end of the server, goes on where it stopped; one
        that has been played to its end is not played twice.

        Answers {"track": id} ("" when stopped). Once for each key.

        Raises Forbidden, Invalid `playback.speed`, NotFound `recording.unknown`, Conflict
        `playback.over`, or DiskFull.
        """
        if speed and not 1.0 <= speed <= MAX_SPEED:
            raise Invalid("playback.speed", most=MAX_SPEED)
        async with self._starting:
            sound = None
            if speed and by.session_id not in self._playing:
                await self._recordings.has_room()
                sound = await self._sound(by)
            return await self._play(by, speed, key, sound)

    def hold(self, session_id: SessionId) -> None:
        """Off the record: the recording waits where it is."""
        playing = self._playing.get(session_id)
        if playing is not None and playing.held is None:
            playing.held = anyio.Event()

    def release(self, session_id: SessionId) -> None:
        """On the record again: the recording goes on."""
        playing = self._playing.get(session_id)
        if playing is not None and playing.held is not None:
            playing.held.set()
            playing.held = None

    def stop(self, session_id: SessionId) -> None:
        """Stop the session's playback, if there is one."""
        playing = self._playing.get(session_id)
        if playing is not None:
            playing.scope.cancel()

    async def _sound(self, by: Person) -> Samples:
        """Decode the session's recording, before a unit of work begins.

        Raises Forbidden or NotFound.
        """
        async with self._database.read() as work:
            sitting = await sessions.sitting(work, by.session_id)
        require(by.role, Action.PLAY_RECORDING, sitting.session.state)
        recording = recordings().get(sitting.recording)
        if recording is None:
            raise NotFound("recording.unknown", recording=sitting.recording)
        return await to_thread.run_sync(recording.samples)

    async def _play(self, by: Person, speed: float, key: str, sound: Samples | None) -> Answer:
        begun: list[_Playing] = []
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, by.session_id)
                require(by.role, Action.PLAY_RECORDING, session.state)
                playing = self._playing.get(session.id)
                if not speed:
                    return {"track": ""}
                if playing is None and sound is not None:
                    playing = await self._begin(work, session, by, sound)
                    begun.append(playing)
                if playing is None:  # it ended this very moment
                    return {"track": ""}
                playing.speed = speed
                return {"track": playing.track.id}

            answer = await commands.once(work, key, by.id, "session.playback", once)
        if not answer["track"]:
            self.stop(by.session_id)
        for playing in begun:
            self._playing[by.session_id] = playing
            self._tasks.start_soon(self._run, playing)
        return answer

    async def _begin(self, work: Work, session: Session, by: Person, sound: Samples) -> _Playing:
        recording = recordings()[(await sessions.sitting(work, session.id)).recording]
        earlier = [
            one
            for one in await tracks.of_session(work, session.id)
            if one.kind is TrackKind.RECORDING
        ]
        played = sum([await self._recordings.length(one.id) for one in earlier])
        if played >= len(sound):
            raise Conflict("playback.over")
        track = self._recordings.recorded(
            session, recording.label.in_(session.language), recording.language
        )
        await self._recordings.add(work, track)
        if not played:  # the session begins with its recording, however long it stood open
            await clocks.start(work, session, self._now())
        seated = await people.invited(work, session.id)
        units = {unit.id: unit for unit in await studies.units(work, session.study_id)}
        seats = [(one, units.get(one.unit_id) if one.unit_id else None) for one in seated]
        turns = turns_of(recording.cues, [(by, None), *seats])
        return _Playing(track, sound, by, turns, 1.0, anyio.CancelScope(), played, len(sound))

    async def _run(self, playing: _Playing) -> None:
        """Play to the end, until stopped, or until something fails; then end the track."""
        session_id = playing.track.session_id
        state: Literal["finished", "stopped", "failed"] = "failed"
        played = Round()
        try:
            with outlived("player.failed", session=session_id) as played, playing.scope:
                await self._stream(playing)
            if played.is_well:
                state = "stopped" if playing.scope.cancelled_caught else "finished"
        finally:
            with anyio.CancelScope(shield=True):
                await self._finish(playing, Playback(state, code=played.code))

    async def _finish(self, playing: _Playing, playback: Playback) -> None:
        session_id = playing.track.session_id
        with outlived("player.track_left_open", session=session_id):  # a sweep ends it later
            await self._recordings.end(playing.track.id)
        self._playing.pop(session_id, None)
        self._last[session_id] = playback
        log.info("player.ended", session=session_id, state=playback.state, code=playback.code)

    async def _stream(self, playing: _Playing) -> None:
        begin = playing.samples
        intake = await self._recordings.listen(playing.track.id)
        turns = _from(playing.turns, begin)
        due = anyio.current_time()
        for seq, first in enumerate(range(begin, playing.length, FRAME_SAMPLES)):
            if playing.held is not None:
                await playing.held.wait()
            while turns and turns[0].sample < first + FRAME_SAMPLES:
                await self._turn(playing, turns.pop(0))
            frame = _frame(seq, first - begin, playing.sound[first : first + FRAME_SAMPLES])
            await intake.receive(frame)
            playing.samples = first + frame.n_samples
            due = max(due + frame.n_samples / SAMPLE_RATE / playing.speed, anyio.current_time() - 1)
            await self._sleep_until(due)

    async def _turn(self, playing: _Playing, turn: Turn) -> None:
        await self._sessions.give_floor(
            playing.track.session_id,
            turn.person_id,
            by=playing.by,
            key=f"play-{playing.track.id}-{turn.sample}",
        )


def turns_of(cues: Sequence[Cue], seats: Sequence[tuple[Person, Unit | None]]) -> Sequence[Turn]:
    """Return when the floor moves, and to whom: half-way through the pause before each cue."""
    turns: list[Turn] = []
    before = 0.0
    for cue in cues:
        person_id = speaker_of(cue, seats)
        if not turns or turns[-1].person_id != person_id:
            turns.append(Turn(round((before + cue.start) / 2 * SAMPLE_RATE), person_id))
        before = cue.end
    return turns


def _from(turns: Sequence[Turn], begin: int) -> list[Turn]:
    """Return the turns from sample `begin` on; whoever had the floor there gets it first."""
    earlier = [turn for turn in turns if turn.sample <= begin]
    later = [turn for turn in turns if turn.sample > begin]
    return [*(Turn(begin, turn.person_id) for turn in earlier[-1:]), *later]


def speaker_of(cue: Cue, seats: Sequence[tuple[Person, Unit | None]]) -> PersonId | None:
    """Return who speaks a cue: by own name, by unit, or as the moderator; None if nobody fits."""
    for person, unit in seats:
        names = () if unit is None else (unit.name.en, unit.name.zh, *unit.aliases)
        if person.name in (cue.speaker, cue.unit) or cue.unit in names:
            return person.id
    for person, unit in seats:  # 水务局 for 市水务局
        if unit is not None and unit.name.zh.endswith(cue.unit):
            return person.id
    if cue.speaker == "MOD":
        return next((one.id for one, _ in seats if one.role is Role.MODERATOR), None)
    return None


def _frame(seq: int, first: int, samples: Samples) -> AudioFrame:
    return AudioFrame(seq, first, len(samples), 0, 0, samples.astype("<i2").tobytes())
