"""A negotiation in a real room on both databases: every command, its event and its mirror."""

from collections.abc import Awaitable

import anyio
import pytest
from sqlalchemy import select, update

from schemas.document import BOARD_KEYS
from schemas.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from schemas.events import ProposalChanged
from schemas.ids import AnnotationId, LineId, ProposalId, UnitId
from schemas.taxonomy import Stance
from server.store import tables
from server.store.database import Committed
from server.store.leases import Leases
from tests.server.method import (
    GUEST,
    LI,
    MODERATOR,
    PLANNING,
    SESSION,
    STUDY,
    TRAFFIC,
    WANG,
    WATER,
    Browser,
    key,
)
from tests.server.negotiating import Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.anyio


async def test_a_proposal_is_mirrored_logged_and_told(scene: Scene) -> None:
    proposal = await scene.propose()

    board = await scene.board(proposal)
    (event,) = await scene.events()
    assert set(board) == set(BOARD_KEYS)
    assert (board["state"], board["number"], board["text"]) == ("open", 0, "")
    assert board["affected"] == [WATER, TRAFFIC]
    assert (event.action, event.subject, event.actor) == ("proposal.opened", proposal, "mo")
    assert scene.committed == [Committed((SESSION,), (ProposalChanged(STUDY, SESSION, proposal),))]


async def test_without_named_units_the_voices_of_the_grounds_are_affected(scene: Scene) -> None:
    proposal = await scene.propose(affected=())

    assert (await scene.board(proposal))["affected"] == [WATER]


async def test_a_draft_is_proposed_once(scene: Scene) -> None:
    proposal = await scene.propose()

    error = await scene.refused(Conflict, scene.propose())

    assert (error.code, error.fields["proposal"]) == ("proposal.exists", proposal)


async def test_putting_the_wording_freezes_what_was_typed_so_far(scene: Scene) -> None:
    proposal = await scene.propose()
    scene.moderator.type("draft", " between departments. ")

    answer = await scene.put(proposal, base=0)

    assert answer == {"number": 1, "text": "Data is not shared between departments."}
    async with scene.database.read() as work:
        row = (await work.connection.execute(select(tables.wording))).one()
    assert (row.room_seq, row.authors) == (scene.room.durable, ["mo"])
    assert (await scene.board(proposal))["number"] == 1


async def test_the_same_key_puts_once(scene: Scene) -> None:
    proposal = await scene.propose()
    first = await scene.service.put_wording(MODERATOR, key(900), proposal, base=0)
    scene.moderator.type("draft", " any more")

    again = await scene.service.put_wording(MODERATOR, key(900), proposal, base=0)

    assert again == first
    assert len(await scene.events()) == 2


async def test_a_stale_wording_is_refused_with_the_difference(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    scene.moderator.type("draft", " at all")
    await scene.put(proposal, base=1)
    scene.moderator.type("draft", "!")

    error = await scene.refused(Conflict, scene.put(proposal, base=1))

    assert error.code == "proposal.stale_wording"
    assert (error.fields["number"], error.fields["text"]) == (2, "Data is not shared at all")
    assert error.fields["difference"] == [
        {"op": "keep", "text": "Data is not shared"},
        {"op": "add", "text": " at all"},
    ]


async def test_an_unchanged_or_empty_wording_is_not_put(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    scene.moderator.note("empty", "   ", "line-1", opened=True)
    other = await scene.propose(draft=AnnotationId("empty"))

    unchanged = await scene.refused(Conflict, scene.put(proposal, base=1))
    empty = await scene.refused(Invalid, scene.put(other, base=0))

    assert (unchanged.code, empty.code) == ("proposal.wording_unchanged", "wording.empty")


async def test_positions_agree_contest_and_agree_again(scene: Scene) -> None:
    li = Browser(scene.room, LI, 13)
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    assert await scene.take(WANG, proposal, Stance.AGREE) == "open"
    assert await scene.take(LI, proposal, Stance.OBJECT, reason="not all of it") == "contested"
    board = await scene.board(proposal)
    assert (board["shown"], board["objections"]) == (None, ["not all of it"])
    assert board["tally"] == {
        "agree": 1,
        "live_with": 0,
        "object": 1,
        "abstain": 0,
        "waiting": 0,
        "heard": 2,
    }
    assert await scene.take(LI, proposal, Stance.LIVE_WITH) == "agreed"
    scene.moderator.type("draft", " in time")
    await scene.put(proposal, base=1)
    board = await scene.board(proposal)
    assert (board["state"], board["stale"]) == ("open", True)
    li.leave()


async def test_who_is_absent_does_not_hold_the_room_up(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    assert await scene.take(WANG, proposal, Stance.AGREE) == "agreed"


async def test_a_position_names_the_newest_wording(scene: Scene) -> None:
    proposal = await scene.propose()
    early = await scene.refused(Conflict, scene.take(WANG, proposal, Stance.AGREE, number=0))
    await scene.put(proposal, base=0)

    stale = await scene.refused(Conflict, scene.take(WANG, proposal, Stance.AGREE, number=0))

    assert (early.code, stale.code) == ("proposal.no_wording", "proposal.stale_wording")
    assert stale.fields["number"] == 1


async def test_an_objection_needs_a_reason(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    error = await scene.refused(Invalid, scene.take(WANG, proposal, Stance.OBJECT, reason=" "))

    assert error.code == "position.reason"


async def test_a_spoken_position_keeps_its_line_and_speaker_and_the_units_own_replaces_it(
    scene: Scene,
) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    await scene.service.take_position(
        MODERATOR,
        scene.key(),
        proposal,
        number=1,
        stance=Stance.OBJECT,
        reason="too general",
        unit_id=WATER,
        line_id=LineId("line-1"),
    )
    spoken = await scene.newest(proposal)
    assert (spoken.person_id, spoken.line_id, spoken.recorded_by) == ("wang", "line-1", "mo")
    assert (await scene.board(proposal))["state"] == "contested"

    assert await scene.take(WANG, proposal, Stance.AGREE) == "agreed"
    assert (await scene.newest(proposal)).stance is Stance.AGREE


@pytest.mark.parametrize(
    ("unit", "line", "code"),
    [
        (None, None, "position.unit"),
        (UnitId("nowhere"), None, "unit.unknown"),
        (WATER, LineId("no-line"), "position.line"),
    ],
)
async def test_a_spoken_position_needs_a_unit_and_a_line_of_the_room(
    scene: Scene, unit: UnitId | None, line: LineId | None, code: str
) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    error = await scene.refused(
        Invalid,
        scene.service.take_position(
            MODERATOR,
            scene.key(),
            proposal,
            number=1,
            stance=Stance.AGREE,
            unit_id=unit,
            line_id=line,
        ),
    )

    assert error.code == code


async def test_an_expert_answers_for_no_other_unit(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    error = await scene.refused(
        Invalid,
        scene.service.take_position(
            WANG, scene.key(), proposal, number=1, stance=Stance.AGREE, unit_id=TRAFFIC
        ),
    )

    assert error.code == "position.unit"


async def test_naming_the_affected_moves_the_state(scene: Scene) -> None:
    proposal = await scene.propose(affected=(PLANNING,))
    await scene.put(proposal, base=0)
    assert await scene.take(WANG, proposal, Stance.AGREE) == "open"

    answer = await scene.service.set_affected(MODERATOR, scene.key(), proposal, (WATER, WATER))

    assert answer == {"affected": [WATER], "state": "agreed"}


async def test_observers_and_experts_do_not_lead(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    for person in (WANG, GUEST):
        await scene.refused(
            Forbidden, scene.service.put_wording(person, scene.key(), proposal, base=1)
        )
    await scene.refused(Forbidden, scene.take(GUEST, proposal, Stance.AGREE))


async def test_nothing_is_decided_once_the_session_is_closed(scene: Scene) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    async with scene.database.write() as work:
        await work.connection.execute(update(tables.session).values(state="closed"))

    error = await scene.refused(Forbidden, scene.take(WANG, proposal, Stance.AGREE))

    assert error.fields["state"] == "closed"


async def test_a_proposal_of_another_session_is_unknown(scene: Scene) -> None:
    await scene.refused(NotFound, scene.service.session_of(ProposalId("none")))
    await scene.refused(NotFound, scene.take(WANG, ProposalId("none"), Stance.AGREE))


async def test_positions_taken_at_once_are_all_kept(scene: Scene) -> None:
    others = [Browser(scene.room, LI, 13)]
    proposal = await scene.propose()
    await scene.put(proposal, base=0)

    async with anyio.create_task_group() as group:
        for person in (WANG, LI, WANG, LI):
            group.start_soon(scene.take, person, proposal, Stance.AGREE)

    board = await scene.board(proposal)
    assert board["state"] == "agreed"
    assert board["tally"] == {
        "agree": 2,
        "live_with": 0,
        "object": 0,
        "abstain": 0,
        "waiting": 0,
        "heard": 2,
    }
    assert [one.seq for one in await scene.events()] == list(range(1, 7))
    others[0].leave()


@pytest.mark.parametrize("command", ["propose", "put", "take", "affect", "name", "mark"])
async def test_who_was_replaced_while_it_slept_writes_nothing_through_a_command(
    scene: Scene, command: str
) -> None:
    proposal = await scene.propose()
    await scene.put(proposal, base=0)
    scene.moderator.type("draft", " any more")
    scene.moderator.note("draft-2", "Another", "line-1", opened=True)
    for _ in range(2):  # the room was opened under the first epoch
        await Leases(scene.database, "the other node").take(SESSION)
    commands: dict[str, Awaitable[object]] = {
        "propose": scene.propose(draft=AnnotationId("draft-2")),
        "put": scene.put(proposal, base=1),
        "take": scene.take(WANG, proposal, Stance.AGREE),
        "affect": scene.service.set_affected(MODERATOR, scene.key(), proposal, (WATER,)),
        "name": scene.outcomes.name_speaker(WANG, scene.key(), WATER, WANG.id),
        "mark": scene.marks.mark(WANG, scene.key(), "annotation", "note", shared=True),
    }
    before = await scene.rows()

    error = await scene.refused(Unavailable, commands.pop(command))

    assert error.code == "room.elsewhere"
    assert await scene.rows() == before
    for other in commands.values():
        other.close()  # type: ignore[attr-defined]  # a coroutine that is not awaited


async def test_who_is_replaced_while_the_wording_is_saved_does_not_put_it(scene: Scene) -> None:
    proposal = await scene.propose()
    scene.log.failing = True
    scene.moderator.type("draft", " in the memory of one node")
    before = await scene.rows()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(scene.refused, Unavailable, scene.put(proposal, base=0))
        await anyio.wait_all_tasks_blocked()
        for _ in range(2):
            await Leases(scene.database, "the other node").take(SESSION)
        scene.log.failing = False

    assert await scene.rows() == before
