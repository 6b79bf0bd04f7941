"""The seam to Whisper: samples in, text out."""

from dataclasses import dataclass
from typing import Protocol

from schemas.session import Language
from transcription.samples import Floats


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of one utterance.

    confidence: mean token probability, 0..1. no_speech: the engine's own probability that
    nobody speaks. compression: length of the text over its zlib length; high when it loops.
    """

    text: str
    confidence: float
    no_speech: float
    compression: float
    language: Language


class Engine(Protocol):
    """A loaded model. Blocking, and used by one thread at a time."""

    @property
    def name(self) -> str:
        """The model's name as stored with its lines."""
        ...

    def decode(self, samples: Floats, language: Language, *, is_final: bool) -> Heard:
        """Return what is said in `samples` (float32, 16 kHz mono, -1..1, at most 30 s).

        The language is pinned; nothing is ever translated. A final decode takes more care.
        """
        ...
