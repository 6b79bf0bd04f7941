"""The two cookies: who the browser is, and the language its reader chose."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from schemas.session import Language
from server.routes.request import LANGUAGE_COOKIE, app_state

PLAIN = "colloquy_sid"
SECURE = "__Host-colloquy"
_ONE_YEAR = 365 * 24 * 3600


def is_https(connection: HTTPConnection) -> bool:
    """Whether the browser reaches us over HTTPS, also through a proxy that ends it."""
    public = app_state(connection).settings.public_url
    return connection.url.scheme in ("https", "wss") or public.startswith("https://")


def cookie_name(connection: HTTPConnection) -> str:
    """Return the name of the login cookie: over HTTPS one that no other host can set."""
    return SECURE if is_https(connection) else PLAIN


def set_login(response: Response, connection: HTTPConnection, token: str) -> None:
    """Let the browser carry that login until it is closed; no script can read it."""
    response.set_cookie(
        cookie_name(connection),
        token,
        path="/",
        secure=is_https(connection),
        httponly=True,
        samesite="lax",
    )


def forget_login(response: Response, connection: HTTPConnection) -> None:
    """Let the browser forget its login."""
    response.delete_cookie(
        cookie_name(connection),
        path="/",
        secure=is_https(connection),
        httponly=True,
        samesite="lax",
    )


def set_language(response: Response, connection: HTTPConnection, language: Language) -> None:
    """Remember the reader's language for a year."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        language.value,
        max_age=_ONE_YEAR,
        path="/",
        secure=is_https(connection),
        httponly=True,
        samesite="lax",
    )
