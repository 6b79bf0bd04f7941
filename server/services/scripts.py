"""Transcripts in: a file becomes lines of the record, or is laid beside the record that is there.

Without times it is laid on what was heard, word by word, which gives each piece its place in the
sound; where nothing was heard, its pieces stand as far apart as they take to say.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from anyio import to_thread

from schemas.errors import Conflict
from schemas.ids import LineId, PersonId, UnitId, new_id
from schemas.session import Language, Person, Session
from schemas.transcript import Line, LineSource
from server.domain import alignment, scripts
from server.domain.permissions import Action, require
from server.domain.rewriting import joined
from server.domain.scripts import Said
from server.services.differences import add_lines
from server.store import (
    commands,
    differences,
    discretion,
    events,
    lines,
    sessions,
    studies,
)
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.differences import Difference

Way = Literal["check", "lines", "compare"]
MOST_SOURCE = 200
_SECONDS_A_SIGN = {Language.ZH: 0.25, Language.EN: 0.07}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is meant by a name in a file, as far as the session knows: a person, or a unit."""

    name: str
    person_id: PersonId | None = None
    unit_id: UnitId | None = None


class Scripts:
    """Brings transcripts into sessions."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def bring(self, by: Person, data: bytes, *, name: str, way: Way, key: str) -> Answer:
        """Check a transcript, or bring it in as lines, or as differences from the record.

        Answers {"pieces", "timed", "speakers": names the session knows, "strangers": names it does
        not, "same", "different", "new"}; the last three count how it compares with the record.

        Raises Forbidden, Invalid `script.…`, or Conflict: `session.state` before the session was
        opened, `session.off_record`, `difference.nothing` where there is no record to compare with.
        """
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.CORRECT, session.state)
            if session.opened_at is None:
                raise Conflict("session.state", state=session.state.value)
            record = _record(await lines.of_session(work, session.id))
            speakers = await _speakers(work, session)
        pieces = await to_thread.run_sync(scripts.read, data)
        found = await to_thread.run_sync(_compared, session, record, pieces, speakers, name)
        answer = _told(pieces, speakers, found)
        if way == "check":
            return answer
        if way == "compare" and not record:
            raise Conflict("difference.nothing")
        async with self._database.write() as work:

            async def once() -> Answer:
                now = await sessions.locked(work, by.session_id)
                if (await discretion.get(work, session.id)).off_since is not None:
                    raise Conflict("session.off_record")
                if way == "lines":
                    placed = _placed(pieces, session.language)
                    brought = [_line(now, one, speakers, key, at) for at, one in enumerate(placed)]
                    await add_lines(work, now.id, brought, by=by.id, at=self._now())
                else:
                    of, other, source = now.id, found.differences, name[:MOST_SOURCE]
                    await differences.put(work, of, "brought", source, other, at=self._now())
                await self._note(work, now, by, way, len(pieces))
                return answer

            return await commands.once(work, key, by.id, "record.bring", once)

    async def _note(self, work: Work, session: Session, by: Person, way: Way, pieces: int) -> None:
        await events.record(
            work,
            session.study_id,
            "record.bring",
            session.id,
            session_id=session.id,
            person_id=by.id,
            role=by.role.value,
            body={"as": way, "pieces": pieces},
            at=self._now(),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    same: int
    differences: Sequence[Difference]


def _record(said: Sequence[Line]) -> Sequence[Line]:
    """What a file is compared with: what was heard, else whatever stands there."""
    heard = [line for line in said if line.source is LineSource.SPOKEN]
    return heard or [line for line in said if line.source is not LineSource.GAP]


async def _speakers(work: Work, session: Session) -> Mapping[str, Speaker]:
    """Whom names in a file mean: people of the session, else units by name and alias."""
    known: dict[str, Speaker] = {}
    for unit in await studies.units(work, session.study_id):
        for name in (unit.name.en, unit.name.zh, *unit.aliases):
            if name:
                known[name.casefold()] = Speaker(name, None, unit.id)
    for person in await sessions.participants(work, session.id):
        known[person.name.casefold()] = Speaker(person.name, person.id, person.unit_id)
    return known


def _compared(
    session: Session,
    record: Sequence[Line],
    pieces: Sequence[Said],
    speakers: Mapping[str, Speaker],
    source: str,
) -> _Found:
    """Lay the pieces on the record. Blocking: a second for ten thousand words."""
    if not record:
        return _Found(0, ())
    laid = alignment.lay([line.text for line in record], [one.text for one in pieces])
    last = record[-1]
    spoken = (last.end or 0.0) - (last.start or 0.0)  # what follows the last line comes after it
    at = alignment.times(laid, [line.at for line in record], last.at + max(spoken, 1.0))
    same, found = 0, []
    for one, when in zip(laid, at, strict=True):
        line = None if one.line is None else record[one.line]
        text = ""
        for number in one.pieces:
            text, _ = joined(text, pieces[number].text)
        first = pieces[one.pieces[0]]
        who = speakers.get(first.speaker.casefold(), Speaker(first.speaker))
        if line is not None and alignment.same_words(text, line.text):
            is_named = who.person_id not in (None, line.person_id)
            if not is_named:
                same += 1
                continue
        found.append(_difference(session, line, text, who, when, first, source))
    return _Found(same, found)


def _difference(
    session: Session,
    line: Line | None,
    text: str,
    who: Speaker,
    when: float,
    first: Said,
    source: str,
) -> Difference:
    return Difference(
        id=new_id(),
        session_id=session.id,
        line_id=None if line is None else line.id,
        text=text,
        speaker=who.name,
        person_id=who.person_id,
        unit_id=who.unit_id,
        start=None if line is not None else (when if first.start is None else first.start),
        end=None,
        language=session.language if line is None else line.language,
        others=(),
        origin="brought",
        source=source[:MOST_SOURCE],
    )


def _placed(pieces: Sequence[Said], language: Language) -> Sequence[Said]:
    """Pieces with times; those without are as long as they take to say."""
    found, at = [], 0.0
    for one in pieces:
        if one.start is None:
            end = at + max(1.0, len(one.text) * _SECONDS_A_SIGN[language])
            found.append(Said(one.speaker, one.text, at, end))
            at = end
        else:
            found.append(one)
    return found


def _line(
    session: Session, said: Said, speakers: Mapping[str, Speaker], key: str, number: int
) -> Line:
    who = speakers.get(said.speaker.casefold(), Speaker(said.speaker))
    return Line(
        id=LineId(sha256(f"script:{session.id}:{key}:{number}".encode()).hexdigest()[:32]),
        session_id=session.id,
        at=said.start or 0.0,
        text=said.text,
        language=session.language,
        source=LineSource.IMPORTED,
        speaker=who.name,
        person_id=who.person_id,
        unit_id=who.unit_id,
        presumed=False,
        track_id=None,
        start=said.start,
        end=said.end,
        confidence=None,
        revision=0,
        step_id=None,
    )


def _told(pieces: Sequence[Said], speakers: Mapping[str, Speaker], found: _Found) -> Answer:
    names = list(dict.fromkeys(one.speaker for one in pieces if one.speaker))
    return {
        "pieces": len(pieces),
        "timed": all(one.start is not None for one in pieces),
        "speakers": [name for name in names if name.casefold() in speakers],
        "strangers": [name for name in names if name.casefold() not in speakers],
        "same": found.same,
        "different": sum(1 for one in found.differences if one.line_id is not None),
        "new": sum(1 for one in found.differences if one.line_id is None),
    }
