"""What a route may ask of a request: the server, who is asking, the body, and how to answer.

The middleware leaves the login and the nonce in the scope; everything else is read from there.
"""

import base64
import hmac
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import urlsplit

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response

from schemas.errors import Invalid, NotFound
from schemas.ids import SessionId, StudyId, new_id
from schemas.session import Language, Person
from server.domain import sheets
from server.domain.sheets import Sheet
from server.routes.state import AppState
from server.services.accounts import NotSignedIn
from server.store.accounts import Account
from server.store.logins import Login
from web.i18n import told_of, translator
from web.views import Chrome, Link

LOGIN = "colloquy.login"
NONCE = "colloquy.nonce"
LANGUAGE_COOKIE = "lang"
MAX_FIELDS = 5_000
"""A list that is sent as a whole has ten fields a row."""

_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""U+0000 as JSON writes it: no text of PostgreSQL's can hold it."""

Body = TypeVar("Body", bound=BaseModel)


def app_state(connection: HTTPConnection) -> AppState:
    """Return the parts of the running server."""
    state: AppState = connection.state.app
    return state


def known_login(connection: HTTPConnection) -> Login | None:
    """Return the login of this browser, or None for a stranger."""
    login: Login | None = connection.scope.get(LOGIN)
    return login


def login_of(connection: HTTPConnection) -> Login:
    """Return the login of this browser. Raises NotSignedIn (`login.needed`)."""
    login = known_login(connection)
    if login is None:
        raise NotSignedIn("login.needed")
    return login


def journal_key(login: Login) -> str:
    """Return the key of what a browser keeps for this login: the same for one, gone with it."""
    key = hmac.digest(login.csrf.encode(), b"colloquy journal", "sha256")
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def account_of(connection: HTTPConnection) -> Account:
    """Return the account that is signed in. Raises NotSignedIn (`login.account_needed`)."""
    account = login_of(connection).account
    if account is None:
        raise NotSignedIn("login.account_needed")
    return account


async def person_in(connection: HTTPConnection, session_id: SessionId) -> Person:
    """Return who is asking, in that session; an account becomes its moderator there.

    Raises NotSignedIn, or NotFound (`session.unknown`) for who is not in that session.
    """
    return await app_state(connection).joining.person(login_of(connection), session_id)


async def moderator_of(connection: HTTPConnection, study_id: StudyId) -> Account:
    """Return the account that runs the study. Raises NotSignedIn or NotFound (`study.unknown`)."""
    login = login_of(connection)
    if login.account is None or not await app_state(connection).joining.runs(login, study_id):
        raise NotFound("study.unknown")
    return login.account


async def reader_of(connection: HTTPConnection, study_id: StudyId) -> None:
    """Pass for who runs the study or is in one of its sessions.

    Raises NotSignedIn or NotFound (`study.unknown`).
    """
    if not await app_state(connection).joining.may_read(login_of(connection), study_id):
        raise NotFound("study.unknown")


def address_of(connection: HTTPConnection) -> str:
    """Return the address the request came from; behind a proxy what uvicorn believes of it."""
    return connection.client.host if connection.client else ""


def has_chosen_language(connection: HTTPConnection) -> bool:
    """Whether this browser remembers a language."""
    chosen = connection.cookies.get(LANGUAGE_COOKIE)
    return chosen in (Language.EN.value, Language.ZH.value)


def language_of(connection: HTTPConnection) -> Language:
    """Return the reader's language: as chosen, else the account's, else what the browser asks for."""
    if has_chosen_language(connection):
        return Language(connection.cookies[LANGUAGE_COOKIE])
    login = known_login(connection)
    if login is not None and login.account is not None:
        return login.account.language
    return _accepted(connection.headers.get("accept-language", ""))


def same_origin(connection: HTTPConnection) -> bool:
    """Whether one of our own pages sent this.

    Sec-Fetch-Site decides where the browser sends it; else Origin must name the scheme, host and
    port that were asked for, or the public address. With neither, it was not a page of ours.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None and connection.scope["type"] == "http":
        return site == "same-origin"
    origin = connection.headers.get("origin")
    if not origin:
        return False
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    asked = f"{scheme}://{connection.headers.get('host', '')}"
    public = app_state(connection).settings.public_url
    return origin.lower() in (asked.lower(), public.lower() or asked.lower())


async def json_body(request: Request, model: type[Body]) -> Body:
    """Return the body as `model`. Raises Invalid (`request.invalid`) with a reason per field."""
    body = await request.body()
    if _NUL_IN_JSON.search(body):
        raise Invalid("request.invalid", body="U+0000")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from error


async def form_body(request: Request, model: type[Body]) -> Body:
    """Return the fields of an HTML form as `model`. Raises Invalid (`request.invalid`)."""
    try:
        return model.model_validate(await form_fields(request))
    except ValidationError as error:
        raise _invalid(error) from error


async def form_fields(request: Request) -> dict[str, str]:
    """Return the text fields of an HTML form. Raises Invalid (`request.form`) if it is none."""
    form = await _form(request)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def form_values(request: Request, name: str) -> list[str]:
    """Return every value of one field of a form. Raises Invalid (`request.form`) if it is none."""
    values = (await _form(request)).getlist(name)
    return [value for value in values if isinstance(value, str)]


async def form_rows(request: Request, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a form in which each row has all of these fields, in the page's order.

    A button may say what becomes of a row first: `move` is `3:-1` (the third row goes up), `remove`
    its number. Raises Invalid (`request.form`) where the fields do not make whole rows.
    """
    form = await _form(request)
    columns = {
        name: [value for value in form.getlist(name) if isinstance(value, str)] for name in names
    }
    if len({len(column) for column in columns.values()}) != 1:
        raise Invalid("request.form", reason="rows")
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    gone, moved = _number(form.get("remove")), str(form.get("move") or "").partition(":")
    if 0 < gone <= len(rows):
        del rows[gone - 1]
    at = _number(moved[0])
    to = at + (1 if moved[2] == "1" else -1)
    if 0 < at <= len(rows) and 0 < to <= len(rows):
        rows.insert(to - 1, rows.pop(at - 1))
    return rows


async def form_file(request: Request, name: str) -> bytes:
    """Return the file of a form, b"" where none was chosen. Raises Invalid (`request.form`)."""
    value = (await _form(request)).get(name)
    return await value.read() if isinstance(value, UploadFile) else b""


async def form_sheet(request: Request, file: str, pasted: str) -> Sheet:
    """Return the table of a form: of its field `file`, else of the text in `pasted`.

    Raises Invalid (`request.form`) or as `sheets.read` does.
    """
    content = await form_file(request, file)
    if content:
        return await to_thread.run_sync(sheets.read, content)
    text = (await form_fields(request)).get(pasted, "")
    return await to_thread.run_sync(sheets.parse, text)


@asynccontextmanager
async def form_kept(
    request: Request, name: str, folder: Path
) -> AsyncIterator[tuple[Path | None, str]]:
    """Lay the file of a form into `folder` under a name of ours, for as long as this lasts.

    Yields where it lies, None if none was chosen, and what it was called. Whoever wants to keep it
    moves it away. Raises Invalid (`request.form`).
    """
    value = (await _form(request)).get(name)
    if not isinstance(value, UploadFile) or not value.filename:
        yield None, ""
        return
    kept = folder / f"{new_id()}.part"
    try:
        await to_thread.run_sync(_keep, value.file, kept)
        yield kept, value.filename
    finally:
        await to_thread.run_sync(partial(kept.unlink, missing_ok=True))


def _keep(content: BinaryIO, kept: Path) -> None:
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with kept.open("xb") as out:
        kept.chmod(0o600)
        shutil.copyfileobj(content, out, 1 << 20)


async def _form(request: Request) -> FormData:
    try:
        form = await request.form(max_files=1, max_fields=MAX_FIELDS)
    except HTTPException as error:
        raise Invalid("request.form", reason=error.detail) from error
    return FormData([(name, _storable(value)) for name, value in form.multi_items()])


def _storable(value: str | UploadFile) -> str | UploadFile:
    """A field without U+0000, which no text of PostgreSQL's can hold."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def _number(value: object) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 6 else 0


def chrome(request: Request) -> Chrome:
    """Return what surrounds the page: language, token, name, banner."""
    login, language = known_login(request), language_of(request)
    settings = app_state(request).settings
    plain = not (settings.is_loopback or settings.uses_https or settings.public_url)
    return Chrome(
        language=language,
        path=request.url.path,
        nonce=request.scope[NONCE],
        token=login.csrf if login else "",
        person=login.name if login else "",
        links=_places(request, language) if login else (),
        banner=told_of("server.plain_http", {}, language) if plain else "",
    )


def page(request: Request, view: object, status: int = 200) -> Response:
    """Return `view` as HTML: the fragment where htmx asks, else the whole page."""
    renderer = app_state(request).renderer
    draw = renderer.partial if is_fragment(request) else renderer.page
    html = draw(view, chrome(request))
    return HTMLResponse(html, status_code=status, headers={"Vary": "HX-Request, Accept-Language"})


def _places(request: Request, language: Language) -> tuple[Link, ...]:
    text, here = translator(language).text, request.url.path
    places = (("/", "place.lobby"), ("/archive", "place.archive"))
    return tuple(Link(href, text(word), current=href == here) for href, word in places)


def is_fragment(request: Request) -> bool:
    """Whether htmx asks, for a part of a page."""
    return request.headers.get("hx-request") == "true"


def origin_of(request: Request) -> str:
    """Return scheme, host and port under which this reader reaches us."""
    parts = urlsplit(str(request.base_url))
    return app_state(request).settings.public_url or f"{parts.scheme}://{parts.netloc}"


def _accepted(header: str) -> Language:
    """The first of our languages in an Accept-Language header; its weights are in order anyway."""
    for part in header.split(",")[:20]:
        tag = part.partition(";")[0].strip().lower()
        for language in Language:
            if tag == language.value or tag.startswith(f"{language.value}-"):
                return language
    return Language.EN


def _invalid(error: ValidationError) -> Invalid:
    reasons = {
        ".".join(str(step) for step in one["loc"]) or "body": one["msg"]
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    }
    return Invalid("request.invalid", **reasons)
