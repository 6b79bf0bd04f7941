"""Attacks by shape: what is malformed, too large, out of order or beside its place."""

import tracemalloc
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from realtime import decode
from realtime.room import Room
from realtime.varint import write_bytes, write_uint
from schemas.document import MAX_WORDING_CHARACTERS
from schemas.wire import SYNC_STEP2, SYNC_UPDATE
from tests.realtime.attacks import ALICE, MALLORY, annotation, attack, places, refusal, struct
from tests.realtime.people import Browser, copies, json_of, note, update_of

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("side", ["origin", "right"])
async def test_a_neighbour_that_nobody_knows_is_a_gap(
    room: Room, mallory: Browser, side: str
) -> None:
    mallory.add("m1", "mine")
    mallory.send()
    own = [
        s for s in decode.decode(mallory.doc.get_update(), 10_000).structs if s.client == MALLORY
    ]
    letters = next(s for s in own if s.kind == decode.STRING)
    beside = {"origin": (MALLORY, letters.clock), "right": (MALLORY, letters.clock + 1)}
    typed = struct(decode.STRING, write_bytes(b"x"), **beside | {side: (777, 3)})

    update = decode.encode([typed._replace(clock=sum(s.length for s in own))], ())

    assert await refusal(room, mallory, update) == "gate.gap"


async def test_a_wording_holds_no_keys(room: Room, alice: Browser) -> None:
    wording = places(alice.doc)[("wording", decode.TYPE)]
    known = decode.decode(alice.doc.get_update(), 10_000).structs
    clock = sum(s.length for s in known if s.client == ALICE)
    hidden = struct(decode.ANY, b"\x01\x7e", parent=wording, key="x")

    update = decode.encode([hidden._replace(client=ALICE, clock=clock)], ())

    assert await refusal(room, alice, update) == "gate.value"


async def test_an_annotation_is_a_map_and_no_text_with_keys(room: Room, mallory: Browser) -> None:
    whole = attack(
        mallory, lambda doc: doc.get("annotations", type=Map).update({"m1": note("mallory")})
    )
    first, *fields = decode.decode(whole, 100).structs
    assert first.raw.endswith(bytes((decode.TYPE_MAP,)))
    text = first._replace(raw=first.raw[:-1] + bytes((decode.TYPE_TEXT,)))

    assert await refusal(room, mallory, decode.encode([text, *fields], ())) == "gate.value"


async def test_formatting_and_embedding_are_no_plain_text(room: Room, alice: Browser) -> None:
    page = copies(alice.doc, ALICE)

    bold = update_of(page, lambda doc: annotation(doc)["wording"].format(0, 2, {"bold": True}))

    assert await refusal(room, alice, bold) == "sync.malformed"


async def test_a_giant_text_is_refused(room: Room, alice: Browser) -> None:
    page = copies(alice.doc, ALICE)

    giant = update_of(page, lambda doc: annotation(doc)["wording"].insert(0, "x" * 70_000))
    long = update_of(page, lambda doc: annotation(doc)["wording"].insert(0, "x" * 60_000))

    assert await refusal(room, alice, giant) == "sync.too_large"
    assert await refusal(room, alice, long) in ("gate.full", "gate.gap")


async def test_too_many_structs_are_refused(room: Room, alice: Browser) -> None:
    def scatter(doc: Doc[Any]) -> None:
        for _ in range(65):
            annotation(doc)["wording"].insert(0, "x")
            annotation(doc)["wording"].insert(3, "y")

    assert await refusal(room, alice, attack(alice, scatter, ALICE)) == "sync.too_large"


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


async def test_a_refusal_says_which_message_and_why(room: Room, mallory: Browser) -> None:
    mallory.peer.written.clear()

    mallory.send(b"\x00\x00\x07")

    assert json_of(mallory.peer.written[-1]) == {
        "counter": 1,
        "code": "sync.malformed",
        "detail": "bytes after the end: not an update of version 1",
    }
    assert room.refusals == {"sync.malformed": 1}


OF_VERSION_2 = bytes.fromhex(
    "000003c20102030100040007270028002700042822616e6e6f746174696f6e736d31617574686f72776f7264696e67"
    "e4ba8c20f09f98800b0206070403010000020102010101040077076d616c6c6f727900"
)
"""An annotation as yjs 13.6 writes it with encodeStateAsUpdateV2: yrs would take it for nothing."""


@pytest.mark.parametrize("kind", [SYNC_UPDATE, SYNC_STEP2])
async def test_an_update_of_version_2_is_refused_and_not_lost_in_silence(
    room: Room, mallory: Browser, kind: int
) -> None:
    assert await refusal(room, mallory, OF_VERSION_2, kind=kind) == "sync.malformed"


HUGE = write_uint(1 << 52)
ENDLESS = b"\x75" + write_uint(1 << 40) + b"\x7e"  # an array of very many nulls
NESTED = b"\x75\x01" * 20_000 + b"\x7e"


@pytest.mark.parametrize(
    "bomb",
    [
        write_uint(1) + write_uint(1) + write_uint(MALLORY) + b"\x00\x00" + HUGE + b"\x00",
        decode.encode([struct(decode.DELETED, HUGE, parent="annotations", key="m1")], ()),
        decode.encode([struct(decode.DELETED, write_uint(200_000), parent="annotations", key="m1")], ()),
        decode.encode([struct(decode.ANY, b"\x01" + ENDLESS, parent="annotations", key="m1")], ()),
        decode.encode([struct(decode.ANY, b"\x01" + NESTED, parent="annotations", key="m1")], ()),
        decode.encode([struct(decode.STRING, HUGE + b"x", parent="annotations", key="m1")], ()),
        decode.encode([struct(decode.ANY, b"\x01\x7e", parent="annotations", key="m" * 60_000)], ()),
        write_uint(1 << 50) + b"\x00",
        write_uint(1) + HUGE + write_uint(MALLORY) + b"\x00",
        b"\x00" + write_uint(1) + write_uint(ALICE) + HUGE,
        decode.encode((), [decode.Deletion(ALICE, 0, 1 << 50)]),
        decode.encode((), [decode.Deletion(ALICE, 1 << 50, 1)]),
    ],
)  # fmt: skip
async def test_what_claims_to_be_huge_is_refused_before_it_is_made(
    room: Room, mallory: Browser, bomb: bytes
) -> None:
    tracemalloc.start()
    code = await refusal(room, mallory, bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert code in ("sync.malformed", "sync.too_large", "gate.gap", "gate.value", "gate.parent")
    assert most < 4 << 20
