"""Single values as templates print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.annotation import Kind
from schemas.taxonomy import EntryKind
from web.filters import concordance, glyph, language_tag, play_from, timecode
from web.qr import qr_path
from web.views import Piece

PIECES = st.lists(st.builds(Piece, st.text(max_size=8), st.booleans()), max_size=6)


@pytest.mark.parametrize(
    ("seconds", "printed"), [(0, "00:00:00"), (727.9, "00:12:07"), (90_000, "25:00:00"), (-1, "00:00:00")]
)  # fmt: skip
def test_a_timecode_has_hours_minutes_and_seconds(seconds: float, printed: str) -> None:
    assert timecode(seconds) == printed


def test_every_kind_has_its_own_glyph() -> None:
    kinds = {*(kind.value for kind in Kind), *(kind.value for kind in EntryKind)}

    assert len({glyph(kind) for kind in kinds}) == len(kinds)
    assert glyph("line") == ""


def test_playback_begins_two_seconds_before_the_line_but_not_before_the_recording() -> None:
    assert play_from("/tracks/t/audio.wav", 12.5) == "/tracks/t/audio.wav#t=10.5"
    assert play_from("/tracks/t/audio.wav", 0.4) == "/tracks/t/audio.wav#t=0.0"


def test_the_first_marked_piece_is_the_node() -> None:
    found = concordance((Piece("the ", False), Piece("list", True), Piece(" and ", False), Piece("list", True)))  # fmt: skip

    assert (found.left, found.node) == ("the\u00a0", "list")
    assert found.right == (Piece(" and ", False), Piece("list", True))


@given(PIECES)
def test_a_concordance_keeps_every_character(pieces: list[Piece]) -> None:
    found = concordance(pieces)

    text = found.left + found.node + "".join(piece.text for piece in found.right)
    assert text.replace("\u00a0", " ") == "".join(p.text for p in pieces).replace("\u00a0", " ")


def test_language_tags_name_the_script() -> None:
    assert (language_tag("en"), language_tag("zh")) == ("en", "zh-Hans")


def test_a_qr_path_draws_the_finder_inside_its_quiet_zone() -> None:
    path, modules = qr_path("https://colloquy.example/seat/abc")

    assert path.startswith("M4 4h7v1h-7z")
    assert modules == 29 + 2 * 4
