"""The transcript as files: speakers and times are kept, what was off the record is not told."""

from dataclasses import replace

from schemas.ids import LineId
from schemas.session import Language
from schemas.transcript import Line, LineSource
from server.domain.cues import read, write_srt, write_vtt
from server.services.subtitles import cues_of, plain_text
from tests.server.method import SESSION

LINE = Line(
    LineId("a"), SESSION, 61.5, "We own it", Language.EN, LineSource.SPOKEN, "Wang", None, None,
    False, None, 1.0, 3.25, 0.9, 0, None,
)  # fmt: skip
TYPED = replace(LINE, id=LineId("b"), at=70.0, text="数据没有共享", start=None, end=None)
NEXT = replace(TYPED, id=LineId("c"), at=70.5, text="Yes", speaker="李")
GAP = replace(LINE, id=LineId("d"), at=80.0, source=LineSource.GAP, speaker="", text="Off")


def test_spoken_lines_last_as_long_as_their_sound_and_others_as_they_are_read() -> None:
    cues = cues_of([LINE, TYPED, NEXT, GAP])

    assert [(one.start, one.end) for one in cues] == [(61.5, 63.75), (70.0, 70.5), (70.5, 72.0)]


def test_both_formats_come_back_with_speakers_and_times() -> None:
    cues = cues_of([LINE, TYPED, NEXT])

    assert read(write_vtt(cues, "Flood")) == read(write_srt(cues)) == cues


def test_text_names_a_speaker_where_it_changes() -> None:
    assert plain_text([LINE, TYPED, NEXT, GAP]) == "Wang: We own it\n数据没有共享\n李: Yes\nOff\n"
