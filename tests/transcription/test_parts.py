"""The voice activity detector, the model on disk, and what the package brings along."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model  # type: ignore[import-untyped]

from schemas.session import Language
from tests.transcription.memory import noise
from transcription import bundled, model
from transcription.errors import ModelUnusable
from transcription.samples import to_float
from transcription.vad import FRAME_SAMPLES, Vad, speech_share


def probabilities(vad: Vad, samples: np.ndarray) -> list[float]:
    whole = len(samples) - len(samples) % FRAME_SAMPLES
    return [vad(frame) for frame in to_float(samples[:whole]).reshape(-1, FRAME_SAMPLES)]


def test_the_detector_finds_the_speech_of_the_script() -> None:
    recording = bundled.recordings()["workshop-en"]
    found = probabilities(Vad(), recording.samples()[: 30 * 16_000])

    wrong = 0
    for number, probability in enumerate(found):
        middle = (number + 0.5) * FRAME_SAMPLES / 16_000
        spoken = any(cue.start <= middle <= cue.end for cue in recording.cues)
        wrong += (probability >= 0.5) != spoken

    assert wrong / len(found) < 0.15


def test_a_detector_that_was_reset_starts_afresh() -> None:
    samples = bundled.recordings()["workshop-zh"].samples()[16_000:64_000]
    vad = Vad()
    first = probabilities(vad, samples)
    carried = probabilities(vad, samples)
    vad.reset()

    assert probabilities(vad, samples) == first
    assert carried != first


def test_frame_by_frame_the_detector_says_what_it_says_of_the_whole_and_touches_nothing() -> None:
    samples = to_float(bundled.recordings()["workshop-en"].samples()[: 625 * FRAME_SAMPLES])
    ours = samples.copy()

    vad = Vad()
    stream = [vad(frame) for frame in ours.reshape(-1, FRAME_SAMPLES)]

    whole = get_vad_model()(samples.copy()).reshape(-1)
    assert (ours == samples).all()
    assert np.abs(np.array(stream[:-1]) - whole[:-1]).max() < 1e-4  # it clears its last frame's end


def test_noise_has_no_speech_in_it() -> None:
    assert speech_share(to_float(noise(3))) == 0
    assert speech_share(to_float(noise(0.01))) == 0


def test_a_whole_model_passes_and_has_a_name() -> None:
    assert model.name_of(model.check(bundled.MODEL)) == "micro-whisper"


@pytest.mark.parametrize(
    "name", ["model.bin", "tokenizer.json", "config.json", "preprocessor_config.json"]
)
def test_a_model_that_lacks_a_file_is_named_with_it(tmp_path: Path, name: str) -> None:
    shutil.copytree(bundled.MODEL, tmp_path / "model")
    (tmp_path / "model" / name).unlink()

    with pytest.raises(ModelUnusable) as unusable:
        model.check(tmp_path / "model")

    assert unusable.value.code == "ear.model_incomplete"
    assert unusable.value.fields["lacking"] == [name]


def test_no_model_is_said_so(tmp_path: Path) -> None:
    for directory in (None, tmp_path / "nowhere"):
        with pytest.raises(ModelUnusable) as unusable:
            model.check(directory)
        assert unusable.value.code == "ear.model_missing"


@pytest.mark.parametrize(("name", "seconds"), [("workshop-en", 169.6), ("workshop-zh", 99.2)])
def test_the_recordings_have_a_cue_for_every_sentence(name: str, seconds: float) -> None:
    recording = bundled.recordings()[name]
    length = len(recording.samples()) / 16_000

    assert abs(length - seconds) < 0.1
    assert all(0 < cue.start < cue.end < length for cue in recording.cues)
    assert recording.label.in_(Language.EN) != recording.label.in_(Language.ZH)
