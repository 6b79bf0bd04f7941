"""The bundled recordings as a microphone would hear them, and what was said in them."""

import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from jiwer import cer, wer

from transcription import bundled, model_settings
from transcription.engine import Care, Guidance
from transcription.whisper import WhisperEngine

RATE = 48_000


@dataclass(frozen=True, slots=True)
class Cut:
    """The first utterances of a recording: a 48 kHz WAV to play, and what is said when."""

    wav: Path
    cues: tuple[bundled.Cue, ...]
    seconds: float

    @property
    def said(self) -> str:
        """Everything that is said."""
        return " ".join(cue.text for cue in self.cues)


def cut(name: str, utterances: int, folder: Path) -> Cut:
    """Write the first `utterances` of the bundled recording `name` for Chromium's microphone."""
    recording = bundled.recordings()[name]
    said = recording.cues[:utterances]
    seconds = said[-1].end + 1.0
    path = folder / f"{name}.wav"
    samples = _at_48_khz(recording.path)[: int(seconds * RATE)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return Cut(path, said, seconds)


def offline(name: str, cues: Sequence[bundled.Cue]) -> str:
    """Decode the same utterances one by one, cut by the script, with the same model."""
    recording = bundled.recordings()[name]
    samples = recording.samples().astype(np.float32) / 32768
    settings = model_settings.read(bundled.MODEL)
    engine = WhisperEngine(bundled.MODEL, name="offline", settings=settings)
    heard = [
        engine.decode(
            samples[int((cue.start - 0.3) * 16_000) : int((cue.end + 0.3) * 16_000)],
            Guidance.pinned(recording.language),
            Care.FINAL,
        )
        for cue in cues
    ]
    return " ".join(each.text for each in heard)


def _at_48_khz(path: Path) -> np.ndarray:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [r for frame in container.decode(audio=0) for r in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


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
