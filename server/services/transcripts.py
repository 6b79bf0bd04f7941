"""Transcripts: what was said or typed becomes a line, once, everywhere at the same time.

A line, its first version, its place in the archive's queue and its row of the document's mirror are
one unit of work: a screen never shows a line that could be lost, and the archive never misses one.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

from schemas.document import LINES, WITHDRAWN
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import LineId, PersonId, StepId, line_id
from schemas.session import Person, Role, Session, Track, TrackKind
from schemas.transcript import Line, LineSource, Transcript
from server.domain.permissions import Action, allowed, require
from server.domain.quoting import withdrawn_text
from server.store import (
    commands,
    conduct,
    discretion,
    events,
    lines,
    people,
    returns,
    search_due,
    sessions,
    tracks,
)
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.lines import Heard, edits_json

MAX_CHARACTERS = 2_000
"""Of a typed line."""


def mirror_value(line: Line) -> dict[str, object]:
    """Return what the document shows of a line: the keys of schemas.document.LINE_KEYS."""
    return {
        "at": line.at,
        "text": line.text,
        "language": line.language.value,
        "source": line.source.value,
        "speaker": line.speaker,
        "person": line.person_id,
        "unit": line.unit_id,
        "presumed": line.presumed,
        "track": line.track_id,
        "start": line.start,
        "end": line.end,
        "confidence": line.confidence,
        "revision": line.revision,
        "step": line.step_id,
        "edits": edits_json(line.edits),
    }


async def show_line(work: Work, line: Line) -> None:
    """Show a line as it is now in its session's document; one that its unit withdrew, not at all."""
    value = mirror_value(line)
    if line.id in await returns.withdrawn_of(work, line.session_id):
        language = (await sessions.get(work, line.session_id)).language
        value |= {"text": withdrawn_text(language), "language": language.value}
        value |= {"source": WITHDRAWN, "track": None}
    await work.mirror(line.session_id, LINES, line.id, value)


class Transcripts:
    """Writes lines and says whose they are."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def spoken(
        self,
        transcript: Transcript,
        *,
        floor: PersonId | None,
        step: StepId | None,
        reason: str,
        began_at: float | None = None,
        work: Work | None = None,
    ) -> Line:
        """Write what was heard on a track; called again for the same samples it changes nothing.

        floor, step: as they were when it was said. reason: why the text was kept. began_at: UTC
        seconds at which its speech began in the room; counts for a recording, which may be played
        faster than it was spoken, in place of the track's own clock. The speaker is the track's person, else whoever had the floor (presumed), else nobody. `work` lets the
        caller tick its to-do list in the same unit.

        Raises NotFound `track.unknown`, or Invalid `line.empty` for a transcript without text.
        """
        if work is None:
            async with self._database.write() as own:
                return await self.spoken(
                    transcript,
                    floor=floor,
                    step=step,
                    reason=reason,
                    began_at=began_at,
                    work=own,
                )
        if not transcript.text.strip():
            raise Invalid("line.empty")
        track = await tracks.get(work, transcript.segment.track_id)
        line = await _spoken_line(work, transcript, track, floor, step)
        session = await sessions.get(work, track.session_id)
        if track.kind is TrackKind.RECORDING and began_at is not None:
            line = replace(line, at=began_at - (session.opened_at or began_at))
        heard = Heard(transcript.model, reason)
        if await _write(work, session, line, by=None, heard=heard, at=self._now()):
            return line
        return await lines.get(work, line.id)

    async def typed(
        self, person: Person, text: str, *, key: str, speaker: PersonId | None = None
    ) -> Answer:
        """Write a line that somebody typed into the room; answers {"line": id}.

        speaker: whom a stenographer writes down; None for whoever has the floor.

        Raises Forbidden, or Invalid `line.empty` or `line.too_long`.
        """
        content = " ".join(text.replace("\0", " ").split())
        if not content:
            raise Invalid("line.empty")
        if len(content) > MAX_CHARACTERS:
            raise Invalid("line.too_long", limit=MAX_CHARACTERS)

        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.get(work, person.session_id)
                require(person.role, Action.CHAT, session.state)
                quiet = (await conduct.get(work, session.id)).quiet
                if quiet is not None and not allowed(person.role, Action.GIVE_FLOOR, session.state):
                    raise Conflict("session.quiet")  # chat is for afterwards; a record is kept
                line = await write_typed(
                    work, session, person, content, key, at=self._now(), named=speaker
                )
                return {"line": line.id}

            return await commands.once(work, key, person.id, "line.type", once)

    async def confirm_speaker(
        self,
        line_id: LineId,
        person_id: PersonId,
        *,
        by: Person,
        key: str,
        forward: bool = False,
    ) -> Answer:
        """Say whose line it is: confirms the presumed speaker, or names another of the session.

        forward: so are the lines behind it, up to the first whose speaker is confirmed.

        Raises NotFound `line.unknown` or `person.unknown`, or Forbidden.
        """
        async with self._database.write() as work:

            async def once() -> Answer:
                line = await lines.get(work, line_id)
                if line.session_id != by.session_id:
                    raise NotFound("line.unknown", line=line_id)
                session = await sessions.locked(work, line.session_id)
                require(by.role, Action.CONFIRM_SPEAKER, session.state)
                speaker = await people.by_id(work, person_id)
                if speaker is None or speaker.session_id != session.id:
                    raise NotFound("person.unknown", person=person_id)
                following = await lines.unconfirmed_after(work, line) if forward else []
                for one in (line, *following):
                    await self._assign(work, session, one, speaker, by)
                return {"line": line.id, "person": speaker.id}

            return await commands.once(work, key, by.id, "line.speaker", once)

    async def line(self, line_id: LineId) -> Line:
        """Return one line. Raises NotFound `line.unknown`."""
        async with self._database.read() as work:
            return await lines.get(work, line_id)

    async def _assign(
        self, work: Work, session: Session, line: Line, speaker: Person, by: Person
    ) -> None:
        assigned = replace(
            line,
            speaker=speaker.name,
            person_id=speaker.id,
            unit_id=speaker.unit_id,
            presumed=False,
        )
        await lines.set_speaker(work, assigned)
        await search_due.add(work, "line", [line.id])
        await show_line(work, assigned)
        await events.record(
            work,
            session.study_id,
            "line.speaker",
            line.id,
            session_id=session.id,
            person_id=by.id,
            role=by.role.value,
            body={"from": line.person_id, "to": speaker.id},
            at=self._now(),
        )


async def write_typed(
    work: Work,
    session: Session,
    person: Person,
    text: str,
    key: str,
    *,
    at: float,
    named: PersonId | None = None,
) -> Line:
    """Write a line that a person types, in the caller's unit of work. at: UTC seconds.

    Raises Conflict `session.state` before the session opened, `session.off_record`.
    """
    if session.opened_at is None:
        raise Conflict("session.state", state=session.state.value)
    if (await discretion.get(work, session.id)).off_since is not None:
        raise Conflict("session.off_record")
    line = await _typed_line(work, person, session, text, key, named)
    line = replace(line, at=at - session.opened_at)
    await _write(work, session, line, by=person.id, heard=Heard(), at=at)
    return line


async def _write(
    work: Work, session: Session, line: Line, *, by: PersonId | None, heard: Heard, at: float
) -> bool:
    if not await lines.add(work, line, by=by, heard=heard, at=at):
        return False
    await search_due.add(work, "line", [line.id])
    await work.mirror(session.id, LINES, line.id, mirror_value(line))
    return True


async def _spoken_line(
    work: Work, transcript: Transcript, track: Track, floor: PersonId | None, step: StepId | None
) -> Line:
    segment = transcript.segment
    speaker_id = track.person_id or floor
    speaker = None if speaker_id is None else await people.by_id(work, speaker_id)
    return Line(
        id=line_id(track.id, segment.first_sample, segment.last_sample),
        session_id=track.session_id,
        at=track.offset + segment.start,
        text=transcript.text.strip(),
        language=transcript.language,
        source=LineSource.SPOKEN,
        speaker="" if speaker is None else speaker.name,
        person_id=None if speaker is None else speaker.id,
        unit_id=None if speaker is None else speaker.unit_id,
        presumed=track.person_id is None and speaker is not None,
        track_id=track.id,
        start=segment.start,
        end=segment.end,
        confidence=transcript.confidence,
        revision=0,
        step_id=step,
    )


async def _typed_line(
    work: Work, person: Person, session: Session, text: str, key: str, named: PersonId | None
) -> Line:
    """A stenographer types what others say; everybody else speaks for themselves.

    The id comes from the command's key, so that it is the same each time.
    """
    digest = hashlib.sha256(f"{person.id}:{key}".encode()).hexdigest()
    names = named is not None and allowed(person.role, Action.CORRECT, session.state)
    is_written_down = person.role is Role.STENOGRAPHER or names
    speaker: Person | None = person
    if is_written_down:
        speaks = named or session.floor
        speaker = None if speaks is None else await people.by_id(work, speaks)
        if named is not None and (speaker is None or speaker.session_id != session.id):
            raise NotFound("person.unknown", person=named)
    return Line(
        id=LineId(digest[:32]),
        session_id=session.id,
        at=0.0,
        text=text,
        language=session.language,
        source=LineSource.STENOGRAPHED if is_written_down else LineSource.TYPED,
        speaker="" if speaker is None else speaker.name,
        person_id=None if speaker is None else speaker.id,
        unit_id=None if speaker is None else speaker.unit_id,
        presumed=is_written_down and speaker is not None and named is None,
        track_id=None,
        start=None,
        end=None,
        confidence=None,
        revision=0,
        step_id=session.step_id,
    )
