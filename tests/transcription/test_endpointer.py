"""Endpoints: when an utterance begins and ends, whatever the chunks."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.session import Language
from transcription.bundled import recordings
from transcription.endpointer import Began, Ended, Endpoint, Endpointer, Endpointing
from transcription.listener import Detector, Listener
from transcription.samples import Floats
from transcription.vad import FRAME_SAMPLES, Vad

SECOND = 16_000


def run(pattern: list[tuple[float, float]], language: Language = Language.EN) -> list[Endpoint]:
    """Feed (probability, seconds) pairs; every frame is as loud as it is likely."""
    endpointer = Endpointer(Endpointing.for_language(language))
    endpoints: list[Endpoint] = []
    frames = 0
    for probability, seconds in pattern:
        for _ in range(round(seconds * SECOND / FRAME_SAMPLES)):
            endpoints += endpointer.hear(probability, probability)
            frames += 1
    return endpoints + endpointer.finish(frames * FRAME_SAMPLES)


def ended(endpoints: list[Endpoint]) -> list[Ended]:
    return [one for one in endpoints if isinstance(one, Ended)]


def test_one_frame_of_speech_is_a_click() -> None:
    assert run([(0, 1), (1, 0.032), (0, 1)]) == []


def test_an_utterance_has_its_run_up_and_what_follows() -> None:
    endpoints = run([(0, 1.024), (1, 2.048), (0, 1.024)])

    first = round(1.024 * SECOND) - 3200
    assert endpoints == [Began(first), Ended(first, round(3.072 * SECOND) + 3200)]


def test_a_pause_shorter_than_the_language_allows_joins() -> None:
    pattern = [(1.0, 1.0), (0.0, 0.45), (1.0, 1.0), (0.0, 1.0)]

    assert len(ended(run(pattern))) == 1
    assert len(ended(run(pattern, Language.ZH))) == 2


def test_an_unsure_frame_neither_ends_nor_goes_on() -> None:
    assert len(ended(run([(1, 1), (0.4, 2), (1, 1), (0, 1)]))) == 1
    assert len(ended(run([(1, 1), (0, 0.1), (0.4, 0.5), (1, 1), (0, 1)]))) == 2


def test_after_twelve_seconds_any_dip_ends() -> None:
    early = run([(1, 5), (0, 0.2), (1, 5), (0, 1)])
    late = run([(1, 13), (0, 0.2), (1, 5), (0, 1)])

    assert len(ended(early)) == 1
    assert len(ended(late)) == 2


def test_a_monologue_is_cut_at_its_quietest_frame() -> None:
    endpointer = Endpointer(Endpointing())
    endpoints: list[Endpoint] = []
    for number in range(round(40 * SECOND / FRAME_SAMPLES)):
        level = 0.1 if number == 850 else 1.0
        endpoints += endpointer.hear(1.0, level)
    endpoints += endpointer.finish(40 * SECOND)

    cut = 850 * FRAME_SAMPLES
    assert endpoints == [Began(0), Ended(0, cut), Began(cut), Ended(cut, 40 * SECOND)]


def loud(frame: Floats) -> float:
    """A detector without memory: louder is more likely speech."""
    return float(min(1.0, np.abs(frame).mean() * 4))


def chunked(
    samples: np.ndarray, sizes: list[int], detector: Callable[[], Detector] = lambda: loud
) -> list[Endpoint]:
    listener = Listener(detector, Endpointing(soft_limit=1.0, hard_limit=2.0, lookback=0.5))
    endpoints: list[Endpoint] = []
    at, turn = 0, 0
    while at < len(samples):
        size = sizes[turn % len(sizes)]
        endpoints += listener.hear(samples[at : at + size])
        at, turn = at + size, turn + 1
    return endpoints + listener.finish()


@given(
    levels=st.lists(st.integers(0, 12_000), min_size=1, max_size=40),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_endpoints_do_not_depend_on_how_the_audio_is_cut(
    levels: list[int], sizes: list[int], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    samples = np.concatenate(
        [(generator.standard_normal(2000) * level / 2).astype(np.int16) for level in levels]
    )

    endpoints = chunked(samples, sizes)

    assert endpoints == chunked(samples, [len(samples)])
    spans = [(one.first_sample, one.last_sample) for one in ended(endpoints)]
    assert all(first < last for first, last in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(last - first <= 2.1 * SECOND for first, last in spans)
    assert len(spans) == sum(isinstance(one, Began) for one in endpoints)


def test_a_long_gap_ends_what_was_open_and_listening_goes_on_behind_it() -> None:
    listener = Listener(lambda: loud, Endpointing())
    speech = (np.random.default_rng(0).standard_normal(16_000) * 9000).astype(np.int16)

    before = [*listener.hear(speech), *listener.silence(600 * SECOND)]
    after = [*listener.hear(speech), *listener.finish()]

    assert [type(one) for one in before] == [Began, Ended]
    assert after == [Began(601 * SECOND), Ended(601 * SECOND, 602 * SECOND)]


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_rules(language: Language) -> None:
    assert 0.3 < Endpointing.for_language(language).silence <= 0.5


@given(st.lists(st.sampled_from([0.0, 0.4, 0.9]), max_size=200))
def test_what_silence_ends_was_known_in_the_pause_before(probabilities: list[float]) -> None:
    endpointer = Endpointer(Endpointing())
    pause: tuple[int, int] | None = None
    for probability in probabilities:
        for endpoint in endpointer.hear(probability, 1.0):
            if (
                isinstance(endpoint, Ended)
                and endpoint.last_sample - endpoint.first_sample < 12 * 16_000
            ):
                assert pause == (endpoint.first_sample, endpoint.last_sample)
        pause = endpointer.pause


def test_a_detector_starts_afresh_when_nobody_has_spoken_for_a_second_and_each_minute() -> None:
    made = 0

    def detector() -> Callable[[Floats], float]:
        nonlocal made
        made += 1
        return loud

    listener = Listener(detector, Endpointing())
    speech = (np.random.default_rng(0).standard_normal(2 * SECOND) * 9000).astype(np.int16)

    listener.hear(speech)
    while_speaking = made
    listener.hear(np.zeros(SECOND // 2, np.int16))
    at_the_endpoint = made
    listener.hear(np.zeros(2 * SECOND, np.int16))
    a_second_later = made
    listener.hear(np.zeros(60 * SECOND, np.int16))

    assert (while_speaking, at_the_endpoint, a_second_later, made) == (1, 1, 2, 3)


@given(
    levels=st.lists(st.integers(0, 12_000), min_size=1, max_size=60),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=8),
)
@settings(max_examples=30, deadline=None)
def test_the_real_detector_too_hears_the_same_whatever_the_chunks(
    levels: list[int], sizes: list[int]
) -> None:
    spoken = recordings()["workshop-zh"].samples()
    loudness = np.repeat(np.array(levels) / 12_000, 2000)
    samples = (spoken[: len(loudness)] * loudness).astype(np.int16)

    endpoints = chunked(samples, sizes, Vad)

    assert endpoints == chunked(samples, [len(samples)], Vad)
