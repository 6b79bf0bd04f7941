"""A private objection shows in no byte, count or timing to anybody but its author and the confidant."""

from collections.abc import Callable, Mapping

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, update

from realtime.peer import Frame, Member
from realtime.room import Room
from schemas.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.ids import AccountId, ProposalId
from schemas.session import Language
from schemas.taxonomy import Stance
from server.services.accounts import Accounts
from server.services.confidence import BOX_BYTES, Confidence
from server.services.sessions import Sessions
from server.store import tables
from server.store.database import Database
from tests.server.method import GUEST, LI, MODERATOR, STUDY, WANG, Browser, key
from tests.server.negotiating import Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.anyio

INSTALLATION = b"k" * 32
REASON = "our director would be named 我们局长"


async def confiding(scene: Scene) -> tuple[Confidence, AccountId, ProposalId]:
    """A wording put to the room, and an account that reads what is told in confidence."""
    service = Confidence(scene.database, INSTALLATION)
    account = await Accounts(scene.database).create("lin", "Lin", "correct horse battery")
    await service.name(STUDY, (account.id,))
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    return service, account.id, proposal


async def everything(database: Database) -> Mapping[str, object]:
    """Every row of every table but the sealed one."""
    async with database.read() as work:
        return {
            table.name: [tuple(row) for row in await work.connection.execute(select(table))]
            for table in tables.metadata.sorted_tables
            if table is not tables.private_objection
        }


class Ears:
    """A browser that keeps every byte it is sent."""

    def buffered(self) -> int:
        """Nothing waits."""
        return 0

    def watch(self, on_slow: Callable[[], None], on_drained: Callable[[], None]) -> None:
        """It is never slow."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def send(self, frame: Frame) -> None:
        """Keep a message."""
        self.heard.append(frame.message)

    def close(self, code: int, reason: str) -> None:
        """End."""


async def test_nobody_can_tell_that_somebody_objected_in_private(scene: Scene) -> None:
    service, _, proposal = await confiding(scene)
    li = Browser(scene.room, LI, 13)
    before, committed = await everything(scene.database), len(scene.committed)
    sequence, notes = scene.room.durable, scene.room.annotations()
    mine = {one.id: await Sessions(scene.database).mine(one) for one in (LI, MODERATOR, GUEST)}
    own = {one.id: await service.own(one) for one in (LI, MODERATOR, GUEST)}
    history = await scene.wordings.chronicle(LI, proposal)

    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)

    assert await everything(scene.database) == before
    assert len(scene.committed) == committed
    assert (scene.room.durable, scene.room.annotations()) == (sequence, notes)
    for one in (LI, MODERATOR, GUEST):
        assert await Sessions(scene.database).mine(one) == mine[one.id]
        assert await service.own(one) == own[one.id]
    assert await scene.wordings.chronicle(LI, proposal) == history
    li.leave()


async def test_the_answer_is_that_of_a_public_objection_with_the_state_unmoved(
    scene: Scene,
) -> None:
    service, _, proposal = await confiding(scene)

    answer = await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)

    assert answer == {"number": 1, "stance": "object", "state": "open"}
    assert await scene.take(WANG, proposal, Stance.AGREE) == "agreed"


async def test_the_sealed_row_tells_neither_who_nor_what_nor_how_much(scene: Scene) -> None:
    service, _, proposal = await confiding(scene)
    await service.object(WANG, scene.key(), proposal, number=1, reason="no")
    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON * 20)

    async with scene.database.read() as work:
        boxes = (await work.connection.execute(select(tables.private_objection.c.box))).scalars()
        sizes = set()
        for box in boxes:
            sizes.add(len(box))
            for word in (b"wang", b"water", proposal.encode(), REASON.encode()):
                assert word not in box
    assert sizes == {12 + BOX_BYTES + 16}


async def test_the_longest_reason_fits_its_box(scene: Scene) -> None:
    service, account, proposal = await confiding(scene)

    await service.object(WANG, scene.key(), proposal, number=1, reason="𠮷" * 1_000)

    (told,) = await service.read(account, STUDY)
    assert told.reason == "𠮷" * 1_000
    async with scene.database.read() as work:
        box = (await work.connection.execute(select(tables.private_objection.c.box))).scalar_one()
    assert len(box) == 12 + BOX_BYTES + 16


async def test_only_the_confidant_reads_it_and_only_its_author_sees_it_again(scene: Scene) -> None:
    service, account, proposal = await confiding(scene)
    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)

    (told,) = await service.read(account, STUDY)

    assert (told.name, told.unit.in_(Language.ZH), told.reason) == ("wang", "水务局", REASON)
    assert told.wording == "Data is not shared"
    ((_, reason),) = (await service.own(WANG)).objections[proposal]
    assert reason == REASON
    with pytest.raises(Forbidden) as refused:
        await service.read(AccountId("somebody"), STUDY)
    assert refused.value.code == "confidant.only"


async def test_sent_twice_it_is_told_once(scene: Scene) -> None:
    service, account, proposal = await confiding(scene)

    for _ in range(2):
        await service.object(WANG, key(900), proposal, number=1, reason=REASON)

    assert len(await service.read(account, STUDY)) == 1


async def test_its_author_takes_it_out_and_nobody_else(scene: Scene) -> None:
    service, account, proposal = await confiding(scene)
    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)
    ((box_id, _),) = (await service.own(WANG)).objections[proposal]

    for someone in (LI, MODERATOR):
        with pytest.raises(NotFound):
            await service.take_out(someone, box_id)
        with pytest.raises(NotFound):
            await service.find(someone, box_id)
    sealed = await service.take_out(WANG, box_id)

    assert (sealed.reason, sealed.number) == (REASON, 1)
    assert await service.read(account, STUDY) == []


async def test_a_box_from_before_is_found_by_its_author_again(scene: Scene) -> None:
    service, account, proposal = await confiding(scene)
    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)
    async with scene.database.write() as work:  # as it was kept: under an id of the command's key
        await work.connection.execute(update(tables.private_objection).values(id="f" * 32))
    assert (await service.own(WANG)).objections == {}

    assert await Confidence(scene.database, b"x" * 32).settle() == 0
    assert await service.settle() == 1
    assert await service.settle() == 0

    ((box_id, reason),) = (await service.own(WANG)).objections[proposal]
    assert reason == REASON
    assert (await service.own(LI)).objections == {}
    assert (await service.take_out(WANG, box_id)).reason == REASON
    assert await service.read(account, STUDY) == []


async def test_with_another_key_nothing_opens(scene: Scene) -> None:
    service, account, proposal = await confiding(scene)
    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)

    with pytest.raises(InvalidTag):
        await Confidence(scene.database, b"x" * 32).read(account, STUDY)


async def test_it_needs_a_reason_a_confidant_and_an_expert(scene: Scene) -> None:
    service, _, proposal = await confiding(scene)

    with pytest.raises(Invalid):
        await service.object(WANG, scene.key(), proposal, number=1, reason=" ")
    with pytest.raises(Conflict) as stale:
        await service.object(WANG, scene.key(), proposal, number=0, reason=REASON)
    for someone in (MODERATOR, GUEST):
        with pytest.raises(Forbidden):
            await service.object(someone, scene.key(), proposal, number=1, reason=REASON)
    await service.name(STUDY, ())
    with pytest.raises(Conflict) as nobody:
        await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)

    assert (stale.value.code, nobody.value.code) == ("proposal.stale_wording", "confidant.none")
    async with scene.database.read() as work:
        count = select(func.count()).select_from(tables.private_objection)
        assert (await work.connection.execute(count)).scalar_one() == 0


async def test_no_byte_reaches_another_browser(scene: Scene) -> None:
    service, _, proposal = await confiding(scene)
    ears = await listener(scene.room)
    ears.heard.clear()

    await service.object(WANG, scene.key(), proposal, number=1, reason=REASON)
    await scene.room.flushed()

    assert ears.heard == []


async def listener(room: Room) -> Ears:
    """Join as a guest who only listens."""
    ears = Ears()
    member = Member(GUEST.id, GUEST.name, None, GUEST.role, frozenset({99}), False, False)
    room.join(ears, member)
    await room.flushed()
    return ears
