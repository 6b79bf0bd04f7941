"""openai-whisper behind the Engine protocol; the only module that imports it and torch.

An extra (`colloquy[openai-whisper]`, 2 GB): for a checkpoint that nobody has converted, and to hold
faster-whisper to the reference. A model is one `.pt` file; a path is never downloaded. Its object is
not safe between threads, so it lives in a worker process of its own like any other.
"""

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import whisper
from whisper.tokenizer import get_tokenizer

from schemas.session import Language
from transcription import keep, model, model_settings, prompt
from transcription.engine import Care, Guidance, Heard
from transcription.errors import ModelUnusable
from transcription.prompt import Prompt
from transcription.samples import Floats


class OpenAiEngine:
    """A Whisper checkpoint from a file; its settings lie beside it as for any other model."""

    def __init__(self, file: Path, *, device: str = "auto") -> None:
        """Load the model. Raises ModelUnusable."""
        model.check(file, "openai-whisper")
        self.name = model.name_of(file)
        self.settings = model_settings.read(file.parent)
        try:
            self._model: Any = whisper.load_model(
                str(file), device=None if device == "auto" else device
            )
        except (RuntimeError, KeyError, ValueError, EOFError) as error:
            raise ModelUnusable(
                "ear.model_broken", directory=str(file), reason=str(error)
            ) from error
        self._fitted = lru_cache(maxsize=64)(self._fit)

    @property
    def languages(self) -> tuple[Language, ...]:
        """What the model can hear."""
        return self.settings.languages if self._model.is_multilingual else (Language.EN,)

    def decode(self, samples: Floats, guidance: Guidance, care: Care) -> Heard:
        """Return what is said; see Engine."""
        language = self._language(samples, guidance)
        fitting = self._fitted(guidance, language)
        is_final = care is Care.FINAL
        told = " ".join(filter(None, (fitting.hotwords(language), fitting.sentence)))
        answer = self._model.transcribe(
            samples,
            language=language.value,
            task="transcribe",
            beam_size=self.settings.beam if is_final else 1,
            temperature=self.settings.temperatures if is_final else (0.0,),
            initial_prompt=told or None,
            condition_on_previous_text=False,
            compression_ratio_threshold=keep.MAX_COMPRESSION if is_final else None,
            logprob_threshold=-1.0 if is_final else None,
            no_speech_threshold=None,
            fp16=self._model.device.type == "cuda",
            verbose=None,
        )
        segments = [one for one in answer["segments"] if one["text"].strip()]
        weights = [max(1, len(one["tokens"])) for one in segments]
        total = sum(weights) or 1
        logprob = sum(s["avg_logprob"] * w for s, w in zip(segments, weights, strict=True)) / total
        return Heard(
            text="".join(one["text"] for one in segments).strip(),
            confidence=math.exp(min(0.0, logprob)) if segments else 0.0,
            no_speech=max((float(one["no_speech_prob"]) for one in segments), default=1.0),
            compression=max((float(one["compression_ratio"]) for one in segments), default=0.0),
            language=language,
            hotwords=len(fitting.terms),
        )

    def _language(self, samples: Floats, guidance: Guidance) -> Language:
        possible = [one for one in guidance.languages if one in self.languages]
        if len(possible) < 2:
            return (possible or guidance.languages)[0]
        mel = whisper.log_mel_spectrogram(
            whisper.pad_or_trim(samples), n_mels=self._model.dims.n_mels
        )
        _, likely = self._model.detect_language(mel.to(self._model.device))
        return max(possible, key=lambda one: float(likely.get(one.value, 0.0)))

    def _fit(self, guidance: Guidance, language: Language) -> Prompt:
        if not self.settings.prompts:
            return Prompt()
        tokenizer = get_tokenizer(self._model.is_multilingual, language=language.value)
        return prompt.fitted(
            guidance,
            language,
            self.settings.hotword_tokens,
            lambda text: len(tokenizer.encode(text)),
        )
