"""Sessions: prepared, opened, led from step to step, closed; each change one unit of work.

What every screen must see is mirrored into the session's document in the same unit: `meta` and
`agenda`. Changes carry an idempotency key and are recorded in the study's log.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from schemas.document import AGENDA, META
from schemas.errors import Conflict, NotFound
from schemas.ids import PersonId, ProposalId, SessionId, StepId, UnitId, new_id
from schemas.session import Person, Session, SessionState, Step, Unit
from schemas.taxonomy import Position
from server.domain.permissions import Action, require
from server.services import board, clocks, leading
from server.services.steps import agenda_value, both
from server.store import conduct, marks, people, proposals, sessions, studies
from server.store.commands import Answer
from server.store.database import Database, Work
from server.store.sessions import Sitting
from server.store.studies import Study


async def prepare(work: Work, sitting: Sitting, agenda: Sequence[Step], *, at: float) -> None:
    """Store a session with its agenda and fill its document's mirror, in the caller's unit."""
    session = sitting.session
    await sessions.add(work, sitting, at=at)
    for step in agenda:
        await sessions.add_step(work, session.id, step)
        await work.mirror(session.id, AGENDA, step.id, agenda_value(step))
    await mirror_titles(work, session)
    await work.mirror(session.id, META, "state", session.state.value)
    if sitting.recording:
        await work.mirror(session.id, META, "recording", sitting.recording)
    if session.step_id is not None:
        await work.mirror(session.id, META, "step", session.step_id)
    await clocks.start(work, session, at)  # the demo's is live already


async def mirror_titles(work: Work, session: Session) -> None:
    """Write a session's title and language into its document's mirror."""
    await work.mirror(session.id, META, "title", both(session.title))
    await work.mirror(session.id, META, "language", session.language.value)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the live page begins with. step: the running one."""

    sitting: Sitting
    study: Study
    units: Sequence[Unit]
    step: Step | None


@dataclass(frozen=True, slots=True)
class Mine:
    """What one person asks for beside the document.

    positions: the newest of the person's unit on each proposal. participants: everybody.
    marks: what the unit said "we too" (true) or "not so" to. speakers: whose position counts.
    """

    positions: Mapping[ProposalId, Position]
    participants: Sequence[Person]
    marks: Mapping[str, bool]
    speakers: Mapping[UnitId, PersonId]


class Sessions:
    """Changes sessions on behalf of the people in them."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def now(self) -> float:
        """UTC seconds by the clock that decides; screens count from it."""
        return self._now()

    async def get(self, session_id: SessionId) -> Session:
        """Return one session. Raises NotFound."""
        async with self._database.read() as work:
            return await sessions.get(work, session_id)

    async def scene(self, person: Person) -> Scene:
        """Return what the live page of the person's session begins with."""
        async with self._database.read() as work:
            sitting = await sessions.sitting(work, person.session_id)
            session = sitting.session
            require(person.role, Action.READ, session.state)
            agenda = await sessions.steps(work, session.id)
            return Scene(
                sitting,
                await studies.get(work, session.study_id),
                await studies.units(work, session.study_id),
                next((step for step in agenda if step.id == session.step_id), None),
            )

    async def mine(self, person: Person) -> Mine:
        """Return the positions of the person's unit, and who takes part in the session."""
        async with self._database.read() as work:
            proposed = await proposals.of_session(work, person.session_id)
            participants = await sessions.participants(work, person.session_id)
            study_id = (await sessions.get(work, person.session_id)).study_id
            unit = person.unit_id
            marked = {} if unit is None else await marks.of_unit(work, study_id, unit)
            speakers = await proposals.speakers(work, person.session_id)
        positions = {
            proposal.id: position  # oldest first, so the newest stays
            for proposal in proposed
            for position in proposal.positions
            if position.unit_id == person.unit_id
        }
        return Mine(positions, participants, marked, speakers)

    async def set_state(
        self, session_id: SessionId, state: SessionState, *, by: Person, key: str
    ) -> Answer:
        """Open or close a session.

        Raises NotFound, Forbidden, or Conflict `session.state` where that step does not exist.
        """
        action = Action.OPEN_SESSION if state is SessionState.LIVE else Action.CLOSE_SESSION

        async def do(work: Work, session: Session) -> None:
            if (session.state, state) not in _MOVES:
                raise Conflict("session.state", state=session.state.value, wanted=state.value)
            if (await conduct.get(work, session.id)).quiet is not None:
                raise Conflict("session.quiet")  # its notes would stay drafts for ever
            is_opening = state is SessionState.LIVE
            opened_at = self._now() if is_opening else session.opened_at
            closed_at = None if is_opening else self._now()
            await sessions.set_state(
                work, session.id, state, opened_at=opened_at, closed_at=closed_at
            )
            await work.mirror(session.id, META, "state", state.value)
            if is_opening:
                await clocks.start(work, session, self._now())
                return
            await clocks.end(work, session, self._now())
            if session.floor is not None:
                await give_floor_to(work, session, None)
            await board.show_all(work, session.id)

        return await self._change(
            session_id, action, by=by, key=key, body={"state": state.value}, do=do
        )

    async def give_floor(
        self,
        session_id: SessionId,
        person_id: PersonId | None,
        by: Person,
        *,
        key: str | None = None,
    ) -> Answer:
        """Give the floor to one person of the session, or to nobody; experts only take or leave it.

        key: None where no browser may ask twice.

        Raises NotFound `session.unknown` or `person.unknown`, or Forbidden.
        """

        async def do(work: Work, session: Session) -> None:
            own = person_id == by.id or (person_id is None and session.floor == by.id)
            require(by.role, Action.TAKE_FLOOR if own else Action.GIVE_FLOOR, session.state)
            person = None if person_id is None else await _person_of(work, session.id, person_id)
            await give_floor_to(work, session, person)

        return await self._change(
            session_id, Action.READ, by=by, key=key or new_id(), body={"floor": person_id}, do=do
        )

    async def set_step(
        self, session_id: SessionId, step_id: StepId, *, by: Person, key: str
    ) -> Answer:
        """Make one step of the agenda the running one.

        Raises NotFound `session.unknown` or `step.unknown`, or Forbidden.
        """

        async def do(work: Work, session: Session) -> None:
            if step_id not in {step.id for step in await sessions.steps(work, session.id)}:
                raise NotFound("step.unknown", step=step_id)
            await clocks.stop(work, session, self._now())
            await sessions.set_step(work, session.id, step_id)
            await work.mirror(session.id, META, "step", step_id)
            await clocks.start(work, session, self._now())

        return await self._change(
            session_id, Action.SET_STEP, by=by, key=key, body={"step": step_id}, do=do
        )

    async def _change(
        self,
        session_id: SessionId,
        action: Action,
        *,
        by: Person,
        key: str,
        body: Answer,
        do: Callable[[Work, Session], Awaitable[None]],
    ) -> Answer:
        """Check, run `do`, record and announce it: once for each key, in one unit of work."""
        if by.session_id != session_id:
            raise NotFound("session.unknown", session=session_id)

        async def answered(work: Work, session: Session) -> Answer:
            await do(work, session)
            return body

        name = f"session.{next(iter(body))}"
        return await leading.command(self._database, by, action, name, key, answered, now=self._now)


_MOVES = {
    (SessionState.PREPARED, SessionState.LIVE),
    (SessionState.LIVE, SessionState.CLOSED),
}


async def _person_of(work: Work, session_id: SessionId, person_id: PersonId) -> Person:
    person = await people.by_id(work, person_id)
    if person is None or person.session_id != session_id:
        raise NotFound("person.unknown", person=person_id)
    return person


async def give_floor_to(work: Work, session: Session, person: Person | None) -> None:
    """Give the floor to a person or to nobody, and show it, in the caller's unit of work."""
    await sessions.set_floor(work, session.id, None if person is None else person.id)
    value = person and {"person": person.id, "name": person.name, "unit": person.unit_id}
    await work.mirror(session.id, META, "floor", value)
