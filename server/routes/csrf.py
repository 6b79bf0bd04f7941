"""The check that an unsafe request came from one of our own pages; the table wraps handlers in it.

Two independent controls: the browser says where the request came from (Sec-Fetch-Site or Origin),
and the request carries the login's token, which no other site can read. A stranger has no token
yet: forms such as sign-in and joining rest on the first alone.
"""

import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Forbidden
from server.routes.request import form_fields, login_of, same_origin

HEADER = "x-colloquy-token"
FIELD = "token"

Handler = Callable[[Request], Awaitable[Response]]


def protected(handler: Handler, *, strangers: bool) -> Handler:
    """Return `handler` behind the check. strangers: no token is asked for.

    The wrapped handler raises Forbidden (`csrf.origin`, `csrf.token`) or NotSignedIn.
    """

    async def checked(request: Request) -> Response:
        try:
            if not same_origin(request):
                raise Forbidden("csrf.origin")
            if not strangers:
                login = login_of(request)
                token = request.headers.get(HEADER) or await _token_field(request)
                if not hmac.compare_digest(token.encode(), login.csrf.encode()):
                    raise Forbidden("csrf.token")
            return await handler(request)
        finally:
            await request.close()  # the files of a form, which nobody else closes

    checked.__name__ = handler.__name__
    checked.__module__ = handler.__module__
    return checked


async def _token_field(request: Request) -> str:
    """The token among the fields of a form; "" where the body is none. The handler reads it again."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    return (await form_fields(request)).get(FIELD, "")
