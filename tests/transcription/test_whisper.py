"""What reaches the decoder: languages, script, hotwords, and how much sound."""

from pathlib import Path

import numpy as np
import pytest
from faster_whisper.tokenizer import Tokenizer  # type: ignore[import-untyped]
from tokenizers import Tokenizer as Vocabulary

from schemas.session import Language, Script
from tests.transcription import scripted
from tests.transcription.memory import noise
from transcription import keep
from transcription.bundled import MODEL, recordings
from transcription.engine import Care, Guidance
from transcription.model_settings import ModelSettings
from transcription.prompt import SENTENCES, fitted
from transcription.samples import Floats, to_float
from transcription.vad import speech_share
from transcription.whisper import WhisperEngine

TEXT = "The road opening permit is one day late for the Water Authority."
TERMS = ("Water Authority", "drain survey")


def tokenizer(language: Language = Language.EN) -> Tokenizer:
    vocabulary = Vocabulary.from_file(str(MODEL / "tokenizer.json"))
    return Tokenizer(vocabulary, True, task="transcribe", language=language.value)


def engine(directory: Path, text: str = TEXT, **settings: object) -> WhisperEngine:
    stated = ModelSettings.model_validate({"temperatures": (0.0,), **settings})
    model = scripted.make(directory / "model", scripted.NANO, text)
    return WhisperEngine(model, name="scripted", settings=stated)


def spoken(name: str, number: int) -> Floats:
    recording = recordings()[name]
    cue = recording.cues[number]
    return to_float(
        recording.samples()[round(cue.start * 16_000) - 3200 : round(cue.end * 16_000) + 3200]
    )


def test_hotwords_stand_in_the_decoders_prompt(tmp_path: Path) -> None:
    """The scripted model turns its sentence by as many tokens as its prompt is longer."""
    listening = engine(tmp_path)
    words = tokenizer()
    prompt = words.encode(" drain survey, Water Authority")

    without = listening.decode(to_float(noise(2)), Guidance.pinned(Language.EN), Care.FINAL)
    told = listening.decode(
        to_float(noise(2)), Guidance((Language.EN,), hotwords=TERMS), Care.FINAL
    )

    assert without.text == TEXT
    assert told.text == words.decode(words.encode(" " + TEXT)[len(prompt) + 1 :]).strip()
    assert (without.hotwords, told.hotwords) == (0, 2)


def test_a_long_utterance_is_written_to_its_end(tmp_path: Path) -> None:
    """A limit of new tokens would be halved by the engine and cut the end off without a word."""
    long = " ".join([TEXT] * 11)
    assert len(tokenizer().encode(long)) > 140

    heard = engine(tmp_path, long).decode(
        to_float(noise(27)), Guidance.pinned(Language.EN), Care.FINAL
    )

    assert heard.text == long


def test_the_sentence_for_the_script_stands_there_too(tmp_path: Path) -> None:
    listening = engine(tmp_path)
    words = tokenizer(Language.ZH)
    prompt = words.encode(" " + SENTENCES[Language.ZH, Script.HANT])

    told = listening.decode(to_float(noise(2)), Guidance((Language.ZH,), Script.HANT), Care.FINAL)

    rest = words.encode(" " + TEXT)[(len(prompt) + 1) % (len(words.encode(" " + TEXT)) + 1) :]
    assert told.text == words.decode(rest).strip()


def test_a_model_without_prompts_is_told_nothing(tmp_path: Path) -> None:
    listening = engine(tmp_path, prompts=False)

    heard = listening.decode(
        to_float(noise(2)), Guidance((Language.EN,), hotwords=TERMS), Care.FINAL
    )

    assert (heard.text, heard.hotwords) == (TEXT, 0)


def test_a_line_of_hotwords_over_noise_is_dropped_and_says_why(tmp_path: Path) -> None:
    """The words that the prompt turns away stand in front of the two hotwords."""
    turned = len(tokenizer().encode(" drain survey, Water Authority")) + 1
    listening = engine(tmp_path, "one " * turned + "Water Authority, drain survey.")
    guidance = Guidance((Language.EN,), hotwords=TERMS)
    sound = to_float(noise(3, 3000))

    heard = listening.decode(sound, guidance, Care.FINAL)
    verdict = keep.judge(heard, speech_share=speech_share(sound), hotwords=guidance.hotwords)

    assert heard.text == "Water Authority, drain survey."
    assert heard.confidence > 0.9
    assert not verdict.is_kept
    assert verdict.reason.startswith("hotwords ")


def test_hotwords_fill_the_budget_in_their_order_and_no_more() -> None:
    words = tokenizer(Language.ZH)
    terms = ("数据共享平台", "x" * 300, "管网", *(f"第{number}号工程" for number in range(99)))

    told = fitted(
        Guidance((Language.ZH,), hotwords=terms),
        Language.ZH,
        60,
        lambda text: len(words.encode(text)),
    )

    assert told.terms[:3] == ("数据共享平台", "管网", "第0号工程")
    assert len(words.encode(" " + told.hotwords(Language.ZH))) <= 60
    assert len(told.terms) < 20
    assert told.hotwords(Language.ZH).endswith("、管网、数据共享平台")


def test_the_prompt_never_passes_what_whisper_holds() -> None:
    words = tokenizer(Language.ZH)
    terms = tuple(f"第{number}号工程" for number in range(200))

    told = fitted(
        Guidance((Language.ZH,), hotwords=terms),
        Language.ZH,
        500,
        lambda text: len(words.encode(text)),
    )

    together = words.encode(" " + told.hotwords(Language.ZH)) + words.encode(" " + told.sentence)
    assert len(together) <= 223


@pytest.mark.parametrize(("name", "expected"), [("workshop-en", "en"), ("workshop-zh", "zh")])
def test_of_two_languages_the_spoken_one_is_heard(name: str, expected: str) -> None:
    listening = WhisperEngine(MODEL, name="micro", settings=ModelSettings(prompts=False))
    both = Guidance((Language.EN, Language.ZH))

    heard = listening.decode(spoken(name, 2), both, Care.FINAL)

    assert heard.language == expected
    assert heard.text == recordings()[name].cues[2].text


def test_no_third_language_is_ever_heard(tmp_path: Path) -> None:
    """The scripted model's language tokens are random: most likely one of the other 97 leads."""
    listening = engine(tmp_path)

    for seed in range(3):
        sound = to_float(noise(2, seed=seed))
        heard = listening.decode(sound, Guidance((Language.ZH, Language.EN)), Care.INTERIM)

        assert heard.language in tuple(Language)


def test_a_model_that_does_not_know_the_language_gives_no_line(tmp_path: Path) -> None:
    listening = engine(tmp_path, languages=(Language.EN,))

    heard = listening.decode(to_float(noise(2)), Guidance.pinned(Language.ZH), Care.FINAL)
    verdict = keep.judge(heard, speech_share=0.9, known=listening.languages)

    assert listening.languages == (Language.EN,)
    assert not verdict.is_kept
    assert verdict.reason.startswith("language ")


@pytest.mark.parametrize(
    ("window", "interim", "final"), [("full", 30, 30), ("interim", 5, 30), ("short", 5, 5)]
)
def test_the_window_is_as_the_model_allows(
    tmp_path: Path, window: str, interim: float, final: float
) -> None:
    listening = engine(tmp_path, window=window)
    sound = to_float(noise(2))

    windows = [
        listening.decode(sound, Guidance.pinned(Language.EN), care).window
        for care in (Care.INTERIM, Care.FINAL)
    ]

    assert windows == [interim, final]


def test_a_text_that_loops_in_a_short_window_is_decoded_in_full(tmp_path: Path) -> None:
    listening = engine(tmp_path, "late late late late late late late late late", window="short")

    heard = listening.decode(to_float(noise(2)), Guidance.pinned(Language.EN), Care.FINAL)

    assert heard.window == 30


def test_interim_text_in_a_short_window_says_nearly_the_same() -> None:
    listening = WhisperEngine(MODEL, name="micro", settings=ModelSettings(prompts=False))
    guidance = Guidance.pinned(Language.ZH)

    heard = [listening.decode(spoken("workshop-zh", n), guidance, Care.INTERIM) for n in range(6)]

    assert [one.text for one in heard] == [cue.text for cue in recordings()["workshop-zh"].cues[:6]]
    assert all(one.window < 10 for one in heard)


def test_silence_without_a_gate_makes_whisper_talk_and_the_rules_drop_it(tmp_path: Path) -> None:
    listening = engine(tmp_path)
    silence = np.zeros(3 * 16_000, np.float32)

    heard = listening.decode(silence, Guidance.pinned(Language.EN), Care.FINAL)
    verdict = keep.judge(heard, speech_share=speech_share(silence))

    assert heard.text == TEXT
    assert verdict.reason.startswith("speech_share ")
