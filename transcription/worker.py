"""One worker process: loads one model, then decodes one utterance after the other.

A second, smaller model is loaded when it is first asked for (`Care.RELIEF`); where it cannot be, the
first one goes on alone.
Started by `pool.py` as `python -m transcription.worker`. It ends when its stdin does, so it
cannot outlive the server; an error it does not expect ends it, and the server starts another.
"""

import argparse
import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from transcription import model, model_settings, pipe
from transcription.engine import Care, Engine, Loading
from transcription.errors import ModelUnusable
from transcription.samples import to_float

NICENESS = 5
"""The event loop goes first: a late line is better than a stalled room."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the process."""
    parser = argparse.ArgumentParser(prog="transcription.worker")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--engine", default="faster-whisper")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compute-type", default="default")
    parser.add_argument("--smaller", type=Path, default=None)
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up between the answers
    try:
        loading = Loading(options.engine, options.device, options.compute_type)
        engine = _load(options.model, loading)
    except ModelUnusable as error:
        _send(answers, pipe.encode({"error": error.code, "fields": error.fields}))
        return
    languages = [one.value for one in engine.languages]
    _send(answers, pipe.encode({"ready": engine.name, "languages": languages}))
    serve(engine, cache(lambda: _smaller(options.smaller, loading, engine)), answers)


def serve(engine: Engine, smaller: Callable[[], Engine], answers: BinaryIO) -> None:
    """Answer every job on stdin until there are no more."""
    jobs = sys.stdin.buffer
    while lengths := jobs.read(pipe.LENGTHS.size):
        header_bytes, body_bytes = pipe.LENGTHS.unpack(lengths)
        job = pipe.decode(jobs.read(header_bytes))
        samples = np.frombuffer(jobs.read(body_bytes), "<i2")
        if not job:
            _send(answers, pipe.encode({"resident": _resident()}))
            continue
        guidance, care = pipe.job_of(job)
        by = smaller() if care is Care.RELIEF else engine
        heard = replace(by.decode(to_float(samples), guidance, care), model=by.name)
        _send(answers, pipe.encode(pipe.heard_header(heard)))


def _smaller(directory: Path | None, loading: Loading, engine: Engine) -> Engine:
    """Load the smaller model; `engine` where there is none that can be."""
    if directory is None:
        return engine
    try:
        return _load(directory, loading)
    except ModelUnusable as error:
        print(f"ear.smaller_unusable {directory}: {error.code} {error.fields}", file=sys.stderr)
        return engine


def _load(directory: Path, loading: Loading) -> Engine:
    """Load the model by its engine, imported only here: the server never loads Whisper."""
    if loading.engine == "openai-whisper":
        from transcription.openai_whisper import OpenAiEngine

        return OpenAiEngine(directory, device=loading.device)
    model.check(directory)
    from transcription.whisper import WhisperEngine

    return WhisperEngine(
        directory,
        name=model.name_of(directory),
        settings=model_settings.read(directory),
        device=loading.device,
        compute_type=loading.compute_type,
    )


def _resident() -> int:
    """The most memory that this process has held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _send(answers: BinaryIO, message: bytes) -> None:
    answers.write(message)
    answers.flush()


if __name__ == "__main__":
    main()
