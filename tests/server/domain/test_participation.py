"""How much of the speech is nobody's."""

from dataclasses import replace

import pytest

from schemas.ids import LineId, PersonId, SessionId, UnitId
from schemas.session import Language
from schemas.transcript import Line, LineSource
from server.domain.participation import share

SAID = Line(
    LineId("l"), SessionId("s"), 0.0, "words", Language.EN, LineSource.SPOKEN, "Wang",
    PersonId("wang"), UnitId("water"), False, None, 0.0, 9.0, None, 0, None,
)  # fmt: skip
NOBODY = replace(SAID, speaker="", person_id=None, unit_id=None)


def test_speech_is_weighed_by_its_length() -> None:
    found = share([SAID, replace(NOBODY, end=1.0)])

    assert (found.seconds, found.unassigned, found.presumed) == (10.0, 0.1, 0.0)
    assert found.may_call_silent


def test_more_than_a_tenth_forbids_to_call_a_unit_silent() -> None:
    assert not share([SAID, replace(NOBODY, end=1.2)]).may_call_silent
    assert not share([]).may_call_silent


def test_the_floor_is_only_presumed() -> None:
    found = share([SAID, replace(SAID, presumed=True)])

    assert (found.unassigned, found.presumed) == (0.0, 0.5)


@pytest.mark.parametrize("source", [LineSource.TYPED, LineSource.GAP])
def test_what_is_no_speech_does_not_count(source: LineSource) -> None:
    assert share([SAID, replace(NOBODY, source=source)]).unassigned == 0.0


def test_what_was_written_down_counts_by_its_signs() -> None:
    written = replace(NOBODY, source=LineSource.STENOGRAPHED, start=None, end=None, text="x" * 75)

    assert share([SAID, written]).unassigned == pytest.approx(0.5)
