"""Samples go to the worker that was asked to transcribe them, and to nobody else."""

import time
from pathlib import Path

import pytest

from schemas.errors import Forbidden
from schemas.ids import TrackId
from schemas.transcript import Segment
from server.services.links import installation_key
from server.services.permits import VALID_SECONDS, Permits
from tests.server.house import House

SEGMENT = Segment(TrackId("nothing-recorded"), 100, 16_100)
ADDRESS = "/api/tracks/nothing-recorded/samples?span="


def test_who_holds_the_permit_has_what_it_names(app: House) -> None:
    address, permit = app.permits.issue(SEGMENT)

    answer = app.browser().get(ADDRESS + "100-16100", Authorization=f"Bearer {permit}")

    assert address.endswith(ADDRESS + "100-16100")
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_else_has_any(app: House) -> None:
    _, own = app.permits.issue(SEGMENT)
    _, of_another = app.permits.issue(Segment(TrackId("another"), 100, 16_100))
    tried = [
        ("100-16100", ""),
        ("100-16100", "9999999999.guessed"),
        ("100-16100", "not-a-time.guessed"),
        ("100-16100", f"9999999999.{own.partition('.')[2]}"),
        ("100-16100", of_another),
        ("100-16101", own),
        ("0-16100", own),
    ]

    for span, permit in tried:
        answer = app.browser().get(ADDRESS + span, Authorization=f"Bearer {permit}")

        assert answer.status_code == 403, (span, permit)
        assert answer.json()["code"] == "samples.permit"


def test_a_permit_ends(tmp_path: Path) -> None:
    key = installation_key(tmp_path)
    before = time.time() - VALID_SECONDS - 1
    _, old = Permits(key, "", now=lambda: before).issue(SEGMENT)

    with pytest.raises(Forbidden):
        Permits(key, "").check(SEGMENT, old)


@pytest.mark.parametrize("span", ["", "x", "1", "1-", "-2", "1-2-3", "9" * 20 + "-1"])
def test_what_is_no_span_is_said(app: House, span: str) -> None:
    assert app.browser().get(ADDRESS + span).status_code == 422


def test_nobody_has_an_hour_at_once(app: House) -> None:
    hour = Segment(TrackId("nothing-recorded"), 0, 3600 * 16_000)
    _, permit = app.permits.issue(hour)

    answer = app.browser().get(ADDRESS + f"0-{hour.last_sample}", Authorization=f"Bearer {permit}")

    assert answer.status_code == 422
