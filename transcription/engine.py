"""The seam to Whisper: samples in, text out."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from schemas.session import Language, Script
from transcription.samples import Floats

EngineName = Literal["faster-whisper", "openai-whisper"]


class Care(StrEnum):
    """How much a decode may cost: shown and forgotten, final by the smaller model while very far
    behind, final in a hurry while far behind, or final.
    """

    INTERIM = "interim"
    RELIEF = "relief"
    HURRIED = "hurried"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Guidance:
    """What is known about a track before anybody speaks.

    languages: what may be spoken on it, the session's own first; of two the likelier one is
    taken for each utterance, and never a third. script: how Chinese is to be written.
    hotwords: names and terms that may be said, the most useful first; an engine takes as many
    as its prompt holds.
    """

    languages: tuple[Language, ...]
    script: Script = Script.HANS
    hotwords: tuple[str, ...] = ()

    @classmethod
    def pinned(cls, language: Language) -> "Guidance":
        """Return guidance that knows the language and nothing else."""
        return cls((language,))


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of one utterance.

    confidence: mean token probability, 0..1. no_speech: the engine's own probability that
    nobody speaks. compression: length of the text over its zlib length; high when it loops.
    language: the one that was heard, of those that the guidance allowed. hotwords: how many of
    the guidance's first ones the prompt held. window: seconds of sound that the encoder was given.
    model: which one heard it, where its worker has two; "" means the worker's own.
    """

    text: str
    confidence: float
    no_speech: float
    compression: float
    language: Language
    hotwords: int = 0
    window: float = 30.0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is loaded: by which engine, and where it computes.

    device: `auto`, `cpu` or `cuda`. compute_type: one of CTranslate2's, or `default` for what the
    model's files hold. smaller: a second model, loaded when the room is very far behind.
    """

    engine: EngineName = "faster-whisper"
    device: str = "auto"
    compute_type: str = "default"
    smaller: Path | None = None


class Engine(Protocol):
    """A loaded model. Blocking, and used by one thread at a time."""

    @property
    def name(self) -> str:
        """The model's name as stored with its lines."""
        ...

    @property
    def languages(self) -> tuple[Language, ...]:
        """What the model can hear."""
        ...

    def decode(self, samples: Floats, guidance: Guidance, care: Care) -> Heard:
        """Return what is said in `samples` (float32, 16 kHz mono, -1..1, at most 30 s).

        Nothing is ever translated, and nothing conditioned on earlier text.
        """
        ...
