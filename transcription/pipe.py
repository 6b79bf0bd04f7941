"""What the server and a worker process say to each other over the worker's stdin and stdout.

A message is u32 header length, u32 body length (little-endian), a JSON header, a body of int16
samples (jobs only). Up: a job {languages, script, hotwords, care}, or {} to ask for a sign of life.
Down: first {ready, languages} or {error, fields}; then for each job, in order, what `Heard` holds, for a
sign of life {resident: bytes of memory}.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict

from schemas.session import Language, Script
from transcription.engine import Care, Guidance, Heard

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


def job_header(guidance: Guidance, care: Care) -> dict[str, object]:
    """Return the header of a job."""
    return {
        "languages": [one.value for one in guidance.languages],
        "script": guidance.script.value,
        "hotwords": list(guidance.hotwords),
        "care": care.value,
    }


def job_of(header: Mapping[str, object]) -> tuple[Guidance, Care]:
    """Return what a job's header says. Raises ValueError."""
    languages, hotwords = header.get("languages"), header.get("hotwords")
    if not isinstance(languages, list) or not isinstance(hotwords, list) or not languages:
        raise ValueError("a job names its languages and hotwords")
    guidance = Guidance(
        tuple(Language(one) for one in languages),
        Script(str(header.get("script"))),
        tuple(str(one) for one in hotwords),
    )
    return guidance, Care(str(header.get("care")))


def heard_header(heard: Heard) -> dict[str, object]:
    """Return the header of an answer."""
    return asdict(heard)


def heard_of(header: Mapping[str, object]) -> Heard:
    """Return what an answer says. Raises ValueError."""
    return Heard(
        text=str(header.get("text", "")),
        confidence=_number(header.get("confidence")),
        no_speech=_number(header.get("no_speech")),
        compression=_number(header.get("compression")),
        language=Language(str(header.get("language"))),
        hotwords=round(_number(header.get("hotwords"))),
        window=_number(header.get("window")),
        model=str(header.get("model", "")),
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise ValueError("not a number")
    return float(value)
