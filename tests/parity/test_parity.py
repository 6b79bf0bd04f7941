"""Both engines on the same weights, and the way from one's files to the other's: `make parity`."""

import re
from collections.abc import Sequence
from pathlib import Path

import jiwer
import pytest
from transformers import WhisperConfig, WhisperForConditionalGeneration, WhisperTokenizerFast

from schemas.session import Language
from tests.transcription.memory import noise
from transcription import converting, library, model
from transcription.bundled import MODEL, recordings
from transcription.engine import Care, Engine, Guidance, Loading
from transcription.errors import ModelUnusable
from transcription.model_settings import ModelSettings
from transcription.openai_whisper import OpenAiEngine
from transcription.pool import Worker
from transcription.samples import Floats, to_float
from transcription.whisper import WhisperEngine

pytestmark = [  # openai-whisper leaves the file of its tokens open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CHECKPOINT = MODEL.parent / "openai" / "micro.pt"
PLAIN = ModelSettings(prompts=False, temperatures=(0.0,))


def utterances(name: str, count: int) -> list[tuple[str, Floats]]:
    recording = recordings()[name]
    samples = recording.samples()
    return [
        (
            cue.text,
            to_float(samples[round(cue.start * 16_000) - 3200 : round(cue.end * 16_000) + 3200]),
        )
        for cue in recording.cues[:count]
    ]


def texts(engine: Engine, sounds: Sequence[tuple[str, Floats]], language: Language) -> list[str]:
    return [engine.decode(sound, Guidance.pinned(language), Care.FINAL).text for _, sound in sounds]


def plain(words: Sequence[str]) -> str:
    return re.sub(r"[^\w ]", "", " ".join(words)).lower()


@pytest.fixture(scope="module")
def reference() -> OpenAiEngine:
    return OpenAiEngine(CHECKPOINT, device="cpu")


@pytest.mark.parametrize(
    ("name", "language", "measure"),
    [("workshop-en", Language.EN, jiwer.wer), ("workshop-zh", Language.ZH, jiwer.cer)],
)
def test_both_engines_hear_the_same(
    reference: OpenAiEngine, name: str, language: Language, measure: type
) -> None:
    sounds = utterances(name, 12)
    ours = WhisperEngine(MODEL, name="ct2", settings=PLAIN)

    from_reference = texts(reference, sounds, language)
    from_ours = texts(ours, sounds, language)

    assert measure(plain(from_reference), plain(from_ours)) <= 0.01
    assert measure(plain([said for said, _ in sounds]), plain(from_reference)) <= 0.02


def test_the_reference_takes_the_likelier_of_two_languages_too(reference: OpenAiEngine) -> None:
    both = Guidance((Language.EN, Language.ZH))
    [(said, sound)] = utterances("workshop-zh", 1)

    heard = reference.decode(sound, both, Care.INTERIM)

    assert (heard.language, heard.text) == (Language.ZH, said)
    assert reference.languages == tuple(Language)
    assert reference.name == "micro-whisper"


def test_the_reference_says_nothing_in_noise_that_the_rules_would_keep(
    reference: OpenAiEngine,
) -> None:
    heard = reference.decode(to_float(noise(3)), Guidance.pinned(Language.EN), Care.FINAL)

    assert heard.text == "" or heard.no_speech > 0.6


@pytest.mark.anyio
async def test_a_worker_process_runs_either_engine() -> None:
    [(said, sound)] = utterances("workshop-en", 1)
    samples = (sound * 32_768).astype("int16")

    async with Worker(CHECKPOINT, Loading("openai-whisper", "cpu")) as worker:
        heard = await worker.decode(samples, Guidance.pinned(Language.EN), Care.FINAL)

    assert (worker.model, heard.text) == ("micro-whisper", said)


@pytest.mark.anyio
async def test_a_converted_checkpoint_hears_what_the_checkpoint_does(tmp_path: Path) -> None:
    sounds = utterances("workshop-zh", 4)

    target = library.place(
        tmp_path, "micro", lambda folder: converting.convert(CHECKPOINT, folder, "float32")
    )

    assert (await library.checked(target)).languages == tuple(Language)
    converted = WhisperEngine(target, name="converted", settings=PLAIN)
    assert texts(converted, sounds, Language.ZH) == [said for said, _ in sounds]


def test_what_is_no_checkpoint_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"not a checkpoint")

    with pytest.raises(ModelUnusable) as unusable:
        library.place(
            tmp_path / "shelf",
            "broken",
            lambda folder: converting.convert(tmp_path / "broken.pt", folder),
        )

    assert unusable.value.code == "ear.model_source"
    assert list((tmp_path / "shelf").iterdir()) == []


def test_a_hugging_face_folder_is_converted(tmp_path: Path) -> None:
    """A model of random weights, as transformers itself would save it."""
    source = tmp_path / "source"
    size = {"d_model": 64, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 51_865}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    feed = {"encoder_ffn_dim": 128, "decoder_ffn_dim": 128, "num_mel_bins": 80}
    WhisperForConditionalGeneration(WhisperConfig(**size, **heads, **feed)).save_pretrained(source)
    WhisperTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json")).save_pretrained(source)
    (source / "preprocessor_config.json").write_text('{"feature_size": 80}')

    target = library.place(
        tmp_path / "shelf", "random", lambda folder: converting.convert(source, folder)
    )

    assert model.check(target) == target
    assert WhisperEngine(target, name="random", settings=PLAIN).languages == tuple(Language)
