"""Returning a closed session to its units: links, answers, and what the record takes from them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import LineId, ProposalId, SessionId, UnitId, new_id
from schemas.session import Bilingual, Person, SessionState, Unit
from schemas.taxonomy import Proposal, ProposalState, Stance
from schemas.transcript import Line, LineSource
from server.domain import negotiation, permissions
from server.domain.permissions import Action
from server.domain.quoting import Quoting
from server.services import links, written
from server.services.accounts import MAX_NAME
from server.services.attempts import Attempts
from server.services.corrections import Corrections
from server.services.proposals import MAX_REASON_CHARACTERS
from server.services.transcripts import show_line
from server.store import (
    annotations,
    entries,
    events,
    jobs,
    lines,
    people,
    proposals,
    returns,
    search,
    searchables,
    sessions,
    studies,
)
from server.store.database import Database, Work
from server.store.proposals import Setting
from server.store.returns import Answer, Item, Round
from server.store.sessions import Sitting

MOST_DAYS = 90
DAY = 24 * 3600.0
MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Row:
    """One unit on the board. path: of its link. items: what it changes."""

    unit: Unit
    path: str
    answer: Answer
    items: Sequence[Item]
    missing: int


@dataclass(frozen=True, slots=True)
class Board:
    """How far a session's return has come. round: None before it was opened.

    lines: those that units change.
    """

    sitting: Sitting
    round: Round | None
    rows: Sequence[Row]
    lines: Mapping[LineId, Line]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one unit is asked. quoted: lines that an entry rests on; missing: no position yet."""

    sitting: Sitting
    study_title: Bilingual
    round: Round
    unit: Unit
    answer: Answer
    lines: Sequence[Line]
    quoted: frozenset[LineId]
    missing: Sequence[Proposal]
    items: Sequence[Item]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What a unit sends. texts: of the lines that it corrects. positions: stance and reason."""

    name: str
    quoting: Quoting
    texts: Mapping[LineId, str]
    withdrawn: frozenset[LineId]
    added: str
    positions: Mapping[ProposalId, tuple[Stance, str]]


class Returns:
    """Sends a record back and takes the answers. key: the installation's own, for its links."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        corrections: Corrections,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._key = key
        self._corrections = corrections
        self._now = now
        self._attempts = Attempts("link")

    async def board(self, moderator: Person) -> Board:
        """Return units by state. Raises Forbidden, Conflict `return.not_closed`."""
        async with self._database.read() as work:
            sitting = await _closed(work, moderator)
            session_id = moderator.session_id
            units = await _concerned(work, sitting)
            known = await returns.answers(work, session_id)
            changed = await returns.items(work, session_id)
            proposed = await proposals.of_session(work, session_id)
            rows = [
                Row(
                    unit,
                    self._path(session_id, unit.id),
                    known.get(unit.id) or Answer(session_id, unit.id, Quoting.NAME),
                    [one for one in changed if one.unit_id == unit.id],
                    len(_missing(proposed, unit.id)),
                )
                for unit in units
            ]
            touched = [one.line_id for one in changed if one.line_id is not None]
            said = {line.id: line for line in await lines.among(work, touched)}
            return Board(sitting, await returns.round_of(work, session_id), rows, said)

    async def open(self, moderator: Person, *, days: int) -> None:
        """Send the record to every unit that it concerns, or extend the time they have.

        Raises Forbidden, Conflict `return.not_closed`, Invalid `return.days`.
        """
        if not 1 <= days <= MOST_DAYS:
            raise Invalid("return.days", most=MOST_DAYS)
        now = self._now()
        async with self._database.write() as work:
            sitting = await _closed(work, moderator)
            session_id = moderator.session_id
            until = now + days * DAY
            await returns.open_round(work, Round(session_id, now, until, moderator.name))
            for unit in await _concerned(work, sitting):
                token = self._token(session_id, unit.id)
                await returns.expect(work, session_id, unit.id, links.sha256(token))
            await _record(work, sitting, "return.opened", session_id, {"days": days}, moderator)

    async def decide(self, moderator: Person, item_id: str, *, take: bool) -> None:
        """Take a correction into the record as the line's next version, or leave it.

        Raises Forbidden, NotFound `return.item`, Conflict `return.decided` or `line.revision` where
        the line was changed since.
        """
        async with self._database.write() as work:
            sitting = await _closed(work, moderator)
            known = {one.id: one for one in await returns.items(work, moderator.session_id)}
            item = known.get(item_id)
            if item is None or item.kind == "withdraw":
                raise NotFound("return.item")
            if not await returns.decide(work, item_id, "taken" if take else "left"):
                raise Conflict("return.decided")
            if take and item.line_id is not None:
                line = await lines.get(work, item.line_id)
                if line.text != item.before:
                    raise Conflict("line.revision", revision=line.revision, text=line.text)
                await self._corrections.rewrite(
                    work, sitting.session, line, item.text, by=moderator.id
                )
            event = "return.taken" if take else "return.left"
            body = {"unit": item.unit_id, "line": item.line_id}
            await _record(work, sitting, event, item_id, body, moderator)

    async def sheet(self, token: str, *, address: str) -> Sheet:
        """Return what the unit of this link is asked; notes that it was opened.

        Raises NotFound `link.unusable` or TooManyAttempts.
        """
        self._attempts.check(address)
        async with self._database.write() as work:
            answer = await returns.answer_of(work, links.sha256(token))
            found = None if answer is None else await returns.round_of(work, answer.session_id)
            if answer is not None and found is not None:
                await returns.seen(work, answer, self._now())
                return await self._sheet(work, answer, found)
        self._attempts.failed(address)
        raise NotFound("link.unusable")

    async def sheet_for(self, moderator: Person, unit_id: UnitId) -> Sheet:
        """Return a unit's sheet to be printed. Raises Forbidden, NotFound, Conflict."""
        async with self._database.read() as work:
            await _closed(work, moderator)
            answer = (await returns.answers(work, moderator.session_id)).get(unit_id)
            found = await returns.round_of(work, moderator.session_id)
            if answer is None or found is None:
                raise NotFound("unit.unknown", unit=unit_id)
            return await self._sheet(work, answer, found)

    async def reply(self, sheet: Sheet, reply: Reply) -> None:
        """Take a unit's answer; sent again it stands in the place of the earlier one.

        Raises Conflict `return.over`, Invalid `return.name`, `return.text` or `position.reason`; then
        nothing was written.
        """
        name = " ".join(reply.name.split())
        if not 1 <= len(name) <= MAX_NAME:
            raise Invalid("return.name", most=MAX_NAME)
        now = self._now()
        async with self._database.write() as work:
            if now > sheet.round.until:
                raise Conflict("return.over")
            items = _items(sheet, reply, now)
            answer = replace(sheet.answer, quoting=reply.quoting, replied_at=now, replied_by=name)
            session_id, unit_id = answer.session_id, answer.unit_id
            before = await returns.withdrawn_of(work, session_id, unit_id)
            await returns.replied(work, answer)
            await returns.replace_items(work, answer, items)
            after = await returns.withdrawn_of(work, session_id, unit_id)
            await _show(work, sorted({*before} ^ {*after}))
            await jobs.outdate(work, sheet.sitting.session.study_id, "export.struck")
            setting = await proposals.setting(work, sheet.answer.session_id, lock=True)
            for proposal in sheet.missing:
                taken = reply.positions.get(proposal.id)
                if taken is not None:
                    await _take(work, setting, sheet, proposal, *taken)
            body = {"items": len(items), "quoting": reply.quoting.value}
            await _record(work, sheet.sitting, "return.replied", sheet.unit.id, body)

    async def _sheet(self, work: Work, answer: Answer, found: Round) -> Sheet:
        sitting = await sessions.sitting(work, answer.session_id)
        study = await studies.get(work, sitting.session.study_id)
        units = {one.id: one for one in await studies.units(work, study.id)}
        said = await lines.of_session(work, answer.session_id)
        proposed = await proposals.of_session(work, answer.session_id)
        changed = await returns.items(work, answer.session_id)
        return Sheet(
            sitting,
            study.title,
            found,
            units[answer.unit_id],
            answer,
            [
                line
                for line in said
                if line.unit_id == answer.unit_id and line.source is not LineSource.GAP
            ],
            frozenset(await returns.quoted(work, answer.session_id)),
            _missing(proposed, answer.unit_id),
            [one for one in changed if one.unit_id == answer.unit_id],
            self._now() <= found.until,
        )

    def _token(self, session_id: SessionId, unit_id: UnitId) -> str:
        return links.derived_token(self._key, "return", f"{session_id}:{unit_id}")

    def _path(self, session_id: SessionId, unit_id: UnitId) -> str:
        return f"/return/{self._token(session_id, unit_id)}"


async def _closed(work: Work, moderator: Person) -> Sitting:
    sitting = await sessions.sitting(work, moderator.session_id)
    permissions.require(moderator.role, Action.RETURN, sitting.session.state)
    if sitting.session.state is not SessionState.CLOSED:
        raise Conflict("return.not_closed")
    return sitting


async def _concerned(work: Work, sitting: Sitting) -> Sequence[Unit]:
    """The units that spoke, were noted, were asked or were expected, in protocol order."""
    session_id = sitting.session.id
    found = {line.unit_id for line in await lines.of_session(work, session_id)}
    noted = (await annotations.of_session(work, session_id)).values()
    found |= {one.voice.unit_id for one in noted if not one.withdrawn}
    for proposal in await proposals.of_session(work, session_id):
        found |= {*proposal.affected}
    found |= {one.unit_id for one in await people.invited(work, session_id)}
    units = await studies.units(work, sitting.session.study_id)
    return [unit for unit in units if unit.id in found]


_OPEN_TO_POSITIONS = frozenset(ProposalState) - {ProposalState.DROPPED}


def _missing(proposed: Sequence[Proposal], unit_id: UnitId) -> Sequence[Proposal]:
    """The wordings that concern a unit and that it has not answered."""
    return [
        one
        for one in proposed
        if unit_id in negotiation.unheard(one) and one.state in _OPEN_TO_POSITIONS
    ]


async def _show(work: Work, changed: Sequence[LineId]) -> None:
    """What a unit withdraws is neither found nor shown any more, and again what it leaves in after all."""
    for line in await lines.among(work, list(changed)):
        await show_line(work, line)
    found = {one.ref: one for one in await searchables.of_lines(work, changed)}
    await search.put(work, list(found.values()))
    await search.remove(work, "line", [one for one in changed if one not in found])


def _items(sheet: Sheet, reply: Reply, now: float) -> list[Item]:
    own = {line.id: line for line in sheet.lines}
    session_id, unit_id = sheet.answer.session_id, sheet.answer.unit_id
    decided = {(one.line_id, one.text) for one in sheet.items if one.state != "open"}
    items = []
    for line_id, text in reply.texts.items():
        line, said = own.get(line_id), " ".join(text.split())
        if line is None or line_id in reply.withdrawn or said in ("", line.text):
            continue
        if len(said) > MAX_TEXT:
            raise Invalid("return.text", most=MAX_TEXT)
        if (line_id, said) not in decided:
            items.append(
                Item(
                    new_id(), session_id, unit_id, "correct", line_id, line.text, said, "open", now
                )
            )
    for line_id in sorted(reply.withdrawn & own.keys()):
        items.append(Item(new_id(), session_id, unit_id, "withdraw", line_id, "", "", "taken", now))
    added = reply.added.strip()
    if len(added) > MAX_TEXT:
        raise Invalid("return.text", most=MAX_TEXT)
    if added and (None, added) not in decided:
        items.append(Item(new_id(), session_id, unit_id, "add", None, "", added, "open", now))
    return items


async def _take(
    work: Work, setting: Setting, sheet: Sheet, proposal: Proposal, stance: Stance, reason: str
) -> None:
    """Record a position on return. What the room decided stays; an objection to an entry is a challenge."""
    said = reason.strip()
    if len(said) > MAX_REASON_CHARACTERS or (stance is Stance.OBJECT and not said):
        raise Invalid("position.reason", at_most=MAX_REASON_CHARACTERS)
    unit_id = sheet.unit.id
    await written.position(
        work, setting, proposal, unit_id, negotiation.newest_number(proposal), stance, said
    )
    if proposal.entry_id is not None:
        await entries.set_units(work, proposal.entry_id, {unit_id: True})
        if stance is Stance.OBJECT:
            entry = await entries.get(work, proposal.entry_id)
            await written.challenge(work, entry, unit_id, said)


async def _record(
    work: Work,
    sitting: Sitting,
    action: str,
    subject: str,
    body: Mapping[str, object],
    by: Person | None = None,
) -> None:
    await events.record(
        work,
        sitting.session.study_id,
        action,
        subject,
        session_id=sitting.session.id,
        person_id=None if by is None else by.id,
        role="unit" if by is None else by.role.value,
        body=body,
    )
