"""Samples for workers on other machines: who holds a permit may have exactly what it names."""

import re

from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Invalid
from schemas.ids import TrackId
from schemas.transcript import Segment
from schemas.wire import SAMPLE_RATE
from server.routes.request import app_state

LONGEST = 60 * SAMPLE_RATE
_SPAN = re.compile(r"(\d{1,15})-(\d{1,15})")


async def samples(request: Request) -> Response:
    """`GET /api/tracks/{track}/samples?span=first-last`: int16 samples, by `Authorization: Bearer`."""
    state = app_state(request)
    asked = _SPAN.fullmatch(request.query_params.get("span", ""))
    if asked is None:
        raise Invalid("request.invalid", span="first-last")
    first, last = int(asked[1]), int(asked[2])
    segment = Segment(TrackId(request.path_params["track"]), first, last)
    permit = request.headers.get("authorization", "").removeprefix("Bearer ")
    state.permits.check(segment, permit)
    if not first < last <= first + LONGEST:
        raise Invalid("request.invalid", span="too long")
    recording = await state.tracks.open(segment.track_id)
    found = await recording.read(first, last)
    headers = {"Cache-Control": "no-store"}
    body = found.astype("<i2").tobytes()
    return Response(body, media_type="application/octet-stream", headers=headers)
