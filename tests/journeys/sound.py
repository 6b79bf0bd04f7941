"""The bundled recordings as a microphone would hear them, and what was said in them."""

import json
import re
import wave
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from jiwer import cer, wer

from transcription import bundled

RATE = 48_000


@dataclass(frozen=True, slots=True)
class Cut:
    """The first utterances of a recording: a 48 kHz WAV to play, and their texts and times."""

    wav: Path
    texts: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    seconds: float


def cut(name: str, utterances: int, folder: Path) -> Cut:
    """Write the first `utterances` of the bundled recording `name` for Chromium's microphone."""
    recording = next(one for one in bundled.RECORDINGS if one.name == name)
    script = json.loads((recording.audio.parent / "script.json").read_text())
    said = script["utterances"][:utterances]
    seconds = float(said[-1]["end"]) + 1.0
    samples = samples_of(recording.audio, RATE)[: int(seconds * RATE)]
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return Cut(
        path,
        tuple(one["text"] for one in said),
        tuple((float(one["start"]), float(one["end"])) for one in said),
        seconds,
    )


def samples_of(path: Path, rate: int) -> np.ndarray:
    """Decode any audio file: int16, (samples,), mono at `rate`."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    parts: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [each.to_ndarray()[0] for each in resampler.resample(frame)]
    parts += [each.to_ndarray()[0] for each in resampler.resample(None)]
    return np.concatenate(parts)


def word_errors(said: str, heard: str) -> float:
    """Word error rate without case and punctuation, 0..1."""
    return float(wer(_words(said), _words(heard)))


def character_errors(said: str, heard: str) -> float:
    """Character error rate without punctuation and spaces, 0..1."""
    return float(cer(_characters(said), _characters(heard)))


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.casefold()))


def _characters(text: str) -> str:
    return "".join(re.findall(r"\w", text))
