"""What becomes of an engine's words: stable prefixes and the rules for keeping them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.session import Language
from transcription import keep
from transcription.engine import Heard
from transcription.stabiliser import Stabiliser

GOOD = Heard("We close the road too late.", 0.95, 0.01, 0.9, Language.EN)


def test_words_are_stable_once_two_passes_agree() -> None:
    stabiliser = Stabiliser(Language.EN)

    first = stabiliser.hear("We close")
    second = stabiliser.hear("we close the rote")
    third = stabiliser.hear("We close the road too")

    assert first == ("", "We close")
    assert second == ("we close ", "the rote")
    assert third == ("we close the ", "road too")


def test_chinese_is_stable_character_by_character() -> None:
    stabiliser = Stabiliser(Language.ZH)
    stabiliser.hear("各部门数")

    assert stabiliser.hear("各部门书据 GIS") == ("各部门", "书据 GIS")


@given(st.sampled_from(list(Language)), st.lists(st.text(alphabet="ab 数据，", max_size=12)))
def test_what_was_stable_is_never_taken_back(language: Language, passes: list[str]) -> None:
    stabiliser = Stabiliser(language)
    before = ""
    for text in passes:
        stable, _ = stabiliser.hear(text)
        assert stable.startswith(before)
        before = stable


@pytest.mark.parametrize(
    ("heard", "share", "rule"),
    [
        (GOOD, 0.8, "kept"),
        (replace(GOOD, text=" ..."), 0.8, "empty"),
        (GOOD, 0.05, "speech_share"),
        (replace(GOOD, no_speech=0.9, confidence=0.6), 0.8, "no_speech"),
        (replace(GOOD, no_speech=0.9), 0.8, "kept"),
        (replace(GOOD, confidence=0.2), 0.8, "logprob"),
        (replace(GOOD, compression=3.0), 0.8, "compression"),
        (replace(GOOD, text="thank you " * 8), 0.8, "loop"),
        (replace(GOOD, text="谢谢大家" * 6, language=Language.ZH), 0.8, "loop"),
        (replace(GOOD, text="Thanks for watching!"), 0.3, "credits"),
        (replace(GOOD, text="字幕由 Amara.org 社区提供", language=Language.ZH), 0.3, "credits"),
        (replace(GOOD, text="請不吝點贊 訂閱 轉發", language=Language.ZH), 0.3, "credits"),
        (replace(GOOD, text="我们要加字幕。", language=Language.ZH), 0.8, "kept"),
        (replace(GOOD, text="No, no, no."), 0.8, "kept"),
        (replace(GOOD, text="对，对，对，对。", language=Language.ZH), 0.8, "kept"),
    ],
)
def test_each_line_says_why_it_was_kept_or_dropped(heard: Heard, share: float, rule: str) -> None:
    verdict = keep.judge(heard, speech_share=share)

    assert verdict.reason.split()[0] == rule
    assert verdict.is_kept == (rule == "kept")
    assert f"speech={share:.2f}" in verdict.reason


@pytest.mark.parametrize(
    ("text", "share", "given", "rule"),
    [
        ("Water Authority, drain survey.", 0.3, 2, "hotwords"),
        ("Water Authority, drain survey.", 0.3, 1, "kept"),
        ("Water Authority, drain survey.", 0.8, 2, "kept"),
        ("The Water Authority says so.", 0.3, 2, "kept"),
    ],
)
def test_an_echo_of_the_hotwords_is_no_line_where_hardly_anybody_speaks(
    text: str, share: float, given: int, rule: str
) -> None:
    heard = replace(GOOD, text=text, hotwords=given)

    verdict = keep.judge(
        heard, speech_share=share, hotwords=("Water Authority", "drain survey", "never sent")
    )

    assert verdict.reason.split()[0] == rule
    assert f"hotwords={given}" in verdict.reason


@given(st.text(max_size=60), st.sampled_from(list(Language)))
def test_looking_for_loops_survives_any_text(text: str, language: Language) -> None:
    assert not keep.loops(text[:7], language)
    keep.loops(text, language)
