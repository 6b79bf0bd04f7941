"""The page that brings a codebook in: what it shows first, who may, and what a file of another kind says."""

import re

from tests.server.house import Browser, House
from tests.server.method import STUDY

PAGE = f"/studies/{STUDY}/codebook"
ROWS = "label_en,label_zh,parent,kind\nFlood,内涝,,\nRain,,Flood,problem\n"


def stored(browser: Browser) -> str:
    """Show the rows, then store them as the page offers it."""
    shown = browser.post(PAGE, {"rows": ROWS, "do": "check"}).text
    seal = re.search(r'name="seal" value="([0-9a-f]{64})"', shown)
    assert seal is not None
    assert "Added: 2" in shown
    sent = browser.post(PAGE, {"rows": ROWS, "do": "import", "seal": seal[1]})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/studies/{STUDY}/taxonomy")
    return browser.get(f"/studies/{STUDY}/taxonomy").text


def test_rows_are_shown_and_then_stored(app: House) -> None:
    chair = app.browser()
    chair.sign_in()

    tree = stored(chair)

    assert "Rain" in tree
    assert f'href="{PAGE}"' in tree
    assert "Left as it is: 2" in chair.post(PAGE, {"rows": ROWS, "do": "check"}).text


def test_nothing_is_stored_without_having_been_shown(app: House) -> None:
    chair = app.browser()
    chair.sign_in()

    sent = chair.post(PAGE, {"rows": ROWS, "do": "import", "seal": "0"})

    assert sent.status_code == 409
    assert "Flood" not in chair.get(f"/studies/{STUDY}/taxonomy").text


def test_who_does_not_run_the_study_finds_no_such_page(app: House) -> None:
    expert = app.browser()
    expert.join()

    assert expert.get(PAGE).status_code == 404
    assert expert.post(PAGE, {"rows": ROWS, "do": "check"}).status_code == 404
    assert PAGE not in expert.get(f"/studies/{STUDY}/taxonomy").text


def test_a_file_of_another_kind_is_refused_in_words(app: House) -> None:
    chair = app.browser()
    chair.sign_in()

    refused = chair.post(PAGE, {"rows": "year\n1\n", "do": "check"})

    assert refused.status_code == 422
    assert "The first row must name a column with labels" in refused.text
