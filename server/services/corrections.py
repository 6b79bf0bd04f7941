"""Corrections: a line's next version, parted or joined, and a wrong term replaced everywhere.

Every version is kept. Notes stay where they are in the document; each line carries the edits that
its anchors move through (docs/decisions/0004-anchors.md). A line that was joined to the one before
stays as an empty row, so that links and anchors into it still lead somewhere.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import LineId, PersonId, SessionId
from schemas.session import Person, Session
from schemas.transcript import Edit, Line, LineSource
from server.domain.anchors import edit_between, edit_of_join, edit_of_split
from server.domain.permissions import Action, require
from server.domain.rewriting import joined, replaced, tidy
from server.services.transcripts import show_line
from server.store import commands, events, lines, returns, search_due, sessions, terms
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.lines import Heard, Version

MOST_CHARACTERS = 4_000
"""Of a corrected line: two typed lines may be joined."""
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a line would become."""

    line: Line
    text: str


class Corrections:
    """Each command once for its key, in one unit of work."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def correct(
        self, by: Person, line_id: LineId, *, revision: int, text: str, key: str
    ) -> Answer:
        """Give a line another text; answers {"line", "revision"}.

        Raises NotFound, Forbidden, Invalid `line.empty` or `line.too_long`, or Conflict
        `line.revision` {revision, text} if somebody else was faster.
        """
        content = _content(text)

        async def do(work: Work, session: Session) -> Answer:
            line = await _current(work, session, line_id, revision)
            if content != line.text:
                line = await self.rewrite(work, session, line, content, by=by.id)
            return {"line": line.id, "revision": line.revision}

        return await self._do(by, "line.correct", line_id, key, do)

    async def split(
        self, by: Person, line_id: LineId, *, revision: int, at: int, key: str
    ) -> Answer:
        """Part a line before code point `at`; answers {"line", "second"}: the new line's id.

        Raises as `correct`, and Invalid `line.empty` if either part would hold nothing.
        """

        async def do(work: Work, session: Session) -> Answer:
            line = await _current(work, session, line_id, revision)
            second_id = LineId(sha256(f"{line.id}:{revision}:{at}".encode()).hexdigest()[:32])
            edit, first, second = edit_of_split(line.text, max(0, at), second_id)
            if not first or not second:
                raise Invalid("line.empty")
            head, tail = _parted(line, first, second, second_id)
            head = await self._change(work, session, line, head, edit, by=by.id)
            await lines.add(work, tail, by=by.id, heard=Heard(), at=self._now())
            await lines.relate(work, head.id, tail.id)
            await self._show(work, tail)
            return {"line": head.id, "second": tail.id}

        return await self._do(by, "line.split", line_id, key, do)

    async def join(self, by: Person, line_id: LineId, *, revision: int, key: str) -> Answer:
        """Put a line behind the one before it; answers {"line", "revision"} of that one.

        Raises as `correct`, and Conflict `line.first` where no line is before it to be joined to.
        """

        async def do(work: Work, session: Session) -> Answer:
            line = await _current(work, session, line_id, revision)
            before = (await lines.around(work, line, count=1))[0]
            is_gone = before.id in await returns.withdrawn_of(work, session.id)
            if before.id == line.id or LineSource.GAP in (before.source, line.source) or is_gone:
                raise Conflict("line.first", line=line_id)
            text, at = joined(before.text, line.text)
            if len(text) > MOST_CHARACTERS:
                raise Invalid("line.too_long", limit=MOST_CHARACTERS)
            longer = replace(before, text=text, end=_end(before, line))
            edit = edit_between(before.text, text)
            longer = await self._change(work, session, before, longer, edit, by=by.id)
            await self.absorb(work, session, longer, line, at=at, by=by.id)
            return {"line": longer.id, "revision": longer.revision}

        return await self._do(by, "line.join", line_id, key, do)

    async def versions(self, by: Person, line_id: LineId) -> tuple[Line, Sequence[Version]]:
        """Return a line with all its versions. Raises NotFound or Forbidden."""
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.READ, session.state)
            line = await lines.get(work, line_id)
            if line.session_id != session.id:
                raise NotFound("line.unknown", line=line_id)
            if line_id in await returns.withdrawn_of(work, line.session_id):
                raise NotFound("line.unknown", line=line_id)
            return line, await lines.versions(work, line_id)

    async def preview(self, by: Person, wrong: str, right: str) -> Sequence[Replacement]:
        """Return what every line with a wrong term would become.

        Raises Forbidden, or Invalid `everywhere.empty`.
        """
        wrong, right = _terms(wrong, right)
        async with self._database.read() as work:
            session = await sessions.get(work, by.session_id)
            require(by.role, Action.CORRECT, session.state)
            withdrawn = await returns.withdrawn_of(work, session.id)
            return [
                Replacement(line, text)
                for line in await lines.of_session(work, session.id)
                if line.source is not LineSource.GAP
                and line.id not in withdrawn
                and (text := tidy(replaced(line.text, wrong, right))) not in ("", line.text)
            ]

    async def everywhere(
        self, by: Person, wrong: str, right: str, among: Sequence[tuple[LineId, int]], *, key: str
    ) -> Answer:
        """Replace a term in these lines (id, revision), whose right spelling joins the hotwords.

        A line that somebody changed meanwhile is left alone; answers {"changed", "left": [ids]}.
        Raises Forbidden, or Invalid `everywhere.empty` or `everywhere.too_many`.
        """
        wrong, right = _terms(wrong, right)
        if len(among) > MOST_AT_ONCE:
            raise Invalid("everywhere.too_many", limit=MOST_AT_ONCE)

        async def do(work: Work, session: Session) -> Answer:
            left: list[LineId] = []
            wanted = dict(among)
            withdrawn = await returns.withdrawn_of(work, session.id)
            for line in await lines.among(work, list(wanted)):
                text = tidy(replaced(line.text, wrong, right))
                is_other = line.session_id != session.id or line.id in withdrawn
                if is_other or line.revision != wanted[line.id] or not text:
                    left.append(line.id)
                elif text != line.text:
                    await self.rewrite(work, session, line, text, by=by.id)
            await terms.add(work, session.study_id, right, by=by.id, at=self._now())
            return {"changed": len(wanted) - len(left), "left": left}

        return await self._do(by, "line.everywhere", by.session_id, key, do)

    async def rewrite(
        self, work: Work, session: Session, line: Line, text: str, *, by: PersonId | None
    ) -> Line:
        """Give a line its next revision in the caller's unit. by: None for an engine."""
        edit = edit_between(line.text, text)
        return await self._change(work, session, line, replace(line, text=text), edit, by=by)

    async def absorb(
        self, work: Work, session: Session, line: Line, other: Line, *, at: int, by: PersonId
    ) -> None:
        """In the caller's unit: what `other` says stands in `line` from code point `at` on.

        `other` stays as an empty row; notes on it are shown on those words.
        """
        moved = edit_of_join(other.text, at, line.id, line.revision)
        await self._change(work, session, other, replace(other, text=""), moved, by=by)
        await lines.relate(work, line.id, other.id)

    async def _change(
        self,
        work: Work,
        session: Session,
        line: Line,
        changed: Line,
        edit: Edit,
        *,
        by: PersonId | None,
    ) -> Line:
        after = replace(changed, revision=line.revision + 1, edits=(*line.edits, edit))
        await lines.change(work, after, by=by, at=self._now())
        await self._show(work, after)
        return after

    async def _show(self, work: Work, line: Line) -> None:
        await search_due.add(work, "line", [line.id])
        await show_line(work, line)

    async def _do(
        self,
        by: Person,
        name: str,
        subject: LineId | SessionId,
        key: str,
        do: Callable[[Work, Session], Awaitable[Answer]],
    ) -> Answer:
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
                    subject,
                    session_id=session.id,
                    person_id=by.id,
                    role=by.role.value,
                    body=answer,
                    at=self._now(),
                )
                return answer

            return await commands.once(work, key, by.id, name, once)


async def _current(work: Work, session: Session, line_id: LineId, revision: int) -> Line:
    line = await lines.get(work, line_id)
    if line.session_id != session.id or not line.text or line.source is LineSource.GAP:
        raise NotFound("line.unknown", line=line_id)
    if line_id in await returns.withdrawn_of(work, session.id):
        raise NotFound("line.unknown", line=line_id)  # nobody reads it, so nobody corrects it
    if line.revision != revision:
        raise Conflict("line.revision", revision=line.revision, text=line.text)
    return line


def _content(text: str) -> str:
    content = tidy(text)
    if not content:
        raise Invalid("line.empty")
    if len(content) > MOST_CHARACTERS:
        raise Invalid("line.too_long", limit=MOST_CHARACTERS)
    return content


def _terms(wrong: str, right: str) -> tuple[str, str]:
    wrong, right = tidy(wrong), tidy(right)
    if not wrong or not right or wrong == right:
        raise Invalid("everywhere.empty")
    if max(len(wrong), len(right)) > terms.MOST_CHARACTERS:
        raise Invalid("line.too_long", limit=terms.MOST_CHARACTERS)
    return wrong, right


def _parted(line: Line, first: str, second: str, second_id: LineId) -> tuple[Line, Line]:
    """Both lines; where sound belongs to them it is parted as the characters are."""
    head = replace(line, text=first)
    tail = replace(line, id=second_id, text=second, revision=0, edits=(), at=line.at + 0.001)
    if line.start is None or line.end is None:
        return head, tail
    spoken = (line.end - line.start) * len(first) / (len(first) + len(second))
    middle = line.start + spoken
    return replace(head, end=middle), replace(tail, start=middle, at=line.at + spoken)


def _end(before: Line, line: Line) -> float | None:
    """Where the sound of the joined line ends; another track's is not heard with it."""
    return line.end if before.track_id == line.track_id else before.end
