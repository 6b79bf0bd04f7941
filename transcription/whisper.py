"""faster-whisper behind the Engine protocol; the only module that imports it.

A model is a local directory in CTranslate2's format, checked before it is loaded. Nothing is
ever downloaded, translated, or conditioned on earlier text; thresholds are off here because
`keep.py` decides, with a reason.
"""

import json
import math
from pathlib import Path

from faster_whisper import WhisperModel  # type: ignore[import-untyped]

from schemas.session import Language
from transcription.engine import Heard
from transcription.errors import ModelUnusable
from transcription.samples import Floats

FINAL_BEAM = 5
INTERIM_BEAM = 1


class WhisperEngine:
    """A Whisper model from a directory, on the CPU or the GPU as CTranslate2 finds it."""

    def __init__(
        self, directory: Path, *, name: str, device: str = "auto", threads: int = 1
    ) -> None:
        """Load the model. Raises ModelUnusable."""
        self.name = name
        try:
            self._model = WhisperModel(
                str(directory), device=device, cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError) as error:
            raise ModelUnusable(
                "ear.model_broken", directory=str(directory), reason=str(error)
            ) from error
        self._check_mels(directory)

    def decode(self, samples: Floats, language: Language, *, is_final: bool) -> Heard:
        """Return what is said; see Engine."""
        segments, _ = self._model.transcribe(
            samples,
            language=language.value,
            task="transcribe",
            beam_size=FINAL_BEAM if is_final else INTERIM_BEAM,
            temperature=0.0,
            condition_on_previous_text=False,
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            no_speech_threshold=None,
            vad_filter=False,
        )
        heard = list(segments)  # the work is done here
        weights = [max(1, len(segment.tokens)) for segment in heard]
        total = sum(weights) or 1
        logprob = sum(s.avg_logprob * w for s, w in zip(heard, weights, strict=True)) / total
        joined = "".join(segment.text for segment in heard)
        return Heard(
            text=joined.strip(),
            confidence=math.exp(min(0.0, logprob)) if heard else 0.0,
            no_speech=max((float(segment.no_speech_prob) for segment in heard), default=1.0),
            compression=max((float(segment.compression_ratio) for segment in heard), default=0.0),
            language=language,
        )

    def _check_mels(self, directory: Path) -> None:
        stated = json.loads((directory / "preprocessor_config.json").read_text("utf-8"))
        mels = self._model.model.n_mels
        if stated.get("feature_size", 80) != mels:
            raise ModelUnusable("ear.model_mels", directory=str(directory), expected=mels)
