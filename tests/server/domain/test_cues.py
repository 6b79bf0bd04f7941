"""WebVTT and SRT keep speakers and times; two records of one speech are laid on each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Invalid
from server.domain.alignment import lay, same_words, times
from server.domain.cues import Cue, named, parted, read, write_srt, write_vtt

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
NAMES = st.from_regex(r"[A-Za-z王李·]{1,12}", fullmatch=True)


@st.composite
def cues(
    draw: st.DrawFn, names: st.SearchStrategy[str], words: st.SearchStrategy[str]
) -> list[Cue]:
    starts = draw(st.lists(st.integers(0, 10**7), unique=True, max_size=6))
    return [
        Cue(at / 1000, (at + draw(st.integers(0, 9000))) / 1000, draw(names), draw(words))
        for at in sorted(starts)
    ]


@given(cues(NAMES, WORDS))
def test_webvtt_comes_back_as_it_went(given_cues: list[Cue]) -> None:
    text = write_vtt(given_cues, "A --> title")

    assert text.startswith("WEBVTT A → title\n")
    if given_cues:
        assert read(text) == given_cues


@given(cues(NAMES, st.from_regex(r"[a-z水务局]{1,20}", fullmatch=True)))
def test_subrip_comes_back_as_it_went(given_cues: list[Cue]) -> None:
    if given_cues:
        assert read(write_srt(given_cues)) == given_cues


def test_other_programs_files_are_read() -> None:
    text = (
        "\ufeffWEBVTT - x\r\nKind: captions\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nNOTE a --> b\r\n\r\n"
        "intro\r\n01:02.500 --> 01:04.000 align:start\r\n<v.loud Wang &amp; Li>We <i>own</i> it\r\nall</v>"
        "<v Mo>No\r\n\r\n2\r\n00:02:00,1 --> 00:02:01,25\r\n王芳：水位\r\n"
    )

    assert read(text) == [
        Cue(62.5, 64.0, "Wang & Li", "We own it all"),
        Cue(62.5, 64.0, "Mo", "No"),
        Cue(120.1, 121.25, "王芳", "水位"),
    ]


def test_a_file_without_cues_is_refused() -> None:
    with pytest.raises(Invalid, match=r"subtitles\.none"):
        read("minutes of the meeting")


@given(st.text())
def test_any_text_behind_a_time_is_read(text: str) -> None:
    timed = f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Li>.{text}"

    assert read(timed)[0].start == 1.0


def test_names_stand_before_the_words() -> None:
    assert parted(named("Li", "yes: no")) == ("Li", "yes: no")
    assert parted("at 10:30 we met") == ("", "at 10:30 we met")


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_every_piece_is_laid_once_and_in_order(lines: list[str], pieces: list[str]) -> None:
    laid = lay(lines, pieces)

    assert [piece for one in laid for piece in one.pieces] == list(range(len(pieces)))
    homes = [one.line for one in laid if one.line is not None]
    assert homes == sorted(homes)
    moments = times(laid, [float(n) for n in range(len(lines))], float(len(lines)))
    assert list(moments) == sorted(moments)


def test_two_records_of_one_speech_find_each_other() -> None:
    lines = ["the water bureau has no data", "nobody told us about it", "水位太高了"]
    pieces = ["The water bureau", "has no data at all", "(coughing)", "nobody told us", "水位太高"]

    laid = lay(lines, pieces)

    assert [(one.line, one.pieces) for one in laid] == [
        (0, (0, 1)),
        (None, (2,)),
        (1, (3,)),
        (2, (4,)),
    ]
    assert times(laid, [0.0, 10.0, 20.0], 30.0) == [0.0, 5.0, 10.0, 20.0]
    assert same_words("Yes, we do.", "yes we do")
    assert not same_words("yes", "no")
