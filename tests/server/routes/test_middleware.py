"""What every answer carries, and what never gets as far as a route."""

import re

from tests.server.house import ORIGIN, House
from tests.server.method import SESSION, STUDY

PAGES = (
    "/", "/login", "/join", f"/studies/{STUDY}", f"/studies/{STUDY}/taxonomy",
    f"/sessions/{SESSION}", f"/sessions/{SESSION}/projector", f"/sessions/{SESSION}/seats",
    "/archive", "/help/keys", "/nowhere", "/healthz", "/readyz", "/static/nothing.js",
)  # fmt: skip


def test_every_page_keeps_to_itself(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    for path in PAGES:
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert answer.status_code < 500, (path, answer.text)
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "microphone=(self)" in answer.headers["permissions-policy"]
        assert len(answer.headers["x-request-id"]) == 16


def test_pages_are_not_stored_and_scripts_carry_the_nonce_of_their_answer(app: House) -> None:
    browser = app.browser()

    first, second = browser.get("/"), browser.get("/")

    assert first.headers["cache-control"] == "no-store"
    nonces = [
        re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"])[0]
        for answer in (first, second)
    ]
    assert nonces[0] != nonces[1]
    assert set(re.findall(r'<script[^>]* nonce="([^"]+)"', first.text)) == {nonces[0]}
    assert first.text.count("<script") == first.text.count(f'nonce="{nonces[0]}"')


def test_a_fragment_is_sent_where_htmx_asks(app: House) -> None:
    browser = app.browser()

    page, part = browser.get("/"), browser.get("/", hx_request="true")

    assert "<html" in page.text
    assert "<html" not in part.text
    assert "HX-Request" in part.headers["vary"]


def test_errors_are_pages_for_people_and_json_for_scripts(app: House) -> None:
    browser = app.browser()

    page = browser.get("/nowhere")
    script = browser.get("/nowhere", accept="application/json")
    api = browser.get(f"/api/sessions/{SESSION}/mine")
    method = browser.client.put("/", headers={"Origin": ORIGIN})

    assert (page.status_code, "<h1>" in page.text) == (404, True)
    assert script.json()["code"] == "route.unknown"
    assert (api.status_code, api.json()["code"]) == (401, "login.needed")
    assert method.status_code == 405
    assert "GET" in method.headers["allow"]


def test_a_foreign_host_name_is_refused_and_an_address_is_not(app: House) -> None:
    browser = app.browser()

    assert browser.get("/", host="evil.example:8000").status_code == 403
    assert browser.get("/", host="").status_code == 403
    assert browser.get("/", host="localhost:8000").status_code == 200
    assert browser.get("/", host="192.0.2.4:8000").status_code == 200


def test_a_body_that_is_too_large_is_refused(app: House) -> None:
    browser = app.browser()

    answer = browser.client.post(
        "/join", content=b"code=" + b"A" * 2_000_000,
        headers={"Origin": ORIGIN, "Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip

    assert answer.status_code == 413


def test_a_body_that_is_no_form_or_no_json_is_named(app: House) -> None:
    browser = app.browser()
    browser.sign_in()
    headers = {"Origin": ORIGIN, "X-Colloquy-Token": browser.token()}

    form = browser.client.post(
        "/login", content=b"--x", headers=headers | {"Content-Type": "multipart/form-data"}
    )
    json = browser.client.post(f"/api/sessions/{SESSION}/state", content=b"{", headers=headers)

    assert form.status_code == 422
    assert (json.status_code, json.json()["code"]) == (422, "request.invalid")


def test_readiness_names_its_checks_and_metrics_stay_on_this_machine(app: House) -> None:
    far, near = app.browser(), app.browser(address="127.0.0.1")

    ready = far.get("/readyz")

    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert set(ready.json()["checks"]) == {"database", "disk", "staying"}
    assert ready.json()["ear"]["state"] == "off"
    assert far.get("/healthz").text == "ok\n"
    assert far.get("/metrics").status_code == 404
    assert near.get("/metrics", x_forwarded_for="192.0.2.9").status_code == 404
    assert "colloquy_requests_total" in near.get("/metrics").text
