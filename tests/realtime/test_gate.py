"""Every attack that the gate has to stop, and what it must let through."""

from collections.abc import Callable
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from realtime import decode
from realtime.decode import Struct
from realtime.mirror import MemoryMirror
from realtime.room import Room
from realtime.varint import write_bytes, write_uint
from schemas.document import MAX_WORDING_CHARACTERS
from schemas.session import Role
from schemas.wire import SYNC_STEP2
from tests.realtime.conftest import SESSION
from tests.realtime.people import Browser, copies, json_of, member, note, update_of

pytestmark = pytest.mark.anyio

ALICE, BOB, MALLORY = 11, 12, 66
Attack = Callable[[Doc[Any]], object]


@pytest.fixture
async def alice(room: Room) -> Browser:
    browser = Browser(member("alice", ALICE)).join(room)
    browser.add("a1", "平台不互通 😀")
    browser.send()
    browser.hear()
    assert browser.refused == []
    return browser


@pytest.fixture
async def mallory(room: Room, alice: Browser) -> Browser:
    return Browser(member("mallory", MALLORY)).join(room)


async def refusal(room: Room, sender: Browser, update: bytes, kind: int = 2) -> str:
    """Send `update`; returns the code it was refused with, having checked that nothing changed."""
    witness = Browser(member("witness", 99)).join(room)
    before = witness.content()

    sender.send(update, kind=kind)
    sender.hear()

    await room.flushed()
    witness.hear()
    assert witness.content() == before
    assert Browser(member("later", 98)).join(room).content() == before
    return sender.refused[-1][1] if sender.refused else ""


def attack(browser: Browser, change: Attack, client: int = MALLORY) -> bytes:
    """What a page would send that makes `change` in a copy of its document."""
    return update_of(copies(browser.doc, client), change)


def annotation(doc: Doc[Any], name: str = "a1") -> Map[Any]:
    found: Map[Any] = doc.get("annotations", type=Map)[name]
    return found


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


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "verdict"},
        {"kind": ["problem"]},
        {"targets": []},
        {"targets": [{"line": "l1"}]},
        {"targets": [{"line": "l1", "revision": 0, "start": 0, "end": None, "quote": ""}] * 51},
        {"voice": "alice"},
        {"voice": {"name": "x" * 201, "person": None, "unit": None}},
        {"at": "yesterday"},
        {"opened": "yes"},
        {"wording": "plain"},
        {"wording": ...},
        {"author": ...},
        {"thread": ...},
        {"extra": 1},
        {"thread": [1]},
        {"wording": Text("长" * (MAX_WORDING_CHARACTERS + 1))},
    ],
)
async def test_an_annotation_enters_whole_and_well_formed(
    room: Room, mallory: Browser, changed: dict[str, Any]
) -> None:
    def add(doc: Doc[Any]) -> None:
        doc.get("annotations", type=Map)["m1"] = note("mallory", **changed)

    code = await refusal(room, mallory, attack(mallory, add))

    assert code in ("gate.value", "gate.full")


async def test_a_clock_of_somebody_else_cannot_be_taken(room: Room, mallory: Browser) -> None:
    forged = attack(
        mallory, lambda doc: doc.get("annotations", type=Map).update({"m1": note("mallory")}), ALICE
    )

    assert await refusal(room, mallory, forged) == "gate.client"
    assert await refusal(room, mallory, forged, kind=SYNC_STEP2) == "gate.client"


async def test_known_structs_with_another_shape_change_nothing(
    room: Room, mallory: Browser
) -> None:
    # the shape of update that makes yrs panic: it names (client, clock) that the document has
    forged = write_uint(1) + write_uint(1) + write_uint(ALICE) + write_uint(0)
    forged += bytes((8, 1)) + write_bytes(b"annotations") + write_uint(1) + b"\x7e" + b"\x00"

    await refusal(room, mallory, forged)

    assert room.annotations()[0].text == "平台不互通 😀"


async def test_a_far_future_clock_is_a_gap(room: Room, mallory: Browser) -> None:
    fresh = Doc[Any](client_id=MALLORY)
    whole = update_of(
        fresh, lambda doc: doc.get("annotations", type=Map).update({"m1": note("mallory")})
    )
    late = decode.decode(whole, 100)
    moved = [struct._replace(clock=struct.clock + 1_000_000) for struct in late.structs]

    assert await refusal(room, mallory, decode.encode(moved, ())) == "gate.gap"


async def test_a_change_after_a_refused_one_is_refused_too(room: Room, mallory: Browser) -> None:
    page = copies(mallory.doc, MALLORY)
    first = update_of(page, lambda doc: annotation(doc).update({"kind": "cause"}))
    second = update_of(
        page, lambda doc: doc.get("annotations", type=Map).update({"m1": note("mallory")})
    )

    assert await refusal(room, mallory, first) == "gate.foreign"
    assert await refusal(room, mallory, second) == "gate.gap"


def struct(kind: int, content: bytes, **named: Any) -> Struct:
    """One struct of Mallory's at clock 0, with the origins and parent given."""
    origin, right = named.get("origin"), named.get("right")
    info = kind | (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if "key" in named else 0)
    raw = bytes((info,))
    for item in (origin, right):
        raw += write_uint(item[0]) + write_uint(item[1]) if item else b""
    if not (origin or right):
        parent = named["parent"]
        if isinstance(parent, str):
            raw += b"\x01" + write_bytes(parent.encode())
        else:
            raw += b"\x00" + write_uint(parent[0]) + write_uint(parent[1])
        if "key" in named:
            raw += write_bytes(named["key"].encode())
    return Struct(MALLORY, 0, 1, kind, origin, right, None, None, None, raw + content)


def places(room_doc: Doc[Any]) -> dict[tuple[str | None, int], tuple[int, int]]:
    """Where Alice's items are, by key and kind."""
    update = decode.decode(room_doc.get_update(), 10_000)
    return {(s.key, s.kind): (s.client, s.clock) for s in update.structs if s.client == ALICE}


async def test_an_item_between_two_texts_is_refused(room: Room, mallory: Browser) -> None:
    # Yjs would put it beside its right neighbour, yrs beside its left one
    mallory.add("m1", "mine")
    mallory.send()
    own = decode.decode(mallory.doc.get_update(), 10_000)
    mine = next(s for s in own.structs if s.client == MALLORY and s.kind == decode.STRING)
    theirs = places(mallory.doc)[(None, decode.STRING)]
    known = max(s.clock + s.length for s in own.structs if s.client == MALLORY)
    between = struct(decode.STRING, write_bytes(b"x"), origin=(MALLORY, mine.clock), right=theirs)

    code = await refusal(room, mallory, decode.encode([between._replace(clock=known)], ()))

    assert code == "gate.parent"


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


async def test_formatting_and_embedding_are_no_plain_text(room: Room, alice: Browser) -> None:
    page = copies(alice.doc, ALICE)

    bold = update_of(page, lambda doc: annotation(doc)["wording"].format(0, 2, {"bold": True}))

    assert await refusal(room, alice, bold) == "sync.malformed"


async def test_a_giant_text_is_refused(room: Room, alice: Browser) -> None:
    page = copies(alice.doc, ALICE)

    giant = update_of(page, lambda doc: annotation(doc)["wording"].insert(0, "x" * 300_000))
    long = update_of(page, lambda doc: annotation(doc)["wording"].insert(0, "x" * 60_000))

    assert giant
    assert await refusal(room, alice, long) in ("gate.full", "gate.gap")


async def test_too_many_structs_are_refused(room: Room, alice: Browser) -> None:
    def scatter(doc: Doc[Any]) -> None:
        for _ in range(65):
            annotation(doc)["wording"].insert(0, "x")
            annotation(doc)["wording"].insert(3, "y")

    assert await refusal(room, alice, attack(alice, scatter, ALICE)) == "sync.too_large"


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


async def test_who_only_watches_writes_nothing(room: Room, alice: Browser) -> None:
    observer = Browser(member("olga", 20, Role.OBSERVER)).join(room)

    def add(doc: Doc[Any]) -> None:
        doc.get("annotations", type=Map)["o1"] = note("olga")

    assert await refusal(room, observer, attack(observer, add, 20)) == "gate.read_only"
    deletion = attack(observer, lambda doc: annotation(doc)["wording"].clear(), 20)
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


async def test_an_annotation_keeps_the_parts_it_must_have(room: Room, alice: Browser) -> None:
    stripped = attack(alice, lambda doc: annotation(doc).pop("author"), ALICE)
    replaced = attack(alice, lambda doc: annotation(doc).update({"wording": Text("new")}), ALICE)

    assert await refusal(room, alice, stripped) == "gate.foreign"
    assert await refusal(room, alice, replaced) == "gate.foreign"


def emoji_of(browser: Browser, name: str) -> int:
    """The clock of the first half of the emoji with which the wording of `name` begins."""
    update = decode.decode(browser.doc.get_update(), 10_000)
    place = {(s.parent, s.kind): s for s in update.structs}
    text = next(s for s in update.structs if s.key == "wording" and s.parent == (MALLORY, 0))
    return place[((MALLORY, text.clock), decode.STRING)].clock


async def test_nothing_goes_between_the_halves_of_a_character(room: Room, mallory: Browser) -> None:
    mallory.add("m1", "😀")
    mallory.send()
    half = emoji_of(mallory, "m1")
    text = write_bytes(b"x")
    after = struct(decode.STRING, text, origin=(MALLORY, half))._replace(clock=half + 3)
    before = struct(decode.STRING, text, right=(MALLORY, half + 1))._replace(clock=half + 3)

    for update in (
        decode.encode([after], ()),
        decode.encode([before], ()),
        decode.encode((), [decode.Deletion(MALLORY, half, 1)]),
        decode.encode((), [decode.Deletion(MALLORY, half + 1, 1)]),
    ):
        assert await refusal(room, mallory, update) == "gate.character"


# What must pass.


async def deliver(room: Room, *browsers: Browser) -> None:
    for browser in browsers:
        browser.send()
    await room.flushed()
    for browser in browsers:
        browser.hear()


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


async def test_a_refusal_says_which_message_and_why(room: Room, mallory: Browser) -> None:
    mallory.peer.written.clear()

    mallory.send(b"\x00\x00\x07")

    assert json_of(mallory.peer.written[-1]) == {
        "counter": 1,
        "code": "sync.malformed",
        "detail": "bytes after the end: not an update of version 1",
    }
    assert room.refusals == {"sync.malformed": 1}
