"""Through the services themselves: every command on a proposal, in every state, by every role.

What is refused is refused by the right rule, first by who asks and then by where the proposal
stands, and writes nothing. Other errors mean that both rules let it through.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest
from sqlalchemy import func, select, update

from realtime.log import MemoryLog
from realtime.rooms import Rooms
from schemas.errors import ColloquyError, Forbidden
from schemas.ids import ProposalId
from schemas.session import Person, Role, SessionState
from schemas.taxonomy import ProposalState, Stance
from server.domain import negotiation, permissions
from server.domain.negotiation import Move
from server.domain.permissions import Action
from server.services.marks import Marks
from server.services.outcomes import Outcomes
from server.services.promotion import Choice, Promotion
from server.services.proposals import Proposals
from server.services.wordings import Wordings
from server.store import tables
from server.store.database import Database
from tests.server.method import (
    GUEST,
    LI,
    MODERATOR,
    TRAFFIC,
    WATER,
    Browser,
    key,
    live_room,
    person,
    small_study,
    spoken_line,
)
from tests.server.negotiating import Scene

pytestmark = pytest.mark.anyio

PEOPLE = {
    Role.MODERATOR: MODERATOR,
    Role.EXPERT: LI,
    Role.ANALYST: person("an", Role.ANALYST),
    Role.STENOGRAPHER: person("st", Role.STENOGRAPHER),
    Role.OBSERVER: GUEST,
}
WHY = "for a reason"
Command = Callable[["Table", Person, str], Awaitable[object]]
COMMANDS: Mapping[tuple[Action, Move], Command] = {
    (Action.PUT_WORDING, Move.PUT_WORDING): lambda t, who, k: t.scene.service.put_wording(
        who, k, t.proposal, base=1
    ),
    (Action.TAKE_POSITION, Move.TAKE_POSITION): lambda t, who, k: t.scene.service.take_position(
        who, k, t.proposal, number=1, stance=Stance.AGREE, unit_id=t.unit(who)
    ),
    (Action.SET_AFFECTED, Move.SET_AFFECTED): lambda t, who, k: t.scene.service.set_affected(
        who, k, t.proposal, (WATER, TRAFFIC)
    ),
    (Action.DEFER, Move.DEFER): lambda t, who, k: t.scene.outcomes.defer(
        who, k, t.proposal, unit_id=WATER, question="Which?"
    ),
    (Action.KEEP_CONTESTED, Move.KEEP_CONTESTED): lambda t, who, k: t.scene.outcomes.keep_contested(
        who, k, t.proposal, reason=WHY
    ),
    (Action.DROP, Move.DROP): lambda t, who, k: t.scene.outcomes.drop(
        who, k, t.proposal, reason=WHY
    ),
    (Action.REOPEN, Move.REOPEN): lambda t, who, k: t.scene.outcomes.reopen(
        who, k, t.proposal, reason=WHY
    ),
    (Action.REVEAL, Move.REVEAL): lambda t, who, k: t.scene.outcomes.reveal(who, k, t.proposal),
    (Action.UNDO, Move.UNDO): lambda t, who, k: t.promotion.undo(who, k, t.proposal, reason=WHY),
    (Action.PROMOTE, Move.PROMOTE): lambda t, who, k: t.promotion.promote(
        who, k, t.proposal, Choice(1)
    ),
}


class Table:
    """One proposal with a wording and an agreeing unit, put into whatever state is asked about."""

    def __init__(self, scene: Scene, rooms: Rooms, proposal: ProposalId) -> None:
        self.scene, self.proposal = scene, proposal
        self.promotion = Promotion(scene.database, rooms)
        self.tries = 0

    def unit(self, who: Person) -> object:
        return TRAFFIC if who.role is Role.EXPERT else WATER

    async def try_out(self, command: Command, who: Person, state: ProposalState) -> str:
        """Return which rule refused the command: `role`, `state`, or "" for neither."""
        self.tries += 1
        async with self.scene.database.write() as work:
            at = update(tables.proposal).where(tables.proposal.c.id == self.proposal)
            await work.connection.execute(at.values(state=state.value, entry_id=None))
        before = await self._written()
        try:
            await command(self, who, key(10_000 + self.tries))
        except Forbidden:
            assert await self._written() == before
            return "role"
        except ColloquyError as error:
            assert await self._written() == before
            return "state" if error.code == "proposal.state" else ""
        return ""

    async def _written(self) -> tuple[int, ...]:
        kept = (tables.study_event, tables.mirror, tables.position, tables.wording, tables.entry)
        async with self.scene.database.read() as work:
            counted = [
                await work.connection.execute(select(func.count()).select_from(t)) for t in kept
            ]
            return tuple(one.scalar_one() for one in counted)


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    """One engine is enough: what differs between them is not asked here."""
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda pair: pair[0].value)
async def test_each_command_is_refused_by_the_right_rule_and_nothing_else(
    sqlite: Database, command: tuple[Action, Move]
) -> None:
    action, move = command
    await small_study(sqlite)
    await spoken_line(sqlite, "line-1")
    log = MemoryLog()
    async with live_room(log) as (rooms, room):
        proposals, outcomes = Proposals(sqlite, rooms), Outcomes(sqlite, rooms)
        marks, wordings = Marks(sqlite, rooms), Wordings(sqlite)
        scene = Scene(sqlite, room, proposals, outcomes, marks, wordings, log)
        moderator = Browser(room, MODERATOR, 11)
        moderator.note("note", "data is not shared", "line-1")
        moderator.note("draft", "Data is not shared", "line-1", opened=True)
        table = Table(scene, rooms, await scene.propose())
        await scene.put(table.proposal, base=0)

        for state in ProposalState:
            for role, who in PEOPLE.items():
                found = await table.try_out(COMMANDS[command], who, state)

                assert found == _rule(action, move, role, state), (role, state)


def _rule(action: Action, move: Move, role: Role, state: ProposalState) -> str:
    if move is Move.TAKE_POSITION and role is not Role.EXPERT:
        action = Action.RECORD_POSITION
    if not permissions.allowed(role, action, SessionState.LIVE):
        return "role"
    if move is Move.PROMOTE:  # without agreement the panel asks for a reason, which is no move
        settled = state not in negotiation.NEGOTIATED
        return "state" if settled else ""
    return "" if negotiation.may(state, move) else "state"
