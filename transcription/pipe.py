"""What the server and a worker process say to each other over the worker's stdin and stdout.

A message is u32 header length, u32 body length (little-endian), a JSON header, a body of int16
samples (jobs only). Up: a job {language, is_final}. Down: first {ready} or {error, fields}; then
one {text, confidence, no_speech, compression, language} for each job, in order.
"""

import json
import struct
from collections.abc import Mapping

LENGTHS = struct.Struct("<II")
MAX_HEADER_BYTES = 1 << 20


def encode(header: Mapping[str, object], body: bytes = b"") -> bytes:
    """Return one message."""
    encoded = json.dumps(header).encode()
    return LENGTHS.pack(len(encoded), len(body)) + encoded + body


def decode(header: bytes) -> dict[str, object]:
    """Return a message's header. Raises ValueError if it is not a JSON object."""
    decoded = json.loads(header)
    if not isinstance(decoded, dict):
        raise ValueError("a header is a JSON object")
    return decoded
