"""A track as Ogg Opus, made piece by piece: the pieces put one behind the other are one file.

RFC 7845 (Ogg Opus) and RFC 3533 (Ogg pages), of both only what one mono track needs: a head of two
pages, then pages of fifty packets of 20 ms. Each piece numbers its pages and positions from where
it begins on the track, so that none needs to know the others; the encoder of a piece is given what
was said just before it and its first packets are dropped, so that no seam is heard.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256

import av
import numpy as np

from schemas.wire import SAMPLE_RATE
from transcription.samples import Samples

BITS_PER_SECOND = 24_000
LEAD_IN_SAMPLES = 1_280
"""What a piece's encoder hears before it: 80 ms, as long as a decoder needs to settle (RFC 7845)."""
_PACKET_SAMPLES = 320
_PACKETS_PER_PAGE = 50
_DELAY_SAMPLES = 104
"""By which the encoder is late, at 16 kHz; the decoder drops as much from the beginning."""
_CLOCK = 48_000 // SAMPLE_RATE
"""Ogg Opus counts positions at 48 kHz, whatever was recorded."""
_BEGIN, _END = 2, 4
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def head(name: str) -> bytes:
    """Return the two pages that a file begins with. name: of the track, the same for all pieces."""
    identity = b"OpusHead" + struct.pack(
        "<BBHIhB", 1, 1, _DELAY_SAMPLES * _CLOCK, SAMPLE_RATE, 0, 0
    )
    vendor = b"Colloquy"
    comment = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    serial = _serial(name)
    return _page([identity], serial, 0, 0, _BEGIN) + _page([comment], serial, 1, 0, 0)


def piece(name: str, first: int, samples: Samples, before: Samples, *, is_last: bool) -> bytes:
    """Return the pages of `samples`, of which the first is sample `first` of the track.

    first: a multiple of a page's second. before: the last LEAD_IN_SAMPLES before it, or all there are.
    is_last: the track ends here. Blocking: half a second of CPU for a minute.
    """
    packets = _packets(samples, before, is_last=is_last)
    number = 2 + first // (_PACKETS_PER_PAGE * _PACKET_SAMPLES)
    end = (_DELAY_SAMPLES + first + len(samples)) * _CLOCK
    serial, pages = _serial(name), []
    for at in range(0, len(packets), _PACKETS_PER_PAGE):
        some = packets[at : at + _PACKETS_PER_PAGE]
        is_end = is_last and at + len(some) == len(packets)
        position = end if is_end else (first + (at + len(some)) * _PACKET_SAMPLES) * _CLOCK
        pages.append(_page(some, serial, number, position, _END if is_end else 0))
        number += 1
    return b"".join(pages)


def _packets(samples: Samples, before: Samples, *, is_last: bool) -> Sequence[bytes]:
    lead = len(before) // _PACKET_SAMPLES
    whole = np.concatenate([before[len(before) - lead * _PACKET_SAMPLES :], samples])
    late = _DELAY_SAMPLES if is_last else 0
    whole = np.concatenate([whole, np.zeros(late + -(len(whole) + late) % _PACKET_SAMPLES, "<i2")])
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "s16"
    encoder.bit_rate = BITS_PER_SECOND
    encoder.options = {"application": "voip", "compression_level": "5", "frame_duration": "20"}
    packets = [bytes(packet) for frame in _frames(whole) for packet in encoder.encode(frame)]
    return packets[lead:]


def _frames(samples: Samples) -> Iterator[av.AudioFrame]:
    for at in range(0, len(samples), _PACKET_SAMPLES):
        part = samples[at : at + _PACKET_SAMPLES].reshape(1, -1).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, at
        yield frame


def _page(packets: Sequence[bytes], serial: int, number: int, position: int, flags: int) -> bytes:
    lacing = b"".join(
        b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets
    )
    fields = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, serial, number, 0, len(lacing))
    page = fields + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    """CRC-32 with the bits the other way round than zlib has them, and nothing inverted."""
    value = zlib.crc32(page.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{value:032b}"[::-1], 2)


def _serial(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:4], "little")
