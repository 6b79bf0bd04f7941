"""The record of a session that is not open is nobody's to change, whatever a browser sends."""

import pytest
from pycrdt import Map

from realtime.mirror import MemoryMirror
from realtime.room import Room
from schemas.wire import SYNC_STEP2
from tests.realtime.attacks import ALICE, BOB, annotation, refusal
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, copies, member, note, update_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("state", ["prepared", "closed"])
async def test_in_a_session_that_is_not_open_nobody_changes_anything(
    room: Room, alice: Browser, mirror: MemoryMirror, state: str
) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    page = copies(alice.doc, ALICE)
    changes = [
        update_of(page, lambda doc: doc.get("annotations", type=Map).__setitem__("a2", note("alice", "late"))),
        update_of(copies(alice.doc, ALICE), lambda doc: annotation(doc)["wording"].insert(0, "x")),
        update_of(copies(alice.doc, ALICE), lambda doc: doc.get("annotations", type=Map).pop("a1")),
    ]  # fmt: skip
    mirror.put(SESSION, "meta", "state", state)
    await room.apply_mirror()

    for change in changes:
        assert await refusal(room, alice, change) == "gate.not_live"
    assert await refusal(room, alice, changes[0], kind=SYNC_STEP2) == "gate.not_live"
    bob.hear()
    assert "a2" not in bob.content()["annotations"]

    mirror.put(SESSION, "meta", "state", "live")
    await room.apply_mirror()
    alice.refused.clear()
    alice.send(changes[0])
    await room.flushed()
    alice.hear()
    bob.hear()
    assert alice.refused == []
    assert "a2" in bob.content()["annotations"]
