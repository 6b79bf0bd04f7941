"""A live session in which a wording is being negotiated: what its tests begin with."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, update

from realtime.log import MemoryLog
from realtime.room import Room
from schemas.annotation import Kind
from schemas.document import BOARD
from schemas.errors import ColloquyError
from schemas.ids import AnnotationId, ProposalId
from schemas.session import Person, SessionState
from schemas.taxonomy import Position, Stance
from server.domain.negotiation import Rule, stored_rule
from server.services import board
from server.services.marks import Marks
from server.services.outcomes import Outcomes
from server.services.proposals import Proposals
from server.services.wordings import Wordings
from server.store import events, proposals, tables
from server.store.database import Committed, Database, Work
from server.store.events import Event
from tests.server.method import (
    MODERATOR,
    SESSION,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    Browser,
    key,
    live_room,
    small_study,
    spoken_line,
)


@dataclass
class Scene:
    """A live session in which Wang noted a problem and the moderator opened a wording."""

    database: Database
    room: Room
    service: Proposals
    outcomes: Outcomes
    marks: Marks
    wordings: Wordings
    log: MemoryLog
    committed: list[Committed] = field(default_factory=list)
    moderator: Browser = field(init=False)
    wang: Browser = field(init=False)
    keys: int = 0

    def key(self) -> str:
        self.keys += 1
        return key(self.keys)

    async def propose(self, **changes: object) -> ProposalId:
        given: dict[str, object] = {"draft": AnnotationId("draft"), "kind": Kind.PROBLEM}
        given |= {"grounds": (AnnotationId("note"),), "affected": (WATER, TRAFFIC)}
        answer = await self.service.propose(MODERATOR, self.key(), **{**given, **changes})  # type: ignore[arg-type]
        return ProposalId(str(answer["proposal"]))

    async def put(self, proposal: ProposalId, base: int) -> dict[str, object]:
        return await self.service.put_wording(MODERATOR, self.key(), proposal, base=base)

    async def take(
        self,
        person: Person,
        proposal: ProposalId,
        stance: Stance,
        number: int = 1,
        reason: str = "",
    ) -> object:
        answer = await self.service.take_position(
            person, self.key(), proposal, number=number, stance=stance, reason=reason
        )
        return answer["state"]

    async def board(self, proposal: ProposalId) -> dict[str, object]:
        value = await self.mirrored(BOARD, proposal)
        assert isinstance(value, dict)
        return value

    async def mirrored(self, root: str, name: str) -> object:
        asked = select(tables.mirror.c.value).where(
            tables.mirror.c.root == root, tables.mirror.c.key == name
        )
        async with self.database.read() as work:
            found = await work.connection.execute(asked.order_by(tables.mirror.c.seq.desc()))
            return found.scalars().first()

    async def show_all(self, work: Work) -> None:
        await board.show_all(work, SESSION)

    async def set_state(self, state: SessionState) -> None:
        async with self.database.write() as work:
            await work.connection.execute(update(tables.session).values(state=state.value))

    async def set_rule(self, rule: Rule) -> None:
        async with self.database.write() as work:
            await work.connection.execute(update(tables.study).values(rule=stored_rule(rule)))

    async def rows(self) -> dict[str, int]:
        """How many rows each table has that a command of the negotiation writes."""
        written = ("proposal", "wording", "position", "mark", "mirror", "study_event", "command")
        async with self.database.read() as work:
            return {
                table: (
                    await work.connection.execute(
                        select(func.count()).select_from(tables.metadata.tables[table])
                    )
                ).scalar_one()
                for table in (*written, "unit_speaker")
            }

    async def events(self) -> Sequence[Event]:
        async with self.database.read() as work:
            return await events.of_study(work, STUDY)

    async def newest(self, proposal: ProposalId) -> Position:
        async with self.database.read() as work:
            return (await proposals.get(work, proposal)).positions[-1]

    async def refused(self, kind: type[ColloquyError], command: object) -> ColloquyError:
        before = await self.events()
        with pytest.raises(kind) as caught:
            await command  # type: ignore[misc]  # a coroutine
        assert await self.events() == before
        return caught.value


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    await small_study(database)
    await spoken_line(database, "line-1")
    log = MemoryLog()
    async with live_room(log) as (rooms, room):
        made = Scene(
            database,
            room,
            Proposals(database, rooms),
            Outcomes(database, rooms),
            Marks(database, rooms),
            Wordings(database),
            log,
        )
        database.on_commit(made.committed.append)
        made.moderator = Browser(room, MODERATOR, 11)
        made.wang = Browser(room, WANG, 12)
        made.wang.note("note", "data is not shared", "line-1")
        made.moderator.note("draft", "Data is not shared", "line-1", opened=True)
        yield made
