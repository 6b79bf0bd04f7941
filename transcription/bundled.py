"""The demo's own model and recordings, shipped with the package.

The model is `micro-whisper`: real Whisper architecture, trained on synthetic speech of one small
workshop vocabulary in English and Mandarin. It is useless for anything else; see the README
beside it. The recordings are what it was made for: several speakers on one room track.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np

from schemas.session import Bilingual, Language
from schemas.wire import SAMPLE_RATE
from transcription.samples import Samples

_ROOT = Path(__file__).parent / "models" / "micro-whisper"

MODEL = _ROOT / "ct2"
NOBODY_SPEAKS = _ROOT / "audio" / "silence-noise.flac"
"""Eight seconds of silence and of noises; nothing of it may become a line."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Who says what from when to when (seconds) in a bundled recording.

    speaker: a short code such as WAB. unit: the unit's name in the recording's language.
    """

    speaker: str
    unit: str
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class BundledRecording:
    """One recording; `name` is what a session's `recording` column holds."""

    name: str
    label: Bilingual
    path: Path
    language: Language
    cues: tuple[Cue, ...]

    def samples(self) -> Samples:
        """Return the whole recording as int16, 16 kHz mono. Blocking: some 100 ms."""
        with av.open(str(self.path)) as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            parts = [
                resampled.to_ndarray().reshape(-1)
                for frame in container.decode(audio=0)
                for resampled in resampler.resample(frame)
            ]
        return np.concatenate(parts).astype(np.int16)


@cache
def recordings() -> dict[str, BundledRecording]:
    """Return the bundled recordings by name: `workshop-en` and `workshop-zh`."""
    both = (
        _recording(
            "workshop-en",
            "audio",
            Language.EN,
            Bilingual(
                "Demo recording: synthetic workshop, nine voices, demo model",
                "演示录音：合成语音研讨会（英文，九个声音，演示模型）",
            ),
        ),
        _recording(
            "workshop-zh",
            "audio/zh",
            Language.ZH,
            Bilingual(
                "Demo recording: synthetic workshop in Chinese, four voices, demo model",
                "演示录音：合成语音研讨会（四个声音，演示模型）",
            ),
        ),
    )
    return {recording.name: recording for recording in both}


def _recording(name: str, folder: str, language: Language, label: Bilingual) -> BundledRecording:
    script = json.loads((_ROOT / folder / "script.json").read_text("utf-8"))
    cues = tuple(
        Cue(cue["speaker"], cue["unit"], cue["start"], cue["end"], cue["text"])
        for cue in script["utterances"]
    )
    return BundledRecording(name, label, _ROOT / folder / script["session"], language, cues)
