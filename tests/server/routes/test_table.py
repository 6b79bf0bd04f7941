"""The table of addresses is the one that docs/contracts.md promises, and every unsafe one is guarded."""

import re
from pathlib import Path

import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from server.routes.table import routes
from tests.server.house import ORIGIN, Browser, House

_DOCUMENT = Path(__file__).parents[3] / "docs" / "contracts.md"
_MENTION = re.compile(r"`([A-Z]+(?:, [A-Z]+)*) (/[^`]*)`")
UNSAFE = [
    (method, route.path)
    for route in routes()
    if isinstance(route, Route)
    for method in sorted((route.methods or set()) - {"GET", "HEAD"})
]
STRANGERS = {"/login", "/language", "/join", "/seat/{token}", "/return/{token}"}


def promised() -> set[tuple[str, str]]:
    """Every method and address in the tables of the document."""
    return {
        (method, path.split("?")[0])
        for methods, path in _MENTION.findall(_tables())
        for method in methods.split(", ")
    }


def _tables() -> str:
    """The first cells of the document's tables."""
    lines = _DOCUMENT.read_text(encoding="utf-8").splitlines()
    return "\n".join(line.split(" | ")[0] for line in lines if line.startswith("| `"))


def test_the_table_is_the_documents_table() -> None:
    given: set[tuple[str, str]] = set()
    for route in routes():
        match route:
            case Route():
                given |= {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}
            case WebSocketRoute():
                given.add(("WS", route.path))
            case Mount():
                given.add(("GET", f"{route.path}/…"))

    assert given == promised()


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_an_unsafe_request_from_elsewhere_is_refused(
    insider: Browser, method: str, path: str
) -> None:
    browser = insider
    token = {"X-Colloquy-Token": browser.token()}

    def send(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path.replace("{", "").replace("}", "")
        return browser.client.request(method, url, headers=named | token).status_code

    assert send() == 403
    assert send(origin="https://evil.example") == 403
    assert send(origin="null") == 403
    assert send(origin=ORIGIN, sec_fetch_site="cross-site") == 403
    assert send(origin=ORIGIN, sec_fetch_site="same-site") == 403


@pytest.mark.parametrize(("method", "path"), [pair for pair in UNSAFE if pair[1] not in STRANGERS])
def test_an_unsafe_request_without_the_logins_token_is_refused(
    common: House, insider: Browser, method: str, path: str
) -> None:
    browser, stranger = insider, common.browser()
    url = path.replace("{", "").replace("}", "")

    def send(who: object, **headers: str) -> tuple[int, str]:
        sent = {"Origin": ORIGIN, "Accept": "application/json", **headers}
        answer = who.client.request(method, url, headers=sent)  # type: ignore[attr-defined]
        return answer.status_code, answer.json()["code"]

    assert send(browser) == (403, "csrf.token")
    assert send(browser, **{"X-Colloquy-Token": "x" * 43}) == (403, "csrf.token")
    assert send(stranger) == (401, "login.needed")
