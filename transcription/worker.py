"""One worker process: loads one model, then decodes one utterance after the other.

Started by `pool.py` as `python -m transcription.worker`. It ends when its stdin does, so it
cannot outlive the server; an error it does not expect ends it, and the server starts another.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from schemas.session import Language
from transcription import model, pipe
from transcription.engine import Engine
from transcription.errors import ModelUnusable
from transcription.samples import to_float

NICENESS = 5
"""The event loop goes first: a late line is better than a stalled room."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the process."""
    parser = argparse.ArgumentParser(prog="transcription.worker")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up between the answers
    try:
        engine = _load(options.model, options.device)
    except ModelUnusable as error:
        _send(answers, pipe.encode({"error": error.code, "fields": error.fields}))
        return
    _send(answers, pipe.encode({"ready": engine.name}))
    serve(engine, sys.stdin.buffer, answers)


def serve(engine: Engine, jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer every job until there are no more."""
    while lengths := jobs.read(pipe.LENGTHS.size):
        header_bytes, body_bytes = pipe.LENGTHS.unpack(lengths)
        job = pipe.decode(jobs.read(header_bytes))
        samples = np.frombuffer(jobs.read(body_bytes), "<i2")
        heard = engine.decode(
            to_float(samples), Language(str(job["language"])), is_final=bool(job["is_final"])
        )
        _send(answers, pipe.encode(asdict(heard)))


def _load(directory: Path, device: str) -> Engine:
    model.check(directory)
    from transcription.whisper import WhisperEngine  # only here: the server never loads Whisper

    return WhisperEngine(directory, name=model.name_of(directory), device=device)


def _send(answers: BinaryIO, message: bytes) -> None:
    answers.write(message)
    answers.flush()


if __name__ == "__main__":
    main()
