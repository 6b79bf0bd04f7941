"""What happened to a taxonomy is told by the minutes of the clock."""

from dataclasses import dataclass

from server.domain.history import minutes


@dataclass(frozen=True)
class Recorded:
    seq: int
    at: float


def test_changes_of_one_minute_stand_together_the_newest_minute_first() -> None:
    told = [Recorded(3, 60.0), Recorded(4, 119.9), Recorded(9, 120.0), Recorded(11, 3600.0)]

    found = minutes(told)

    assert [[one.seq for one in each.changes] for each in found] == [[11], [9], [3, 4]]
    assert [(each.since, each.until, each.at) for each in found] == [
        (10, 11, 3600.0), (8, 9, 120.0), (2, 4, 60.0),
    ]  # fmt: skip
    assert minutes([]) == []
