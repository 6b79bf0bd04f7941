"""Two records of one speech: what differs is laid beside the lines and settled by people.

A difference is *taken* (the line reads as the other record says), *left* (the line stays), or kept
*apart* (it was other speech: both stand). Lines of the session that say the same speech as the
line go into it, so that what was said once stands once; notes on them go with their words, or are
shown as having lost them (docs/decisions/0004-anchors.md). No version of any line is lost.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from anyio import to_thread

from schemas.document import LINES
from schemas.errors import Conflict, NotFound
from schemas.ids import LineId, PersonId, SessionId, new_id
from schemas.session import Person, Session
from schemas.transcript import Line, LineSource
from server.domain import alignment
from server.domain.permissions import Action, require
from server.domain.rewriting import joined
from server.domain.sharing import shared_out
from server.services.corrections import Corrections
from server.services.transcripts import mirror_value
from server.store import commands, differences, events, lines, returns, search_due, sessions
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.differences import Difference

Decision = Literal["take", "leave", "apart"]
Do = Callable[[Work, Session], Awaitable[Answer]]
MOST_AT_ONCE = 200
_STATES: Mapping[Decision, differences.State] = {"take": "taken", "leave": "left", "apart": "apart"}


@dataclass(frozen=True, slots=True)
class Beside:
    """A difference with the line it is about, as that reads now."""

    difference: Difference
    line: Line | None


class Differences:
    """Compares, lists, settles."""

    def __init__(
        self,
        database: Database,
        corrections: Corrections,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._corrections = corrections
        self._now = now

    async def still_open(self, by: Person) -> Sequence[Beside]:
        """Return what is not settled, in order. Raises Forbidden."""
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.CORRECT, session.state)
            withdrawn = await returns.withdrawn_of(work, session.id)
            found = [
                one
                for one in await differences.still_open(work, session.id)
                if one.line_id not in withdrawn
            ]
            wanted = [one.line_id for one in found if one.line_id is not None]
            known = {line.id: line for line in await lines.among(work, wanted)}
        return [Beside(one, known.get(one.line_id) if one.line_id else None) for one in found]

    async def session_of(self, difference_id: str) -> SessionId:
        """Return the session of a difference. Raises NotFound."""
        async with self._database.read() as work:
            return await differences.session_of(work, difference_id)

    async def compare_typed(self, by: Person, *, key: str) -> Answer:
        """Lay what a stenographer typed on what was heard; answers {"differences", "joined"}.

        Where both say the same words, the typed line goes into the heard one at once.

        Raises Forbidden, or Conflict `difference.nothing` where one of the records is missing.
        """
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.CORRECT, session.state)
            withdrawn = await returns.withdrawn_of(work, session.id)
            every = await lines.of_session(work, session.id)
            said = [line for line in every if line.id not in withdrawn]
        heard = [line for line in said if line.source is LineSource.SPOKEN]
        typed = [line for line in said if line.source is LineSource.STENOGRAPHED]
        if not heard or not typed:
            raise Conflict("difference.nothing")
        laid = await to_thread.run_sync(
            alignment.lay, [line.text for line in heard], [line.text for line in typed]
        )
        pairs = [
            _of_typed(heard[one.line], [typed[at] for at in one.pieces])
            for one in laid
            if one.line is not None
        ]
        same = [one for one, line in pairs if alignment.same_words(one.text, line.text)]
        other = [one for one, line in pairs if not alignment.same_words(one.text, line.text)]

        async def do(work: Work, session: Session) -> Answer:
            found = [*other, *same]
            await differences.put(work, session.id, "typed", "", found, at=self._now())
            for one in same:
                await self._settle(work, session, one, "leave", by)
            return {"differences": len(other), "joined": len(same)}

        return await self._do(by, "record.compare", key, do)

    async def settle(
        self, by: Person, difference_id: str, decision: Decision, *, revision: int | None, key: str
    ) -> Answer:
        """Decide about one; answers {"line": id or None}. revision: of the line as it was shown.

        Decided the same again it answers the same. Raises NotFound, Forbidden, or Conflict
        `line.revision` where the line was changed meanwhile, `difference.settled`.
        """

        async def do(work: Work, session: Session) -> Answer:
            one = await differences.get(work, difference_id)
            if one.session_id != session.id:
                raise NotFound("difference.unknown", difference=difference_id)
            if one.state != "open":
                raise Conflict("difference.settled")
            if one.line_id is not None and revision is not None:
                line = await lines.get(work, one.line_id)
                if line.revision != revision:
                    raise Conflict("line.revision", revision=line.revision, text=line.text)
            return {"line": await self._settle(work, session, one, decision, by)}

        return await self._do(by, "record.settle", key, do)

    async def settle_all(self, by: Person, decision: Decision, *, key: str) -> Answer:
        """Decide about all that are open, MOST_AT_ONCE at a time; answers {"settled", "left"}."""

        async def do(work: Work, session: Session) -> Answer:
            found = await differences.still_open(work, session.id)
            for one in found[:MOST_AT_ONCE]:
                await self._settle(work, session, one, decision, by)
            settled = min(MOST_AT_ONCE, len(found))
            return {"settled": settled, "left": len(found) - settled}

        return await self._do(by, "record.settle_all", key, do)

    async def _settle(
        self, work: Work, session: Session, one: Difference, decision: Decision, by: Person
    ) -> LineId | None:
        line = None if one.line_id is None else await lines.get(work, one.line_id)
        others = [line for line in await lines.among(work, one.others) if line.text]
        others.sort(key=lambda other: one.others.index(other.id))
        result = None if line is None else line.id
        if decision == "take":
            if line is None:
                result = (await self._add(work, session, one, by)).id
            else:
                line = await self._say(work, session, line, one, by)
        if decision != "apart" and line is not None:
            await self._into(work, session, line, others, by)
        await differences.settle(work, one.id, _STATES[decision], by=by.id, at=self._now())
        return result

    async def _say(
        self, work: Work, session: Session, line: Line, one: Difference, by: Person
    ) -> Line:
        """The line reads as the other record says; a speaker whom that names is confirmed."""
        named = one.person_id is not None or (one.speaker and line.person_id is None)
        if named:
            line = replace(
                line,
                speaker=one.speaker,
                person_id=one.person_id,
                unit_id=one.unit_id,
                presumed=False,
            )
        if not named and line.text == one.text:
            return line
        return await self._corrections.rewrite(work, session, line, one.text, by=by.id)

    async def _into(
        self, work: Work, session: Session, line: Line, others: Sequence[Line], by: Person
    ) -> None:
        """Each of `others` comes to read as its part of `line`, then goes into it."""
        begin = 0
        for other, share in zip(
            others, shared_out([other.text for other in others], line.text), strict=True
        ):
            part, at = share or line.text, 0
            if share:
                at = line.text.index(share, begin)
                begin = at + len(share)
            if other.text != part:
                other = await self._corrections.rewrite(work, session, other, part, by=by.id)
            await self._corrections.absorb(work, session, line, other, at=at, by=by.id)

    async def _add(self, work: Work, session: Session, one: Difference, by: Person) -> Line:
        """What no line says becomes a line of its own."""
        line = Line(
            id=LineId(sha256(f"difference:{one.id}".encode()).hexdigest()[:32]),
            session_id=session.id,
            at=one.start or 0.0,
            text=one.text,
            language=one.language,
            source=LineSource.IMPORTED,
            speaker=one.speaker,
            person_id=one.person_id,
            unit_id=one.unit_id,
            presumed=False,
            track_id=None,
            start=None,
            end=None,
            confidence=None,
            revision=0,
            step_id=None,
        )
        await add_lines(work, session.id, [line], by=by.id, at=self._now())
        return line

    async def _do(self, by: Person, name: str, key: str, do: Do) -> Answer:
        """Check, run `do`, record it: once for each key. What was said is in no event."""
        async with self._database.write() as work:

            async def once() -> Answer:
                session = await sessions.locked(work, by.session_id)
                require(by.role, Action.CORRECT, session.state)
                answer = await do(work, session)
                await events.record(
                    work,
                    session.study_id,
                    name,
                    session.id,
                    session_id=session.id,
                    person_id=by.id,
                    role=by.role.value,
                    body=answer,
                    at=self._now(),
                )
                return answer

            return await commands.once(work, key, by.id, name, once)


async def add_lines(
    work: Work, session_id: SessionId, found: Sequence[Line], *, by: PersonId, at: float
) -> None:
    """Store lines of a session that come from elsewhere, findable, and show them in this order."""
    await lines.add_all(work, found, by=by, at=at)
    await search_due.add(work, "line", [line.id for line in found])
    if found:
        shown = {str(line.id): mirror_value(line) for line in found}
        await work.mirror_all(session_id, LINES, shown)


def _of_typed(line: Line, typed: Sequence[Line]) -> tuple[Difference, Line]:
    text = ""
    for one in typed:
        text, _ = joined(text, one.text)
    speakers = {one.person_id for one in typed if not one.presumed and one.person_id is not None}
    first = typed[0] if len(speakers) == 1 else None
    return Difference(
        id=new_id(),
        session_id=line.session_id,
        line_id=line.id,
        text=text,
        speaker="" if first is None else first.speaker,
        person_id=None if first is None else first.person_id,
        unit_id=None if first is None else first.unit_id,
        start=None,
        end=None,
        language=line.language,
        others=tuple(one.id for one in typed),
        origin="typed",
        source="",
    ), line
