"""Silent steps of priorities: opened, marked by each unit for itself, closed, then shown.

While a step is open nobody but the unit itself reads its marks: nothing is sent, mirrored or
recorded when one marks, and who leads the step learns how many units have, not which.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.errors import Conflict, Invalid
from schemas.events import PrioritiesChanged, SolutionsChanged
from schemas.ids import EntryId, StudyId, UnitId, new_id
from schemas.session import Person, Session, SessionState, Unit
from schemas.taxonomy import Entry, EntryKind, EntryState
from server.domain import priorities as domain
from server.domain.permissions import Action, allowed, require
from server.domain.priorities import PriorityRound, PriorityRoundId, PrioritySheet, Spread
from server.services import leading
from server.store import entries, priorities, sessions, studies
from server.store.commands import Answer
from server.store.database import Database, Work

KINDS = (EntryKind.PROBLEM, EntryKind.SOLUTION)
"""What units may be asked about."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A session's last step as one person may see it.

    asked: the entries that it asks about, in taxonomy order. askable: to who may open a step, what it
    may ask about. sheet: the own unit's, None for who
    marks for none. handed_in: to who leads it, how many units have marked. spreads: once it is over.
    """

    session: Session
    units: Sequence[Unit]
    known: Mapping[EntryId, Entry]
    round: PriorityRound | None
    is_open: bool
    may_hold: bool
    may_mark: bool
    asked: Sequence[Entry] = ()
    askable: Sequence[Entry] = ()
    sheet: PrioritySheet | None = None
    handed_in: int | None = None
    spreads: Mapping[EntryId, Spread] | None = None


class Priorities:
    """Commands and readings of silent steps, each on behalf of a person of the session."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    async def seen(self, person: Person) -> Silence:
        """Return the session's last step as this person may see it."""
        async with self._database.read() as work:
            session = await sessions.get(work, person.session_id)
            units = await studies.units(work, session.study_id)
            known = {one.id: one for one in await entries.of_study(work, session.study_id)}
            found = await priorities.newest_round(work, session.id)
            is_live = session.state is SessionState.LIVE
            may_mark = allowed(person.role, Action.MARK_PRIORITIES, session.state)
            silence = Silence(
                session,
                units,
                known,
                found,
                is_open=found is not None and found.is_open and is_live,
                may_hold=allowed(person.role, Action.HOLD_PRIORITIES, session.state),
                may_mark=may_mark and person.unit_id is not None,
            )
            if silence.may_hold and not silence.is_open:
                silence = replace(silence, askable=[one for one in known.values() if _askable(one)])
            if found is None:
                return silence
            asked = [known[one] for one in found.entries if one in known]
            silence = replace(silence, asked=asked)
            if not silence.is_open:
                spreads = await priorities.spreads(work, session.study_id, only=found.id)
                return replace(silence, spreads=spreads)
            handed_in = await priorities.handed_in(work, found.id) if silence.may_hold else None
            sheet = None
            if silence.may_mark and person.unit_id is not None:
                sheet = await priorities.sheet_of(work, found.id, person.unit_id)
        return replace(silence, sheet=sheet, handed_in=handed_in)

    async def open(
        self,
        by: Person,
        kinds: Collection[EntryKind],
        most: int,
        *,
        key: str,
        only: Collection[EntryId] = (),
    ) -> Answer:
        """Ask the units to mark entries of these kinds in silence; answers `{round, entries}`.

        only: just these entries instead, of whatever kind.

        Raises Forbidden, Invalid `priority.round` or `priority.empty`, Conflict `priority.open`.
        """
        if not 0 < most <= domain.MOST_MARKS:
            raise Invalid("priority.round", most=domain.MOST_MARKS)

        async def do(work: Work, session: Session) -> Answer:
            before = await priorities.newest_round(work, session.id)
            if before is not None and before.is_open:
                raise Conflict("priority.open")
            asked = [
                one.id
                for one in await entries.of_study(work, session.study_id)
                if _askable(one) and (one.id in only if only else one.kind in kinds)
            ]
            if not asked:
                raise Invalid("priority.empty")
            made = PriorityRound(
                PriorityRoundId(new_id()), session.study_id, session.id, tuple(asked), most,
                self._now(), None, by.name,
            )  # fmt: skip
            await priorities.open_round(work, made)
            work.publish(PrioritiesChanged(session.study_id, session.id))
            return {"round": made.id, "entries": len(asked)}

        return await self._lead(by, "priorities.opened", key, do)

    async def close(self, by: Person, *, key: str) -> Answer:
        """End the step and let everybody see the spread; answers `{round, sheets}`.

        Raises Forbidden, Conflict `priority.closed`.
        """

        async def do(work: Work, session: Session) -> Answer:
            found = await priorities.newest_round(work, session.id)
            if found is None or not found.is_open:
                raise Conflict("priority.closed")
            await priorities.close_round(work, found.id, self._now())
            work.publish(PrioritiesChanged(session.study_id, session.id))
            work.publish(SolutionsChanged(session.study_id))
            return {"round": found.id, "sheets": await priorities.handed_in(work, found.id)}

        return await self._lead(by, "priorities.closed", key, do)

    async def mark(
        self,
        by: Person,
        urgent: Collection[EntryId],
        ours: Collection[EntryId],
        *,
        base: int,
    ) -> PrioritySheet:
        """Keep what the person's unit marks, in the place of what it marked before.

        Raises Forbidden, Invalid `priority.unit`, `priority.entry` or `priority.most`, Conflict
        `priority.closed`, or `priority.stale` where a colleague has marked since version `base`.
        """
        if by.unit_id is None:
            raise Invalid("priority.unit")
        async with self._database.write() as work:
            session = await sessions.locked(work, by.session_id)
            require(by.role, Action.MARK_PRIORITIES, session.state)
            await _require_unit(work, session.study_id, by.unit_id)
            found = await priorities.newest_round(work, session.id)
            if found is None or not found.is_open:
                raise Conflict("priority.closed")
            before = await priorities.sheet_of(work, found.id, by.unit_id)
            if before.version != base and before.person_id != by.id:
                raise Conflict("priority.stale")
            sheet = PrioritySheet(
                by.unit_id, frozenset(urgent), frozenset(ours), before.version + 1, by.id,
                self._now(),
            )  # fmt: skip
            domain.check(sheet, found.entries, found.most)
            await priorities.write(work, found.id, sheet)
        return sheet

    async def _lead(self, by: Person, name: str, key: str, do: leading.Do) -> Answer:
        action = Action.HOLD_PRIORITIES
        return await leading.command(self._database, by, action, name, key, do, now=self._now)


def _askable(entry: Entry) -> bool:
    return entry.kind in KINDS and entry.state is EntryState.ACTIVE


async def _require_unit(work: Work, study_id: StudyId, unit_id: UnitId) -> None:
    if unit_id not in {unit.id for unit in await studies.units(work, study_id)}:
        raise Invalid("priority.unit")
