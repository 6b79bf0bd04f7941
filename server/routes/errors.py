"""The only place where an error becomes a status, a page, a JSON answer or a close code."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketState

from schemas import wire
from schemas.errors import ColloquyError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from server.routes.request import language_of, page
from server.services.accounts import NotSignedIn
from server.services.attempts import TooManyAttempts
from server.services.tickets import OldGeneration
from web.i18n import error_text, told_of, translator
from web.views import ErrorView, Link

# The narrower class stands before the wider one.
_STATUS: tuple[tuple[type[ColloquyError], HTTPStatus, int], ...] = (
    (NotSignedIn, HTTPStatus.UNAUTHORIZED, wire.CLOSE_UNAUTHENTICATED),
    (TooManyAttempts, HTTPStatus.TOO_MANY_REQUESTS, wire.CLOSE_RATE),
    (OldGeneration, HTTPStatus.CONFLICT, wire.CLOSE_GENERATION),
    (NotFound, HTTPStatus.NOT_FOUND, wire.CLOSE_FORBIDDEN),
    (Forbidden, HTTPStatus.FORBIDDEN, wire.CLOSE_FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT, wire.CLOSE_PROTOCOL),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY, wire.CLOSE_PROTOCOL),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE, wire.CLOSE_TRY_LATER),
)
_ROUTING_CODES = {404: "route.unknown", 405: "route.method", 413: "request.too_large"}
_RETRY_SECONDS = 2
_ELSEWHERE = ("room.elsewhere", "audio.elsewhere")

log = structlog.get_logger()


def status_of(error: ColloquyError) -> HTTPStatus:
    """Return the HTTP status that stands for an error."""
    return _row(error)[0]


def close_code(error: ColloquyError) -> int:
    """Return the websocket close code that stands for an error."""
    return _row(error)[1]


def answer(request: Request, error: ColloquyError) -> Response:
    """Return the answer for an error raised on purpose."""
    response = _answer(request, status_of(error), error.code, error.fields)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(error.fields.get("seconds", _RETRY_SECONDS))
    return response


def answer_failure(request: Request, request_id: str) -> Response:
    """Return the answer for an error that nobody foresaw; the log has the rest under that id."""
    fields = {"request": request_id}
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "server.failed", fields)


async def on_colloquy_error(connection: HTTPConnection, error: Exception) -> Response | None:
    """Answer a ColloquyError from a route, or close the socket with its code."""
    if not isinstance(error, ColloquyError):
        raise error
    if isinstance(connection, Request):
        log.info("request.refused", code=error.code, status=int(status_of(error)))
        return answer(connection, error)
    if isinstance(connection, WebSocket):
        log.info("socket.refused", code=error.code)
        if error.code in _ELSEWHERE and _may_deny(connection):
            # a proxy passes a handshake that got 503 on to the next node
            headers = {"Retry-After": str(_RETRY_SECONDS)}
            await connection.send_denial_response(Response(status_code=503, headers=headers))
            return None
        # A browser cannot read why a handshake failed, but it can read a close code.
        if connection.application_state is WebSocketState.CONNECTING:
            await connection.accept()
        if connection.application_state is WebSocketState.CONNECTED:
            await connection.close(close_code(error), error.code)
    return None


async def on_http_exception(connection: HTTPConnection, error: Exception) -> Response | None:
    """Answer what the framework refuses: unknown addresses, wrong methods, bodies too large."""
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(connection, WebSocket):
        await connection.close(wire.CLOSE_FORBIDDEN)
        return None
    status = HTTPStatus(error.status_code)
    code = _ROUTING_CODES.get(status, "request.form")
    response = _answer(Request(connection.scope), status, code, {})
    response.headers.update(error.headers or {})
    return response


def _may_deny(connection: WebSocket) -> bool:
    is_open = connection.application_state is not WebSocketState.CONNECTING
    return not is_open and "websocket.http.response" in connection.scope.get("extensions", {})


def _row(error: ColloquyError) -> tuple[HTTPStatus, int]:
    for kind, status, close in _STATUS:
        if isinstance(error, kind):
            return status, close
    return HTTPStatus.INTERNAL_SERVER_ERROR, wire.CLOSE_PROTOCOL


def _answer(
    request: Request, status: HTTPStatus, code: str, fields: Mapping[str, object]
) -> Response:
    language = language_of(request)
    if _wants_json(request):
        body = {"code": code, "message": told_of(code, fields, language), "fields": fields}
        return JSONResponse(_plain(body), status_code=status)
    sentence, advice = error_text(code, fields, language)
    lobby = Link("/", translator(language).text("place.lobby"))
    return page(request, ErrorView(int(status), sentence, advice, (lobby,)), int(status))


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    is_json = "application/json" in accepted and "text/html" not in accepted
    return is_json or request.url.path.startswith("/api/")


def _plain(value: object) -> object:
    """`value` as JSON can hold it; what an error carries beyond that is written as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
