"""Leading a live session: more time for a step, silent minutes, rounds by unit.

All of it is rows, decided here and mirrored into `meta`. In a silent minute notes stay drafts of
their authors; the room's gate takes no new annotation. Bringing them in is one command: every
browser then sends the notes that its person had finished.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from enum import StrEnum

from realtime.rooms import Rooms
from schemas.conduct import Quiet, Round
from schemas.document import META
from schemas.errors import Conflict, Invalid, NotFound
from schemas.ids import SessionId, StepId, UnitId
from schemas.session import Person, Role, Session
from server.domain import rounds
from server.domain.permissions import Action
from server.services import clocks, leading
from server.services.sessions import give_floor_to
from server.services.transcripts import write_typed
from server.store import conduct, proposals, sessions, studies
from server.store.commands import Answer
from server.store.database import Database, Work

MAX_MINUTES = 20
"""Of a silent minute; nobody writes in silence for longer."""
MAX_EXTRA = 240
MAX_ABOUT = 500


class Move(StrEnum):
    """What a moderator does with a round."""

    BEGIN = "begin"
    HEARD = "heard"
    SKIP = "skip"
    CALL = "call"
    END = "end"


class Conducting:
    """Commands of moderators; each once for its key, in one unit of work.

    All raise Forbidden `permission.denied`; then nothing was written or shown.
    """

    def __init__(
        self, database: Database, rooms: Rooms, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._now = now

    async def add_time(self, by: Person, step_id: StepId, minutes: int, *, key: str) -> Answer:
        """Give a step more minutes than planned, or fewer again; answers `{step, extra}`.

        Raises NotFound `step.unknown`, Invalid `step.minutes`.
        """

        async def do(work: Work, session: Session) -> Answer:
            step = await clocks.step_of(work, session, step_id)
            if step is None:
                raise NotFound("step.unknown", step=step_id)
            extra = step.progress.extra + minutes
            if not 0 <= extra <= MAX_EXTRA:
                raise Invalid("step.minutes", most=MAX_EXTRA)
            step = replace(step, progress=replace(step.progress, extra=extra))
            await conduct.set_progress(work, step_id, step.progress)
            await clocks.show(work, session, step)
            return {"step": step_id, "extra": extra}

        return await self._lead(by, Action.KEEP_TIME, "session.time", key, do)

    async def hush(self, by: Person, minutes: float, about: str, *, key: str) -> Answer:
        """Begin a silent minute about something; answers `{line, until}`.

        What it is about becomes a line of the moderator, so that notes have where to hang.

        Raises Invalid `quiet.minutes` or `quiet.about`; Conflict `session.quiet` while one runs,
        `session.off_record`.
        """
        said = " ".join(about.split())
        if not 0 < minutes <= MAX_MINUTES:
            raise Invalid("quiet.minutes", most=MAX_MINUTES)
        if not 0 < len(said) <= MAX_ABOUT:
            raise Invalid("quiet.about", most=MAX_ABOUT)

        async def do(work: Work, session: Session) -> Answer:
            if (await conduct.get(work, session.id)).quiet is not None:
                raise Conflict("session.quiet")
            now = self._now()
            line = await write_typed(work, session, by, said, key, at=now)
            quiet = Quiet(now, now + 60 * minutes, line.id, said)
            await conduct.change(work, session.id, quiet=quiet)
            await work.mirror(session.id, META, "quiet", asdict(quiet))
            return {"line": line.id, "until": quiet.until}

        return await self._lead(by, Action.HUSH, "session.quiet", key, do)

    async def bring_in(self, by: Person, *, key: str) -> Answer:
        """End the silent minute and let its notes into the room; answers `{quiet: null}`.

        Raises Conflict `session.not_quiet`.
        """

        async def do(work: Work, session: Session) -> Answer:
            if (await conduct.get(work, session.id)).quiet is None:
                raise Conflict("session.not_quiet")
            await conduct.change(work, session.id, quiet=None)
            await work.mirror(session.id, META, "quiet", None)
            return {"quiet": None}

        return await self._lead(by, Action.HUSH, "session.notes_in", key, do)

    async def move_round(
        self, by: Person, move: Move, unit: UnitId | None = None, *, key: str
    ) -> Answer:
        """Begin a round of the units present, go on with it, or end it; answers `{move, turn}`.

        Whose turn it is gets the floor: who speaks for the unit, else its first expert here.

        Raises Invalid `round.empty` or `unit.unknown`, Conflict `round.over` or `round.none`.
        """
        here = await self._here(by.session_id)

        async def do(work: Work, session: Session) -> Answer:
            experts = await _experts(work, session.id)
            now = await _moved(
                work, session, move, unit, [one for one in experts if one.id in here]
            )
            await conduct.change(work, session.id, round=now)
            await work.mirror(session.id, META, "round", None if now is None else asdict(now))
            turn = None if now is None else now.turn
            speaker = (
                None if turn is None else await _speaker(work, session.id, turn, experts, here)
            )
            await give_floor_to(work, session, speaker)
            return {"move": move.value, "turn": turn}

        return await self._lead(by, Action.LEAD_ROUND, "session.round", key, do)

    async def _here(self, session_id: SessionId) -> frozenset[str]:
        room = await self._rooms.open(session_id)  # elsewhere: 503, and the owner is asked
        return frozenset(one.person for one in room.present())

    async def _lead(
        self, by: Person, action: Action, name: str, key: str, do: leading.Do
    ) -> Answer:
        return await leading.command(self._database, by, action, name, key, do, now=self._now)


async def _experts(work: Work, session_id: SessionId) -> Sequence[Person]:
    """Return everybody who sits in the session for a unit, in the order they came."""
    everybody = await sessions.participants(work, session_id)
    return [one for one in everybody if one.role is Role.EXPERT and one.unit_id is not None]


async def _moved(
    work: Work, session: Session, move: Move, unit: UnitId | None, here: Sequence[Person]
) -> Round | None:
    if move is Move.END:
        return None
    order = [each.id for each in await studies.units(work, session.study_id)]
    if move is Move.BEGIN:
        present = {one.unit_id for one in here}
        return rounds.begin([each for each in order if each in present])
    now = (await conduct.get(work, session.id)).round
    if now is None:
        raise Conflict("round.none")
    match move:
        case Move.HEARD:
            return rounds.heard(now)
        case Move.SKIP:
            return rounds.skipped(now)
        case Move.CALL:
            if unit is None or unit not in order:
                raise Invalid("unit.unknown", unit=unit)
            return rounds.called(now, unit)


async def _speaker(
    work: Work,
    session_id: SessionId,
    unit: UnitId,
    experts: Sequence[Person],
    here: frozenset[str],
) -> Person | None:
    """Return who speaks for a unit: who was named, if here, else its first expert here, if any."""
    of_unit = [one for one in experts if one.unit_id == unit and one.id in here]
    named = (await proposals.speakers(work, session_id)).get(unit)
    return next((one for one in of_unit if one.id == named), next(iter(of_unit), None))
