"""With a private objection and without: everybody else is sent the same, at the same steps, at the same cost."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import anyio
import pytest
from pycrdt import Doc, Map

from realtime import protocol
from realtime.log import MemoryLog
from realtime.peer import Member
from realtime.protocol import Edit
from realtime.rooms import Rooms
from schemas import document
from schemas.ids import AccountId, AnnotationId, ProposalId
from schemas.session import Person, Role
from schemas.taxonomy import Stance
from server.services.accounts import Accounts
from server.services.confidence import Confidence
from server.services.marks import Marks
from server.services.outcomes import Outcomes
from server.services.proposals import Proposals
from server.services.sessions import Sessions
from server.services.wordings import Wordings
from server.store.database import Database
from server.store.mirrors import Mirrors
from tests.server.method import (
    GUEST,
    LI,
    MODERATOR,
    SESSION,
    STUDY,
    WANG,
    Browser,
    person,
    small_study,
    spoken_line,
)
from tests.server.negotiating import Scene, scene
from tests.server.services.test_confidence import INSTALLATION, REASON, Ears
from tests.server.statements import statements

__all__ = ["scene"]
pytestmark = pytest.mark.anyio

ANALYST, STENO = person("an", Role.ANALYST), person("st", Role.STENOGRAPHER)
OTHERS = (MODERATOR, LI, ANALYST, STENO, GUEST)
Heard = dict[str, list[tuple[tuple[int, int] | None, dict[str, object]]]]


class Listener:
    """Somebody else's browser: what reaches it, step by step."""

    def __init__(self, scene: Scene, who: Person, client: int) -> None:
        self._ears, self._doc = Ears(), Doc[Any]()
        for root in (*document.SERVER_ROOTS, document.ANNOTATIONS):
            self._doc.get(root, type=Map)
        writes = who.role is not Role.OBSERVER
        mine = Member(who.id, who.name, who.unit_id, who.role, frozenset({client}), writes, False)
        scene.room.join(self._ears, mine)
        self._doc.apply_update(scene.room.encode())
        self._ears.heard.clear()

    async def until(self, barrier: str) -> list[bytes]:
        """Take in all that comes before and with the note `barrier`; return the messages."""
        heard: list[bytes] = []
        with anyio.fail_after(10):
            while barrier not in self._doc.get(document.ANNOTATIONS, type=Map):
                await anyio.lowlevel.checkpoint()
                while self._ears.heard:
                    heard.append(self._ears.heard.pop(0))
                    message = protocol.read(heard[-1])
                    if isinstance(message, Edit):
                        self._doc.apply_update(message.update)
        return heard

    def seen(self, subject: ProposalId) -> dict[str, object]:
        """The board's proposal as this browser has it, without what names it or dates it."""
        found = dict(self._doc.get(document.BOARD, type=Map).get(subject) or {})
        return {name: value for name, value in found.items() if name not in ("at", "draft")}


@pytest.fixture
async def wired(database: Database) -> AsyncIterator[Scene]:
    """The scene, its room fed from the rows as in the server."""
    await small_study(database)
    await spoken_line(database, "line-1")
    log = MemoryLog()
    async with Rooms(log, Mirrors(database)) as rooms:
        room = await rooms.open(SESSION)
        proposals, outcomes = Proposals(database, rooms), Outcomes(database, rooms)
        made = Scene(
            database, room, proposals, outcomes, Marks(database, rooms), Wordings(database), log
        )
        database.on_commit(made.committed.append)
        made.moderator = Browser(room, MODERATOR, 11)
        made.wang = Browser(room, WANG, 12)
        made.wang.note("note", "data is not shared", "line-1")
        yield made


async def negotiated(scene: Scene, service: Confidence, name: str, *, privately: bool) -> Heard:
    """One wording from its proposal to agreement; with a private objection in the middle, or none.

    Returns for each other role what it was sent at each step: how many messages and bytes where
    nothing was said openly, and what the board shows after it.
    """
    scene.moderator.note(f"draft-{name}", "Data is not shared", "line-1", opened=True)
    proposal = await scene.propose(draft=AnnotationId(f"draft-{name}"))
    await scene.put(proposal, base=0)
    await scene.room.apply_mirror()
    ears = {one.id: Listener(scene, one, 200 + n) for n, one in enumerate(OTHERS)}
    heard: Heard = {one.id: [] for one in OTHERS}

    async def step(number: int, *, is_silent: bool = False) -> None:
        await scene.room.apply_mirror()
        barrier = f"{name}-barrier-{number}"
        scene.wang.note(barrier, "x", "line-1")
        for who, ear in ears.items():
            messages = await ear.until(barrier)
            count = (len(messages), sum(map(len, messages))) if is_silent else None
            heard[who].append((count, ear.seen(proposal)))

    await step(1)
    if privately:
        await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)
    await step(2, is_silent=True)
    await scene.take(LI, proposal, Stance.LIVE_WITH)
    await step(3)
    await scene.take(WANG, proposal, Stance.AGREE)
    await step(4)
    scene.moderator.type(f"draft-{name}", " enough")
    await scene.put(proposal, base=1)
    await step(5)
    return heard


async def test_everybody_else_is_sent_the_same_at_every_step(wired: Scene) -> None:
    service, account = await confidant(wired)
    li = Browser(wired.room, LI, 13)
    began, committed = len(await wired.events()), len(wired.committed)

    without = await negotiated(wired, service, "a", privately=False)
    middle, half = len(await wired.events()), len(wired.committed)
    with_one = await negotiated(wired, service, "b", privately=True)

    assert len(await service.read(account, STUDY)) == 1
    assert with_one == without
    for steps in without.values():  # the control: what is said openly reaches every one of them
        counted = [board["tally"] for _, board in steps]
        assert [one["live_with"] for one in counted] == [0, 0, 1, 1, 0]  # type: ignore[index]
        assert steps[1][0] is not None
        assert steps[1][0][0] == 1  # the barrier itself, and nothing beside it
    told = [
        (one.action, one.role, one.base_version, sorted(one.body)) for one in await wired.events()
    ]
    assert told[middle:] == told[began:middle]
    assert len(wired.committed) - half == half - committed
    li.leave()


async def test_what_others_read_costs_the_same_however_many_objected(scene: Scene) -> None:
    service, _ = await confidant(scene)
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    async def reading() -> Sequence[tuple[str, int]]:
        with statements() as asked:
            for one in (LI, MODERATOR, ANALYST, GUEST):
                await Confidence(scene.database, b"x" * 32).own(one)  # opens no box of others
                await Sessions(scene.database).mine(one)
                await scene.wordings.chronicle(one, proposal)
        return asked

    before = await reading()
    for _ in range(5):
        await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)

    assert await reading() == before
    assert len((await service.own(WANG)).objections[proposal]) == 5


async def confidant(scene: Scene) -> tuple[Confidence, AccountId]:
    """The service, and the account that reads what is told in confidence."""
    service = Confidence(scene.database, INSTALLATION)
    account = await Accounts(scene.database).create("lin", "Lin", "correct horse battery")
    await service.name(STUDY, (account.id,))
    return service, account.id
