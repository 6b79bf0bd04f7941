"""How much of the speech is nobody's."""

from dataclasses import replace

import pytest

from schemas.ids import LineId, PersonId, SessionId, UnitId
from schemas.session import Language
from schemas.transcript import Line, LineSource
from server.domain.participation import MOST_STRETCHES, course, share

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


def test_the_course_of_a_session_has_every_second_of_its_speech() -> None:
    later = replace(SAID, at=61.0, start=3.0, end=5.0)
    found = course([SAID, later, replace(NOBODY, at=130.0, end=2.0)])

    water = UnitId("water")
    assert (found.width, found.stretches) == (60.0, 3)
    assert found.seconds == {(water, 0): 9.0, (water, 1): 2.0, (None, 2): 2.0}
    assert sum(found.seconds.values()) == found.share.seconds


@pytest.mark.parametrize("hours", [0.5, 1.5, 4.0, 30.0])
def test_a_long_session_has_as_many_stretches_as_a_page(hours: float) -> None:
    found = course([replace(SAID, at=hours * 3600)])

    assert found.stretches <= MOST_STRETCHES
    assert course([]).stretches == 0
