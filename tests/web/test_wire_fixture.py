"""What the browser encodes is what Python decodes, and the other way round, byte by byte."""

import json
from collections.abc import Mapping
from typing import Any

from realtime import protocol
from schemas import wire
from schemas.wire import AudioFrame
from tests.web.nodejs import node

FRAMES = (
    AudioFrame(0, 0, 3, 1_764_000_000_123, 0, b"\x00\x00\xff\x7f\x00\x80"),
    AudioFrame(2**40 + 5, 2**47 - 1, 1, 2**41, 0, b"\x01\x02"),
    AudioFrame(7, 11_200, 16_000, 1, wire.FLAG_MUTED, b""),
    AudioFrame(8, 27_200, 0, 1, wire.FLAG_END, b""),
)


def in_node(body: str, **given: Any) -> Any:
    """Run `body` with the module `wire` and the values given; return what it returns."""
    script = (
        'import * as wire from "./web/client/wire.js";'
        "const given = JSON.parse(process.env.GIVEN);"
        f"console.log(JSON.stringify((() => {{ {body} }})()));"
    )
    return json.loads(node("--input-type=module", "--eval", script, GIVEN=json.dumps(given)))


def test_audio_frames_are_laid_out_as_python_lays_them_out() -> None:
    frames = [
        {"seq": f.seq, "firstSample": f.first_sample, "nSamples": f.n_samples,
         "captureMs": f.capture_ms, "flags": f.flags,
         "pcm": [int.from_bytes(f.pcm[n : n + 2], "little", signed=True)
                 for n in range(0, len(f.pcm), 2)]}
        for f in FRAMES
    ]  # fmt: skip

    encoded = in_node(
        "return given.frames.map((frame) => Buffer.from(wire.encodeAudio("
        "{...frame, pcm: Int16Array.from(frame.pcm)})).toString('hex'));",
        frames=frames,
    )

    assert encoded == [frame.encode().hex() for frame in FRAMES]
    assert [AudioFrame.decode(bytes.fromhex(text)) for text in encoded] == list(FRAMES)


def test_messages_of_the_room_are_read_by_the_browser() -> None:
    said: Mapping[str, Any] = {"code": "gate.foreign", "detail": "别人的", "counter": 3}
    messages = [
        protocol.json_message(wire.REFUSED, said),
        protocol.saved(300),
        protocol.json_message(wire.INCARNATION, {"incarnation": "i", "generation": 1, "client": 9}),
        protocol.step1(b"\x00"),
        protocol.step2(b"\x00\x00"),
        protocol.update(b"\x00\x00"),
        protocol.json_message(wire.HEALTH, {"log": "ok", "ear": "off", "lag": 0.5}),
        protocol.json_message(wire.CROWD, {"people": 60, "lines": {"l1": 3}}),
    ]

    read = in_node(
        "return given.messages.map((hex) => {"
        "const { payload, ...message } = wire.decode(Buffer.from(hex, 'hex'));"
        "return payload === undefined ? message : "
        "{ ...message, payload: Buffer.from(payload).toString('hex') }; });",
        messages=[message.hex() for message in messages],
    )

    assert read == [
        {"type": "refused", "refusal": said},
        {"type": "saved", "counter": 300},
        {"type": "incarnation", "incarnation": {"incarnation": "i", "generation": 1, "client": 9}},
        {"type": "sync", "kind": 0, "payload": "00"},
        {"type": "sync", "kind": 1, "payload": "0000"},
        {"type": "sync", "kind": 2, "payload": "0000"},
        {"type": "health", "health": {"log": "ok", "ear": "off", "lag": 0.5}},
        {"type": "crowd", "crowd": {"people": 60, "lines": {"l1": 3}}},
    ]


def test_messages_of_the_browser_are_read_by_the_room() -> None:
    encoded = in_node(
        "const hex = (bytes) => Buffer.from(bytes).toString('hex');"
        "return [hex(wire.encodeSync(wire.STEP2, wire.EMPTY_UPDATE)),"
        "hex(wire.encodeSync(wire.STEP1, Uint8Array.of(1, 5, 7)))];"
    )

    step2, step1 = [protocol.read(bytes.fromhex(text)) for text in encoded]

    assert step2 == protocol.Edit(b"\x00\x00", live=False)
    assert step1 == protocol.Step1({5: 7})
