"""What the gate lets through, and when: opened wordings, silent minutes, long offline stretches."""

from typing import Any

import pytest
from pycrdt import Doc, Map

from realtime.mirror import MemoryMirror
from realtime.room import Room
from schemas.session import Role
from schemas.wire import SYNC_STEP2
from tests.realtime.attacks import ALICE, BOB, annotation, attack, deliver, refusal
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, copies, member, note, update_of

pytestmark = pytest.mark.anyio


async def test_in_a_silent_minute_no_byte_of_a_note_passes(
    room: Room, alice: Browser, mirror: MemoryMirror
) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    page = copies(alice.doc, ALICE)

    def add(doc: Doc[Any]) -> None:
        doc.get("annotations", type=Map)["a2"] = note("alice", "静默的话")

    unsent = update_of(page, add)
    mirror.put(SESSION, "meta", "quiet", {"until": 1.0})
    await room.apply_mirror()

    assert await refusal(room, alice, unsent) == "gate.quiet"
    assert await refusal(room, alice, unsent, kind=SYNC_STEP2) == "gate.quiet"
    assert not any("静默的话".encode() in message for message in bob.peer.written)
    bob.hear()
    assert "a2" not in bob.content()["annotations"]

    mirror.put(SESSION, "meta", "quiet", None)
    await room.apply_mirror()
    alice.refused.clear()
    alice.send(unsent)
    await room.flushed()
    alice.hear()
    bob.hear()
    assert alice.refused == []
    assert bob.content()["annotations"]["a2"]["wording"] == "静默的话"


async def test_in_a_silent_minute_a_wording_is_still_typed_together(
    room: Room, alice: Browser, mirror: MemoryMirror
) -> None:
    page = copies(alice.doc, ALICE)
    more = update_of(page, lambda doc: annotation(doc)["wording"].insert(0, "x"))
    mirror.put(SESSION, "meta", "quiet", {"until": 1.0})
    await room.apply_mirror()

    alice.send(more)
    alice.hear()

    assert alice.refused == []


async def test_an_opened_wording_is_typed_together(room: Room, alice: Browser) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    alice.annotations["a1"]["opened"] = True
    await deliver(room, alice, bob)

    bob.wording("a1").insert(0, "我们的")
    del bob.wording("a1")[0:3]
    alice.wording("a1").insert(0, "👍")
    await deliver(room, alice, bob)

    assert alice.refused == bob.refused == []
    assert alice.content() == bob.content()
    assert room.wording(room.annotations()[0].id).authors == ("alice", "bob")


async def test_a_wording_that_was_closed_again_is_the_authors_alone(
    room: Room, alice: Browser
) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    alice.annotations["a1"]["opened"] = True
    await deliver(room, alice, bob)
    del alice.annotations["a1"]["opened"]
    await deliver(room, alice)

    late = attack(bob, lambda doc: annotation(doc)["wording"].clear(), BOB)
    assert await refusal(room, bob, late) == "gate.closed"
    bob.wording("a1").insert(0, "late")
    await deliver(room, bob)

    assert [code for _, code in bob.refused] == ["gate.closed", "gate.closed"]


async def test_a_moderator_opens_and_closes_any_wording(room: Room, alice: Browser) -> None:
    moderator = Browser(member("mo", 30, Role.MODERATOR)).join(room)

    moderator.annotations["a1"]["opened"] = True
    moderator.wording("a1").insert(0, "主持：")
    await deliver(room, moderator, alice)
    opened = room.annotations()[0].opened
    del moderator.annotations["a1"]["opened"]
    await deliver(room, moderator, alice)

    assert opened
    assert not room.annotations()[0].opened
    assert moderator.refused == []
    assert alice.wording("a1").to_py() == "主持：平台不互通 😀"


async def test_own_parts_change_and_own_annotations_go(room: Room, alice: Browser) -> None:
    alice.annotations["a1"]["kind"] = "cause"
    alice.annotations["a1"]["kind"] = "example"
    alice.annotations["a1"]["withdrawn"] = True
    alice.reply("a1", "r1", "补充")
    alice.reply("a1", "r1", "更正")
    alice.add("a2", "另一个")
    del alice.annotations["a2"]
    alice.add("a2", "again")

    await deliver(room, alice)

    assert alice.refused == []
    assert [found.id for found in room.annotations()] == ["a1", "a2"]


async def test_a_resent_frame_is_taken_once(room: Room, alice: Browser) -> None:
    alice.wording("a1").insert(0, "x")
    frame = alice.journal[0]
    before = room.sequence

    alice.send()
    alice.send(frame)
    alice.send(frame, kind=SYNC_STEP2)
    await deliver(room, alice)

    assert alice.refused == []
    assert room.sequence == before + 1
    assert alice.saved == alice.sent


async def test_a_long_offline_stretch_comes_as_one_answer(room: Room, alice: Browser) -> None:
    phone = Browser(member("alice", 15, Role.EXPERT, ALICE)).join(room)
    phone.leave()
    for n in range(30):
        phone.add(f"p{n}", f"第{n}条 😀")
        phone.wording(f"p{n}").insert(0, "前")
        del phone.wording(f"p{n}")[0:3]
    phone.annotations["p3"]["kind"] = "cause"
    phone.annotations["p3"]["kind"] = "memo"
    phone.journal.clear()
    phone.join(room)

    phone.send(phone.doc.get_update(), kind=SYNC_STEP2)
    await deliver(room, phone, alice)

    assert phone.refused == []
    assert alice.content() == phone.content()


async def test_foreign_structs_in_an_answer_are_left_out(room: Room, alice: Browser) -> None:
    # a browser that outlived a crash offers what the server never had of others
    bob = Browser(member("bob", BOB)).join(room)
    lost = Browser(member("carol", 13))
    lost.add("c1", "lost")
    bob.doc.apply_update(lost.doc.get_update())
    bob.journal.clear()
    bob.add("b1", "kept")
    bob.journal.clear()

    bob.send(bob.doc.get_update(), kind=SYNC_STEP2)
    await deliver(room, bob, alice)

    assert bob.refused == []
    assert sorted(alice.content()["annotations"]) == ["a1", "b1"]
