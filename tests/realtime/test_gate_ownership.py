"""Attacks on what is another's or the server's: each is refused, and nobody else notices."""

from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from realtime import decode
from realtime.room import Room
from realtime.varint import write_uint
from schemas.session import Role
from schemas.wire import SYNC_STEP2
from tests.realtime.attacks import (
    ALICE,
    BOB,
    Attack,
    annotation,
    attack,
    deliver,
    places,
    refusal,
    struct,
)
from tests.realtime.people import Browser, member, note

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("gate.foreign", lambda doc: annotation(doc).update({"kind": "cause"})),
        ("gate.foreign", lambda doc: annotation(doc).update({"author": "mallory"})),
        ("gate.foreign", lambda doc: annotation(doc).update({"withdrawn": True})),
        ("gate.foreign", lambda doc: annotation(doc).update({"opened": True})),
        ("gate.value", lambda doc: annotation(doc).update({"extra": 1})),
        ("gate.foreign", lambda doc: annotation(doc)["wording"].insert(0, "x")),
        ("gate.foreign", lambda doc: annotation(doc)["wording"].clear()),
        ("gate.foreign", lambda doc: annotation(doc).pop("kind")),
        ("gate.foreign", lambda doc: doc.get("annotations", type=Map).pop("a1")),
        (
            "gate.foreign",
            lambda doc: doc.get("annotations", type=Map).update({"a1": note("mallory")}),
        ),
        ("gate.author", lambda doc: doc.get("annotations", type=Map).update({"m1": note("alice")})),
        ("gate.value", lambda doc: doc.get("annotations", type=Map).update({"m1": "text"})),
        (
            "gate.value",
            lambda doc: doc.get("annotations", type=Map).update({"m" * 65: note("mallory")}),
        ),
        ("gate.server", lambda doc: doc.get("lines", type=Map).update({"l1": {"text": "forged"}})),
        ("gate.server", lambda doc: doc.get("lines", type=Map).update({"l2": {"text": "forged"}})),
        ("gate.foreign", lambda doc: doc.get("lines", type=Map).pop("l1")),
        ("gate.server", lambda doc: doc.get("board", type=Map).update({"p1": {"state": "agreed"}})),
        ("gate.server", lambda doc: doc.get("meta", type=Map).update({"applied": 9})),
        ("gate.root", lambda doc: doc.get("secret", type=Map).update({"a": 1})),
        ("sync.malformed", lambda doc: doc.get("annotations", type=Map).update({"m1": Doc()})),
        ("sync.malformed", lambda doc: doc.get("annotations", type=Map).update({"m1": Array([1])})),
        (
            "gate.author",
            lambda doc: annotation(doc)["thread"].update(
                {"r1": {"author": "alice", "text": "forged", "at": 1}}
            ),
        ),
    ],
)
async def test_what_is_anothers_or_the_servers_cannot_be_written(
    room: Room, mallory: Browser, code: str, change: Attack
) -> None:
    assert await refusal(room, mallory, attack(mallory, change)) == code


async def test_a_clock_of_somebody_else_cannot_be_taken(room: Room, mallory: Browser) -> None:
    forged = attack(
        mallory, lambda doc: doc.get("annotations", type=Map).update({"m1": note("mallory")}), ALICE
    )

    assert await refusal(room, mallory, forged) == "gate.client"
    assert await refusal(room, mallory, forged, kind=SYNC_STEP2) == "gate.client"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (decode.GC, write_uint(1)),
        (decode.DELETED, write_uint(1)),
        (decode.TYPE, write_uint(decode.TYPE_MAP)),
    ],
)
async def test_nothing_can_stand_for_anothers_annotation(
    room: Room, mallory: Browser, kind: int, content: bytes
) -> None:
    overwriting = struct(kind, content, origin=places(mallory.doc)[("a1", decode.TYPE)])
    if kind == decode.GC:
        overwriting = overwriting._replace(raw=bytes((10,)) + content)  # a skip

    code = await refusal(room, mallory, decode.encode([overwriting], ()))

    assert code in ("gate.foreign", "sync.malformed")


async def test_a_deleted_item_cannot_displace_anothers_key(room: Room, mallory: Browser) -> None:
    kind = places(mallory.doc)[("kind", decode.ANY)]
    tombstone = struct(decode.DELETED, write_uint(1), origin=kind)

    assert await refusal(room, mallory, decode.encode([tombstone], ())) == "gate.foreign"


@pytest.mark.parametrize("parent", ["wording", "thread", "kind", "a1"])
async def test_a_hidden_item_cannot_enter_anothers_annotation(
    room: Room, mallory: Browser, parent: str
) -> None:
    kind = decode.ANY if parent == "kind" else decode.TYPE
    inside = struct(
        decode.ANY, b"\x01\x7e", parent=places(mallory.doc)[(parent, kind)], key="x" * 3
    )

    code = await refusal(room, mallory, decode.encode([inside], ()))

    assert code in ("gate.foreign", "gate.parent", "gate.value")


async def test_who_only_watches_writes_nothing(room: Room, alice: Browser) -> None:
    observer = Browser(member("olga", 20, Role.OBSERVER)).join(room)

    def add(doc: Doc[Any]) -> None:
        doc.get("annotations", type=Map)["o1"] = note("olga")

    assert await refusal(room, observer, attack(observer, add, 20)) == "gate.read_only"
    deletion = attack(observer, lambda doc: annotation(doc)["wording"].clear(), 20)
    assert await refusal(room, observer, deletion) == "gate.foreign"
    alice.annotations["a1"]["opened"] = True
    await deliver(room, alice)
    assert await refusal(room, observer, deletion) == "gate.foreign"


async def test_an_annotation_with_words_of_others_cannot_be_deleted(
    room: Room, alice: Browser
) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    bob.reply("a1", "r1", "同意")
    bob.send()
    alice.hear()
    await room.flushed()
    alice.hear()

    deleted = attack(alice, lambda doc: doc.get("annotations", type=Map).pop("a1"), ALICE)
    forged = attack(alice, lambda doc: annotation(doc)["thread"].pop("r1"), ALICE)

    assert await refusal(room, alice, deleted) == "gate.foreign"
    assert await refusal(room, alice, forged) == "gate.foreign"


async def test_an_annotation_in_whose_wording_others_typed_cannot_be_deleted(
    room: Room, alice: Browser
) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    alice.annotations["a1"]["opened"] = True
    await deliver(room, alice, bob)
    bob.wording("a1").insert(0, "我们的")
    await deliver(room, bob, alice)

    deleted = attack(alice, lambda doc: doc.get("annotations", type=Map).pop("a1"), ALICE)

    assert await refusal(room, alice, deleted) == "gate.foreign"


async def test_anothers_reply_is_not_replaced_by_ones_own(
    room: Room, alice: Browser, mallory: Browser
) -> None:
    bob = Browser(member("bob", BOB)).join(room)
    bob.reply("a1", "r1", "同意")
    await deliver(room, bob, mallory)
    own = {"author": "mallory", "text": "mine now", "at": 1}

    replaced = attack(mallory, lambda doc: annotation(doc)["thread"].update({"r1": own}))

    assert await refusal(room, mallory, replaced) == "gate.foreign"


async def test_what_another_chose_to_say_of_a_note_is_not_taken_back(
    room: Room, alice: Browser, mallory: Browser
) -> None:
    alice.annotations["a1"]["withdrawn"] = True
    await deliver(room, alice, mallory)

    shown = attack(mallory, lambda doc: annotation(doc).pop("withdrawn"))

    assert await refusal(room, mallory, shown) == "gate.foreign"


@pytest.mark.parametrize(
    "change",
    [
        lambda doc: annotation(doc)["wording"].insert(0, "x"),
        lambda doc: annotation(doc).update({"kind": "cause"}),
        lambda doc: annotation(doc)["thread"].update(
            {"r1": {"author": "alice", "text": "x", "at": 1}}
        ),
    ],
)
async def test_nothing_is_written_into_a_deleted_annotation(
    room: Room, alice: Browser, change: Attack
) -> None:
    phone = Browser(member("alice", 15, Role.EXPERT, ALICE)).join(room)
    late = attack(phone, change, 15)
    del alice.annotations["a1"]
    await deliver(room, alice, phone)

    assert await refusal(room, phone, late) == "gate.gone"


async def test_an_annotation_keeps_the_parts_it_must_have(room: Room, alice: Browser) -> None:
    stripped = attack(alice, lambda doc: annotation(doc).pop("author"), ALICE)
    replaced = attack(alice, lambda doc: annotation(doc).update({"wording": Text("new")}), ALICE)

    assert await refusal(room, alice, stripped) == "gate.foreign"
    assert await refusal(room, alice, replaced) == "gate.foreign"
