"""Level, noise and overdrive are measured; a trial goes through the ear and leaves nothing."""

from pathlib import Path

import anyio
import numpy as np
import pytest

from tests.transcription.memory import MemoryHearing, noise, track
from transcription import bundled
from transcription.ear import Ear, EarSettings
from transcription.recording import TrackStore
from transcription.sounding import QUIETEST, sound

pytestmark = pytest.mark.anyio

RECORDING = bundled.recordings()["workshop-en"]
SAID = RECORDING.cues[:2]
SPEECH = RECORDING.samples()[: round((SAID[-1].end + 0.5) * 16_000)]


def test_half_as_loud_is_six_decibels_less() -> None:
    loud, soft = sound(SPEECH), sound((SPEECH // 2).astype(np.int16))

    assert loud.speech > 0.3
    assert loud.level - soft.level == pytest.approx(6.0, abs=0.7)


def test_noise_between_the_words_is_measured_and_overdrive_is_seen() -> None:
    noisy = (SPEECH + noise(len(SPEECH) / 16_000, level=1_000.0)[: len(SPEECH)]).astype(np.int16)
    driven = np.clip(SPEECH.astype(np.int32) * 12, -32_768, 32_767).astype(np.int16)

    assert sound(noisy).noise == pytest.approx(20 * np.log10(1_000 / 32_768), abs=2.0)
    assert sound(SPEECH).clipped == 0.0
    assert sound(driven).clipped > 0.002


def test_silence_has_no_level() -> None:
    found = sound(np.zeros(16_000, np.int16))

    assert (found.level, found.speech) == (QUIETEST, 0.0)


async def test_a_trial_is_heard_by_the_real_ear_and_kept_nowhere(tmp_path: Path) -> None:
    hearing = MemoryHearing()
    async with (
        TrackStore(tmp_path) as store,
        Ear(store, hearing, hearing, EarSettings(bundled.MODEL, 1)) as ear,
    ):
        with anyio.fail_after(90):
            found = await ear.trial(track("trial"), SPEECH)
            silent = await ear.trial(track("again"), np.zeros(32_000, np.int16))

        heard = " ".join(one.text for one in found).casefold()
        assert SAID[0].text.split()[1].casefold() in heard
        assert silent == []
        assert hearing.transcripts == {}
        assert store.loose() == []
    assert [path async for path in anyio.Path(tmp_path).iterdir()] == [
        anyio.Path(tmp_path / "lock")
    ]
