"""What units came from and departments are prepared in the browser; search follows."""

from tests.server.house import House
from tests.server.store_themes import THEME, theme_of_all

ROW = {
    "unit": "water",
    "change": "merged",
    "origin": "",
    "en": "Rivers Office",
    "zh": "",
    "on": "2014",
}


def test_a_search_for_todays_unit_finds_what_was_said_of_its_predecessor(app: House) -> None:
    browser = app.browser()
    browser.sign_in()
    text = {"title": "Plan", "text": "The Rivers Office keeps the gauges."}
    browser.post("/studies/study/sources", text)

    assert "keeps the gauges" not in browser.get("/archive?q=Water").text
    assert browser.post("/studies/study/succession", ROW).status_code == 303

    assert "Rivers Office" in browser.get("/studies/study/organisation").text
    found = browser.get("/archive?q=Water").text
    assert "keeps the gauges" in found


def test_a_row_that_is_not_whole_is_refused_and_stands_there_again(app: House) -> None:
    browser = app.browser()
    browser.sign_in()

    for wrong in ({"unit": ""}, {"on": "last year"}, {"origin": "water"}, {"en": ""}):
        answer = browser.post("/studies/study/succession", {**ROW, **wrong})
        assert answer.status_code == 422, wrong
    assert "Rivers Office" not in browser.get("/studies/study/organisation").text


def test_departments_belong_to_a_theme_and_go_with_it(app: House, sqlite_url: str) -> None:
    theme_of_all(sqlite_url)
    browser, expert = app.browser(), app.browser("192.0.2.61")
    browser.sign_in()
    expert.join()
    path = f"/studies/study/themes/{THEME}/departments"
    sent = {"id": "", "en": "Planning Office", "zh": "规划处"}

    assert browser.post(path, sent).status_code == 303
    assert "Planning Office" in browser.get("/studies/study/organisation").text
    assert expert.post(path, sent).status_code in (401, 403, 404)
    assert expert.get("/studies/study/organisation").status_code in (303, 401, 404)
