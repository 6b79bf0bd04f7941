"""Days are those of the server's place, whatever UTC says."""

import time
from collections.abc import Iterator

import pytest

from server.domain import dates

NEW_YEAR_IN_TIANJIN = 1_798_732_800.0
"""31 December 2026, 16:00 UTC."""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("place", "day", "month", "zone"),
    [
        ("CST-8", "2027-01-01", "202701", "UTC+8"),
        ("UTC0", "2026-12-31", "202612", "UTC"),
        ("NST3:30", "2026-12-31", "202612", "UTC-3:30"),
    ],
    indirect=["place"],
)
@pytest.mark.usefixtures("place")
def test_a_day_is_that_of_the_servers_place(day: str, month: str, zone: str) -> None:
    assert dates.day(NEW_YEAR_IN_TIANJIN) == day
    assert dates.month(NEW_YEAR_IN_TIANJIN) == month
    assert dates.zone(NEW_YEAR_IN_TIANJIN) == dates.zone() == zone
    assert dates.moment_and_zone(NEW_YEAR_IN_TIANJIN).startswith(day)
    assert dates.moment_and_zone(NEW_YEAR_IN_TIANJIN).endswith(
        f":{'30' if '30' in zone else '00'} ({zone})"
    )


def test_what_has_no_time_has_no_day() -> None:
    assert dates.day(None) == dates.moment(None) == dates.moment_and_zone(None) == ""
