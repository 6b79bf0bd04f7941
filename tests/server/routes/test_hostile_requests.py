"""Numbers without end, characters that no text holds and addresses that are none get an answer."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.house import ORIGIN, Browser, House, house
from tests.server.method import SESSION, STUDY

ENDLESS = "9" * 5_000
"""More digits than Python makes a number of."""


@pytest.fixture(scope="module")
def app(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One app for all: what is refused changes nothing."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(_sqlite_template, folder / "colloquy.sqlite")
    with house(f"sqlite+aiosqlite:///{folder / 'colloquy.sqlite'}", folder / "data") as running:
        yield running


@pytest.fixture(scope="module")
def moderator(app: House) -> Browser:
    browser = app.browser()
    browser.sign_in()
    return browser


def send(browser: Browser, method: str, path: str, **sent: object) -> int:
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}
    headers |= dict(sent.pop("headers", {}))  # type: ignore[call-overload]
    return int(browser.client.request(method, path, headers=headers, **sent).status_code)


@pytest.mark.parametrize("path", ["/studies/%00", "/entries/a%00b", "/archive?q=a%00"])
def test_an_address_with_a_character_that_no_text_holds_is_not_found(
    app: House, moderator: Browser, path: str
) -> None:
    assert app.browser().get(path).status_code == 404
    assert moderator.get(path).status_code == 404


@pytest.mark.parametrize(("text", "status"), [("a\x00b", 422), ("a\\u0000b", 200)])
def test_json_with_that_character_is_refused_and_what_looks_like_it_is_not(
    moderator: Browser, text: str, status: int
) -> None:
    body = {"key": "k" * 20 + str(status), "text": text}

    assert send(moderator, "POST", f"/api/sessions/{SESSION}/lines", json=body) == status


def test_a_form_is_taken_without_that_character(moderator: Browser) -> None:
    answer = moderator.post(
        f"/studies/{STUDY}/sources", {"title": "Pl\x00an", "text": "Wo\x00rds."}
    )

    shelf = moderator.get(f"/studies/{STUDY}/sources").text
    assert answer.status_code == 303
    assert "Plan" in shelf
    assert "\x00" not in shelf


@pytest.mark.parametrize("client", [10**30, 1 << 53, 0, -1])
def test_client_ids_that_no_document_has_are_refused(moderator: Browser, client: int) -> None:
    path, fresh = f"/api/sessions/{SESSION}/ticket", 12_345

    assert send(moderator, "POST", path, json={"client": client}) == 422
    assert send(moderator, "POST", path, json={"client": fresh, "known": [client]}) == 422


def test_an_address_of_a_source_that_is_none_is_refused(moderator: Browser) -> None:
    fields = {"title": "Plan", "text": "Words.", "url": "http://[half"}

    assert moderator.post(f"/studies/{STUDY}/sources", fields).status_code == 422


def test_numbers_without_end_are_refused(moderator: Browser) -> None:
    path = f"/api/sessions/{SESSION}/uploads/none"

    assert moderator.post(f"/sessions/{SESSION}/returns", {"days": ENDLESS}).status_code < 500
    offset = {"Upload-Offset": ENDLESS}
    assert send(moderator, "PATCH", path, headers=offset, content=b"x") == 422
