"""Permits: a worker on another machine may have the samples of its errand, and no others.

A permit is signed with the installation's key and names a track, a span of samples and when it ends.
It needs no row: what it opens is what the server itself asked to have transcribed.
"""

import hmac
import time
from collections.abc import Callable

from schemas.errors import Forbidden
from schemas.ids import TrackId
from schemas.transcript import Segment
from server.services.links import derived_token

VALID_SECONDS = 900


class Permits:
    """Issues and checks; origin: the address at which this process is reached."""

    def __init__(self, key: bytes, origin: str, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._origin = origin
        self._now = now

    def issue(self, segment: Segment) -> tuple[str, str]:
        """Return the address of a segment's samples, and the permit to fetch them."""
        until = int(self._now()) + VALID_SECONDS
        span = f"{segment.first_sample}-{segment.last_sample}"
        token = derived_token(self._key, "samples", f"{segment.track_id}:{span}:{until}")
        address = f"{self._origin}/api/tracks/{segment.track_id}/samples?span={span}"
        return address, f"{until}.{token}"

    def check(self, segment: Segment, permit: str) -> None:
        """Pass for who holds the permit for exactly this segment. Raises Forbidden."""
        until, _, token = permit.partition(".")
        span = f"{segment.first_sample}-{segment.last_sample}"
        subject = f"{TrackId(segment.track_id)}:{span}:{until}"
        right = derived_token(self._key, "samples", subject)
        if not hmac.compare_digest(token.encode(), right.encode()) or int(until) < self._now():
            raise Forbidden("samples.permit")
