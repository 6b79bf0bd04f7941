"""What the ear needs from above: a to-do list that survives it, guidance, somewhere to put lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.ids import TrackId
from schemas.session import Track
from schemas.transcript import Hypothesis, Segment, Transcript
from schemas.wire import EarState
from transcription.engine import Guidance


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance on the to-do list, with the track it was spoken on."""

    track: Track
    segment: Segment


class UtteranceLog(Protocol):
    """The ear's to-do list, kept where a crash cannot reach it.

    An utterance leaves the list when `LineSink.final` has stored its transcript.
    """

    async def began(self, track: Track, sample: int) -> None:
        """Speech began at `sample`: whoever has the floor now is its presumed speaker."""
        ...

    async def open(self, segment: Segment) -> None:
        """Put an utterance on the list; the same samples twice are one utterance."""
        ...

    async def heard(self, track: TrackId) -> int:
        """Return where the last utterance of the track ends; 0 before the first."""
        ...

    async def pending(self) -> Sequence[Utterance]:
        """Return what still waits for its transcript, oldest first; asked at start."""
        ...

    async def unended(self) -> Sequence[Track]:
        """Return the tracks that were never ended; asked at start, to hear their tails."""
        ...


class Guide(Protocol):
    """What is known about a track before anybody speaks."""

    async def guidance(self, track: Track) -> Guidance:
        """Return what may be said on it, and how it is written; asked for each utterance."""
        ...


class LineSink(Protocol):
    """Where transcripts and hypotheses go."""

    async def final(self, transcript: Transcript) -> None:
        """Store the transcript and take its utterance off the list, at once or not at all.

        Idempotent by the transcript's segment.
        """
        ...

    def interim(self, hypothesis: Hypothesis) -> None:
        """Show what is being said; empty text clears. Never blocks, never stored."""
        ...

    def status(self, state: EarState, lag: float) -> None:
        """Say how the ear is; called about once a second, changed or not. Never blocks."""
        ...
