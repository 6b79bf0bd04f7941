"""Documents are brought in, coded, noted on, found in the archive and taken back, over HTTP."""

import re

import pytest

from tests.server.house import House

DOCUMENT = {
    "title": "Guidance on data",
    "issuer": "State Council",
    "year": "2015",
    "text": "# Aims\n\nUnits share their data.\n\n政务数据应当共享。",
}


@pytest.fixture
def source(app: House) -> tuple[House, str]:
    """The app with one document brought in; its path."""
    browser = app.browser()
    browser.sign_in()
    answer = browser.post("/studies/study/sources", DOCUMENT)
    assert answer.status_code == 303
    return app, answer.headers["location"]


def _passages(page: str) -> list[str]:
    return re.findall(r'name="passage" value="([^"]+)"', page)


def test_a_document_is_cut_into_numbered_passages(source: tuple[House, str]) -> None:
    app, path = source
    browser = app.browser()
    browser.sign_in()

    page = browser.get(path).text

    assert "Units share their data." in page
    assert len(_passages(page)) == 2
    found = browser.get("/archive?q=政务数据&of=passage").text
    assert f"/passages/{_passages(page)[1]}" in found
    assert browser.get(f"/passages/{_passages(page)[1]}").headers["location"].startswith(path)


def test_a_note_is_kept_and_only_its_author_takes_it_away(source: tuple[House, str]) -> None:
    app, path = source
    browser = app.browser()
    browser.sign_in()
    passage = _passages(browser.get(path).text)[0]

    browser.post(
        "/passages/notes",
        {"passage": passage, "kind": "cause", "text": "No list of interfaces", "back": path},
    )
    page = browser.get(path).text
    note = re.search(r'form="unnote" name="note" value="([^"]+)"', page)

    assert "No list of interfaces" in page
    assert note is not None
    browser.post("/passages/notes/remove", {"note": note.group(1), "back": path})
    assert "No list of interfaces" not in browser.get(path).text


def test_who_is_in_the_study_reads_and_codes_nothing(source: tuple[House, str]) -> None:
    app, path = source
    expert, stranger = app.browser("192.0.2.77"), app.browser("192.0.2.78")
    expert.join()

    page = expert.get(path).text

    assert "Units share their data." in page
    assert _passages(page) == []
    sent = {"passage": "x", "entry": "y", "back": path}
    assert expert.post("/passages/code", sent).status_code in (401, 403, 404)
    assert stranger.get(path).status_code in (303, 401, 404)


def test_a_list_of_policies_is_stored_whole_or_not_at_all(source: tuple[House, str]) -> None:
    app, _ = source
    browser = app.browser()
    browser.sign_in()
    bad = "title,year,targets\nPlan A,2016,Share data.\nPlan B,16,\nGuidance on data,2015,\n"

    checked = browser.post("/studies/study/sources/import", {"rows": bad, "do": "check"})
    refused = browser.post("/studies/study/sources/import", {"rows": bad, "do": "import"})
    good = {"rows": "title,year,targets\nPlan A,2016,Share data.\n", "do": "import"}
    stored = browser.post("/studies/study/sources/import", good)

    assert "The year must have four digits." in checked.text
    assert "is here already" in checked.text
    assert refused.status_code == 409
    assert stored.status_code == 303
    page = browser.get("/studies/study/sources").text
    assert "Plan A" in page
    assert "Plan B" not in page


def test_back_leads_nowhere_else(source: tuple[House, str]) -> None:
    app, path = source
    browser = app.browser()
    browser.sign_in()
    passage = _passages(browser.get(path).text)[0]
    sent = {"passage": passage, "kind": "memo", "text": "x", "back": "//elsewhere.example"}

    assert browser.post("/passages/notes", sent).status_code == 422
