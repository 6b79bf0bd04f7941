"""What happens to every request around its route: log context, headers, host check, login.

Plain ASGI, outermost first: Trace, Headers, Failures, Hosts, Addresses, body limit, Logins.
"""

import ipaddress
import re
import secrets
import time
from types import FunctionType
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import Forbidden, NotFound
from server.config import Settings
from server.routes import errors
from server.routes.cookies import cookie_name
from server.routes.request import LOGIN, NONCE, app_state

REQUEST_ID = "colloquy.request_id"
MAX_BODY_BYTES = 1024 * 1024
MAX_DOCUMENT_BYTES = 25 * 1024 * 1024
"""Where documents are brought in as a whole (server/services/extracting.py), with their form."""
MAX_PROJECT_BYTES = 257 * 1024 * 1024
"""Where projects of other tools are brought in (domain/formats/refi_archive.py), with their form."""
_PROJECTS = re.compile(r"/studies/[^/]+/projects")
_DOCUMENTS = re.compile(r"/studies/[^/]+/sources")
_ONE_YEAR = 365 * 24 * 3600
_CALLERS_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_NO_LOGIN = ("/static/", "/healthz", "/readyz", "/metrics")

_REQUESTS = Counter("colloquy_requests", "HTTP requests answered", ["method", "status"])
_SECONDS = Histogram("colloquy_request_seconds", "Time to answer an HTTP request", ["method"])

log = structlog.get_logger()


def middleware(settings: Settings) -> list[Middleware]:
    """Return the middleware of the app, outermost first."""
    return [
        Middleware(Trace),
        Middleware(Headers, settings=settings),
        Middleware(Failures),
        Middleware(Hosts, allowed=settings.allowed_hosts),
        Middleware(Addresses),
        Middleware(BodyLimit),
        Middleware(Logins),
    ]


class BodyLimit:
    """Refuses bodies that are too large for their address, while they arrive."""

    def __init__(self, app: ASGIApp) -> None:
        self._most = RequestBodyLimitMiddleware(app, max_body_size=MAX_BODY_BYTES)
        self._documents = RequestBodyLimitMiddleware(app, max_body_size=MAX_DOCUMENT_BYTES)
        self._projects = RequestBodyLimitMiddleware(app, max_body_size=MAX_PROJECT_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path, limit = scope.get("path", ""), self._most
        if scope["type"] == "http" and _DOCUMENTS.fullmatch(path):
            limit = self._documents
        elif scope["type"] == "http" and _PROJECTS.fullmatch(path):
            limit = self._projects
        await limit(scope, receive, send)


class Trace:
    """Gives each request an id, counts it and logs it: its route's name, never its path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = HTTPConnection(scope).headers.get("x-request-id", "")
        scope[REQUEST_ID] = given if _CALLERS_ID.fullmatch(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope[REQUEST_ID])
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = scope[REQUEST_ID]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            _record(scope, status, time.perf_counter() - started)


class Headers:
    """Adds the headers that keep a page to itself, with a fresh nonce for its scripts."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        # A self-made certificate must stay replaceable: no promise of HTTPS for ever.
        self._lasting_https = settings.public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[NONCE] = secrets.token_urlsafe(18)

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, add)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        headers["Content-Security-Policy"] = _policy(scope[NONCE])
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
        if self._lasting_https:
            headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}; includeSubDomains"
        if scope["path"].startswith("/static/"):
            headers["Cache-Control"] = f"public, max-age={_ONE_YEAR}, immutable"
        else:
            headers.setdefault("Cache-Control", "no-store")


class Failures:
    """Answers an error that nobody foresaw, and logs it; the last resort of every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:  # whatever a route or a library raised: the reader gets an answer
            log.exception("request.failed")
            if started:
                raise
            response = errors.answer_failure(Request(scope), scope[REQUEST_ID])
            await response(scope, receive, send)


class Hosts:
    """Refuses requests addressed to a name that is not ours: a foreign page's DNS trick.

    A bare IP address cannot be such a trick and passes.
    """

    def __init__(self, app: ASGIApp, allowed: frozenset[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan" or self._is_ours(
            HTTPConnection(scope).headers.get("host", "")
        ):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await errors.answer(Request(scope), Forbidden("host.unknown"))(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._allowed or _is_address(name)


class Logins:
    """Finds the login that a request's cookie stands for; a socket comes with a ticket instead."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not scope["path"].startswith(_NO_LOGIN):
            connection = HTTPConnection(scope)
            token = connection.cookies.get(cookie_name(connection))
            if token:
                scope[LOGIN] = await app_state(connection).accounts.login(token)
        await self._app(scope, receive, send)


class Addresses:
    """Answers "not found" where an address holds U+0000: no id of ours does, nor can PostgreSQL's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        held = "\x00" in scope.get("path", "") or b"%00" in scope.get("query_string", b"")
        if not held:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await errors.answer(Request(scope), NotFound("route.unknown"))(scope, receive, send)


def _policy(nonce: str) -> str:
    return (
        "default-src 'none'; "
        f"script-src 'nonce-{nonce}' 'strict-dynamic'; "
        "style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
        "font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def _record(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in ("GET", "POST", "PUT", "DELETE") else "other"
    _REQUESTS.labels(method, str(status)).inc()
    _SECONDS.labels(method).observe(seconds)
    endpoint = scope.get("endpoint")
    route = "-"
    if isinstance(endpoint, FunctionType):
        route = f"{endpoint.__module__}.{endpoint.__name__}"
    ids = {name: scope.get("path_params", {}).get(name) for name in ("session", "study", "track")}
    said = log.debug if scope["path"].startswith(_NO_LOGIN) else log.info
    said(
        "request.done",
        route=route.removeprefix("server.routes."),
        method=method,
        status=status,
        ms=round(seconds * 1000, 1),
        **{name: value for name, value in ids.items() if value},
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
