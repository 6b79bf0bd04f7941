"""Character errors against jiwer's, and advice that follows from the figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jiwer import cer

from server.domain.reading_test import Reading, advice, character_errors

GOOD = Reading(errors=0.02, level=-25.0, noise=-60.0, clipped=0.0, delay=1.0)


@given(
    st.text(alphabet="abc水务局", min_size=1, max_size=30),
    st.text(alphabet="abc水务局", max_size=30),
)
def test_errors_are_counted_as_elsewhere(said: str, heard: str) -> None:
    assert character_errors(said, heard) == pytest.approx(cer(said, heard))


def test_punctuation_and_capitals_are_no_errors() -> None:
    assert character_errors("We have NO data.", "we have, no data") == 0.0
    assert character_errors("没有数据。", "没有数据") == 0.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, ["good"]),
        ({"clipped": 0.01}, ["clipped"]),
        ({"level": -45.0}, ["quiet"]),
        ({"noise": -30.0}, ["noisy"]),
        ({"errors": 0.15}, ["some_wrong"]),
        ({"errors": 0.6}, ["wrong_words"]),
        ({"errors": 0.6, "level": -50.0, "noise": -55.0}, ["quiet", "noisy", "not_usable"]),
        ({"delay": 20.0}, ["slow"]),
    ],
)
def test_advice_follows_from_what_was_measured(change: dict[str, float], told: list[str]) -> None:
    values = {name: getattr(GOOD, name) for name in GOOD.__slots__} | change

    assert advice(Reading(**values)) == told
