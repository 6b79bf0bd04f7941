"""Whether the process lives, whether it is ready to serve, and its figures."""

import ipaddress
import shutil

import anyio
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from schemas.errors import NotFound
from server.routes.request import address_of, app_state
from server.services.readiness import is_at_head

DATABASE_SECONDS = 1.0
MIN_FREE_SHARE = 0.05
MIN_FREE_BYTES = 200 * 1024 * 1024
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


async def healthz(_request: Request) -> Response:
    """`GET /healthz`: the process answers; nothing else is touched."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """`GET /readyz`: 200 if new people may be sent here, else 503; with the reasons.

    The ear is named but does not count: a room goes on without it.
    """
    state = app_state(request)
    checks = {
        "database": await _database_is_ready(request),
        "disk": await anyio.to_thread.run_sync(_disk_is_ready, str(state.settings.data)),
        "staying": not state.draining,
    }
    ready = all(checks.values())
    ear = state.ear.status
    body = {"ready": ready, "checks": checks, "ear": {"state": ear.state, "lag": ear.lag}}
    return JSONResponse(body, status_code=200 if ready else 503)


async def metrics(request: Request) -> Response:
    """`GET /metrics`: Prometheus text, for this machine only and not through a proxy."""
    forwarded = any(name in request.headers for name in _FORWARDED)
    if forwarded or not _is_loopback(address_of(request)):
        raise NotFound("route.unknown")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _database_is_ready(request: Request) -> bool:
    with anyio.move_on_after(DATABASE_SECONDS):
        return await is_at_head(app_state(request).database)
    return False


def _disk_is_ready(folder: str) -> bool:
    usage = shutil.disk_usage(folder)
    return usage.free > min(MIN_FREE_BYTES, usage.total * MIN_FREE_SHARE)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
