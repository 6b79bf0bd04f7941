"""A round of background work that goes wrong is told and outlived; being cancelled is not held up."""

import anyio
import pytest
from structlog.testing import capture_logs

from schemas.errors import Unavailable
from server.services.outliving import outlived


def test_a_round_that_goes_well_says_so_and_logs_nothing() -> None:
    with capture_logs() as told, outlived("work.failed") as one:
        pass
    assert (one.is_well, one.code, told) == (True, "", [])


def test_a_refusal_is_a_warning_with_its_code() -> None:
    with capture_logs() as told, outlived("work.failed", session="s") as one:
        raise Unavailable("database.unavailable")
    assert (one.is_well, one.code) == (False, "database.unavailable")
    assert told == [
        {
            "event": "work.failed",
            "log_level": "warning",
            "code": "database.unavailable",
            "session": "s",
        }
    ]


def test_a_bug_is_logged_whole() -> None:
    with capture_logs() as told, outlived("work.failed") as one:
        raise KeyError("row")
    assert (one.is_well, one.code) == (False, "server.failed")
    assert [(t["log_level"], t["exc_info"]) for t in told] == [("error", True)]


@pytest.mark.anyio
async def test_being_cancelled_goes_through() -> None:
    with anyio.move_on_after(0.01) as scope, outlived("work.failed"):
        await anyio.sleep_forever()
    assert scope.cancelled_caught
