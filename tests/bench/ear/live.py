"""Delay and words of both demo recordings through the live path, in real time.

One worker, the demo model. Delay: from the last sample of speech until the line is stored, each
utterance's own. Words: error against the script, live, and when the same utterances are decoded
offline with the same model. Both clocks are this machine's, so a busy machine shows in the load.
"""

import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import anyio
import jiwer
import numpy as np
from typing_extensions import override

from schemas.ids import TrackId
from schemas.session import Language
from schemas.transcript import Segment, Transcript
from tests.transcription.memory import MemoryHearing, frames, track
from transcription import model_settings
from transcription.bundled import MODEL, BundledRecording
from transcription.ear import Ear, EarSettings, Intake
from transcription.endpointer import Endpointing
from transcription.engine import Care, Guidance
from transcription.recording import TrackStore
from transcription.samples import to_float
from transcription.whisper import WhisperEngine


@dataclass(frozen=True, slots=True)
class Result:
    """One recording's figures. delays: seconds; errors: percent of words (characters in Chinese)."""

    recording: str
    seconds: float
    utterances: int
    delay_p50: float
    delay_p95: float
    error_live: float
    error_offline: float
    load: float


class Stopwatch(MemoryHearing):
    """Notes when each line is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[Segment, float] = {}

    @override
    async def final(self, transcript: Transcript) -> None:
        """See LineSink."""
        await super().final(transcript)
        self.stored[transcript.segment] = time.monotonic()

    def delays(self, sent: dict[int, float], of: TrackId) -> list[float]:
        """Seconds from the last sample of speech, sent then, until its line, by utterance."""
        kept = round(Endpointing().after * 16_000)
        return [
            at - sent[(one.last_sample - kept) // 1_600]
            for one, at in self.stored.items()
            if one.track_id == of
        ]


async def measure(recording: BundledRecording, seconds: float) -> Result:
    """Play `seconds` of a recording in real time; return what came of it."""
    end = max(cue.end for cue in recording.cues if cue.end <= seconds)
    samples = recording.samples()[: round((end + 1) * 16_000)]
    hearing = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            TrackStore(Path(folder)) as store,
            Ear(store, hearing, hearing, EarSettings(MODEL, workers=1)) as ear,
        ):
            with anyio.fail_after(120):
                while ear.status.state != "ready":  # noqa: ASYNC110 - it is only said, not signalled
                    await anyio.sleep(0.1)
            spoken = track(language=recording.language)
            sent = await play(await ear.listen(spoken), samples)
    delays = hearing.delays(sent, spoken.id)
    p50, p95 = percentiles(delays)
    said = " ".join(cue.text for cue in recording.cues if cue.end <= end)
    live = " ".join(hearing.texts())
    return Result(
        recording.name,
        round(end, 1),
        len(delays),
        p50,
        p95,
        _error(said, live, recording.language),
        _error(said, offline(hearing, samples, recording.language), recording.language),
        round(os.getloadavg()[0], 1),
    )


async def play(intake: Intake, samples: np.ndarray) -> dict[int, float]:
    """Send samples in real time and wait for their lines; return when each frame was sent."""
    sent: dict[int, float] = {}
    due = time.monotonic()
    for frame in frames(samples):
        due += 0.1
        await anyio.sleep(max(0.0, due - time.monotonic()))
        sent[frame.first_sample // 1_600] = time.monotonic()
        await intake.receive(frame)
    await intake.end()
    await intake.drained()
    return sent


def percentiles(delays: list[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    return round(float(np.percentile(delays, 50)), 2), round(float(np.percentile(delays, 95)), 2)


def offline(hearing: MemoryHearing, samples: np.ndarray, language: Language) -> str:
    """Return the text of the same utterances, decoded one after the other."""
    engine = WhisperEngine(MODEL, name="offline", settings=model_settings.read(MODEL))
    segments = sorted(hearing.transcripts, key=lambda one: one.first_sample)
    parts = [to_float(samples[one.first_sample : one.last_sample]) for one in segments]
    return " ".join(
        engine.decode(part, Guidance.pinned(language), Care.FINAL).text for part in parts
    )


def _error(said: str, heard: str, language: Language) -> float:
    plain = [re.sub(r"[^\w ]", "", text).casefold() for text in (said, heard)]
    if language is Language.ZH:
        said, heard = (text.replace(" ", "") for text in plain)
        return round(100 * jiwer.cer(said, heard), 2)
    return round(100 * jiwer.wer(plain[0], plain[1]), 2)
