"""Numbers without end, characters that no text holds and addresses that are none get an answer."""

import pytest

from tests.server.house import ORIGIN, Browser, House
from tests.server.method import SESSION, STUDY

ENDLESS = "9" * 5_000
"""More digits than Python makes a number of."""


def send(browser: Browser, method: str, path: str, **sent: object) -> int:
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}
    headers |= dict(sent.pop("headers", {}))  # type: ignore[call-overload]
    return int(browser.client.request(method, path, headers=headers, **sent).status_code)


@pytest.mark.parametrize("path", ["/studies/%00", "/entries/a%00b", "/archive?q=a%00"])
def test_an_address_with_a_character_that_no_text_holds_is_not_found(
    common: House, insider: Browser, path: str
) -> None:
    assert common.browser().get(path).status_code == 404
    assert insider.get(path).status_code == 404


@pytest.mark.parametrize(("text", "status"), [("a\x00b", 422), ("a\\u0000b", 200)])
def test_json_with_that_character_is_refused_and_what_looks_like_it_is_not(
    insider: Browser, text: str, status: int
) -> None:
    body = {"key": "k" * 20 + str(status), "text": text}

    assert send(insider, "POST", f"/api/sessions/{SESSION}/lines", json=body) == status


def test_a_form_is_taken_without_that_character(insider: Browser) -> None:
    answer = insider.post(f"/studies/{STUDY}/sources", {"title": "Pl\x00an", "text": "Wo\x00rds."})

    shelf = insider.get(f"/studies/{STUDY}/sources").text
    assert answer.status_code == 303
    assert "Plan" in shelf
    assert "\x00" not in shelf


@pytest.mark.parametrize("client", [10**30, 1 << 53, 0, -1])
def test_client_ids_that_no_document_has_are_refused(insider: Browser, client: int) -> None:
    path, fresh = f"/api/sessions/{SESSION}/ticket", 12_345

    assert send(insider, "POST", path, json={"client": client}) == 422
    assert send(insider, "POST", path, json={"client": fresh, "known": [client]}) == 422


def test_an_address_of_a_source_that_is_none_is_refused(insider: Browser) -> None:
    fields = {"title": "Plan", "text": "Words.", "url": "http://[half"}

    assert insider.post(f"/studies/{STUDY}/sources", fields).status_code == 422


def test_numbers_without_end_are_refused(insider: Browser) -> None:
    path = f"/api/sessions/{SESSION}/uploads/none"

    assert insider.post(f"/sessions/{SESSION}/returns", {"days": ENDLESS}).status_code < 500
    offset = {"Upload-Offset": ENDLESS}
    assert send(insider, "PATCH", path, headers=offset, content=b"x") == 422
