"""faster-whisper behind the Engine protocol; the only module that imports it.

A model is a local directory in CTranslate2's format, checked before it is loaded. Nothing is
ever downloaded, translated, or conditioned on earlier text; nothing is dropped for silence here
because `keep.py` decides, with a reason.

The encoder costs by the window it is given, 30 s whatever was said. Where the model's settings
allow it, it is given what was said and a margin; a text that then loops is decoded again in full.
"""

import json
import math
from functools import lru_cache
from pathlib import Path

from faster_whisper import WhisperModel  # type: ignore[import-untyped]
from faster_whisper.audio import pad_or_trim  # type: ignore[import-untyped]
from faster_whisper.tokenizer import Tokenizer  # type: ignore[import-untyped]
from faster_whisper.transcribe import (  # type: ignore[import-untyped]
    TranscriptionOptions,
    get_suppressed_tokens,
)

from schemas.session import Language
from transcription import keep, prompt
from transcription.engine import Care, Guidance, Heard
from transcription.errors import ModelUnusable
from transcription.model_settings import ModelSettings
from transcription.prompt import Prompt
from transcription.samples import Floats

FRAMES_PER_SECOND = 100
FULL_WINDOW = 3000
MARGIN = 256
"""Frames of silence behind the speech in a short window: 128 positions of the encoder."""
STEP = 100
"""Short windows come in whole seconds."""


class WhisperEngine:
    """A Whisper model from a directory, on the CPU or a GPU.

    device: `auto`, `cpu` or `cuda`. compute_type: one of CTranslate2's, or `default` for what the
    model's file holds.
    """

    def __init__(
        self,
        directory: Path,
        *,
        name: str,
        settings: ModelSettings | None = None,
        device: str = "auto",
        compute_type: str = "default",
        threads: int = 1,
    ) -> None:
        """Load the model. Raises ModelUnusable."""
        self.name = name
        self.settings = settings or ModelSettings()
        try:
            self._model = WhisperModel(
                str(directory),
                device=device,
                compute_type=compute_type,
                cpu_threads=threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelUnusable(
                "ear.model_broken", directory=str(directory), reason=str(error)
            ) from error
        self._check_mels(directory)
        self._fitted = lru_cache(maxsize=64)(self._fit)

    @property
    def languages(self) -> tuple[Language, ...]:
        """What the model can hear; a model without language tokens hears English only."""
        if not self._model.model.is_multilingual:
            return (Language.EN,)
        return self.settings.languages

    def decode(self, samples: Floats, guidance: Guidance, care: Care) -> Heard:
        """Return what is said; see Engine."""
        features = self._model.feature_extractor(samples)
        window = self._window(features.shape[-1] - 1, care)
        heard = self._decode(features, guidance, care, window)
        is_odd = heard.compression > keep.MAX_COMPRESSION or keep.loops(heard.text, heard.language)
        if window < FULL_WINDOW and care is not Care.INTERIM and is_odd:
            return self._decode(features, guidance, care, FULL_WINDOW)
        return heard

    def _decode(self, features: Floats, guidance: Guidance, care: Care, window: int) -> Heard:
        encoded = self._model.encode(pad_or_trim(features[..., :-1], window))
        language = self._language(encoded, guidance)
        fitting = self._fitted(guidance, language)
        tokenizer = self._tokenizer(language)
        segments = list(
            self._model.generate_segments(
                features,
                tokenizer,
                self._options(tokenizer, fitting, language, care),
                False,
                encoded,
            )
        )
        weights = [max(1, len(segment.tokens)) for segment in segments]
        total = sum(weights) or 1
        logprob = sum(s.avg_logprob * w for s, w in zip(segments, weights, strict=True)) / total
        return Heard(
            text="".join(segment.text for segment in segments).strip(),
            confidence=math.exp(min(0.0, logprob)) if segments else 0.0,
            no_speech=max((float(s.no_speech_prob) for s in segments), default=1.0),
            compression=max((float(s.compression_ratio) for s in segments), default=0.0),
            language=language,
            hotwords=len(fitting.terms),
            window=window / FRAMES_PER_SECOND,
        )

    def _window(self, frames: int, care: Care) -> int:
        """How many frames the encoder is given of an utterance of `frames`."""
        allowed = self.settings.window
        if allowed == "full" or (allowed == "interim" and care is not Care.INTERIM):
            return FULL_WINDOW
        return min(FULL_WINDOW, STEP * math.ceil((frames + MARGIN) / STEP))

    def _language(self, encoded: object, guidance: Guidance) -> Language:
        """The likeliest of the languages that may be spoken; nothing else is ever heard."""
        possible = [one for one in guidance.languages if one in self.languages]
        if len(possible) < 2:
            return (possible or guidance.languages)[0]
        likely = {token[2:-2]: p for token, p in self._model.model.detect_language(encoded)[0]}
        return max(possible, key=lambda one: float(likely.get(one.value, 0.0)))

    def _fit(self, guidance: Guidance, language: Language) -> Prompt:
        if not self.settings.prompts:
            return Prompt()
        tokenizer = self._tokenizer(language)
        return prompt.fitted(
            guidance,
            language,
            self.settings.hotword_tokens,
            lambda text: len(tokenizer.encode(text)),
        )

    def _tokenizer(self, language: Language) -> Tokenizer:
        return Tokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task="transcribe",
            language=language.value,
        )

    def _options(
        self, tokenizer: Tokenizer, fitting: Prompt, language: Language, care: Care
    ) -> TranscriptionOptions:
        is_final = care is Care.FINAL
        return TranscriptionOptions(
            beam_size=self.settings.beam if is_final else 1,
            best_of=1,
            patience=1,
            length_penalty=1,
            repetition_penalty=1,
            no_repeat_ngram_size=0,
            log_prob_threshold=-1.0 if is_final else None,
            no_speech_threshold=None,
            compression_ratio_threshold=keep.MAX_COMPRESSION if is_final else None,
            condition_on_previous_text=False,
            prompt_reset_on_temperature=0.5,
            temperatures=list(self.settings.temperatures if is_final else (0.0,)),
            initial_prompt=fitting.sentence or None,
            prefix=None,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            without_timestamps=care is Care.INTERIM,
            max_initial_timestamp=1.0,
            word_timestamps=False,
            prepend_punctuations="",
            append_punctuations="",
            multilingual=False,
            max_new_tokens=None,
            clip_timestamps="0",
            hallucination_silence_threshold=None,
            hotwords=fitting.hotwords(language) or None,
        )

    def _check_mels(self, directory: Path) -> None:
        stated = json.loads((directory / "preprocessor_config.json").read_text("utf-8"))
        mels = self._model.model.n_mels
        if stated.get("feature_size", 80) != mels:
            raise ModelUnusable("ear.model_mels", directory=str(directory), expected=mels)
