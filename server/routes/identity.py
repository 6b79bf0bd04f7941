"""Accounts at the door: sign in, sign out, one-time links, and the language of the pages."""

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.errors import Forbidden
from schemas.session import Language
from server.routes import cookies
from server.routes.errors import status_of
from server.routes.request import (
    address_of,
    app_state,
    form_body,
    known_login,
    language_of,
    login_of,
    page,
)
from server.services.attempts import TooManyAttempts
from server.services.sockets import of_login
from web.entrance_views import LoginView
from web.i18n import told_of
from web.views import Problem

SEE_OTHER = 303


class Credentials(BaseModel):
    """The sign-in form."""

    login: str
    password: str


class Chosen(BaseModel):
    """The language switch; next is the page to go back to."""

    lang: Language
    next: str = "/"


async def login_page(request: Request) -> Response:
    """`GET /login`."""
    return page(request, LoginView())


async def login(request: Request) -> Response:
    """`POST /login`: signs in, then goes to the lobby; else the form with what was wrong."""
    form = await form_body(request, Credentials)
    accounts = app_state(request).accounts
    try:
        token, _ = await accounts.log_in(
            form.login, form.password, address=address_of(request), old=known_login(request)
        )
    except (Forbidden, TooManyAttempts) as error:
        told = told_of(error.code, error.fields, language_of(request))
        view = LoginView(form.login, (Problem("login", told),))
        return page(request, view, int(status_of(error)))
    response = RedirectResponse("/", SEE_OTHER)
    cookies.set_login(response, request, token)
    return response


async def logout(request: Request) -> Response:
    """`POST /logout`: ends the login and clears what the browser kept."""
    state, login = app_state(request), login_of(request)
    await state.accounts.log_out(login)
    state.sockets.end(of_login(login.token_sha256))
    response = RedirectResponse("/", SEE_OTHER)
    cookies.forget_login(response, request)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def enter(request: Request) -> Response:
    """`GET /enter/{token}`: uses a one-time link up, then goes to the study (or the lobby).

    `study`: which one, where the account runs several.
    """
    if request.method == "HEAD":  # a preview of the link must not use it up
        return Response(status_code=204)
    state = app_state(request)
    token, entered = await state.accounts.enter(
        request.path_params["token"], address=address_of(request), old=known_login(request)
    )
    known = [one.id for one in (await state.seating.places(entered)).studies]
    wanted = request.query_params.get("study")
    named = known if len(known) == 1 else [one for one in known if one == wanted]
    response = RedirectResponse(f"/studies/{named[0]}" if named else "/", SEE_OTHER)
    cookies.set_login(response, request, token)
    return response


async def language(request: Request) -> Response:
    """`POST /language`: remembers the language and goes back."""
    form = await form_body(request, Chosen)
    response = RedirectResponse(_own_path(form.next), SEE_OTHER)
    cookies.set_language(response, request, form.lang)
    return response


def _own_path(wanted: str) -> str:
    """`wanted` if it is a path of this server, else the lobby: no redirect leaves the site."""
    is_path = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable()
    return wanted if is_path and "\\" not in wanted else "/"
