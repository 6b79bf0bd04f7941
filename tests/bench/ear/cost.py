"""What a decode costs by model size, in CPU seconds, and how many tracks a core carries.

Scripted models have the real dimensions and say one sentence of 22 tokens; they tell cost, not
quality. Tracks per core: CPU seconds that a minute of the English demo takes (its own utterances,
voice activity, and, with interim lines, a decode a second while somebody speaks), at 80 % load.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.session import Language
from tests.transcription import scripted
from transcription.bundled import recordings
from transcription.endpointer import Ended, Endpointing
from transcription.engine import Care, Guidance
from transcription.intake import FIRST_INTERIM, INTERIM_EVERY
from transcription.listener import Listener
from transcription.model_settings import ModelSettings
from transcription.samples import to_float
from transcription.vad import Vad
from transcription.whisper import WhisperEngine

SENTENCE = (
    "Each department keeps its own map of the pipes, and so the road is opened twice in one summer."
)
SIZES = {"tiny": scripted.TINY, "base": scripted.BASE, "small": scripted.SMALL}
AUDIO_SECONDS = 6.0
SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of one decode of six seconds: final in the full and in a short window, interim."""

    model: str
    final_full: float
    final_short: float
    interim: float


@dataclass(frozen=True, slots=True)
class Carried:
    """Tracks that one core carries."""

    model: str
    window: str
    finals: float
    with_interim: float


def costs(folder: Path, sizes: list[str], rounds: int) -> Iterator[Cost]:
    """Measure each size; the median of some rounds."""
    sound = to_float(recordings()["workshop-en"].samples()[: round(AUDIO_SECONDS * 16_000)])
    guidance = Guidance.pinned(Language.EN)
    for size in sizes:
        model = scripted.make(folder / size, SIZES[size], SENTENCE)
        taken: dict[str, float] = {}
        for window in ("interim", "short"):
            stated = ModelSettings(temperatures=(0.0,), window=window)
            engine = WhisperEngine(model, name=size, settings=stated)
            for care in (Care.INTERIM, Care.FINAL):
                taken[f"{window} {care}"] = statistics.median(
                    _cpu(engine, sound, guidance, care) for _ in range(rounds)
                )
        yield Cost(size, taken["interim final"], taken["short final"], taken["interim interim"])


def carried(cost: Cost) -> Iterator[Carried]:
    """How many tracks a core carries, with either window for finals."""
    vad, spans, minutes = _heard()
    shown = sum(max(0.0, span - FIRST_INTERIM) // INTERIM_EVERY for span in spans)
    for window, final in (("30 s", cost.final_full), ("short", cost.final_short)):
        finals = (vad + len(spans) * final) / minutes
        both = finals + shown * cost.interim / minutes
        yield Carried(cost.model, window, 60 * SHARE / finals, 60 * SHARE / both)


def _heard() -> tuple[float, list[float], float]:
    """CPU seconds of listening to the demo, the lengths of its utterances, and its minutes."""
    recording = recordings()["workshop-en"]
    samples = recording.samples()
    listener = Listener(Vad, Endpointing.for_language(recording.language))
    began = time.process_time()
    endpoints = [*listener.hear(samples), *listener.finish()]
    taken = time.process_time() - began
    ended = [one for one in endpoints if isinstance(one, Ended)]
    spans = [(one.last_sample - one.first_sample) / 16_000 for one in ended]
    return taken, spans, len(samples) / 16_000 / 60


def _cpu(engine: WhisperEngine, sound: object, guidance: Guidance, care: Care) -> float:
    began = time.process_time()
    engine.decode(sound, guidance, care)  # type: ignore[arg-type]  # float32 samples
    return time.process_time() - began
