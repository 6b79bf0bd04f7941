"""What travels on the two sockets: message numbers, frame layout, limits and close codes.

`/ws/session/{id}` speaks y-websocket: one binary message is one protocol message, beginning with
its number as a varUint. 0 to 3 are the standard ones; ours follow. Each sync message of kind 1
or 2 that a browser sends is counted from 1 on its socket; `SAVED` and `REFUSED` name that count.

    0   sync: varUint kind (0 step 1, 1 step 2, 2 update), varBytes
    1   awareness: varBytes
    2   auth: varUint 0, varString reason: permission denied
    3   query awareness
    120 refused: varString JSON {counter, code, detail}
    121 saved: varUint counter; everything up to it is on disk
    122 incarnation: varString JSON {incarnation, generation, client}; the first message of all
    123 interim: varString JSON {track, first, stable, tail, speaker, unit, presumed}
    124 study event: varString JSON, an event of schemas.events
    125 health: varString JSON {log: "ok" | "failing", ear: schemas.wire.EarState, lag: seconds,
        disk: "ok" | "low" | "full", minutes: of sound from one microphone, while low}
    126 crowd: varString JSON {people: how many are here, lines: {line: how many look at it}}; lines
        only to who leads the session. At most once a second

`/ws/audio/{track}` carries AudioFrame messages up, and JSON text messages down:
    {"type": "resume", "seq": next sequence wanted, "sample": next sample wanted}   first
    {"type": "ack", "seq": next sequence wanted, "sample": durable samples}
    {"type": "refused", "code": "..."}                                           then closed
"""

import struct
from dataclasses import dataclass
from typing import Literal, Self

from schemas.errors import Invalid

SYNC, AWARENESS, AUTH, QUERY_AWARENESS = 0, 1, 2, 3
REFUSED, SAVED, INCARNATION, INTERIM, STUDY_EVENT, HEALTH, CROWD = 120, 121, 122, 123, 124, 125, 126
SYNC_STEP1, SYNC_STEP2, SYNC_UPDATE = 0, 1, 2

MAX_SYNC_MESSAGE_BYTES = 256 * 1024
MAX_LIVE_UPDATE_BYTES = 64 * 1024
MAX_LIVE_STRUCTS = 64
MAX_AWARENESS_BYTES = 4 * 1024

CLOSE_GOING_AWAY = 1012
CLOSE_TRY_LATER = 1013
CLOSE_PROTOCOL = 4400
CLOSE_UNAUTHENTICATED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_GENERATION = 4410
CLOSE_TOO_LARGE = 4413
CLOSE_RATE = 4429

EarState = Literal["off", "loading", "ready", "behind", "relieved"]
"""relieved: behind, and a smaller model hears until it has caught up."""
LATE: frozenset[EarState] = frozenset({"behind", "relieved"})

SAMPLE_RATE = 16_000
MAX_FRAME_SAMPLES = 16_000
FLAG_MUTED = 1
"""The frame stands for `n_samples` of silence and has no payload."""
FLAG_END = 2
"""The last frame of the track: no more audio will come."""

_HEADER = struct.Struct("<BBHIQQQ")
AUDIO_HEADER_BYTES = _HEADER.size
CODEC_PCM16 = 1


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One packet of a track.

    On the wire, little-endian: u8 version (1), u8 codec (1: PCM16), u16 flags, u32 n_samples,
    u64 seq, u64 first_sample, u64 capture_ms (browser clock, milliseconds since 1970), then
    2 * n_samples bytes of int16 samples, 16 kHz mono. The sample position is the clock.
    """

    seq: int
    first_sample: int
    n_samples: int
    capture_ms: int
    flags: int
    pcm: bytes

    @property
    def is_muted(self) -> bool:
        """Whether the frame is declared silence without samples."""
        return bool(self.flags & FLAG_MUTED)

    @property
    def is_end(self) -> bool:
        """Whether this is the track's last frame."""
        return bool(self.flags & FLAG_END)

    def encode(self) -> bytes:
        """Return the message as sent."""
        header = _HEADER.pack(
            1, CODEC_PCM16, self.flags, self.n_samples, self.seq, self.first_sample, self.capture_ms
        )
        return header + self.pcm

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Return the frame in `message`.

        Raises Invalid (`audio.frame`) if it is cut, too long, or its lengths disagree.
        """
        if len(message) < AUDIO_HEADER_BYTES:
            raise Invalid("audio.frame", reason="shorter than its header")
        version, codec, flags, n_samples, seq, first, capture = _HEADER.unpack_from(message)
        pcm = message[AUDIO_HEADER_BYTES:]
        if version != 1 or codec != CODEC_PCM16:
            raise Invalid("audio.frame", reason="unknown version or codec")
        if n_samples > MAX_FRAME_SAMPLES or first + n_samples >= 1 << 48:
            raise Invalid("audio.frame", reason="too many samples")
        if len(pcm) != (0 if flags & FLAG_MUTED else 2 * n_samples):
            raise Invalid("audio.frame", reason="payload length does not match")
        return cls(seq, first, n_samples, capture, flags, pcm)
