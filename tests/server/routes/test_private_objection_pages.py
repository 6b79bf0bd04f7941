"""A private objection changes nothing in what anybody else is answered: no byte, no header, no order."""

import re

from tests.server.house import Browser, House
from tests.server.method import SESSION, STUDY, key
from tests.server.routes import crawling
from tests.server.routes.test_proposals import note, propose, send

_VARIES = ("date", "x-request-id", "content-security-policy", "set-cookie", "content-length")
"""The length follows the text, which is compared without the clock."""
_ONE_TIME = re.compile(
    r'nonce="[^"]*"|"key"\s*:\s*"[^"]*"|name="key" value="[^"]*"|/enter/[\w-]+|"now":[\d.]+'
)
ROLES = ("analyst", "stenographer", "expert", "observer")


def test_whatever_others_open_answers_the_same_as_before(app: House, sqlite_url: str) -> None:
    chair, author = app.browser(), app.browser("192.0.2.11")
    chair.sign_in()
    author.join()
    crawling.speak(sqlite_url, "line-1")
    note(chair)
    assert chair.post(f"/studies/{STUDY}/confidence", {"me": "1"}).status_code == 303
    proposal = propose(chair)
    api = f"/api/proposals/{proposal}"
    send(chair, f"{api}/wordings", key=key(5), base=0).raise_for_status()
    people = {role: _joined(app, sqlite_url, number, role) for number, role in enumerate(ROLES)}
    people["moderator"] = chair
    pages = _pages(proposal)
    _read(people, pages)  # the first look of each may note that they came
    before = _read(people, pages)

    said = {"number": 1, "private": True, "reason": "our director would be named"}
    send(author, f"{api}/positions", key=key(6), **said).raise_for_status()

    assert _read(people, pages) == before
    assert sum(status == 200 for status, _, _ in before.values()) > 20
    told = author.get(f"/api/sessions/{SESSION}/mine").text
    assert "our director would be named" in told
    assert "our director would be named" in chair.get(f"/studies/{STUDY}/confidence").text

    loud = {"number": 1, "stance": "object", "reason": "openly"}
    send(author, f"{api}/positions", key=key(7), **loud).raise_for_status()
    assert _read(people, pages) != before  # the comparison can tell


def _joined(app: House, url: str, number: int, role: str) -> Browser:
    browser = app.browser(f"192.0.2.{120 + number}")
    browser.join(role, "traffic")
    crawling.become(url, role, role)
    return browser


def _pages(proposal: str) -> tuple[str, ...]:
    session, study = f"/sessions/{SESSION}", f"/studies/{STUDY}"
    return (
        session,
        f"/api{session}/mine",
        f"/api{session}/snapshot",
        f"/proposals/{proposal}/wordings",
        f"/proposals/{proposal}/promotion",
        f"{session}/minutes",
        f"{session}/minutes.docx",
        f"{session}/readback",
        f"{session}/seats",
        study,
        f"{study}/taxonomy",
        f"{study}/changes",
        f"{study}/history",
        f"{study}/gaps",
        f"{study}/unheard",
        f"{study}/matrix",
        f"{study}/report",
        f"{study}/exports",
        "/archive?q=director",
        "/archive?q=shared",
        "/",
    )


def _read(
    people: dict[str, Browser], pages: tuple[str, ...]
) -> dict[tuple[str, str], tuple[int, dict[str, str], str]]:
    found = {}
    for role, browser in people.items():
        for page in pages:
            answer = browser.get(page)
            headers = {k: v for k, v in answer.headers.items() if k not in _VARIES}
            text = "" if "docx" in page else _ONE_TIME.sub("", answer.text)
            found[role, page] = (answer.status_code, headers, text)
    return found
